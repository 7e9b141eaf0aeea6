//! Errors of webhooks.
use lms_derive::DomainError;
use lms_kernel::Rejected;

use crate::PaymentError;
use lms_people::{authorization::AuthorizationError, tenancy::FeatureError};
use lms_store::StoreError;

/// Why a webhook was not taken or not applied.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum WebhookError {
    /// The tenant has no such account, or it is closed, or of another gateway.
    #[error("there is no open account with that gateway; open one first")]
    #[fault(not_found)]
    UnknownAccount,
    /// Another account of the gateway has the name.
    #[error("the tenant has an account `{name}` of that gateway; choose another name")]
    #[fault(conflict, field = "name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A name is empty, too long, or has other signs than small letters, digits, `-` and `_`.
    #[error("a name has 1 to 50 small letters, digits, `-` and `_`")]
    #[fault(invalid, field = "name")]
    Name,
    /// A secret is empty or too long.
    #[error("a secret has 1 to {most} characters")]
    #[fault(invalid, field = "secret")]
    SecretLength {
        /// The most characters.
        most: usize,
    },
    /// An address is not `https`.
    #[error("an endpoint's address starts with `https://`")]
    #[fault(invalid, field = "url")]
    Address,
    /// Another worker has taken the message, or its lease was over.
    #[error("the claim on the message is over; claim it again")]
    #[fault(conflict)]
    ClaimLost,
    /// The gateway could not be asked.
    #[error("the gateway did not answer: {reason}")]
    #[fault(unavailable)]
    NoAnswer {
        /// The reason, as given.
        reason: String,
    },
    /// The message's status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// What it says cannot be applied.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
    /// The tenant sends no webhooks.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}
