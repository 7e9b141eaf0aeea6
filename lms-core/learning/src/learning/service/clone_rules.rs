//! Copying the rules of a course for its copy.
use super::set_rules::{NodeRulesError, check_part_of};
use crate::{
    content::{AuthorRole, CourseClone},
    learning::{NodeRules, ReleaseRule},
};
use lms_kernel::{Context, Id};
use lms_people::authorization::{Permission, authorize_on, require_for};
use lms_store::{
    Query, Stamp, StoreError, Transaction,
    operation::{Access, Operation, operation},
};

/// How many nodes are asked about at once.
const CHUNK: usize = 100;

/// Gives the nodes of a copied course the rules of the nodes they were made from, and answers how
/// many. Where a rule names a node of the source, the copy's names that node's copy.
///
/// Run it in the transaction of [`CloneCourse`](crate::content::CloneCourse), whose answer it takes.
///
/// # Errors
/// [`NodeRulesError`].
#[operation("learning.clone_rules")]
pub struct CloneRules {
    /// The copy, and which of its nodes was made from which.
    pub copy: CourseClone,
}

impl Operation for CloneRules {
    const ACCESS: Access = Access::Asks(&[Permission::RULES_MANAGE]);
    type Answer = usize;
    type Error = NodeRulesError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, NodeRulesError> {
        let copy = &self.copy;
        let course = require_for(tx, Permission::RULES_MANAGE, copy.course.id).await?;
        let shared = course.shared(AuthorRole::may_edit);
        authorize_on(tx, Permission::RULES_MANAGE, &shared).await?;
        // Whoever may change one course may not, by this, change another.
        let targets: Vec<Id<_>> = copy.nodes.values().copied().collect();
        for chunk in targets.chunks(CHUNK) {
            check_part_of(tx, course.id, chunk).await?;
        }
        let sources: Vec<Id<_>> = copy.nodes.keys().copied().collect();
        let mut added = 0;
        for chunk in sources.chunks(CHUNK) {
            let of_chunk = Query::filter(NodeRules::NODE_ID.is_in(chunk.iter().copied()));
            let found: Result<Vec<_>, StoreError> = tx.all(of_chunk).await;
            let copies: Vec<_> =
                found?.into_iter().filter_map(|it| copied(tx.cx(), it, copy)).collect();
            tx.insert_all(&copies).await?;
            added += copies.len();
        }
        Ok(added)
    }
}

fn copied(cx: &Context, rules: NodeRules, copy: &CourseClone) -> Option<NodeRules> {
    let node_id = copy.nodes.get(&rules.node_id).copied()?;
    Some(NodeRules {
        id: cx.id(),
        stamp: Stamp::new(cx),
        node_id,
        course_id: copy.course.id,
        release: rules.release.as_ref().map(|it: &ReleaseRule| it.renamed(&copy.nodes)),
        ..rules
    })
}
