//! Crediting a customer to whom no payment goes back.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    Account, AccountKind, LedgerEntry, LedgerError, LedgerKind, WalletAccount, WalletError,
    ledger::{post, transfer},
    wallet::{MAX_WALLET_REFERENCE, locked_wallet},
};
use lms_kernel::{Id, Money};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    identity::Membership,
    tenancy::{Feature, require_feature},
};
use lms_store::Transaction;

/// Puts the amount of a credit note into a customer's wallet: goodwill, a gift, an amends for a
/// lesson that was cancelled.
///
/// No money comes in, so it is booked as a correction and not as cash; money that was received goes
/// through [`AdjustWallet`](crate::AdjustWallet). A note that was credited before changes nothing.
///
/// # Permission
/// `wallets.adjust`.
///
/// # Locks
/// The wallet's row.
///
/// # Errors
/// [`WalletError::NotACredit`] unless the amount is above zero;
/// [`LedgerError::AlreadyEntered`] for a number that another note has.
#[operation("commerce.credit_customer")]
#[derive(PartialEq)]
pub struct CreditCustomer {
    /// The membership of the customer.
    pub customer: Id<Membership>,
    /// The amount of the credit note, above zero.
    pub amount: Money,
    /// The number of the credit note, 1 to 100 characters; each is credited once.
    pub note: String,
}

impl Operation for CreditCustomer {
    const ACCESS: Access = Access::Asks(&[Permission::WALLETS_ADJUST]);
    type Answer = WalletAccount;
    type Error = WalletError;

    async fn run(self, tx: &mut Transaction) -> Result<WalletAccount, WalletError> {
        authorize_on(tx, Permission::WALLETS_ADJUST, &Subject::of(self.customer)).await?;
        require_feature(tx, Feature::Wallets).await?;
        if !matches!(self.note.chars().count(), 1..=MAX_WALLET_REFERENCE) {
            return Err(WalletError::ReferenceLength { most: MAX_WALLET_REFERENCE });
        }
        if !self.amount.is_positive() {
            return Err(WalletError::NotACredit);
        }
        let mut wallet = locked_wallet(tx, self.customer, self.amount.currency()).await?;
        let entry = LedgerEntry {
            student_id: Some(self.customer),
            reference: Some(self.note.clone()),
            ..LedgerEntry::new(
                tx.cx(),
                LedgerKind::Adjustment,
                self.amount,
                format!("credit:{}", self.note),
            )
        };
        let lines = transfer(
            Account::wallet(self.customer),
            Account::own(AccountKind::Adjustments),
            self.amount,
        )?;
        let source = entry.source.clone();
        if post(tx, entry, lines).await? {
            wallet.balance = wallet.balance.add(self.amount)?;
            tx.update(&mut wallet).await?;
            return Ok(wallet);
        }
        // The number was used: the same note again, or another one by mistake.
        let earlier = tx.first(LedgerEntry::by_source(&source)).await?;
        let is_same =
            |it: &LedgerEntry| (it.student_id, it.amount) == (Some(self.customer), self.amount);
        match earlier.as_ref().is_some_and(is_same) {
            true => Ok(wallet),
            false => Err(LedgerError::AlreadyEntered { reference: self.note }.into()),
        }
    }
}
