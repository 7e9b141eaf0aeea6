//! Badges: what can be earned.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::recognition::Criteria;
use lms_kernel::{Context, EntityKind, Id, Link, Slug, Title};
use lms_learning::content::Prose;
use lms_store::{Direction, Query, Record, Stamp};

/// The category of a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum BadgeCategory {
    /// Getting on.
    Progress,
    /// Keeping at it.
    Streak,
    /// Helping others.
    Social,
    /// Anything else.
    Special,
}

/// Whether a badge can be earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum BadgeStatus {
    /// It can.
    Active,
    /// It can no longer; who has it keeps it.
    #[text("retired", "inactive")]
    Retired,
}

/// A badge that each learner can earn once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "badges", unique(slug), index(status))]
pub struct Badge {
    /// The badge's id.
    pub id: Id<Badge>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its name.
    pub name: Title,
    /// Its part of a web address, unique in the tenant.
    pub slug: Slug,
    /// What it is for, in words.
    pub description: Option<Prose>,
    /// Its picture.
    pub icon_url: Option<Link>,
    /// What it is for.
    pub category: BadgeCategory,
    /// What it takes.
    #[record(json)]
    pub criteria: Criteria,
    /// Whether it can be earned.
    pub status: BadgeStatus,
}

impl Badge {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("badge");

    /// A badge that can be earned.
    pub fn new(
        cx: &Context,
        name: Title,
        slug: Slug,
        category: BadgeCategory,
        criteria: Criteria,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            name,
            slug,
            description: None,
            icon_url: None,
            category,
            criteria,
            status: BadgeStatus::Active,
        }
    }

    /// The badges that can be earned, by name.
    pub fn active() -> Query<Self> {
        Query::filter(Self::STATUS.eq(BadgeStatus::Active)).order_by(Self::NAME, Direction::Asc)
    }
}
