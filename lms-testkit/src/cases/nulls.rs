//! Nulls follow SQL's three-valued logic.
use lms_core::{
    audit::{Action, AuditEntry},
    kernel::Context,
    store::{Filter, Query, StoreError, Transaction},
};
use serde_json::json;

use super::rules;
use crate::{Case, Outcome, failure::ensure_eq, stage::Stage};

pub(super) fn rules() -> Vec<Case> {
    rules![
        logic_has_three_values,
        comparisons_with_null_are_unknown,
        lists_with_null_are_unknown_where_sql_says_so,
        empty_conditions_have_their_usual_values,
        patterns_on_null_are_unknown,
    ]
}

const VALUES: [Option<&str>; 3] = [Some("a"), Some("b"), None];

/// Nine entries: every pair of `a`, `b` and nothing, in two columns.
async fn pairs(stage: &Stage, cx: &Context) -> Result<Vec<AuditEntry>, StoreError> {
    let mut entries = Vec::new();
    for first in VALUES {
        for second in VALUES {
            let mut entry = AuditEntry::of(cx, Action::Login, "pair", None, json!({}));
            entry.request = first.map(str::to_owned);
            entry.user_agent = second.map(str::to_owned);
            entries.push(entry);
        }
    }
    stage.save_all(cx, &entries).await?;
    Ok(entries)
}

type Truth = Option<bool>;

fn not(a: Truth) -> Truth {
    a.map(|it| !it)
}
fn and(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}
fn or(a: Truth, b: Truth) -> Truth {
    not(and(not(a), not(b)))
}

async fn agrees(
    tx: &mut Transaction,
    entries: &[AuditEntry],
    name: &str,
    filter: Filter<AuditEntry>,
    holds: impl Fn(Option<&str>, Option<&str>) -> Truth,
) -> Outcome {
    let shown = |it: &AuditEntry| format!("{:?}/{:?}", it.request, it.user_agent);
    let mut expected: Vec<_> = entries
        .iter()
        .filter(|it| holds(it.request.as_deref(), it.user_agent.as_deref()) == Some(true))
        .map(shown)
        .collect();
    let query = Query::filter(filter);
    let mut found: Vec<_> = tx.page(query.clone()).await?.items.iter().map(shown).collect();
    expected.sort_unstable();
    found.sort_unstable();
    ensure_eq!(found, expected, "{name}");
    let count = usize::try_from(tx.count(query).await?)?;
    ensure_eq!(count, expected.len(), "the count of {name}");
    Ok(())
}

fn is(value: Option<&str>, text: &str) -> Truth {
    value.map(|it| it == text)
}

async fn logic_has_three_values(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let entries = pairs(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    let p = || AuditEntry::REQUEST.is("a".into());
    let q = || AuditEntry::USER_AGENT.is("a".into());
    type Row = (&'static str, Filter<AuditEntry>, fn(Truth, Truth) -> Truth);
    let table: [Row; 14] = [
        ("p", p(), |p, _| p),
        ("not p", !p(), |p, _| not(p)),
        ("not not p", !!p(), |p, _| p),
        ("p and q", p().and(q()), and),
        ("p or q", p().or(q()), or),
        ("not (p and q)", !p().and(q()), |p, q| not(and(p, q))),
        ("not (p or q)", !p().or(q()), |p, q| not(or(p, q))),
        ("not p and q", (!p()).and(q()), |p, q| and(not(p), q)),
        ("not p or q", (!p()).or(q()), |p, q| or(not(p), q)),
        ("p and not p", p().and(!p()), |p, _| and(p, not(p))),
        ("p or not p", p().or(!p()), |p, _| or(p, not(p))),
        ("not (p or not q)", !p().or(!q()), |p, q| not(or(p, not(q)))),
        ("all of p, q, p", Filter::all([p(), q(), p()]), and),
        ("any of p, q, p", Filter::any([p(), q(), p()]), or),
    ];
    for (name, filter, holds) in table {
        let holds =
            |first: Option<&str>, second: Option<&str>| holds(is(first, "a"), is(second, "a"));
        agrees(&mut tx, &entries, name, filter, holds).await?;
    }
    Ok(())
}

async fn comparisons_with_null_are_unknown(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let entries = pairs(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    let column = AuditEntry::REQUEST;
    let text = |it: &str| Some(it.to_owned());
    type Row = (&'static str, Filter<AuditEntry>, fn(Option<&str>) -> Truth);
    let table: [Row; 12] = [
        ("= 'a'", column.eq(text("a")), |it| is(it, "a")),
        ("<> 'a'", column.ne(text("a")), |it| not(is(it, "a"))),
        ("not = 'a'", !column.eq(text("a")), |it| not(is(it, "a"))),
        ("not <> 'a'", !column.ne(text("a")), |it| is(it, "a")),
        ("< 'b'", column.lt(text("b")), |it| it.map(|it| it < "b")),
        ("not < 'b'", !column.lt(text("b")), |it| it.map(|it| it >= "b")),
        (">= 'b'", column.ge(text("b")), |it| it.map(|it| it >= "b")),
        ("= null", column.eq(None), |_| None),
        ("<> null", column.ne(None), |_| None),
        ("not = null", !column.eq(None), |_| None),
        ("is null", column.is_null(), |it| Some(it.is_none())),
        ("is not null", column.is_not_null(), |it| Some(it.is_some())),
    ];
    for (name, filter, holds) in table {
        agrees(&mut tx, &entries, name, filter, |first, _| holds(first)).await?;
    }
    Ok(())
}

async fn lists_with_null_are_unknown_where_sql_says_so(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let entries = pairs(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    let column = AuditEntry::REQUEST;
    let with_null = || [Some("a".to_owned()), None];
    type Row = (&'static str, Filter<AuditEntry>, fn(Option<&str>) -> Truth);
    let table: [Row; 7] = [
        ("in ('a')", column.is_some_in(["a".into()]), |it| is(it, "a")),
        ("not in ('a')", !column.is_some_in(["a".into()]), |it| not(is(it, "a"))),
        ("in ('a', null)", column.is_in(with_null()), |it| is(it, "a").filter(|it| *it)),
        ("not in ('a', null)", !column.is_in(with_null()), |it| not(is(it, "a").filter(|it| *it))),
        ("in (null)", column.is_in([None]), |_| None),
        ("in ()", column.is_some_in([]), |_| Some(false)),
        ("not in ()", !column.is_some_in([]), |_| Some(true)),
    ];
    for (name, filter, holds) in table {
        agrees(&mut tx, &entries, name, filter, |first, _| holds(first)).await?;
    }
    Ok(())
}

async fn empty_conditions_have_their_usual_values(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let entries = pairs(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    let p = || AuditEntry::REQUEST.is("a".into());
    agrees(&mut tx, &entries, "all of none", Filter::all([]), |_, _| Some(true)).await?;
    agrees(&mut tx, &entries, "any of none", Filter::any([]), |_, _| Some(false)).await?;
    agrees(&mut tx, &entries, "not any of none", !Filter::any([]), |_, _| Some(true)).await?;
    let filter = p().and(Filter::all([]));
    agrees(&mut tx, &entries, "p and all of none", filter, |first, _| is(first, "a")).await?;
    let filter = p().or(Filter::any([]));
    agrees(&mut tx, &entries, "p or any of none", filter, |first, _| is(first, "a")).await?;
    Ok(())
}

async fn patterns_on_null_are_unknown(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let entries = pairs(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    let column = AuditEntry::REQUEST;
    let prefix = || column.starts_with("a");
    agrees(&mut tx, &entries, "starts with", prefix(), |it, _| is(it, "a")).await?;
    agrees(&mut tx, &entries, "not starts with", !prefix(), |it, _| not(is(it, "a"))).await?;
    let part = || column.contains("a");
    agrees(&mut tx, &entries, "contains", part(), |it, _| is(it, "a")).await?;
    agrees(&mut tx, &entries, "not contains", !part(), |it, _| not(is(it, "a"))).await?;
    let any = || column.starts_with("");
    agrees(&mut tx, &entries, "starts with nothing", any(), |it, _| it.map(|_| true)).await?;
    agrees(&mut tx, &entries, "not starts with nothing", !any(), |it, _| it.map(|_| false)).await
}
