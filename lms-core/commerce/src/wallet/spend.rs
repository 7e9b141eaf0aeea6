//! Putting money into a wallet, promising it and spending it.
use lms_store::operation::{Access, Operation, operation};

use lms_derive::DomainError;

use crate::{
    Account, AccountKind, HoldEvent, HoldStatus, LedgerEntry, LedgerError, LedgerKind, NextAction,
    Order, Payment, PaymentError, PaymentFact, PaymentMethod, StartPayment, WalletAccount,
    WalletHold,
    ledger::{post, transfer},
    payments::learn,
};
use lms_kernel::machine::{Rejected, Step};
use lms_kernel::{Currency, Id, Money, MoneyError};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    identity::Membership,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{IdempotencyError, Lock, Stamp, StoreError, Transaction, Upsert};

/// Why a wallet did not do what it was asked.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum WalletError {
    /// There is less in it than is needed.
    #[error("the wallet has {available} available; add money or choose another way to pay")]
    #[fault(conflict, field = "amount")]
    NotEnough {
        /// What may be spent.
        available: Money,
    },
    /// The amount is nothing.
    #[error("the amount must not be zero")]
    #[fault(invalid, field = "amount")]
    Nothing,
    /// The reference is empty or too long.
    #[error("a reference has 1 to {most} characters")]
    #[fault(invalid, field = "reference")]
    ReferenceLength {
        /// The most characters.
        most: usize,
    },
    /// The hold's status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// Amounts cannot be summed up.
    #[error("the wallet's balance cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
    /// It cannot be booked.
    #[error(transparent)]
    #[fault(transparent)]
    Ledger(#[from] LedgerError),
    /// The payment cannot be started, told or settled.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
    /// The tenant has no wallets.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The idempotency key does not fit.
    #[error(transparent)]
    #[fault(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Credits or debits a wallet by hand: money received at the desk or by transfer, a gift, or a
/// payout.
///
/// Where the tenant has no wallets any more, money is only taken out.
///
/// # Permission
/// `wallets.adjust`.
///
/// # Locks
/// The wallet's row.
///
/// # Errors
/// [`WalletError::NotEnough`] rather than a balance that does not cover what is promised.
#[operation("commerce.adjust_wallet")]
#[derive(PartialEq)]
pub struct AdjustWallet {
    /// The membership of the wallet's owner.
    pub holder: Id<Membership>,
    /// The amount; negative for a debit.
    pub amount: Money,
    /// The number on the receipt or statement; the same reference moves money once.
    pub reference: String,
}

impl Operation for AdjustWallet {
    const ACCESS: Access = Access::Asks(&[Permission::WALLETS_ADJUST]);
    type Answer = WalletAccount;
    type Error = WalletError;

    async fn run(self, tx: &mut Transaction) -> Result<WalletAccount, WalletError> {
        let command = self;
        const LONGEST: usize = 100;
        authorize_on(tx, Permission::WALLETS_ADJUST, &Subject::of(command.holder)).await?;
        if !command.amount.is_negative() {
            require_feature(tx, Feature::Wallets).await?;
        }
        if !matches!(command.reference.chars().count(), 1..=LONGEST) {
            return Err(WalletError::ReferenceLength { most: LONGEST });
        }
        if command.amount.is_zero() {
            return Err(WalletError::Nothing);
        }
        let mut wallet = locked_wallet(tx, command.holder, command.amount.currency()).await?;
        let source = format!("wallet:{}", command.reference);
        let entry = LedgerEntry {
            student_id: Some(command.holder),
            reference: Some(command.reference),
            ..LedgerEntry::new(tx.cx(), LedgerKind::WalletTransfer, command.amount.abs()?, source)
        };
        let lines = transfer(
            Account::wallet(command.holder),
            Account::own(AccountKind::Clearing),
            command.amount,
        )?;
        if !post(tx, entry, lines).await? {
            return Ok(wallet);
        }
        wallet.balance = wallet.balance.add(command.amount)?;
        if wallet.available()?.is_negative() {
            let available = wallet.available()?.sub(command.amount)?;
            return Err(WalletError::NotEnough { available });
        }
        tx.update(&mut wallet).await?;
        Ok(wallet)
    }
}

/// The wallet's row, held until the transaction ends; an empty one when there was none.
async fn locked_wallet(
    tx: &mut Transaction,
    holder: Id<Membership>,
    currency: Currency,
) -> Result<WalletAccount, StoreError> {
    let query = WalletAccount::of(holder, currency).lock(Lock::Update);
    if let Some(wallet) = tx.first(query).await? {
        return Ok(wallet);
    }
    let wallet = WalletAccount::new(tx.cx(), holder, currency);
    let once = Upsert::on(WalletAccount::HOLDER_ID).and(WalletAccount::BALANCE_CURRENCY);
    if tx.upsert(&wallet, once).await?.is_written() {
        return Ok(wallet);
    }
    Err(StoreError::Retryable { source: "the wallet was just opened".into() })
}

/// Puts money back into a wallet for which the books are made by the payment.
pub(crate) async fn credit_wallet(
    tx: &mut Transaction,
    holder: Id<Membership>,
    amount: Money,
) -> Result<(), PaymentError> {
    let mut wallet = locked_wallet(tx, holder, amount.currency()).await?;
    wallet.balance = wallet.balance.add(amount)?;
    Ok(tx.update(&mut wallet).await?)
}

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
