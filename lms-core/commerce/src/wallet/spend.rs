//! Crediting a wallet.
use lms_store::operation::{Access, Operation, operation};

use lms_derive::DomainError;

use crate::{
    Account, AccountKind, LedgerEntry, LedgerError, LedgerKind, PaymentError, WalletAccount,
    ledger::{post, transfer},
};
use lms_kernel::machine::Rejected;
use lms_kernel::{Currency, Id, Money, MoneyError};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    identity::Membership,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{IdempotencyError, Lock, StoreError, Transaction, Upsert};

/// The longest reference of a movement of a wallet by hand, in characters.
pub(crate) const MAX_WALLET_REFERENCE: usize = 100;

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
    /// A credit note is of nothing or below zero.
    #[error("a credit note is of an amount above zero; take money out by adjusting the wallet")]
    #[fault(invalid, field = "amount")]
    NotACredit,
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

/// Credits or debits a wallet by hand: money received at the desk or by transfer, or a payout.
///
/// What is credited without money goes through [`CreditCustomer`](crate::CreditCustomer).
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
        authorize_on(tx, Permission::WALLETS_ADJUST, &Subject::of(command.holder)).await?;
        if !command.amount.is_negative() {
            require_feature(tx, Feature::Wallets).await?;
        }
        if !matches!(command.reference.chars().count(), 1..=MAX_WALLET_REFERENCE) {
            return Err(WalletError::ReferenceLength { most: MAX_WALLET_REFERENCE });
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
pub(crate) async fn locked_wallet(
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
