//! Errors of subscriptions.
use lms_derive::DomainError;
use lms_kernel::Rejected;

use crate::{PaymentError, RefundError};
use lms_kernel::{Currency, MoneyError, Timestamp};
use lms_people::{authorization::AuthorizationError, identity::Absence, tenancy::FeatureError};
use lms_store::{IdempotencyError, StoreError};

/// Why a subscription was not taken or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// The plan cannot be subscribed to.
    #[error("the plan is not for sale; choose another")]
    #[fault(conflict, field = "plan")]
    PlanArchived,
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The person subscribes to the plan already.
    #[error("there is a subscription to the plan; change that one")]
    #[fault(conflict, field = "plan")]
    AlreadySubscribed,
    /// The plan is the one that the subscription has.
    #[error("the subscription has that plan; choose another")]
    #[fault(conflict, field = "plan")]
    SamePlan,
    /// The subscription is on trial, and would change at once.
    #[error("a trial changes to another plan with its next period; choose that time")]
    #[fault(conflict, field = "time")]
    OnTrial,
    /// The plan costs money of another currency.
    #[error("the subscription is paid in `{expected}`; choose a plan in that currency")]
    #[fault(invalid, field = "plan")]
    OtherCurrency {
        /// The subscription's currency.
        expected: Currency,
    },
    /// The plan does not allow pauses, or no more of them, or the subscription never ends.
    #[error("the plan allows {most} pauses of at most {days} days; it is not paused")]
    #[fault(conflict)]
    PauseNotAllowed {
        /// How many pauses the plan allows.
        most: u16,
        /// How long one may be, in days.
        days: u16,
    },
    /// The pause would end before it begins, or too late.
    #[error("a pause ends after it begins and at {latest} at the latest")]
    #[fault(invalid, field = "until")]
    PauseEnd {
        /// The latest end.
        latest: Timestamp,
    },
    /// The subscription's status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// Amounts cannot be summed up.
    #[error("the subscription's price cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
    /// It cannot be billed or settled.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
    /// Its money cannot be given back.
    #[error(transparent)]
    #[fault(transparent)]
    Refund(#[from] RefundError),
    /// The idempotency key does not fit.
    #[error(transparent)]
    #[fault(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The tenant has no subscriptions.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}
