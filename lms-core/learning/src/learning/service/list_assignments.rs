//! The content assigned to a learner, with due dates and progress.
use lms_store::operation::{Access, Effect, Operation, operation};
use std::collections::BTreeMap;

use super::assign_content::AssignError;
use crate::{
    delivery::ClassMember,
    learning::{
        AssignmentStanding, ContentAssignment, Enrollment, Learner, NodeProgress,
        assignment_done_at, assignment_standing,
    },
};
use lms_kernel::{Id, Timestamp};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
};
use lms_store::{Query, Transaction};

/// Content assigned to a class of a learner, and the learner's status with it.
#[derive(Clone, Debug, PartialEq)]
pub struct AssignedContent {
    /// The assignment with its due date.
    pub assignment: ContentAssignment,
    /// The learner's present status with it.
    pub standing: AssignmentStanding,
    /// When the learner was done with it.
    pub done_at: Option<Timestamp>,
}

/// How many classes or nodes are asked about at once.
const CHUNK: usize = 100;

/// Lists the content assigned to a learner in the classes where they have a seat, earliest due date
/// first and undated last. For the learner, their guardians, and staff who see their progress.
///
/// # Errors
/// [`AssignError`] if the actor may not, or the store failed.
#[operation("learning.list_assigned_content")]
pub struct ListAssignedContent {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for ListAssignedContent {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<AssignedContent>;
    type Error = AssignError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<AssignedContent>, AssignError> {
        let Self { learner_id: learner } = self;
        authorize_on(tx, Permission::PROGRESS_VIEW, &Learner(learner)).await?;
        let seats = tx.all(ClassMember::active_of(learner)).await?;
        let classes: Vec<_> = seats.into_iter().map(|it| it.class_id).collect();
        let mut assignments = Vec::new();
        for chunk in classes.chunks(CHUNK) {
            assignments.extend(tx.all(ContentAssignment::active_of_any(chunk.to_vec())).await?);
        }
        let enrollments = tx.all(Enrollment::of_learner(learner)).await?;
        let mut progress: BTreeMap<_, NodeProgress> = BTreeMap::new();
        let nodes: Vec<_> = assignments.iter().filter_map(ContentAssignment::node_id).collect();
        for chunk in nodes.chunks(CHUNK) {
            let of_nodes = NodeProgress::NODE_ID.is_in(chunk.iter().copied());
            let own = Query::filter(NodeProgress::LEARNER_ID.eq(learner).and(of_nodes));
            for it in tx.all(own).await? {
                // Of several enrolments in a course, the one that was done first.
                let known = progress.get(&it.node_id).and_then(|it| it.completed_at);
                if known.is_none_or(|known| it.completed_at.is_some_and(|at| at < known)) {
                    progress.insert(it.node_id, it);
                }
            }
        }
        let stand = |assignment: ContentAssignment| {
            let of_course = enrollments.iter().filter(|it| it.course_id == assignment.course_id);
            let enrollment = of_course.max_by_key(|it| it.completed_at.is_some());
            let node = assignment.node_id().and_then(|it| progress.get(&it));
            let done_at = assignment_done_at(&assignment, enrollment, node);
            let standing = assignment_standing((tx.now(), assignment.due_at), done_at);
            AssignedContent { assignment, standing, done_at }
        };
        let mut found: Vec<_> = assignments.into_iter().map(stand).collect();
        found.sort_by_key(|it| {
            let due_at = it.assignment.due_at;
            (due_at.is_none(), due_at, it.assignment.stamp.created_at, it.assignment.id)
        });
        Ok(found)
    }
}
