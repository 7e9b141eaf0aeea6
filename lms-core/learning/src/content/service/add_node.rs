//! Adding a node to a course.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::content::{
    AuthorRole, Block, ContentNode, Course, CourseTree, HierarchyError, NodeAccess, NodeAdded,
    NodeKind, insert_item, renumber, service::parts::line_of,
};
use lms_kernel::{Id, Rejected, Slug, TextError, Title};
use lms_people::authorization::{AuthorizationError, Permission, authorize_on, require_for};
use lms_store::{StoreError, Transaction};

/// Adds a node to a course, as a draft.
///
/// # Locks
/// The course's row is locked before its siblings are read, so that places stay without gaps and
/// repetitions however many add and move at once.
///
/// # Errors
/// [`NodeError`].
#[operation("content.add_node")]
pub struct AddNode {
    /// The course it becomes part of.
    pub course_id: Id<Course>,
    /// The node above it; `None` for a top-level node.
    pub parent_id: Option<Id<ContentNode>>,
    /// The kind of node: a module, unit, lesson or activity.
    pub kind: NodeKind,
    /// The node's title.
    pub title: Title,
    /// The node's part of web addresses; `None` makes one from the title.
    pub slug: Option<Slug>,
    /// The position among its siblings, counted from 0; `None` adds it at the end.
    pub position: Option<u32>,
    /// Whether it is free, a preview, paid, or inherits from its parent.
    pub access: NodeAccess,
    /// The blocks that it shows, at most 200.
    pub body: Vec<Block>,
    /// The kind of activity in the tenant's own words, at most 64 characters.
    pub activity_kind: Option<String>,
}

impl AddNode {
    /// An empty node at the end of the top level.
    pub const fn new(course_id: Id<Course>, kind: NodeKind, title: Title) -> Self {
        Self {
            course_id,
            parent_id: None,
            kind,
            title,
            slug: None,
            position: None,
            access: NodeAccess::Inherit,
            body: Vec::new(),
            activity_kind: None,
        }
    }

    /// The same, at the end under `parent`.
    #[must_use]
    pub const fn under(mut self, parent: Id<ContentNode>) -> Self {
        self.parent_id = Some(parent);
        self
    }

    /// The same, showing that.
    #[must_use]
    pub fn showing(mut self, body: Vec<Block>) -> Self {
        self.body = body;
        self
    }

    /// The same, open to those, as far as paying goes.
    #[must_use]
    pub const fn with_access(mut self, access: NodeAccess) -> Self {
        self.access = access;
        self
    }
}

/// Why something could not be done with a node.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum NodeError {
    /// The course's profile has no such node there.
    #[error(transparent)]
    #[fault(transparent)]
    Hierarchy(#[from] HierarchyError),
    /// The parent is part of another course.
    #[error("the parent is part of another course")]
    #[fault(invalid, field = "parent_id")]
    OtherCourse,
    /// A node cannot be under itself.
    #[error("a node cannot be moved below itself; choose another parent")]
    #[fault(invalid, field = "parent_id")]
    UnderItself,
    /// By the change nodes would wait for each other, and no learner could ever open them.
    #[error("{circle} would wait for each other; change their rules first")]
    #[fault(conflict)]
    WaitForEachOther {
        /// The titles of the nodes that would wait, from one to itself.
        circle: String,
    },
    /// A sibling has the slug.
    #[error("the slug is taken by a sibling; choose another one")]
    #[fault(conflict, field = "slug")]
    SlugTaken,
    /// The course has as many nodes as it may.
    #[error("a course has at most {most} nodes")]
    #[fault(quota)]
    TooManyNodes {
        /// The most nodes.
        most: usize,
    },
    /// It shows too much.
    #[error("a node shows at most {most} blocks; split it")]
    #[fault(invalid, field = "body")]
    TooManyBlocks {
        /// The most blocks.
        most: usize,
    },
    /// A text is too long.
    #[error("`{field}` has at most {most} characters")]
    #[fault(invalid)]
    TextTooLong {
        /// Which text.
        field: &'static str,
        /// The most characters.
        most: usize,
    },
    /// No slug can be made for it.
    #[error("no slug can be made from the title; choose one")]
    #[fault(invalid, field = "slug")]
    NoSlug(#[from] TextError),
    /// The node cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Publication(#[from] Rejected),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(StoreError),
}

impl From<StoreError> for NodeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: "content_nodes", .. } => Self::SlugTaken,
            error => Self::Store(error),
        }
    }
}

/// The most blocks that a node shows.
pub(super) const MAX_BLOCKS: usize = 200;
/// The most characters of a level and of an activity's sort.
pub(super) const SHORT_TEXT_MAX: usize = 64;

impl Operation for AddNode {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE]);
    type Answer = ContentNode;
    type Error = NodeError;

    async fn run(self, tx: &mut Transaction) -> Result<ContentNode, NodeError> {
        let command = self;
        require_for(tx, Permission::COURSES_MANAGE, command.course_id).await?;
        let course = tx.lock(command.course_id).await?;
        let line = line_of(tx, &course, command.parent_id).await?;
        let shared = course.shared(AuthorRole::may_edit).at(&line);
        authorize_on(tx, Permission::COURSES_MANAGE, &shared).await?;
        check_place(tx, &course, command.parent_id, command.kind).await?;
        check_texts(&command.body, &[("activity_kind", &command.activity_kind)])?;
        if tx.count(ContentNode::of_course(course.id)).await? >= CourseTree::MAX_NODES as u64 {
            return Err(NodeError::TooManyNodes { most: CourseTree::MAX_NODES });
        }
        let scope = command.parent_id.map_or(course.id.uuid(), Id::uuid);
        let mut siblings = tx.all(ContentNode::in_scope(scope)).await?;
        let slug = match command.slug {
            Some(slug) => slug,
            None => suggest_slug(&command.title, command.kind, &siblings)?,
        };
        if siblings.iter().any(|it| it.slug == slug) {
            return Err(NodeError::SlugTaken);
        }
        let node = ContentNode {
            access: command.access,
            body: command.body,
            activity_kind: command.activity_kind,
            position: u32::MAX,
            ..ContentNode::top(tx.cx(), course.id, command.kind, command.title, slug)
        };
        let node = node.under(command.parent_id);
        let at = command.position.map_or(usize::MAX, |it| it as usize);
        insert_item(&mut siblings, at, node.clone());
        let (added, mut moved): (Vec<_>, Vec<_>) =
            renumber(&mut siblings).into_iter().partition(|it| it.id == node.id);
        tx.update_all(&mut moved).await?;
        let node = added.into_iter().next().unwrap_or(node);
        tx.insert(&node).await?;
        tx.emit(&NodeAdded { node_id: node.id, course_id: course.id });
        Ok(node)
    }
}

/// Refuses a place that the course's profile does not have, or that is in another course.
pub(super) async fn check_place(
    tx: &mut Transaction,
    course: &Course,
    parent: Option<Id<ContentNode>>,
    kind: NodeKind,
) -> Result<(), NodeError> {
    let parent = match parent {
        None => None,
        Some(parent) => Some(tx.require(parent).await?),
    };
    if parent.as_ref().is_some_and(|it| it.course_id != course.id) {
        return Err(NodeError::OtherCourse);
    }
    Ok(course.hierarchy.check(parent.map(|it| it.kind), kind)?)
}

pub(super) fn check_texts(
    body: &[Block],
    texts: &[(&'static str, &Option<String>)],
) -> Result<(), NodeError> {
    if body.len() > MAX_BLOCKS {
        return Err(NodeError::TooManyBlocks { most: MAX_BLOCKS });
    }
    let is_long =
        |it: &Option<String>| it.as_ref().is_some_and(|it| it.chars().count() > SHORT_TEXT_MAX);
    match texts.iter().find(|(_, text)| is_long(text)) {
        Some((field, _)) => Err(NodeError::TextTooLong { field, most: SHORT_TEXT_MAX }),
        None => Ok(()),
    }
}

/// A slug that no sibling has: from the title or, for a title without letters, from the kind of
/// the node; with a number where it is taken.
fn suggest_slug(
    title: &Title,
    kind: NodeKind,
    siblings: &[ContentNode],
) -> Result<Slug, TextError> {
    let first = match Slug::suggested(title.as_str()) {
        Some(slug) => slug,
        None => Slug::new(kind.as_str())?,
    };
    let is_free = |slug: &Slug| !siblings.iter().any(|it| it.slug == *slug);
    if is_free(&first) {
        return Ok(first);
    }
    let mut number = siblings.len().saturating_add(1);
    loop {
        let stem: String = first.as_str().chars().take(100).collect();
        let next = Slug::new(&format!("{}-{number}", stem.trim_end_matches('-')))?;
        if is_free(&next) {
            return Ok(next);
        }
        number = number.saturating_add(1);
    }
}
