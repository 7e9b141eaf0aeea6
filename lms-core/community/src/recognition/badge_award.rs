//! The award of a badge to a person.
use serde::{Deserialize, Serialize};

use crate::recognition::Badge;
use lms_kernel::{Context, Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp};

/// The award of a badge to a learner, at most one each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "badge_awards", unique(learner_id, badge_id), index(badge_id))]
pub struct BadgeAward {
    /// The award's id.
    pub id: Id<BadgeAward>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who has it.
    pub learner_id: Id<Membership>,
    /// Which badge.
    pub badge_id: Id<Badge>,
    /// Since when.
    pub earned_at: Timestamp,
}

impl BadgeAward {
    /// That `learner` has `badge` from now on.
    pub fn new(cx: &Context, learner: Id<Membership>, badge: Id<Badge>) -> Self {
        let (id, stamp) = (cx.id(), Stamp::new(cx));
        Self { id, stamp, learner_id: learner, badge_id: badge, earned_at: cx.now() }
    }

    /// The badges of a learner.
    pub fn of_learner(learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner))
    }

    /// Whether a learner has a badge.
    pub fn held(learner: Id<Membership>, badge: Id<Badge>) -> Query<Self> {
        Self::of_learner(learner).and(Self::BADGE_ID.eq(badge))
    }
}
