//! Soft deletes: hidden, restored, removed for good.
use lms_core::{
    content::Category,
    identity::RefreshToken,
    kernel::{Actor, ActorId, Id},
    outbox::Message,
    store::{Filter, Lock, Query, StoreError},
};
use uuid::Uuid;

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::{category, message, seconds_after},
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_deleted_record_is_hidden,
        a_deleted_record_is_found_when_asked_for,
        a_delete_says_when_and_by_whom,
        a_deleted_record_is_restored_as_it_was,
        a_deleted_record_is_purged,
        records_that_match_are_purged_together,
        records_that_the_trail_notes_are_purged_one_by_one,
        a_stale_delete_conflicts,
        a_delete_frees_a_live_key,
        a_restore_onto_a_taken_key_is_refused,
        an_append_only_record_is_not_deleted,
        a_deleted_related_record_is_hidden,
        a_delete_leaves_references_standing,
    ]
}

/// One that lives and one that is deleted.
async fn two(stage: &Stage, cx: &lms_core::kernel::Context) -> Outcome<[Category; 2]> {
    let (live, mut gone) = (category(cx, "live")?, category(cx, "gone")?);
    stage.save_all(cx, &[live.clone(), gone.clone()]).await?;
    let mut tx = stage.begin(cx).await?;
    tx.delete(&mut gone).await?;
    ensure_eq!(tx.get(gone.id).await?, None, "an own delete is not seen");
    tx.commit().await?;
    Ok([live, gone])
}

async fn a_deleted_record_is_hidden(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [live, gone] = two(&stage, &cx).await?;
    let (table, id) = ("categories", gone.id.uuid());
    let mut tx = stage.begin(&cx).await?;
    ensure_eq!(tx.get(gone.id).await?, None, "it was read");
    ensure_refused!(
        tx.require(gone.id).await,
        StoreError::NotFound { table: of, id: it } if of == table && it == id,
        "it was required"
    );
    ensure_refused!(tx.lock(gone.id).await, StoreError::NotFound { .. }, "it was locked");
    ensure_eq!(
        tx.get_many(&[gone.id, live.id]).await?,
        std::slice::from_ref(&live),
        "it was read with others"
    );
    let of = || Query::filter(Category::ID.is_in([gone.id, live.id]));
    ensure_eq!(tx.page(of()).await?.items, std::slice::from_ref(&live), "it was found");
    ensure_eq!(tx.all(of()).await?, std::slice::from_ref(&live), "it was found among all");
    ensure_eq!(tx.count(of()).await?, 1, "it was counted");
    let only = || Query::filter(Category::ID.eq(gone.id));
    ensure_eq!(tx.first(only()).await?, None, "it came first");
    ensure!(!tx.exists(only()).await?, "it exists");
    let locked = tx.page(only().lock(Lock::Update)).await?.items;
    ensure_eq!(locked, [], "it was found and locked");
    let either = Category::ID.eq(gone.id).or(Category::ID.eq(live.id));
    ensure_eq!(tx.count(Query::filter(either)).await?, 1, "an alternative brought it back");
    Ok(())
}

async fn a_deleted_record_is_found_when_asked_for(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [live, gone] = two(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    let all = || Query::<Category>::all();
    ensure_eq!(
        tx.all(all().only_deleted()).await?,
        std::slice::from_ref(&gone),
        "only deleted ones"
    );
    ensure_eq!(tx.count(all().only_deleted()).await?, 1, "their count");
    let mut expected = [live, gone];
    expected.sort_by_key(|it| it.id);
    ensure_eq!(tx.all(all().with_deleted()).await?, expected, "with deleted ones");
    ensure_eq!(tx.count(all().with_deleted()).await?, 2, "their count too");
    let of_log = Query::<Message>::all().only_deleted();
    ensure_eq!(tx.count(of_log).await?, 0, "what cannot be deleted");
    Ok(())
}

async fn a_delete_says_when_and_by_whom(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = category(&cx, "gone")?;
    stage.save(&cx, &record).await?;
    let ada = ActorId::from_uuid(Uuid::from_u128(7));
    let later = cx.clone().at(seconds_after(&cx, 60)).with_actor(Actor::User(ada));
    let mut tx = stage.begin(&later).await?;
    tx.delete(&mut record).await?;
    tx.commit().await?;
    let query = Query::<Category>::all().only_deleted();
    let found = stage.begin(&cx).await?.first(query).await?;
    ensure_eq!(found.as_ref(), Some(&record), "as the caller holds it");
    let stamp = record.stamp;
    ensure_eq!(stamp.deleted_at, Some(later.now()), "when");
    ensure_eq!((stamp.updated_at, stamp.updated_by), (later.now(), Some(ada)), "by whom");
    ensure_eq!((stamp.created_at, stamp.version.get()), (cx.now(), 2), "the rest");
    Ok(())
}

async fn a_deleted_record_is_restored_as_it_was(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [_, mut gone] = two(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    tx.restore(&mut gone).await?;
    tx.commit().await?;
    ensure_eq!(gone.stamp.deleted_at, None, "it is still marked");
    ensure_eq!(gone.stamp.version.get(), 3, "its version");
    ensure_eq!(stage.stored(&cx, gone.id).await?, Some(gone), "as restored");
    Ok(())
}

async fn a_deleted_record_is_purged(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [live, gone] = two(&stage, &cx).await?;
    let mut tx = stage.begin(&cx).await?;
    tx.purge(&gone).await?;
    tx.commit().await?;
    let found = stage.begin(&cx).await?.all(Query::<Category>::all().with_deleted()).await?;
    ensure_eq!(found, [live], "what is left");
    Ok(())
}

async fn records_that_match_are_purged_together(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let [first, mut second, kept] = ["old", "old", "new"].map(|kind| message(&ours, kind));
    stage.save_all(&ours, &[first.clone(), second.clone(), kept.clone()]).await?;
    let other = message(&theirs, "old");
    stage.save(&theirs, &other).await?;
    // Whatever its version.
    let mut tx = stage.begin(&ours).await?;
    second.attempts = 1;
    tx.update(&mut second).await?;
    tx.commit().await?;
    let old = || Message::KIND.eq("old".to_owned());
    let mut tx = stage.begin(&ours).await?;
    ensure_eq!(tx.purge_all(old()).await?, 2, "how many went");
    ensure_eq!(tx.count(Query::filter(old())).await?, 0, "an own purge is not seen");
    ensure_eq!(tx.purge_all(old()).await?, 0, "they went twice");
    tx.rollback().await?;
    ensure_eq!(stage.stored(&ours, first.id).await?, Some(first), "a purge that was rolled back");
    let mut tx = stage.begin(&ours).await?;
    tx.purge_all(old()).await?;
    tx.commit().await?;
    let left = stage.begin(&ours).await?.all(Query::<Message>::all()).await?;
    ensure_eq!(left, [kept], "what is left");
    ensure_eq!(stage.stored(&theirs, other.id).await?, Some(other), "another tenant's");
    Ok(())
}

async fn records_that_the_trail_notes_are_purged_one_by_one(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [live, _] = two(&stage, &cx).await?;
    let done = stage.begin(&cx).await?.purge_all(Category::ID.eq(live.id)).await;
    ensure_refused!(done, StoreError::InvalidQuery { .. }, "a purge left no note");
    ensure_eq!(stage.stored(&cx, live.id).await?, Some(live), "it is still there");
    let user = Id::from_uuid(Uuid::from_u128(7));
    let done = stage.begin(&cx).await?.purge_all(RefreshToken::USER_ID.eq(user)).await;
    ensure_refused!(done, StoreError::NeedsPlatform { .. }, "a tenant purged the platform's");
    Ok(())
}

async fn a_stale_delete_conflicts(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = category(&cx, "contested")?;
    stage.save(&cx, &record).await?;
    let mut stale = record.clone();
    let mut tx = stage.begin(&cx).await?;
    tx.update(&mut record).await?;
    tx.commit().await?;
    let done = stage.begin(&cx).await?.delete(&mut stale).await;
    ensure_refused!(done, StoreError::Conflict { .. }, "a stale delete worked");
    ensure_eq!(stale.stamp.deleted_at, None, "a refused delete changed the caller's record");
    ensure_eq!(stage.stored(&cx, record.id).await?, Some(record), "what was there");
    Ok(())
}

async fn a_delete_frees_a_live_key(stage: Stage) -> Outcome {
    let cx = stage.cx();
    two(&stage, &cx).await?;
    let again = category(&cx, "gone")?;
    stage.save(&cx, &again).await?;
    let twice = stage.save(&cx, &category(&cx, "gone")?).await;
    ensure_refused!(
        twice,
        StoreError::Duplicate { table: "categories", columns } if columns == ["slug"],
        "a live key was used twice"
    );
    Ok(())
}

async fn a_restore_onto_a_taken_key_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [_, mut gone] = two(&stage, &cx).await?;
    stage.save(&cx, &category(&cx, "gone")?).await?;
    let mut tx = stage.begin(&cx).await?;
    let restored = async {
        tx.restore(&mut gone).await?;
        tx.commit().await
    };
    ensure_refused!(
        restored.await,
        StoreError::Duplicate { columns, .. } if columns == ["slug"],
        "two live records hold one key"
    );
    Ok(())
}

async fn an_append_only_record_is_not_deleted(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = message(&cx, "log");
    stage.save(&cx, &record).await?;
    let mut tx = stage.begin(&cx).await?;
    let done = tx.delete(&mut record).await;
    ensure_refused!(done, StoreError::InvalidQuery { .. }, "an append-only record was deleted");
    ensure_eq!(stage.stored(&cx, record.id).await?, Some(record), "it is still there");
    Ok(())
}

async fn a_deleted_related_record_is_hidden(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [live, gone] = two(&stage, &cx).await?;
    let mut children = [category(&cx, "of-live")?, category(&cx, "of-gone")?];
    for (child, parent) in children.iter_mut().zip([&live, &gone]) {
        child.parent_id = Some(parent.id);
    }
    stage.save_all(&cx, &children).await?;
    let [of_live, of_gone] = children;
    let mut tx = stage.begin(&cx).await?;
    let related = || Category::PARENT_ID.in_records(Category::ID, Filter::all([]));
    let found = tx.all(Query::filter(related())).await?;
    ensure_eq!(found, [of_live], "children of categories that live");
    let there = Category::ID.eq(of_gone.id);
    let unrelated = Query::filter((!related()).and(there));
    ensure_eq!(tx.count(unrelated).await?, 1, "a child of a deleted one is related to none");
    Ok(())
}

async fn a_delete_leaves_references_standing(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let [mut live, gone] = two(&stage, &cx).await?;
    let mut child = category(&cx, "child")?;
    child.parent_id = Some(live.id);
    stage.save(&cx, &child).await?;
    let mut tx = stage.begin(&cx).await?;
    tx.delete(&mut live).await?;
    child.parent_id = Some(gone.id);
    tx.update(&mut child).await?;
    tx.commit().await?;
    ensure_eq!(stage.stored(&cx, child.id).await?, Some(child), "a child of a deleted record");
    Ok(())
}
