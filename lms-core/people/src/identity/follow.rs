//! Follows between members.
use serde::{Deserialize, Serialize};

use crate::identity::Membership;
use lms_kernel::{Context, Id};
use lms_store::{Query, Record, Stamp};

/// A subscription of one member to the activity of another. No one follows themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "follows", unaudited, unique(follower_id, following_id), index(following_id))]
pub struct Follow {
    /// The record's id.
    pub id: Id<Follow>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who follows.
    pub follower_id: Id<Membership>,
    /// The membership of the member who is followed.
    pub following_id: Id<Membership>,
}

impl Follow {
    /// Makes `follower_id` follow `following_id`.
    pub fn new(cx: &Context, follower_id: Id<Membership>, following_id: Id<Membership>) -> Self {
        Self { id: cx.id(), stamp: Stamp::new(cx), follower_id, following_id }
    }

    /// The one record about those two.
    pub fn between(follower: Id<Membership>, following: Id<Membership>) -> Query<Self> {
        Query::filter(Self::FOLLOWER_ID.eq(follower).and(Self::FOLLOWING_ID.eq(following)))
    }

    /// Whom someone follows.
    pub fn by(follower: Id<Membership>) -> Query<Self> {
        Query::filter(Self::FOLLOWER_ID.eq(follower))
    }

    /// Who follows someone.
    pub fn of(following: Id<Membership>) -> Query<Self> {
        Query::filter(Self::FOLLOWING_ID.eq(following))
    }
}
