//! Reopening nodes whose content changed.
use super::{
    set_rules::NodeRulesError,
    study::{StudyError, completed, stats_of},
};
use crate::{
    content::{AuthorRole, ContentNode, line_of, load_tree},
    learning::{
        EnrollmentStatus, NodeProgress, NodeReopened, NodeRules, ProgressPlan, ProgressStatus,
    },
};
use lms_kernel::{Id, Timestamp};
use lms_people::authorization::{Permission, authorize_on, get_authorized, require_for};
use lms_store::operation::{Access, Operation, operation};
use lms_store::{PageSize, Transaction};

/// Sets whether learners must redo a completed node when its content changes.
///
/// # Errors
/// [`NodeRulesError`].
#[operation("learning.set_reopening")]
pub struct SetReopening {
    /// The node to change.
    pub node_id: Id<ContentNode>,
    /// Whether a change of content reopens the node.
    pub reopen_on_change: bool,
}

impl Operation for SetReopening {
    const ACCESS: Access = Access::Asks(&[Permission::RULES_MANAGE]);
    type Answer = NodeRules;
    type Error = NodeRulesError;

    async fn run(self, tx: &mut Transaction) -> Result<NodeRules, NodeRulesError> {
        let Self { node_id: node, reopen_on_change } = self;
        let node = require_for(tx, Permission::RULES_MANAGE, node).await?;
        let course = tx.lock(node.course_id).await?;
        let line = line_of(tx, &course, Some(node.id)).await?;
        let shared = course.shared(AuthorRole::may_edit).at(&line);
        authorize_on(tx, Permission::RULES_MANAGE, &shared).await?;
        if let Some(mut rules) = tx.first(NodeRules::of_node(node.id)).await? {
            rules.reopen_on_change = reopen_on_change;
            tx.update(&mut rules).await?;
            return Ok(rules);
        }
        let rules = NodeRules { reopen_on_change, ..NodeRules::new(tx.cx(), &node) };
        tx.insert(&rules).await?;
        Ok(rules)
    }
}

/// Reopens a node for learners who completed it before its content changed, where its rules say so.
/// Claims and confirmations are withdrawn; study time, scores and completed courses stay.
///
/// A host calls it with the moment of each
/// [`NodeContentChanged`](crate::content::NodeContentChanged), until it returns fewer learners than
/// `limit`. Called again it finds nothing more.
///
/// # Locks
/// The enrollments' rows are locked.
///
/// # Errors
/// [`StudyError`].
#[operation("learning.reopen_changed_node")]
pub struct ReopenChangedNode {
    /// The node that changed.
    pub node_id: Id<ContentNode>,
    /// The instant of the change; later completions stay.
    pub changed_at: Timestamp,
    /// The most rows to handle in this call, from 1 to 200.
    pub limit: PageSize,
}

impl Operation for ReopenChangedNode {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_MANAGE]);
    type Answer = usize;
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, StudyError> {
        let Self { node_id: node, changed_at, limit } = self;
        get_authorized(tx, Permission::PROGRESS_MANAGE, node).await?;
        let rules = tx.first(NodeRules::of_node(node)).await?;
        let Some(rules) = rules.filter(|it| it.reopen_on_change) else {
            return Ok(0);
        };
        let done = tx.page(NodeProgress::done_before(node, changed_at).limit(limit)).await?.items;
        let tree = load_tree(tx, rules.course_id).await?;
        let line: Vec<_> = tree.ancestors(node).map(|it| it.id).chain([node]).collect();
        for progress in &done {
            let mut enrollment = tx.lock(progress.enrollment_id).await?;
            let mut all = tx.all(NodeProgress::of(enrollment.id)).await?;
            let mut reopened = Vec::new();
            for own in all.iter_mut().filter(|it| line.contains(&it.node_id)) {
                if own.status == ProgressStatus::Completed {
                    own.reopen()?;
                    reopened.push(own.clone());
                }
            }
            tx.update_all(&mut reopened).await?;
            let mut stats = stats_of(tx, enrollment.learner_id, None).await?;
            let kinds = reopened.iter().filter_map(|it| tree.get(it.node_id)).map(|it| it.kind);
            kinds.for_each(|it| stats.note_reopened(it));
            tx.update(&mut stats).await?;
            if enrollment.status != EnrollmentStatus::Completed {
                enrollment.progress =
                    ProgressPlan::new(&tree).course_share(completed(&all)).percent();
                tx.update(&mut enrollment).await?;
            }
            let (learner_id, course_id) = (enrollment.learner_id, enrollment.course_id);
            tx.emit(&NodeReopened { node_id: node, learner_id, course_id });
        }
        Ok(done.len())
    }
}
