//! Errors of orders.
use lms_derive::DomainError;
use lms_kernel::Rejected;

use crate::{Item, OrderStatus, PaymentError, PricingError, SplitError, VoucherRefusal};
use lms_kernel::{Currency, MoneyError};
use lms_people::{authorization::AuthorizationError, identity::Absence, tenancy::FeatureError};
use lms_store::{IdempotencyError, StoreError};

/// Why an order was not placed or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum OrderError {
    /// The thing is not for sale, or not in that currency.
    #[error("`{item}` is not for sale in `{currency}`; set a price for it first")]
    #[fault(
        invalid,
        field = "lines",
        message = "this is not for sale in `{currency}`; set a price for it first"
    )]
    NotForSale {
        /// The thing.
        item: Item,
        /// The currency that was asked for.
        currency: Currency,
    },
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The deadline is not in the future.
    #[error("the deadline must be after the order is placed")]
    #[fault(invalid, field = "deadline")]
    DeadlinePassed,
    /// There are too many seats in a line.
    #[error("a line has at most {most} seats; order several times")]
    #[fault(invalid, field = "seats")]
    TooManySeats {
        /// The most seats.
        most: u32,
    },
    /// A plan is ordered by the seat.
    #[error("a plan is for one learner; order it for each of them")]
    #[fault(invalid, field = "lines")]
    SeatsOfPlan,
    /// The order no longer waits for money.
    #[error("the order is `{status}` and does not wait for a payment")]
    #[fault(conflict)]
    NotOpen {
        /// Its status.
        status: OrderStatus,
    },
    /// It cannot be priced.
    #[error(transparent)]
    #[fault(transparent)]
    Pricing(#[from] PricingError),
    /// A voucher cannot be used.
    #[error(transparent)]
    #[fault(transparent)]
    Voucher(#[from] VoucherRefusal),
    /// Parts to pay in make no sense.
    #[error("an order has 1 to {most} instalments above zero, and none when it is free")]
    #[fault(invalid, field = "instalments")]
    Instalments {
        /// The most parts.
        most: usize,
    },
    /// The shares of a line make no sense.
    #[error(transparent)]
    #[fault(transparent)]
    Split(#[from] SplitError),
    /// The order's status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// It cannot be settled.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
    /// Amounts cannot be summed up.
    #[error("the order total cannot be computed: {0}")]
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
    /// The tenant does not sell.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}
