//! Interests of members.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::identity::Membership;
use lms_kernel::{Context, Id, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// What someone wants to learn about: a category of the catalogue, or a name of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "interests",
    unaudited,
    unique(member_id, category_id),
    unique(member_id, name),
    index(category_id)
)]
pub struct Interest {
    /// The record's id.
    pub id: Id<Interest>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Whose it is.
    pub member_id: Id<Membership>,
    /// The category of the catalogue.
    pub category_id: Option<Uuid>,
    /// A name, where it is no category.
    #[record(personal)]
    pub name: Option<Title>,
    /// How much it matters; 0 matters most.
    pub priority: u16,
}

impl Interest {
    /// An interest in a category.
    pub fn in_category(cx: &Context, member_id: Id<Membership>, category: Uuid) -> Self {
        Self { category_id: Some(category), ..Self::blank(cx, member_id) }
    }

    /// An interest with a name of its own.
    pub fn named(cx: &Context, member_id: Id<Membership>, name: Title) -> Self {
        Self { name: Some(name), ..Self::blank(cx, member_id) }
    }

    fn blank(cx: &Context, member_id: Id<Membership>) -> Self {
        let stamp = Stamp::new(cx);
        Self { id: cx.id(), stamp, member_id, category_id: None, name: None, priority: 0 }
    }

    /// What a person is interested in, what matters most first.
    pub fn of_member(member: Id<Membership>) -> Query<Self> {
        Query::filter(Self::MEMBER_ID.eq(member)).order_by(Self::PRIORITY, Direction::Asc)
    }
}
