//! Conditions on related records, one level deep.
use lms_core::{
    audit::{Action, AuditEntry},
    kernel::Context,
    outbox::Message,
    store::{Direction, Filter, IdempotencyRecord, PageSize, Query},
};
use serde_json::json;

use super::rules;
use crate::{
    Case, Outcome,
    failure::ensure_eq,
    specimens::{message, message_about, used_key},
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_semi_join_finds_what_is_related,
        a_semi_join_repeats_no_record,
        a_semi_join_is_paged_and_counted,
        a_null_is_related_to_nothing,
        a_semi_join_stays_in_its_tenant,
        a_semi_join_sees_own_writes,
    ]
}

fn any<R>() -> Filter<R> {
    Filter::all([])
}

async fn kinds(stage: &Stage, cx: &Context, filter: Filter<Message>) -> Outcome<Vec<String>> {
    let query = Query::filter(filter).order_by(Message::KIND, Direction::Asc);
    let page = stage.begin(cx).await?.page(query).await?;
    Ok(page.items.into_iter().map(|it| it.kind).collect())
}

/// Two parents, `open` and `closed`; a message about each, and one about nothing.
async fn family(stage: &Stage, cx: &Context) -> Outcome<[IdempotencyRecord; 2]> {
    let parents = [used_key(cx, "open"), used_key(cx, "closed")];
    stage.save_all(cx, &parents).await?;
    let [open, closed] = &parents;
    let mut children = vec![message(cx, "about nothing")];
    for (parent, kind) in [(open, "about open"), (closed, "about closed")] {
        let child = message_about(cx, parent.id.uuid());
        children.push(Message { kind: kind.to_owned(), ..child });
    }
    stage.save_all(cx, &children).await?;
    Ok(parents)
}

async fn a_semi_join_finds_what_is_related(stage: Stage) -> Outcome {
    let cx = stage.cx();
    family(&stage, &cx).await?;
    let of = |filter| Message::SUBJECT_ID.in_records(IdempotencyRecord::ID, filter);
    let open = || IdempotencyRecord::KEY.eq("open".into());
    ensure_eq!(kinds(&stage, &cx, of(open())).await?, ["about open"], "of one");
    let found = kinds(&stage, &cx, of(any())).await?;
    ensure_eq!(found, ["about closed", "about open"], "of any");
    let found = kinds(&stage, &cx, !of(open())).await?;
    ensure_eq!(found, ["about closed", "about nothing"], "of all but one");
    let found = kinds(&stage, &cx, of(!open()).or(Message::KIND.contains("nothing"))).await?;
    ensure_eq!(found, ["about closed", "about nothing"], "or another condition");
    let none = IdempotencyRecord::KEY.is_in([]);
    ensure_eq!(kinds(&stage, &cx, of(none)).await?, [""; 0], "of none");
    let by_text = Message::KIND.in_records(IdempotencyRecord::KEY, any());
    ensure_eq!(kinds(&stage, &cx, by_text).await?, [""; 0], "by another column");
    Ok(())
}

async fn a_semi_join_repeats_no_record(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [open, _] = family(&stage, &cx).await?;
    let more: Vec<_> = (0..3).map(|_| message_about(&cx, open.id.uuid())).collect();
    stage.save_all(&cx, &more).await?;
    let mut tx = stage.begin(&cx).await?;
    let parents =
        Query::filter(IdempotencyRecord::ID.in_records(Message::SUBJECT_ID, any::<Message>()));
    ensure_eq!(tx.page(parents.clone()).await?.items.len(), 2, "parents with children");
    ensure_eq!(tx.count(parents).await?, 2, "their count");
    Ok(())
}

async fn a_semi_join_is_paged_and_counted(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [open, _] = family(&stage, &cx).await?;
    let more: Vec<_> = (0..9).map(|_| message_about(&cx, open.id.uuid())).collect();
    stage.save_all(&cx, &more).await?;
    let mut tx = stage.begin(&cx).await?;
    let open = IdempotencyRecord::KEY.eq("open".into());
    let query = Query::filter(Message::SUBJECT_ID.in_records(IdempotencyRecord::ID, open));
    ensure_eq!(tx.count(query.clone()).await?, 10, "the count");
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = tx.page(query.clone().page(PageSize::new(3), after)).await?;
        found.extend(page.items.into_iter().map(|it| it.id));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    ensure_eq!(found.len(), 10, "the walk");
    ensure_eq!(found.is_sorted(), true, "in order");
    Ok(())
}

async fn a_null_is_related_to_nothing(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [open, _] = family(&stage, &cx).await?;
    let about = |id| AuditEntry::of(&cx, Action::Login, "key", id, json!({}));
    stage.save_all(&cx, &[about(Some(open.id.uuid())), about(None), about(None)]).await?;
    let mut tx = stage.begin(&cx).await?;
    let related = || AuditEntry::ENTITY_ID.in_records(IdempotencyRecord::ID, any());
    ensure_eq!(tx.count(Query::filter(related())).await?, 1, "a null on this side");
    ensure_eq!(tx.count(Query::filter(!related())).await?, 2, "not related, and never unknown");
    // Entries without an entity stand on the other side now.
    let noted = || IdempotencyRecord::ID.in_records(AuditEntry::ENTITY_ID, any::<AuditEntry>());
    ensure_eq!(tx.count(Query::filter(noted())).await?, 1, "a null on the other side");
    ensure_eq!(tx.count(Query::filter(!noted())).await?, 1, "not related, and never unknown");
    Ok(())
}

async fn a_semi_join_stays_in_its_tenant(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let parent = used_key(&theirs, "theirs");
    stage.save(&theirs, &parent).await?;
    stage.save(&ours, &message_about(&ours, parent.id.uuid())).await?;
    let mut tx = stage.begin(&ours).await?;
    let related = || Message::SUBJECT_ID.in_records(IdempotencyRecord::ID, any());
    ensure_eq!(tx.count(Query::filter(related())).await?, 0, "another tenant's row is related");
    ensure_eq!(tx.count(Query::filter(!related())).await?, 1, "and so it is not");
    Ok(())
}

async fn a_semi_join_sees_own_writes(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [mut open, closed] = family(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    tx.purge(&closed).await?;
    open.key = "reopened".into();
    tx.update(&mut open).await?;
    let of = |filter| Query::filter(Message::SUBJECT_ID.in_records(IdempotencyRecord::ID, filter));
    ensure_eq!(tx.count(of(any())).await?, 1, "a purged parent is related");
    let reopened = IdempotencyRecord::KEY.eq("reopened".into());
    ensure_eq!(tx.count(of(reopened)).await?, 1, "a changed parent is not");
    Ok(())
}
