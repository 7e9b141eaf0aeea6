//! The audit trail and the events name each change, its actor and its time.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use lms_core::{
    kernel::{Actor, Timestamp},
    record_types,
};
use uuid::Uuid;

use super::{Law, Step};
use crate::{
    TestContext,
    simulation::{
        mirror::{text, time, uuid},
        recording::{Done, Written},
    },
};

/// Whether a time is one of the simulation's, and not later than the step.
pub(super) fn is_plausible(step: &Step<'_>, at: Option<Timestamp>) -> bool {
    at.is_some_and(|at| at <= step.cx.now() && at >= TestContext::NOW)
}

/// The kinds of records whose every change is audited.
static AUDITED: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    record_types().iter().map(|it| it.schema()).filter(|it| it.audited).map(|it| it.kind).collect()
});

/// Every audited change has an entry by the actor at the time, and every entry its change.
pub(super) fn agrees(step: &Step<'_>, commit: &[Written]) -> Law {
    const LAW: &str = "the audit trail says what was done, by whom and when";
    let actor = match step.cx.actor() {
        Actor::User(id) => Some(id.uuid()),
        _ => None,
    };
    let mut noted: BTreeSet<(String, Uuid)> = BTreeSet::new();
    for entry in commit.iter().filter(|it| it.schema.table == "audit_entries") {
        let Some(row) = entry.row.as_ref().filter(|_| entry.done == Done::Inserted) else {
            continue;
        };
        let kind = text(entry.schema, row, "entity_kind").to_owned();
        if uuid(entry.schema, row, "actor_id") != actor {
            return step.broken(LAW, format!("an entry about a `{kind}` names another actor"));
        }
        if !is_plausible(step, time(entry.schema, row, "occurred_at")) {
            return step.broken(LAW, format!("an entry about a `{kind}` shows another time"));
        }
        let Some(id) = uuid(entry.schema, row, "entity_id") else { continue };
        let action = text(entry.schema, row, "action");
        let is_change =
            ["update", "delete", "restore"].contains(&action) && AUDITED.contains(kind.as_str());
        if (action == "create" || is_change) && !commit.iter().any(|it| it.id == id) {
            let what = format!("an entry says `{action}` of a `{kind}` that was not written");
            return step.broken(LAW, what);
        }
        noted.insert((kind, id));
    }
    for it in commit.iter().filter(|it| it.schema.audited && it.done != Done::Upserted) {
        if !noted.contains(&(it.schema.kind.to_owned(), it.id)) {
            return step.broken(LAW, format!("a change of `{}` left no entry", it.schema.table));
        }
    }
    Ok(())
}

/// What is always announced: new rows of a table, and the event's kind.
const ANNOUNCED: [(&str, &str); 3] = [
    ("notifications", "notification.sent"),
    ("comments", "engagement.comment_posted"),
    ("badge_awards", "recognition.badge_awarded"),
];

/// What happened is announced in the same commit, at the time of the step.
pub(super) fn events_agree(step: &Step<'_>, commit: &[Written]) -> Law {
    const LAW: &str = "what happened is announced at its time";
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for event in commit.iter().filter(|it| it.schema.table == "outbox_messages") {
        let Some(row) = event.row.as_ref().filter(|_| event.done == Done::Inserted) else {
            continue;
        };
        let kind = text(event.schema, row, "kind").to_owned();
        if !is_plausible(step, time(event.schema, row, "occurred_at")) {
            return step.broken(LAW, format!("the event `{kind}` shows another time"));
        }
        *kinds.entry(kind).or_default() += 1;
    }
    for (table, kind) in ANNOUNCED {
        let is_new = |it: &&Written| it.schema.table == table && it.done == Done::Inserted;
        let new = commit.iter().filter(is_new).count();
        if kinds.get(kind).copied().unwrap_or_default() < new {
            return step.broken(LAW, format!("a new row of `{table}` has no event `{kind}`"));
        }
    }
    Ok(())
}
