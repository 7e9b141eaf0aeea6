//! Giving promised money free whose time is over.
use crate::{
    authorization::{Permission, Place, authorize},
    commerce::{HoldEvent, WalletError, WalletHold, settle_hold},
    kernel::Context,
    store::{PageSize, Transaction},
};

/// Gives the money free that was promised to orders which were not paid in time, at most `limit`
/// promises. Tells how many there were: call it until there are none.
///
/// Asks for `payments.record`. Holds the rows of the orders and the wallets.
///
/// # Errors
/// [`WalletError`].
pub async fn release_holds_due(
    cx: &Context,
    tx: &mut Transaction,
    limit: PageSize,
) -> Result<usize, WalletError> {
    authorize(cx, tx, Permission::PAYMENTS_RECORD, Place::Tenant).await?;
    let due = tx.page(WalletHold::due(cx.now()).limit(limit)).await?.items;
    for hold in &due {
        settle_hold(cx, tx, hold.id, HoldEvent::Release).await?;
    }
    Ok(due.len())
}
