//! References lead somewhere, within the same owner.
use lms_core::{
    content::Category,
    store::{Query, StoreError},
};

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::category,
    stage::{Stage, wait_a_little},
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_reference_to_nothing_is_refused,
        a_reference_to_another_tenant_is_refused,
        a_parent_may_come_in_the_same_transaction,
        a_referred_to_record_is_not_purged,
        children_and_parents_can_be_purged_together,
        a_child_and_the_purge_of_its_parent_do_not_both_win,
    ]
}

async fn a_reference_to_nothing_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut child = category(&cx, "child")?;
    stage.save(&cx, &child).await?;
    let ghost = category(&cx, "ghost")?.id;
    let mut orphan = category(&cx, "orphan")?;
    orphan.parent_id = Some(ghost);
    let done = stage.save(&cx, &orphan).await;
    ensure_refused!(
        done,
        StoreError::BrokenReference { table: "categories", columns } if columns == ["parent_id"],
        "an insert referred to nothing"
    );
    let unchanged = child.clone();
    child.parent_id = Some(ghost);
    let mut tx = stage.begin(&cx).await?;
    let done = async {
        tx.update(&mut child).await?;
        tx.commit().await
    };
    ensure_refused!(done.await, StoreError::BrokenReference { .. }, "an update did");
    ensure_eq!(stage.stored(&cx, unchanged.id).await?, Some(unchanged), "what is stored");
    Ok(())
}

async fn a_reference_to_another_tenant_is_refused(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let parent = category(&theirs, "theirs")?;
    stage.save(&theirs, &parent).await?;
    let mut refused = Vec::new();
    for id in [parent.id, category(&theirs, "ghost")?.id] {
        let mut child = category(&ours, "child")?;
        child.parent_id = Some(id);
        let Err(error) = stage.save(&ours, &child).await else {
            return Err(crate::Failure::new("a reference crossed from one tenant to another"));
        };
        refused.push(format!("{error:?} {error}"));
    }
    refused.dedup();
    ensure_eq!(refused.len(), 1, "the error tells whether it exists: {refused:?}");
    Ok(())
}

async fn a_parent_may_come_in_the_same_transaction(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let parent = category(&cx, "parent")?;
    let mut child = category(&cx, "child")?;
    child.parent_id = Some(parent.id);
    let mut tx = stage.begin(&cx).await?;
    tx.insert_all(&[parent.clone(), child.clone()]).await?;
    tx.commit().await?;
    let found = stage.begin(&cx).await?.all(Category::children_of(parent.id)).await?;
    ensure_eq!(found, [child], "its children");
    Ok(())
}

async fn a_referred_to_record_is_not_purged(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let parent = category(&cx, "parent")?;
    let mut child = category(&cx, "child")?;
    child.parent_id = Some(parent.id);
    stage.save_all(&cx, &[parent.clone(), child.clone()]).await?;
    let mut tx = stage.begin(&cx).await?;
    let done = async {
        tx.purge(&parent).await?;
        tx.commit().await
    };
    ensure_refused!(
        done.await,
        StoreError::BrokenReference { table: "categories", .. },
        "a parent was purged before its child"
    );
    ensure_eq!(stage.stored(&cx, parent.id).await?, Some(parent), "the parent");
    Ok(())
}

async fn children_and_parents_can_be_purged_together(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let parent = category(&cx, "parent")?;
    let mut child = category(&cx, "child")?;
    child.parent_id = Some(parent.id);
    stage.save_all(&cx, &[parent.clone(), child.clone()]).await?;
    let mut tx = stage.begin(&cx).await?;
    tx.purge(&child).await?;
    tx.purge(&parent).await?;
    tx.commit().await?;
    let (other, mut freed) = (category(&cx, "other")?, category(&cx, "freed")?);
    freed.parent_id = Some(other.id);
    stage.save_all(&cx, &[other.clone(), freed.clone()]).await?;
    let mut tx = stage.begin(&cx).await?;
    freed.parent_id = None;
    tx.update(&mut freed).await?;
    tx.purge(&other).await?;
    tx.commit().await?;
    let found = stage.begin(&cx).await?.all(Query::<Category>::all()).await?;
    ensure_eq!(found, [freed], "what is left");
    Ok(())
}

async fn a_child_and_the_purge_of_its_parent_do_not_both_win(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let parent = category(&cx, "parent")?;
    stage.save(&cx, &parent).await?;
    let mut child = category(&cx, "child")?;
    child.parent_id = Some(parent.id);
    let mut adopting = stage.begin(&cx).await?;
    adopting.insert(&child).await?;
    let (late, of, gone) = (stage.clone(), cx.clone(), parent.clone());
    let purge = tokio::spawn(async move {
        let mut tx = late.begin(&of).await?;
        tx.purge(&gone).await?;
        tx.commit().await
    });
    wait_a_little().await;
    let adopted = adopting.commit().await;
    let purged = purge.await?;
    ensure!(adopted.is_ok() != purged.is_ok(), "both or none won: {adopted:?} {purged:?}");
    let found = stage.begin(&cx).await?.all(Query::<Category>::all()).await?.len();
    ensure_eq!(found, if adopted.is_ok() { 2 } else { 0 }, "records: {adopted:?} {purged:?}");
    Ok(())
}
