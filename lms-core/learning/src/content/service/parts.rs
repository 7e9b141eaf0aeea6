//! Loading shared by several operations: a course's tree, and its authors.
use uuid::Uuid;

use crate::content::{
    AuthorRole, ContentAuthor, ContentNode, Course, CourseTree, Material, Review,
};
use lms_kernel::Id;
use lms_people::authorization::{
    AuthorizationError, Permission, Principal, Protected, Subject, authorize_on, is_permitted_on,
};
use lms_store::operation::{Effect, Part};
use lms_store::{StoreError, Transaction};

/// The nodes of a course as a tree.
///
/// # Errors
/// [`StoreError`].
#[derive(Clone, Copy, Debug)]
pub struct LoadTree {
    /// The course.
    pub course_id: Id<Course>,
}

impl Part for LoadTree {
    const NAME: &'static str = "content.load_tree";
    const EFFECT: Effect = Effect::Reads;
    type Answer = CourseTree;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<CourseTree, StoreError> {
        load_tree(tx, self.course_id).await
    }
}

pub(crate) async fn load_tree(
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<CourseTree, StoreError> {
    Ok(CourseTree::new(tx.all(ContentNode::of_course(course)).await?))
}

/// A node of a course and the nodes it is under, the nearest first: anyone who has a part in one of
/// them has a part in it. Empty for a node of another course.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn line_of(
    tx: &mut Transaction,
    course: &Course,
    node: Option<Id<ContentNode>>,
) -> Result<Vec<Id<ContentNode>>, StoreError> {
    let (mut line, mut next) = (Vec::new(), node);
    while let Some(id) = next.filter(|_| line.len() < CourseTree::MAX_DEPTH) {
        let found = tx.get(id).await?.filter(|it| it.course_id == course.id);
        line.extend(found.as_ref().map(|it| it.id));
        next = found.and_then(|it| it.parent_id);
    }
    Ok(line)
}

/// A course with those who have a part in it, or in the part of its tree that is named: they lead
/// it beside its owner, as far as their role in it allows.
#[derive(Clone, Debug)]
pub struct SharedCourse<'a> {
    course: &'a Course,
    nodes: Vec<Id<ContentNode>>,
    allows: fn(AuthorRole) -> bool,
}

impl SharedCourse<'_> {
    /// The same, at a node with those above it: those who have a part in one of these nodes have a
    /// part in it.
    #[must_use]
    pub fn at(mut self, nodes: &[Id<ContentNode>]) -> Self {
        self.nodes.extend_from_slice(nodes);
        self
    }
}

impl Course {
    /// The course, led by those authors too whose role `allows` it.
    pub const fn shared(&self, allows: fn(AuthorRole) -> bool) -> SharedCourse<'_> {
        SharedCourse { course: self, nodes: Vec::new(), allows }
    }
}

impl Protected for SharedCourse<'_> {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let mut subject = self.course.subject(tx).await?;
        let nodes = self.nodes.iter().map(|it| it.uuid());
        let targets = nodes.chain([self.course.id.uuid()]);
        for part in tx.all(ContentAuthor::of_any(targets)).await? {
            if (self.allows)(part.role) {
                subject = subject.led_by(part.author_id);
            }
        }
        Ok(subject)
    }
}

/// A course has no owner in the sense of [`Subject`]: its owner leads it, and may judge and award
/// in it.
impl Protected for Course {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::in_course(self.id.uuid()).led_by(self.owner_id))
    }
}

impl Protected for ContentNode {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        subject_of_course(tx, self.course_id).await
    }
}

impl Protected for Review {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let course = subject_of_course(tx, self.course_id).await?;
        Ok(Subject::of(self.reviewer_id).within(course))
    }
}

/// Materials belong to the tenant: whatever courses show them.
impl Protected for Material {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default())
    }
}

/// What belongs to a course, by the course's id.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn subject_of_course(
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<Subject, StoreError> {
    match tx.recall(course).await? {
        Some(course) => course.subject(tx).await,
        None => Ok(Subject::in_course(course.uuid())),
    }
}

/// Whether the actor was named as a reviewer of a course, or of the part of its tree that is
/// named, may see drafts there, and does not write it: those who write do not decide.
pub(super) async fn may_review_as_named(
    tx: &mut Transaction,
    course: &Course,
    nodes: &[Id<ContentNode>],
) -> Result<bool, AuthorizationError> {
    let Some(actor) = tx.actor_id() else { return Ok(false) };
    let principal = Principal::of(tx, actor).await?;
    let Some(member) = principal.membership().map(|it| it.id) else { return Ok(false) };
    let targets: Vec<Uuid> = nodes.iter().map(|it| it.uuid()).chain([course.id.uuid()]).collect();
    let parts = tx.all(ContentAuthor::by(member, targets)).await?;
    let writes = member == course.owner_id || parts.iter().any(|it| it.role.may_edit());
    if writes || !parts.iter().any(|it| it.role.may_review()) {
        return Ok(false);
    }
    let shared = course.shared(AuthorRole::may_review).at(nodes);
    if !is_permitted_on(tx, Permission::COURSES_VIEW_DRAFTS, &shared).await? {
        return Ok(false);
    }
    authorize_on(tx, Permission::COURSES_VIEW_DRAFTS, &shared).await?;
    Ok(true)
}
