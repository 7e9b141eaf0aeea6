//! Errors of refunds.
use lms_derive::DomainError;
use lms_kernel::Rejected;

use crate::{LedgerError, PaymentError, PaymentMethod};
use lms_kernel::{Money, MoneyError};
use lms_people::authorization::AuthorizationError;
use lms_store::{IdempotencyError, StoreError};

/// Why money was not sent back.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RefundError {
    /// There is nothing to refund.
    #[error("name at least one line and an amount above zero")]
    #[fault(invalid, field = "lines")]
    Nothing,
    /// The line is not one of the order's, or is named twice.
    #[error("a line must be one of the order's, and named once")]
    #[fault(invalid, field = "lines")]
    UnknownLine,
    /// More than the line cost, or more than is left of it.
    #[error("at most {left} is left to refund of the line")]
    #[fault(conflict, field = "amount")]
    MoreThanLine {
        /// What is left.
        left: Money,
    },
    /// More than was taken, or more than is left of it.
    #[error("at most {left} is left to refund of the order")]
    #[fault(conflict, field = "amount")]
    MoreThanCaptured {
        /// What is left.
        left: Money,
    },
    /// The note is too long.
    #[error("a note has at most {most} characters")]
    #[fault(invalid, field = "note")]
    NoteLength {
        /// The most characters.
        most: usize,
    },
    /// Money is sent back the way it came.
    #[error("a `{method}` payment is not sent back like this")]
    #[fault(conflict)]
    OtherMethod {
        /// How it was paid.
        method: PaymentMethod,
    },
    /// The refund's status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// Amounts cannot be summed up.
    #[error("the refund total cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
    /// It cannot be booked.
    #[error(transparent)]
    #[fault(transparent)]
    Ledger(#[from] LedgerError),
    /// The facts could not be recorded, or the order not settled.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
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
