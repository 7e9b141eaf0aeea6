//! Who writes content, and in which role.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use lms_kernel::{Context, Id};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp};

/// The role of an author in content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum AuthorRole {
    /// See it before it is published.
    Viewer,
    /// See it, and say whether it may be published.
    Reviewer,
    /// Write it.
    Editor,
    /// Write it, and say who else does.
    Owner,
}

impl AuthorRole {
    /// Whether the role lets someone write.
    pub const fn may_edit(self) -> bool {
        match self {
            Self::Owner | Self::Editor => true,
            Self::Reviewer | Self::Viewer => false,
        }
    }

    /// Whether the role lets someone decide on publication. Those who write do not decide.
    pub const fn may_review(self) -> bool {
        match self {
            Self::Reviewer => true,
            Self::Owner | Self::Editor | Self::Viewer => false,
        }
    }

    /// Whether the role lets someone say who else writes.
    pub const fn may_share(self) -> bool {
        match self {
            Self::Owner => true,
            Self::Editor | Self::Reviewer | Self::Viewer => false,
        }
    }
}

/// The kind of content that a person has a part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum AuthoredKind {
    /// A whole course.
    Course,
    /// A node of a course and all that is under it.
    #[text("content_node", "module", "unit", "lesson", "activity")]
    ContentNode,
    /// A material.
    Material,
}

/// That a person has a part in a course, a node or a material.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "content_authors",
    unique(author_id, target_kind, target_id),
    index(target_kind, target_id)
)]
pub struct ContentAuthor {
    /// The record's id.
    pub id: Id<ContentAuthor>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The person.
    pub author_id: Id<Membership>,
    /// The kind of content.
    pub target_kind: AuthoredKind,
    /// The course, the node or the material.
    pub target_id: Uuid,
    /// What the person may do with it.
    pub role: AuthorRole,
}

impl ContentAuthor {
    /// That `author` has that part in the content.
    pub fn new(
        cx: &Context,
        author: Id<Membership>,
        (kind, target): (AuthoredKind, Uuid),
        role: AuthorRole,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            author_id: author,
            target_kind: kind,
            target_id: target,
            role,
        }
    }

    /// Everyone who has a part in the content.
    pub fn of(kind: AuthoredKind, target: Uuid) -> Query<Self> {
        Query::filter(Self::TARGET_KIND.eq(kind).and(Self::TARGET_ID.eq(target)))
    }

    /// Everyone who has a part in any of some courses and nodes.
    pub fn of_any(targets: impl IntoIterator<Item = Uuid>) -> Query<Self> {
        let kinds = [AuthoredKind::Course, AuthoredKind::ContentNode];
        Query::filter(Self::TARGET_KIND.is_in(kinds).and(Self::TARGET_ID.is_in(targets)))
    }

    /// The parts that a person has in any of some contents.
    pub fn by(author: Id<Membership>, targets: impl IntoIterator<Item = Uuid>) -> Query<Self> {
        Query::filter(Self::AUTHOR_ID.eq(author).and(Self::TARGET_ID.is_in(targets)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<_> = AuthorRole::ALL
            .iter()
            .map(|it| (it.as_str(), it.may_edit(), it.may_review(), it.may_share()))
            .collect();
        assert_eq!(
            rows,
            [
                ("viewer", false, false, false),
                ("reviewer", false, true, false),
                ("editor", true, false, false),
                ("owner", true, false, true),
            ]
        );
    }

    #[test]
    fn the_names_of_each_level_are_read() {
        for name in ["module", "unit", "lesson", "activity"] {
            assert_eq!(name.parse(), Ok(AuthoredKind::ContentNode));
        }
    }
}
