//! Paying from a wallet.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    HoldEvent, HoldStatus, NextAction, Order, Payment, PaymentFact, PaymentMethod, StartPayment,
    WalletError, WalletHold, settlement::learn, wallet::locked_wallet,
};
use lms_kernel::{Id, machine::Step};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    tenancy::{Feature, require_feature},
};
use lms_store::{Stamp, Transaction};

/// Starts a payment from the payer's wallet, and holds the amount until the order's deadline.
///
/// # Permission
/// `orders.place` on the buyer's own things.
///
/// # Locks
/// The order's and the wallet's row.
///
/// # Errors
/// [`WalletError`].
#[operation("commerce.hold_in_wallet")]
pub struct HoldInWallet {
    /// The order to pay.
    pub order: Id<Order>,
}

impl Operation for HoldInWallet {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_PLACE]);
    type Answer = WalletHold;
    type Error = WalletError;

    async fn run(self, tx: &mut Transaction) -> Result<WalletHold, WalletError> {
        let Self { order } = self;
        require_feature(tx, Feature::Wallets).await?;
        let payment = tx.run(StartPayment::of(order, PaymentMethod::Wallet)).await?;
        let deadline = tx.require(order).await?.deadline;
        let mut wallet = locked_wallet(tx, payment.payer_id, payment.amount.currency()).await?;
        let available = wallet.available()?;
        if available.compare(payment.amount)?.is_lt() {
            return Err(WalletError::NotEnough { available });
        }
        wallet.held = wallet.held.add(payment.amount)?;
        tx.update(&mut wallet).await?;
        let hold = WalletHold {
            id: tx.id(),
            stamp: Stamp::new(tx.cx()),
            wallet_id: wallet.id,
            payment_id: payment.id,
            amount: payment.amount,
            status: HoldStatus::Held,
            next_action_at: NextAction::at(deadline),
        };
        tx.insert(&hold).await?;
        let mut order = tx.require(order).await?;
        let fact = PaymentFact::Authorise { at: tx.now() };
        learn(tx, &mut order, payment.id, vec![fact], "wallet").await?;
        Ok(hold)
    }
}

/// Captures or releases a wallet hold.
///
/// # Permission
/// `orders.place` on the buyer's own things.
///
/// # Locks
/// The order's and the wallet's row.
///
/// # Errors
/// [`WalletError`].
#[operation("commerce.settle_hold")]
pub struct SettleHold {
    /// The hold to settle.
    pub hold: Id<WalletHold>,
    /// Whether to capture or to release it.
    pub event: HoldEvent,
}

impl Operation for SettleHold {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_PLACE]);
    type Answer = Payment;
    type Error = WalletError;

    async fn run(self, tx: &mut Transaction) -> Result<Payment, WalletError> {
        let Self { hold, event } = self;
        let payment = tx.require(hold).await?.payment_id;
        let payment = tx.require(payment).await?;
        let mut order = tx.lock(payment.order_id).await?;
        authorize_on(tx, Permission::ORDERS_PLACE, &Subject::of(payment.payer_id)).await?;
        let mut hold = tx.require(hold).await?;
        let Step::Applied(status) = hold.status.apply(event)? else { return Ok(payment) };
        hold.status = status;
        hold.next_action_at = NextAction::NEVER;
        tx.update(&mut hold).await?;
        let mut wallet = tx.lock(hold.wallet_id).await?;
        wallet.held = wallet.held.sub(hold.amount)?;
        let fact = match status {
            HoldStatus::Captured => {
                wallet.balance = wallet.balance.sub(hold.amount)?;
                let (key, amount) = (hold.id.to_string(), hold.amount);
                PaymentFact::Capture { key, amount, at: tx.now() }
            }
            HoldStatus::Held | HoldStatus::Released => PaymentFact::Cancel { at: tx.now() },
        };
        tx.update(&mut wallet).await?;
        Ok(learn(tx, &mut order, payment.id, vec![fact], "wallet").await?)
    }
}

/// Pays the outstanding amount of an order from the payer's wallet, at once.
///
/// # Permission
/// `orders.place` on the buyer's own things.
///
/// # Locks
/// The order's and the wallet's row.
///
/// # Errors
/// [`WalletError`].
#[operation("commerce.pay_from_wallet")]
pub struct PayFromWallet {
    /// The order to pay.
    pub order: Id<Order>,
}

impl Operation for PayFromWallet {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_PLACE]);
    type Answer = Payment;
    type Error = WalletError;

    async fn run(self, tx: &mut Transaction) -> Result<Payment, WalletError> {
        let Self { order } = self;
        let hold = tx.run(HoldInWallet { order }).await?;
        tx.run(SettleHold { hold: hold.id, event: HoldEvent::Capture }).await
    }
}
