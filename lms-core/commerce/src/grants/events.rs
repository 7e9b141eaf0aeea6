//! Events of grants.
use serde::{Deserialize, Serialize};

use crate::{AccessSource, Grant, Item, RevokeReason};
use lms_kernel::{Id, Timestamp};
use lms_learning::content::Course;
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A person may use something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.access_granted", subject = Grant::ENTITY, id = grant_id)]
pub struct AccessGranted {
    /// The grant.
    pub grant_id: Id<Grant>,
    /// Who may use it.
    pub holder_id: Id<Membership>,
    /// The item concerned.
    pub target: Item,
    /// What it comes from.
    pub source: AccessSource,
    /// Up to when.
    pub ends_at: Option<Timestamp>,
}

/// Someone bought a course that could not take them: it is full, or not published any more.
/// Access is granted, and a person has to look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.enrollment_refused", subject = Grant::ENTITY, id = grant_id)]
pub struct EnrollmentRefused {
    /// The item bought.
    pub grant_id: Id<Grant>,
    /// Who bought it, or for whom it was bought.
    pub holder_id: Id<Membership>,
    /// The course.
    pub course_id: Id<Course>,
    /// The code of the refusal.
    pub reason: String,
}

/// A grant no longer gives access. Another one may still do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.access_ended", subject = Grant::ENTITY, id = grant_id)]
pub struct AccessEnded {
    /// The grant.
    pub grant_id: Id<Grant>,
    /// Who had it.
    pub holder_id: Id<Membership>,
    /// The item concerned.
    pub target: Item,
    /// Why, if it was taken away; none when its time was over or it is suspended.
    pub reason: Option<RevokeReason>,
}
