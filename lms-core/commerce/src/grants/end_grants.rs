//! Ending expired grants.
use crate::{
    AccessEnded, DueRows, Grant, GrantEvent, NextAction, PaymentError, grants::sync_enrollments,
};
use lms_kernel::machine::Step;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Ends access grants that are past their time, and the enrollments that came of them, as many as
/// `due` takes, and answers how many. Run it from a job until it answers zero; access ends on time
/// with or without it.
///
/// # Permission
/// `orders.manage`.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.end_grants_due")]
pub struct EndGrantsDue {
    /// The most rows to handle in this call, and the rows to skip.
    pub due: DueRows,
}

impl Operation for EndGrantsDue {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_MANAGE]);
    type Answer = usize;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, PaymentError> {
        let Self { due } = self;
        authorize_on(tx, Permission::ORDERS_MANAGE, &TheTenant).await?;
        let mut due = tx.page(due.of(Grant::due(tx.now()))).await?.items;
        for grant in &mut due {
            grant.next_action_at = NextAction::NEVER;
            if let Step::Applied(status) = grant.status.apply(GrantEvent::Expire)? {
                grant.status = status;
                let (grant_id, holder_id, target) = (grant.id, grant.holder_id, grant.target);
                tx.emit(&AccessEnded { grant_id, holder_id, target, reason: None });
            }
        }
        tx.update_all(&mut due).await?;
        for grant in &due {
            sync_enrollments(tx, grant.holder_id, &[grant.target]).await?;
        }
        Ok(due.len())
    }
}
