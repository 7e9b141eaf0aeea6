//! Granting and revoking access.
use crate::{
    AccessEnded, AccessGranted, AccessSource, Grant, GrantEvent, Item, ItemKind, NextAction,
    Package, PackageItem, PaymentError, Plan, PlanItem, RevokeReason, grants::sync_enrollments,
};
use lms_kernel::machine::Step;
use lms_kernel::{Id, Timestamp};
use lms_learning::delivery::{Program, ProgramCourse};
use lms_people::identity::Membership;
use lms_store::Transaction;

/// Gives `holder` access to `item` and to all that is in it, up to `ends_at`.
///
/// What this source gave before is renewed, in the same rows; so giving twice gives once.
pub(crate) async fn give(
    tx: &mut Transaction,
    holder: Id<Membership>,
    item: Item,
    source: AccessSource,
    ends_at: Option<Timestamp>,
) -> Result<(), PaymentError> {
    let given = tx.all(Grant::from_source(source.id)).await?;
    if !given.is_empty() {
        let targets: Vec<Item> = given.iter().map(|it| it.target).collect();
        renew(tx, given, ends_at).await?;
        return sync_enrollments(tx, holder, &targets).await;
    }
    let whole = Grant::new(tx.cx(), holder, item, source).until(ends_at);
    let mut grants = vec![whole.clone()];
    for part in contents(tx, item).await? {
        grants.push(Grant::new(tx.cx(), holder, part, source).part_of(&whole));
    }
    tx.insert_all(&grants).await?;
    for grant in &grants {
        announce(tx, grant);
    }
    let targets: Vec<Item> = grants.iter().map(|it| it.target).collect();
    sync_enrollments(tx, holder, &targets).await
}

fn announce(tx: &mut Transaction, grant: &Grant) {
    tx.emit(&AccessGranted {
        grant_id: grant.id,
        holder_id: grant.holder_id,
        target: grant.target,
        source: grant.source,
        ends_at: grant.ends_at,
    });
}

async fn renew(
    tx: &mut Transaction,
    given: Vec<Grant>,
    ends_at: Option<Timestamp>,
) -> Result<(), PaymentError> {
    for mut grant in given {
        let Step::Applied(status) = grant.status.apply(GrantEvent::Renew)? else { continue };
        grant.status = status;
        grant.revoke_reason = None;
        let mut grant = grant.until(ends_at);
        tx.update(&mut grant).await?;
        announce(tx, &grant);
    }
    Ok(())
}

/// Takes back all that `source` gave. What another source gave stays.
pub(crate) async fn take_back(
    tx: &mut Transaction,
    source: AccessSource,
    reason: RevokeReason,
) -> Result<(), PaymentError> {
    let given = tx.all(Grant::from_source(source.id)).await?;
    for mut grant in given.iter().cloned() {
        let Step::Applied(status) = grant.status.apply(GrantEvent::Revoke)? else { continue };
        grant.status = status;
        grant.revoke_reason = Some(reason);
        grant.next_action_at = NextAction::NEVER;
        tx.update(&mut grant).await?;
        let (grant_id, holder_id, target) = (grant.id, grant.holder_id, grant.target);
        tx.emit(&AccessEnded { grant_id, holder_id, target, reason: Some(reason) });
    }
    for grant in &given {
        sync_enrollments(tx, grant.holder_id, &[grant.target]).await?;
    }
    Ok(())
}

/// All that is in a thing, each once, without the thing itself: what a package or a plan lists, the
/// courses
/// of a program and of the programs under it.
pub(crate) async fn contents(tx: &mut Transaction, item: Item) -> Result<Vec<Item>, PaymentError> {
    let mut found: Vec<Item> = Vec::new();
    let mut open = vec![item];
    while let Some(whole) = open.pop() {
        for part in parts(tx, whole).await? {
            if part != item && !found.contains(&part) {
                found.push(part);
                open.push(part);
            }
        }
    }
    Ok(found)
}

async fn parts(tx: &mut Transaction, whole: Item) -> Result<Vec<Item>, PaymentError> {
    match whole.kind {
        ItemKind::Package => {
            let package = Id::<Package>::from_uuid(whole.id);
            let listed = tx.all(PackageItem::of_package(package)).await?;
            Ok(listed.into_iter().map(|it| it.item).collect())
        }
        ItemKind::Program => {
            let program = Id::<Program>::from_uuid(whole.id);
            let courses = tx.all(ProgramCourse::of(program)).await?;
            let nested = tx.all(Program::children_of(program)).await?;
            let courses = courses.into_iter().map(|it| Item::of(ItemKind::Course, it.course_id));
            Ok(courses.chain(nested.iter().map(|it| Item::of(ItemKind::Program, it.id))).collect())
        }
        ItemKind::Plan => {
            let plan = Id::<Plan>::from_uuid(whole.id);
            let listed = tx.all(PlanItem::of_plan(plan)).await?;
            Ok(listed.into_iter().map(|it| it.item).collect())
        }
        ItemKind::Course | ItemKind::Class | ItemKind::Certificate | ItemKind::Placement => {
            Ok(Vec::new())
        }
    }
}
