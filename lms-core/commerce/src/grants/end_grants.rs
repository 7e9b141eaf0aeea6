//! Marking grants whose time is over.
use crate::{DueRows, Grant, GrantEvent, NextAction, PaymentError, events::AccessEnded};
use lms_kernel::machine::Step;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Marks the grants whose time is over, as many as `due` takes. They give no access from that
/// instant on, whether this was called or not. Tells how many there were: call it until there are
/// none.
///
/// Asks for `orders.manage`.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.end_grants_due")]
pub struct EndGrantsDue {
    /// Which rows, and how many at the most.
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
        Ok(due.len())
    }
}
