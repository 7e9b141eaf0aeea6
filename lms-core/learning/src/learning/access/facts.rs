//! The inputs of the access decision.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    content::{NodeAccess, Pricing},
    learning::{EnrollmentStatus, GrantSource, Verdict},
};
use lms_kernel::{Money, Timestamp};

/// A right to a course that is no enrollment yet, such as that of a plan to which the course was
/// added after it was bought. It is found in what is stored and has no JSON form: a caller
/// cannot hand one in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// What gives it.
    pub source: GrantSource,
    /// The record that gives it, such as the subscription.
    pub source_id: Option<Uuid>,
    /// From when on.
    pub starts_at: Timestamp,
    /// Until when; for ever when there is no end.
    pub ends_at: Option<Timestamp>,
}

impl Entitlement {
    /// Whether it gives the right at `now`: from its start on, until before its end.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.starts_at <= now && self.ends_at.is_none_or(|end| now < end)
    }
}

/// An offer to a learner who has no right to access yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Offer {
    /// Enroll: it costs nothing.
    Enroll,
    /// Buy the course.
    Buy {
        /// What it costs now.
        price: Money,
    },
    /// Buy something that includes it, such as a plan or a package.
    Product {
        /// What kind of thing that is.
        product: ProductKind,
        /// The plan, package or program.
        product_id: Uuid,
        /// What an order for it charges now, before tax that is not included.
        price: Option<Money>,
    },
    /// Renew the enrollment whose time is over.
    Renew,
}

/// The kind of a thing that includes courses and is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum ProductKind {
    /// A program: an ordered set of courses.
    Program,
    /// A package: things that are sold together.
    Package,
    /// A plan that learners subscribe to.
    Plan,
}

/// The facts about the learner's enrollment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrollmentFact {
    /// Its status.
    pub status: EnrollmentStatus,
    /// When its time is over.
    pub expires_at: Option<Timestamp>,
}

impl EnrollmentFact {
    /// Whether it gives the right to the course at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        let open = match self.status {
            EnrollmentStatus::Active | EnrollmentStatus::Completed => true,
            EnrollmentStatus::Pending
            | EnrollmentStatus::Waitlisted
            | EnrollmentStatus::Suspended
            | EnrollmentStatus::Dropped
            | EnrollmentStatus::Expired
            | EnrollmentStatus::Retaken => false,
        };
        open && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Everything that the access decision looks at.
#[derive(Clone, Debug)]
pub struct AccessFacts<'a> {
    /// The time.
    pub now: Timestamp,
    /// Whether a person is signed in as a member of the tenant.
    pub is_member: bool,
    /// Whether the person writes or reviews the course, and so sees it as it is.
    pub is_author: bool,
    /// Whether the course and all that the node is under, and the node, are published.
    pub is_visible: bool,
    /// What the course costs.
    pub pricing: &'a Pricing,
    /// Who may open the node, as far as paying goes, after asking what it is under.
    pub node_access: NodeAccess,
    /// The learner's enrollment in the course.
    pub enrollment: Option<EnrollmentFact>,
    /// The rights that the learner has without an enrollment.
    pub entitlements: &'a [Entitlement],
    /// What the node's release rule says.
    pub release: &'a Verdict,
    /// What may be bought that includes the course, beside the course itself.
    pub products: &'a [Offer],
}
