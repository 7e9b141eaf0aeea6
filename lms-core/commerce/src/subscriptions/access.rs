//! The access that a subscription gives, in line with its status.
use crate::{
    AccessEnded, AccessGranted, AccessSource, AccessSourceKind, Grant, GrantEvent, GrantStatus,
    Item, NextAction, PaymentError, RevokeReason, Subscription, SubscriptionStatus,
    grants::{contents, prolong_enrollments, sync_enrollments},
};
use lms_kernel::Timestamp;
use lms_kernel::machine::Step;
use lms_store::Transaction;

/// Brings the grants of a subscription in line with it, and the enrollments with the grants: one
/// grant for its subject and one for each thing in it. What another source gives is not touched.
pub(super) async fn sync_access(
    tx: &mut Transaction,
    subscription: &Subscription,
) -> Result<(), PaymentError> {
    let source = AccessSource::new(AccessSourceKind::Subscription, subscription.id.uuid());
    let given = tx.all(Grant::from_source(source.id)).await?;
    let wanted = match subscription.access() {
        None => Vec::new(),
        Some(_) => {
            let mut wanted = vec![subscription.subject];
            wanted.extend(contents(tx, subscription.subject).await?);
            wanted
        }
    };
    let until = subscription.access().flatten();
    let paused = subscription.status == SubscriptionStatus::Paused;
    let (mut moved, mut prolonged) = (Vec::new(), Vec::new());
    for grant in &given {
        let (event, end) = match (wanted.contains(&grant.target), paused) {
            (true, _) => (GrantEvent::Renew, until),
            (false, true) => (GrantEvent::Suspend, grant.ends_at),
            (false, false) => (GrantEvent::Revoke, grant.ends_at),
        };
        match grant.gives_access(tx.now()) && event == GrantEvent::Renew {
            true => prolonged.push(grant.target),
            false => moved.push(grant.target),
        }
        change(tx, grant.clone(), event, end).await?;
    }
    let new: Vec<Item> =
        wanted.into_iter().filter(|it| given.iter().all(|grant| grant.target != *it)).collect();
    add(tx, subscription, &new, source, until).await?;
    moved.extend(new);
    sync_enrollments(tx, subscription.subscriber_id, &moved).await?;
    prolong_enrollments(tx, subscription.subscriber_id, &prolonged).await
}

async fn change(
    tx: &mut Transaction,
    mut grant: Grant,
    event: GrantEvent,
    end: Option<Timestamp>,
) -> Result<(), PaymentError> {
    let before = grant.clone();
    // A pause of what is over already leaves it over.
    if let Ok(Step::Applied(status)) = grant.status.apply(event) {
        grant.status = status;
        grant.revoke_reason =
            (status == GrantStatus::Revoked).then_some(RevokeReason::SubscriptionEnded);
    }
    let mut grant = grant.until(end);
    if grant.status != GrantStatus::Active {
        grant.next_action_at = NextAction::NEVER;
    }
    if grant == before {
        return Ok(());
    }
    tx.update(&mut grant).await?;
    let (grant_id, holder_id, target) = (grant.id, grant.holder_id, grant.target);
    match (before.status, grant.status) {
        (_, GrantStatus::Active) => announce(tx, &grant),
        (GrantStatus::Active, _) => {
            let reason = grant.revoke_reason;
            tx.emit(&AccessEnded { grant_id, holder_id, target, reason });
        }
        _ => {}
    }
    Ok(())
}

async fn add(
    tx: &mut Transaction,
    subscription: &Subscription,
    items: &[Item],
    source: AccessSource,
    until: Option<Timestamp>,
) -> Result<(), PaymentError> {
    let holder = subscription.subscriber_id;
    let mut grants: Vec<Grant> =
        items.iter().map(|item| Grant::new(tx.cx(), holder, *item, source).until(until)).collect();
    if let Some(whole) = grants.iter().find(|it| it.target == subscription.subject).cloned() {
        for grant in grants.iter_mut().filter(|it| it.id != whole.id) {
            *grant = grant.clone().part_of(&whole);
        }
    }
    tx.insert_all(&grants).await?;
    for grant in &grants {
        announce(tx, grant);
    }
    Ok(())
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
