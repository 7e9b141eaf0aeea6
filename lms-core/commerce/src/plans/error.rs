//! Errors of plans.
use lms_derive::DomainError;

use lms_people::{authorization::AuthorizationError, tenancy::FeatureError};
use lms_store::{IdempotencyError, StoreError};

/// Why a plan was not made or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PlanError {
    /// The terms make no sense.
    #[error(
        "a plan is billed at most 27 days before, its reminders ascend, and a trial has 0 to 365 days"
    )]
    #[fault(invalid, field = "terms")]
    Terms,
    /// The price is below zero.
    #[error("the price is below zero; choose at least zero")]
    #[fault(invalid, field = "price")]
    NegativePrice,
    /// Another plan has the same slug.
    #[error("the slug is taken; choose another")]
    #[fault(conflict, field = "slug")]
    SlugTaken,
    /// The plan is of one thing, and a list of things is for the others.
    #[error("the plan is of one thing; make a plan of its own for several")]
    #[fault(conflict)]
    OneSubject,
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
