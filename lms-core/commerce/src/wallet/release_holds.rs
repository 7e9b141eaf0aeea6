//! Giving promised money free whose time is over.
use crate::{DueRows, HoldEvent, WalletError, WalletHold, settle_hold};
use lms_people::authorization::{Permission, Place, authorize};
use lms_store::Transaction;

/// Gives the money free that was promised to orders which were not paid in time, as many
/// promises as `due` takes. Tells how many there were: call it until there are none.
///
/// Asks for `payments.record`. Holds the rows of the orders and the wallets.
///
/// # Errors
/// [`WalletError`].
pub async fn release_holds_due(
    tx: &mut Transaction,
    due: impl Into<DueRows>,
) -> Result<usize, WalletError> {
    authorize(tx, Permission::PAYMENTS_RECORD, Place::Tenant).await?;
    let due = tx.page(due.into().of(WalletHold::due(tx.now()))).await?.items;
    for hold in &due {
        settle_hold(tx, hold.id, HoldEvent::Release).await?;
    }
    Ok(due.len())
}
