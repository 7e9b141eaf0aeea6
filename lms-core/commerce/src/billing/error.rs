//! Errors of invoices.
use lms_derive::DomainError;
use lms_kernel::Rejected;

use crate::ChargeError;
use lms_kernel::{Currency, Money, MoneyError};
use lms_people::{authorization::AuthorizationError, tenancy::Month};
use lms_store::{IdempotencyError, StoreError};

/// Why an invoice was not made or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum InvoiceError {
    /// The month is not over.
    #[error("`{month}` is not over; issue its invoice next month")]
    #[fault(conflict)]
    MonthRunning {
        /// The month.
        month: Month,
    },
    /// A plan or a price is in another currency than the tenant's.
    #[error("the tenant is billed in `{expected}`; set plans and prices in that currency")]
    #[fault(invalid)]
    OtherCurrency {
        /// The tenant's currency.
        expected: Currency,
    },
    /// The amount is nothing, below zero, or too much.
    #[error("the amount must be above zero and at most {most}")]
    #[fault(invalid, field = "amount")]
    AmountOutOfRange {
        /// The most.
        most: Money,
    },
    /// The invoice was paid in part.
    #[error("the invoice is partly paid; issue a credit note instead")]
    #[fault(conflict)]
    PartlyPaid,
    /// Only an issued invoice is credited.
    #[error("the invoice is not issued; change the draft instead")]
    #[fault(conflict)]
    NotIssued,
    /// The reference is empty, too long, or used by another payment.
    #[error("a reference has 1 to {most} characters and is used by one payment only")]
    #[fault(invalid, field = "reference")]
    Reference {
        /// The most characters.
        most: usize,
    },
    /// The reason of a credit note is empty or too long.
    #[error("a credit note needs a reason of 1 to {most} characters")]
    #[fault(invalid, field = "reason")]
    ReasonLength {
        /// The most characters.
        most: usize,
    },
    /// The invoice's status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// Usage cannot be charged.
    #[error(transparent)]
    #[fault(transparent)]
    Charge(#[from] ChargeError),
    /// Amounts cannot be summed up.
    #[error("the invoice total cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
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
