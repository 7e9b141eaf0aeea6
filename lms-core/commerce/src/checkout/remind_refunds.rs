//! Refunds that wait for a decision, a transfer or reconciliation.
use chrono::TimeDelta;
use lms_kernel::machine::Step;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    DueRows, NextAction, PaymentMethod, Refund, RefundDue, RefundError, RefundEvent, RefundStatus,
    SendRefund, refunds::announce,
};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;

/// How often a person is reminded of a refund that waits.
const REMIND_EVERY: TimeDelta = TimeDelta::hours(24);

/// Advances refunds that are overdue, as many as `due` takes, and answers how many: pays approved
/// ones to wallets, marks unanswered ones as unknown, and emits an event for those to approve, send
/// or reconcile. Run it from a job until it answers zero.
///
/// # Permission
/// `payments.refund`.
///
/// # Locks
/// The rows of the orders.
///
/// # Errors
/// [`RefundError`].
#[operation("commerce.remind_refunds_due")]
pub struct RemindRefundsDue {
    /// The most rows to handle in this call, and the rows to skip.
    pub due: DueRows,
}

impl Operation for RemindRefundsDue {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_REFUND]);
    type Answer = usize;
    type Error = RefundError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, RefundError> {
        let Self { due } = self;
        authorize_on(tx, Permission::PAYMENTS_REFUND, &TheTenant).await?;
        let due = tx.page(due.of(Refund::due(tx.now()))).await?.items;
        for refund in &due {
            tx.lock(refund.order_id).await?;
            let refund = tx.require(refund.id).await?;
            if refund.next_action_at.is_due(tx.now()) {
                remind(tx, refund).await?;
            }
        }
        Ok(due.len())
    }
}

async fn remind(tx: &mut Transaction, mut refund: Refund) -> Result<(), RefundError> {
    let payment = tx.require(refund.payment_id).await?;
    if refund.status == RefundStatus::Approved && payment.method == PaymentMethod::Wallet {
        tx.run(SendRefund { refund: refund.id }).await?;
        return Ok(());
    }
    if refund.status == RefundStatus::Processing
        && let Step::Applied(status) = refund.status.apply(RefundEvent::LoseTrack)?
    {
        refund.status = status;
        announce(tx, &refund);
    }
    let waits = matches!(
        refund.status,
        RefundStatus::Requested
            | RefundStatus::Approved
            | RefundStatus::Unknown
            | RefundStatus::Failed
    );
    refund.next_action_at = match refund.next_action_at.time().filter(|_| waits) {
        Some(start) => NextAction::in_series(start, REMIND_EVERY, tx.now()),
        None => NextAction::NEVER,
    };
    tx.update(&mut refund).await?;
    if waits {
        let (refund_id, payment_id) = (refund.id, refund.payment_id);
        tx.emit(&RefundDue { refund_id, payment_id, status: refund.status });
    }
    Ok(())
}
