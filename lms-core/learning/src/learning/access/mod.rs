//! Deciding whether a learner may open a node, by what right, or what to offer.
mod decide;
mod facts;

pub use decide::{Access, Denial, Reason, decide};
pub use facts::{AccessFacts, EnrollmentFact, Entitlement, Offer, ProductKind};
