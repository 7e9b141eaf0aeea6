//! Errors of payments.
use lms_derive::DomainError;
use lms_kernel::Rejected;

use crate::{LedgerError, OrderStatus, PaymentMethod, PricingError, SplitError};
use lms_kernel::{Currency, MoneyError};
use lms_learning::learning::EnrollError;
use lms_people::{authorization::AuthorizationError, identity::Absence, tenancy::FeatureError};
use lms_store::{IdempotencyError, StoreError};

/// Why a payment was not started, told or settled.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PaymentError {
    /// The order no longer waits for money.
    #[error("the order is `{status}` and does not wait for a payment")]
    #[fault(conflict)]
    OrderNotOpen {
        /// Its status.
        status: OrderStatus,
    },
    /// The amount is nothing, below zero, or more than is outstanding.
    #[error("the amount must be above zero and at most what is outstanding")]
    #[fault(invalid, field = "amount")]
    AmountOutOfRange,
    /// The amount is in another currency than the order.
    #[error("the order is paid in `{expected}`; pay that")]
    #[fault(invalid, field = "amount")]
    OtherCurrency {
        /// The order's currency.
        expected: Currency,
    },
    /// A gateway payment needs the name of the gateway, and no other payment has one.
    #[error("name a gateway for gateway payments only; `{method}` does not fit")]
    #[fault(invalid, field = "gateway")]
    GatewayMismatch {
        /// How it is paid.
        method: PaymentMethod,
    },
    /// Only money that people count at the desk or on a bank statement is recorded by hand.
    #[error("a `{method}` payment is not recorded by hand")]
    #[fault(conflict)]
    NotByHand {
        /// How it is paid.
        method: PaymentMethod,
    },
    /// A voucher that the order uses was released, and others have used it up.
    #[error("the order's voucher is used up; place a new order")]
    #[fault(conflict)]
    VoucherGone,
    /// A key or the name of a source is empty or too long.
    #[error("a key has 1 to {most} characters")]
    #[fault(invalid, field = "key")]
    KeyLength {
        /// The most characters.
        most: usize,
    },
    /// Amounts cannot be summed up.
    #[error("the payment total cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
    /// An order for a plan cannot be priced.
    #[error(transparent)]
    #[fault(transparent)]
    Pricing(#[from] PricingError),
    /// The shares of a plan make no sense.
    #[error(transparent)]
    #[fault(transparent)]
    Split(#[from] SplitError),
    /// The buyer, or a learner of a line, has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The present status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// It cannot be booked.
    #[error(transparent)]
    #[fault(transparent)]
    Ledger(#[from] LedgerError),
    /// A learner cannot be enrolled or taken out.
    #[error(transparent)]
    #[fault(transparent)]
    Enroll(#[from] EnrollError),
    /// The idempotency key does not fit.
    #[error(transparent)]
    #[fault(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The tenant does not sell.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}
