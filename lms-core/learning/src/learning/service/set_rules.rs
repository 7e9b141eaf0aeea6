//! Setting the rules of a node.
use lms_store::operation::{Access, Operation, operation};
use std::collections::BTreeSet;

use lms_derive::DomainError;

use super::guard_rules::circle;

use crate::{
    content::{AuthorRole, ContentNode, Course, line_of, load_tree},
    learning::{CompletionRule, NodeRules, ReleaseRule, RuleError, RuleGraph},
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
        message = "a lesson that the rule names is not part of the course; no one could ever meet the rule"
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

/// Sets the rules by which a node opens and is completed. They replace the earlier rules. Rules
/// that no learner could ever meet are refused: by the rules, the order and the parts of the
/// course, nodes would wait for each other.
///
/// # Locks
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
        }
        let tree = load_tree(tx, course.id).await?;
        let before = RuleGraph::new(course.id, &tree, &known).unmeetable();
        let mut all = known;
        let place = all.iter().position(|it| it.node_id == node.id);
        let mut rules = match place {
            Some(place) => all.swap_remove(place),
            None => NodeRules::new(tx.cx(), &node),
        };
        (rules.release, rules.completion) = (release, completion);
        all.push(rules.clone());
        if let Some(circle) = circle(course.id, (&tree, &all), &before) {
            return Err(RuleError::WaitsForItself { node_id: node.id, circle }.into());
        }
        match place {
            Some(_) => tx.update(&mut rules).await?,
            None => tx.insert(&rules).await?,
        }
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
