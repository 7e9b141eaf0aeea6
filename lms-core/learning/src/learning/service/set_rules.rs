//! Setting the rules of a node.
use lms_store::operation::{Access, Operation, operation};
use std::collections::{BTreeMap, BTreeSet};

use lms_derive::DomainError;

use crate::{
    content::{AuthorRole, ContentNode, Course, line_of},
    learning::{CompletionRule, NodeRules, ReleaseRule, RuleError},
};
use lms_kernel::Id;
use lms_people::authorization::{AuthorizationError, Permission, authorize_on, require_for};
use lms_store::{StoreError, Transaction};

/// Why the rules of a node were refused.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum NodeRulesError {
    /// A rule makes no sense.
    #[error(transparent)]
    #[fault(transparent)]
    Rule(#[from] RuleError),
    /// A rule speaks of a node that is not part of the course.
    #[error("node `{node_id}` is not part of the course; no one could ever meet the rule")]
    #[fault(
        invalid,
        field = "release",
        message = "a lesson that the rule names is not part of the course; nobody could ever meet the rule"
    )]
    ForeignNode {
        /// The node.
        node_id: Id<ContentNode>,
    },
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Sets the rules by which a node opens and is completed. They replace the earlier rules.
///
/// The course's row is locked while its rules are read, so that two rules set at once never wait
/// for each other.
///
/// # Errors
/// [`NodeRulesError`].
#[operation("learning.set_node_rules")]
pub struct SetNodeRules {
    /// The node to change.
    pub node_id: Id<ContentNode>,
    /// The rule by which it opens; `None` opens it at once.
    pub release: Option<ReleaseRule>,
    /// The rule by which it is completed; `None` uses the default of its kind.
    pub completion: Option<CompletionRule>,
}

impl Operation for SetNodeRules {
    const ACCESS: Access = Access::Asks(&[Permission::RULES_MANAGE]);
    type Answer = NodeRules;
    type Error = NodeRulesError;

    async fn run(self, tx: &mut Transaction) -> Result<NodeRules, NodeRulesError> {
        let Self { node_id: node, release, completion } = self;
        let node = require_for(tx, Permission::RULES_MANAGE, node).await?;
        let course = tx.lock(node.course_id).await?;
        let line = line_of(tx, &course, Some(node.id)).await?;
        let shared = course.shared(AuthorRole::may_edit).at(&line);
        authorize_on(tx, Permission::RULES_MANAGE, &shared).await?;
        let known = tx.all(NodeRules::of_course(course.id)).await?;
        if let Some(rule) = &release {
            rule.check()?;
            let named: BTreeSet<_> = rule.nodes().into_iter().collect();
            let named: Vec<_> = named.into_iter().collect();
            check_part_of(tx, course.id, &named).await?;
            let mut waits: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for other in known.iter().filter(|it| it.node_id != node.id) {
                let nodes = other.release.as_ref().map(ReleaseRule::nodes).unwrap_or_default();
                waits.insert(other.node_id, nodes);
            }
            waits.insert(node.id, rule.nodes());
            if waits_for_itself(node.id, &waits) {
                return Err(RuleError::WaitsForItself { node_id: node.id }.into());
            }
        }
        if let Some(mut rules) = known.into_iter().find(|it| it.node_id == node.id) {
            (rules.release, rules.completion) = (release, completion);
            tx.update(&mut rules).await?;
            return Ok(rules);
        }
        let rules = NodeRules { release, completion, ..NodeRules::new(tx.cx(), &node) };
        tx.insert(&rules).await?;
        Ok(rules)
    }
}

/// Refuses nodes that are not part of the course, or not there at all.
pub(super) async fn check_part_of(
    tx: &mut Transaction,
    course: Id<Course>,
    nodes: &[Id<ContentNode>],
) -> Result<(), NodeRulesError> {
    let found = tx.get_many(nodes).await?;
    let is_part =
        |id: &Id<ContentNode>| found.iter().any(|it| it.id == *id && it.course_id == course);
    match nodes.iter().find(|it| !is_part(it)) {
        Some(node_id) => Err(NodeRulesError::ForeignNode { node_id: *node_id }),
        None => Ok(()),
    }
}

/// Whether a node is reached from itself by what waits for what.
fn waits_for_itself(
    node: Id<ContentNode>,
    waits: &BTreeMap<Id<ContentNode>, Vec<Id<ContentNode>>>,
) -> bool {
    let mut open: Vec<_> = waits.get(&node).cloned().unwrap_or_default();
    let mut seen = BTreeSet::new();
    while let Some(next) = open.pop() {
        if next == node {
            return true;
        }
        if seen.insert(next) {
            open.extend(waits.get(&next).into_iter().flatten());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::tree::tests::id;

    #[test]
    fn a_circle_of_rules_is_found() {
        let mut waits = BTreeMap::from([(id(1), vec![id(2)]), (id(2), vec![id(3)])]);
        assert!(!waits_for_itself(id(1), &waits));
        waits.insert(id(3), vec![id(4), id(1)]);
        assert!(waits_for_itself(id(1), &waits));
        assert!(waits_for_itself(id(2), &waits));
        assert!(!waits_for_itself(id(4), &waits));
    }
}
