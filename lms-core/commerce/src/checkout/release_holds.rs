//! Releasing wallet holds of unpaid orders.
use crate::{DueRows, HoldEvent, SettleHold, WalletError, WalletHold};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Releases wallet holds of unpaid orders that are past their deadline, as many as `due` takes, and
/// answers how many. Run it from a job until it answers zero.
///
/// # Permission
/// `payments.record`.
///
/// # Locks
/// The rows of the orders and the wallets.
///
/// # Errors
/// [`WalletError`].
#[operation("commerce.release_holds_due")]
pub struct ReleaseHoldsDue {
    /// The most rows to handle in this call, and the rows to skip.
    pub due: DueRows,
}

impl Operation for ReleaseHoldsDue {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_RECORD]);
    type Answer = usize;
    type Error = WalletError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, WalletError> {
        let Self { due } = self;
        authorize_on(tx, Permission::PAYMENTS_RECORD, &TheTenant).await?;
        let due = tx.page(due.of(WalletHold::due(tx.now()))).await?.items;
        for hold in &due {
            tx.run(SettleHold { hold: hold.id, event: HoldEvent::Release }).await?;
        }
        Ok(due.len())
    }
}
