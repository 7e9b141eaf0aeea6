//! Pausing a subscription.
use crate::{
    Subscription, SubscriptionError, SubscriptionEvent, SubscriptionStatus,
    checkout::subscribe::check_present,
    settlement::carry_out,
    subscriptions::{give_up_waiting, manage, manage_paid, save},
};
use lms_kernel::Permission;
use lms_kernel::{Id, Timestamp};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Pauses a subscription; the unused part of its paid period is credited when it resumes, on
/// request or at `until`. A pause longer than the plan allows expires; a payment then reactivates
/// it with the unused part.
///
/// # Permission
/// `subscriptions.manage` on the subscriber's or the payer's own things.
///
/// # Locks
/// The orders that wait and the subscription's row.
///
/// # Errors
/// [`SubscriptionError`].
#[operation("commerce.pause_subscription")]
pub struct PauseSubscription {
    /// The subscription to pause.
    pub subscription: Id<Subscription>,
    /// The instant at which it resumes by itself; `None` waits for a request.
    pub until: Option<Timestamp>,
}

impl Operation for PauseSubscription {
    const ACCESS: Access = Access::Asks(&[Permission::SUBSCRIPTIONS_MANAGE]);
    type Answer = Subscription;
    type Error = SubscriptionError;

    async fn run(self, tx: &mut Transaction) -> Result<Subscription, SubscriptionError> {
        let Self { subscription, until } = self;
        let mut work = Vec::new();
        let mut subscription = manage(tx, subscription, &mut work).await?;
        let from = subscription.status;
        if !from.apply(SubscriptionEvent::Pause)?.is_applied() {
            carry_out(tx, work).await?;
            return Ok(subscription);
        }
        let (most, days) = (subscription.terms.max_pauses, subscription.terms.max_pause_days);
        let endless = subscription.current_period_end.is_none();
        if endless || days == 0 || subscription.pauses >= most {
            return Err(SubscriptionError::PauseNotAllowed { most, days });
        }
        let latest = tx.now().saturating_add(subscription.terms.longest_pause());
        if until.is_some_and(|it| it <= tx.now() || it > latest) {
            return Err(SubscriptionError::PauseEnd { latest });
        }
        give_up_waiting(tx, &mut subscription, &mut work).await?;
        subscription.resume_at = until;
        subscription.on(SubscriptionEvent::Pause, tx.now())?;
        save(tx, &mut subscription, Some(from)).await?;
        carry_out(tx, work).await?;
        Ok(subscription)
    }
}

/// Resumes a paused subscription: its period is extended by the unused part.
///
/// # Permission
/// `subscriptions.manage` on the payer's own things.
///
/// # Locks
/// The subscription's row.
///
/// # Errors
/// [`SubscriptionError`].
#[operation("commerce.resume_subscription")]
pub struct ResumeSubscription {
    /// The paused subscription.
    pub subscription: Id<Subscription>,
}

impl Operation for ResumeSubscription {
    const ACCESS: Access = Access::Asks(&[Permission::SUBSCRIPTIONS_MANAGE]);
    type Answer = Subscription;
    type Error = SubscriptionError;

    async fn run(self, tx: &mut Transaction) -> Result<Subscription, SubscriptionError> {
        let Self { subscription } = self;
        let mut work = Vec::new();
        let mut subscription = manage_paid(tx, subscription, &mut work).await?;
        check_present(tx, subscription.payer_id, subscription.subscriber_id).await?;
        let from = subscription.status;
        subscription.on(SubscriptionEvent::Resume, tx.now())?;
        if from == SubscriptionStatus::Paused {
            save(tx, &mut subscription, Some(from)).await?;
        }
        carry_out(tx, work).await?;
        Ok(subscription)
    }
}
