//! Reactions to comments.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::engagement::Comment;
use lms_kernel::{Context, Id};
use lms_people::identity::Membership;
use lms_store::{LogStamp, Query, Record};

/// The kind of a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum ReactionKind {
    /// The person likes it.
    Like,
    /// It helped the person.
    Helpful,
}

/// That someone likes a comment, or found it helpful: once for each sort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "comment_reactions",
    unaudited,
    unique(comment_id, member_id, kind),
    index(member_id)
)]
pub struct Reaction {
    /// The reaction's id.
    pub id: Id<Reaction>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The comment.
    pub comment_id: Id<Comment>,
    /// Who reacts.
    pub member_id: Id<Membership>,
    /// What it says.
    pub kind: ReactionKind,
}

impl Reaction {
    /// That `member` reacts to `comment`.
    pub fn new(
        cx: &Context,
        comment: Id<Comment>,
        member: Id<Membership>,
        kind: ReactionKind,
    ) -> Self {
        let (id, stamp) = (cx.id(), LogStamp::new(cx));
        Self { id, stamp, comment_id: comment, member_id: member, kind }
    }

    /// The reaction of that sort by someone, if there is one.
    pub fn by(comment: Id<Comment>, member: Id<Membership>, kind: ReactionKind) -> Query<Self> {
        Self::to(comment, kind).and(Self::MEMBER_ID.eq(member))
    }

    /// The reactions of that sort to a comment: to be counted.
    pub fn to(comment: Id<Comment>, kind: ReactionKind) -> Query<Self> {
        Query::filter(Self::COMMENT_ID.eq(comment).and(Self::KIND.eq(kind)))
    }
}
