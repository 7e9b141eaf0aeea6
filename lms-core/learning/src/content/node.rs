//! The parts of a course: one tree of modules, units, lessons and activities.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::content::{Block, Course, NodeKind, Prose, PublicationStatus};
use lms_kernel::{Context, EntityKind, EntityRef, Id, Link, Slug, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// The price of access to a node: free, preview, paid, or as its parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum NodeAccess {
    /// As its parent; a top node without anything else said is paid.
    #[default]
    Inherit,
    /// Everyone in the tenant.
    Free,
    /// Everyone, as a sample, signed in or not.
    Preview,
    /// Those who have the course.
    Paid,
}

/// A part of a course: a module, a unit, a lesson or an activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "content_nodes",
    unique(scope_id, slug),
    index(course_id),
    index(scope_id, position)
)]
pub struct ContentNode {
    /// The node's id.
    pub id: Id<ContentNode>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The course it is part of.
    pub course_id: Id<Course>,
    /// The node it is under; none for a top one.
    pub parent_id: Option<Id<ContentNode>>,
    /// What slugs and positions are counted within: the parent, or the course of a top node.
    pub scope_id: Uuid,
    /// Its sort.
    pub kind: NodeKind,
    /// Its name.
    pub title: Title,
    /// Its name in web addresses, unique among its siblings.
    pub slug: Slug,
    /// What it is about.
    pub description: Option<Prose>,
    /// Its place among its siblings, from 0 without gaps.
    pub position: u32,
    /// The level it is on, in the tenant's own words, such as `A2`.
    pub level: Option<String>,
    /// Its picture.
    pub image_url: Option<Link>,
    /// How long it takes, as its authors think.
    pub duration_minutes: Option<u32>,
    /// What one can do after it.
    pub learning_objective: Option<Prose>,
    /// Whether learners may see it, provided that they may see all it is under.
    pub status: PublicationStatus,
    /// Who may open it, as far as paying goes.
    pub access: NodeAccess,
    /// What it shows, in order.
    #[record(json)]
    pub body: Vec<Block>,
    /// The kind of an activity, in the tenant's own words, such as `gap_fill`.
    pub activity_kind: Option<String>,
    /// Whether what it shows may be taken away.
    pub downloadable: bool,
    /// How much it counts beside its siblings when progress is rolled up; 0 counts for nothing.
    pub weight: u32,
}

impl ContentNode {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("content_node");

    /// A draft directly in the course.
    pub fn top(cx: &Context, course: Id<Course>, kind: NodeKind, title: Title, slug: Slug) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            course_id: course,
            parent_id: None,
            scope_id: course.uuid(),
            kind,
            title,
            slug,
            description: None,
            position: 0,
            level: None,
            image_url: None,
            duration_minutes: None,
            learning_objective: None,
            status: PublicationStatus::Draft,
            access: NodeAccess::Inherit,
            body: Vec::new(),
            activity_kind: None,
            downloadable: false,
            weight: 1,
        }
    }

    /// The same node under `parent`, or directly in its course.
    #[must_use]
    pub fn under(mut self, parent: Option<Id<ContentNode>>) -> Self {
        self.parent_id = parent;
        self.scope_id = parent.map_or(self.course_id.uuid(), Id::uuid);
        self
    }

    /// A reference to the node.
    pub const fn reference(&self) -> EntityRef {
        EntityRef::to(Self::ENTITY, self.id)
    }

    /// Every node of a course, each level in order.
    pub fn of_course(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course)).order_by(Self::POSITION, Direction::Asc)
    }

    /// The nodes directly under `parent`, in order.
    pub fn children_of(parent: Id<ContentNode>) -> Query<Self> {
        Self::in_scope(parent.uuid())
    }

    /// The top nodes of a course, in order.
    pub fn top_of(course: Id<Course>) -> Query<Self> {
        Self::in_scope(course.uuid())
    }

    /// The siblings that share a parent or, at the top, a course; in order.
    pub fn in_scope(scope: Uuid) -> Query<Self> {
        Query::filter(Self::SCOPE_ID.eq(scope)).order_by(Self::POSITION, Direction::Asc)
    }
}
