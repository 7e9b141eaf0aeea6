//! Errors of payouts.
use lms_derive::DomainError;
use lms_kernel::Rejected;

use crate::LedgerError;
use lms_kernel::{Money, MoneyError};
use lms_people::{authorization::AuthorizationError, tenancy::FeatureError};
use lms_store::{IdempotencyError, StoreError};

/// Why a payout was not made or moved on.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PayoutError {
    /// Nothing may be paid out yet.
    #[error("there is {available} to pay out; wait until more is earned and held for long enough")]
    #[fault(conflict)]
    Nothing {
        /// What may be paid out; below zero when more went back than came.
        available: Money,
    },
    /// The reference is empty or too long.
    #[error("a reference has 1 to {most} characters")]
    #[fault(invalid, field = "reference")]
    ReferenceLength {
        /// The most characters.
        most: usize,
    },
    /// The payout's status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// Amounts cannot be summed up.
    #[error("the payout total cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
    /// It cannot be booked.
    #[error(transparent)]
    #[fault(transparent)]
    Ledger(#[from] LedgerError),
    /// The idempotency key does not fit.
    #[error(transparent)]
    #[fault(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The tenant makes no payouts.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}
