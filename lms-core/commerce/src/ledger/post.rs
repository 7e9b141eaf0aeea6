//! Posting entries to the ledger.
use std::collections::BTreeMap;

use lms_derive::DomainError;

use crate::{Account, LedgerEntry, LedgerKind, LedgerLine};
use lms_kernel::{Currency, Money, MoneyError};
use lms_people::{authorization::AuthorizationError, tenancy::FeatureError};
use lms_store::{IdempotencyError, LogStamp, StoreError, Transaction, Upsert};

/// Why nothing was entered into the book.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum LedgerError {
    /// The lines do not sum to zero in each currency.
    #[error("the lines of an entry must sum to zero in each currency")]
    #[fault(invalid, field = "lines")]
    Unbalanced,
    /// The amount is not above zero.
    #[error("the amount must be above zero")]
    #[fault(invalid, field = "amount")]
    AmountOutOfRange,
    /// The kind of entry follows from something else and is not made by hand.
    #[error("`{kind}` entries are posted automatically; choose another kind")]
    #[fault(invalid, field = "kind")]
    NotByHand {
        /// The kind of entry.
        kind: LedgerKind,
    },
    /// The reference is empty or too long.
    #[error("a reference has 1 to {most} characters")]
    #[fault(invalid, field = "reference")]
    ReferenceLength {
        /// The most characters.
        most: usize,
    },
    /// The reference was entered before.
    #[error("`{reference}` is already in the ledger; use another reference")]
    #[fault(conflict, field = "reference")]
    AlreadyEntered {
        /// The reference.
        reference: String,
    },
    /// Amounts cannot be summed up.
    #[error("the entry's total cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
    /// The tenant keeps no books.
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

/// Whether lines sum to zero in each currency.
pub fn is_balanced(lines: &[(Account, Money)]) -> bool {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    for (_, amount) in lines {
        *sums.entry(amount.currency()).or_default() += i128::from(amount.minor());
    }
    sums.values().all(|it| *it == 0)
}

/// Enters `entry` with its lines, unless its source has an entry already. Lines of nothing are
/// left out, and an entry of nothing is not made.
///
/// # Errors
/// [`LedgerError::Unbalanced`] if the lines do not sum to zero in each currency.
pub(crate) async fn post(
    tx: &mut Transaction,
    entry: LedgerEntry,
    lines: Vec<(Account, Money)>,
) -> Result<bool, LedgerError> {
    if !is_balanced(&lines) {
        return Err(LedgerError::Unbalanced);
    }
    let lines: Vec<_> = lines.into_iter().filter(|(_, amount)| !amount.is_zero()).collect();
    if lines.is_empty() {
        return Ok(false);
    }
    if !tx.upsert(&entry, Upsert::on(LedgerEntry::SOURCE)).await?.is_written() {
        return Ok(false);
    }
    let lines: Vec<LedgerLine> = lines
        .into_iter()
        .zip(0_u16..)
        .map(|((account, amount), position)| LedgerLine {
            id: tx.id(),
            stamp: LogStamp::new(tx.cx()),
            entry_id: entry.id,
            position,
            account,
            amount,
        })
        .collect();
    tx.insert_all(&lines).await?;
    Ok(true)
}

/// The lines that move `amount` from one account to another.
pub(crate) fn transfer(
    from: Account,
    to: Account,
    amount: Money,
) -> Result<Vec<(Account, Money)>, MoneyError> {
    Ok(vec![(to, amount), (from, amount.neg()?)])
}
