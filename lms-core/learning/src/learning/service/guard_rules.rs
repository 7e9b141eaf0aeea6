//! Changes of a course's tree, refused where its rules could never be met after them.
use std::collections::BTreeSet;

use lms_store::operation::{Access, Operation};

use crate::{
    content::{
        ChangeNodeStatus, ContentNode, Course, CourseTree, MoveNode, NodeError, RemoveNode,
        RestoreNode, change_node_status, load_tree, move_node, remove_node, restore_node,
    },
    learning::{Goal, NodeRules, RuleGraph},
};
use lms_kernel::Id;
use lms_people::authorization::Permission;
use lms_store::{Query, StoreError, Transaction};

impl Operation for MoveNode {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE]);
    type Answer = ContentNode;
    type Error = NodeError;

    async fn run(self, tx: &mut Transaction) -> Result<ContentNode, NodeError> {
        let before = known(tx, self.node_id).await?;
        let moved = move_node(tx, self).await?;
        check(tx, before).await?;
        Ok(moved)
    }
}

impl Operation for RemoveNode {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE]);
    type Answer = ();
    type Error = NodeError;

    async fn run(self, tx: &mut Transaction) -> Result<(), NodeError> {
        let before = known(tx, self.node_id).await?;
        remove_node(tx, self).await?;
        check(tx, before).await
    }
}

impl Operation for ChangeNodeStatus {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_PUBLISH, Permission::COURSES_REVIEW]);
    type Answer = ContentNode;
    type Error = NodeError;

    async fn run(self, tx: &mut Transaction) -> Result<ContentNode, NodeError> {
        let before = known(tx, self.node_id).await?;
        let changed = change_node_status(tx, self).await?;
        check(tx, before).await?;
        Ok(changed)
    }
}

impl Operation for RestoreNode {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE]);
    type Answer = ContentNode;
    type Error = NodeError;

    async fn run(self, tx: &mut Transaction) -> Result<ContentNode, NodeError> {
        let found =
            tx.first(Query::filter(ContentNode::ID.eq(self.node_id)).only_deleted()).await?;
        let before = match found {
            Some(node) => known_in(tx, node.course_id).await?,
            None => None,
        };
        let node = restore_node(tx, self).await?;
        check(tx, before).await?;
        Ok(node)
    }
}

/// The course of a node, and what of its rules no learner could meet already; nothing where no node
/// of it has a release rule.
type Known = Option<(Id<Course>, BTreeSet<Goal>)>;

async fn known(tx: &mut Transaction, node: Id<ContentNode>) -> Result<Known, StoreError> {
    match tx.get(node).await? {
        Some(node) => known_in(tx, node.course_id).await,
        None => Ok(None),
    }
}

async fn known_in(tx: &mut Transaction, course: Id<Course>) -> Result<Known, StoreError> {
    let rules = tx.all(NodeRules::of_course(course)).await?;
    if rules.iter().all(|it| it.release.is_none()) {
        return Ok(None);
    }
    let tree = load_tree(tx, course).await?;
    let unmeetable = RuleGraph::new(course, &tree, &rules).unmeetable();
    Ok(Some((course, unmeetable)))
}

/// Refuses the change, where more rules can never be met after it.
async fn check(tx: &mut Transaction, before: Known) -> Result<(), NodeError> {
    let Some((course, before)) = before else { return Ok(()) };
    let rules = tx.all(NodeRules::of_course(course)).await?;
    let tree = load_tree(tx, course).await?;
    match circle(course, (&tree, &rules), &before) {
        Some(circle) => Err(NodeError::WaitForEachOther { circle }),
        None => Ok(()),
    }
}

/// The titles of nodes that wait for each other, in words, where more can never be met than
/// `before`.
pub(super) fn circle(
    course: Id<Course>,
    (tree, rules): (&CourseTree, &[NodeRules]),
    before: &BTreeSet<Goal>,
) -> Option<String> {
    let graph = RuleGraph::new(course, tree, rules);
    let added: BTreeSet<_> = graph.unmeetable().difference(before).copied().collect();
    if added.is_empty() {
        return None;
    }
    let titles: Vec<_> = graph
        .circle(&added)
        .into_iter()
        .filter_map(|it| tree.get(it))
        .map(|it| format!("`{}`", it.title))
        .collect();
    Some(titles.join(" and "))
}
