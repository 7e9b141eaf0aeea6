//! The progress of a class in each node of its course.
use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    content::ContentNode,
    delivery::{ClassGroup, ClassMember},
    learning::{NodeProgress, ProgressStatus},
};
use lms_kernel::{Id, Percent};
use lms_store::{Query, Report, StoreError, Transaction};

/// The progress of a class's learners in some nodes.
///
/// By ordinary queries it takes one statement for each node, and three more for each that was
/// opened. PostgreSQL answers it in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassNodes {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The nodes, and below which best score someone fell short in each.
    pub asked: BTreeMap<Id<ContentNode>, Percent>,
}

/// How many did what in one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodeCounts {
    /// How many opened it.
    pub opened: u64,
    /// How many are done with it.
    pub completed: u64,
    /// How many have a score in it.
    pub scored: u64,
    /// How many of those fell short.
    pub short: u64,
}

#[async_trait]
impl Report for ClassNodes {
    const NAME: &'static str = "learning.class_nodes";
    /// The nodes that someone opened.
    type Output = BTreeMap<Id<ContentNode>, NodeCounts>;

    async fn compute(&self, tx: &mut Transaction) -> Result<Self::Output, StoreError> {
        let mut found = BTreeMap::new();
        for (node, asked) in &self.asked {
            let counts = counts(tx, (self.class_id, *node), *asked).await?;
            if counts.opened > 0 {
                found.insert(*node, counts);
            }
        }
        Ok(found)
    }
}

/// What the class did in one node. What no one opened is not asked further.
async fn counts(
    tx: &mut Transaction,
    (class, node): (Id<ClassGroup>, Id<ContentNode>),
    asked: Percent,
) -> Result<NodeCounts, StoreError> {
    let seats = ClassMember::seated_in([class]);
    let of_class = Query::filter(
        NodeProgress::NODE_ID
            .eq(node)
            .and(NodeProgress::LEARNER_ID.in_records(ClassMember::STUDENT_ID, seats)),
    );
    let opened = tx.count(of_class.clone()).await?;
    if opened == 0 {
        return Ok(NodeCounts::default());
    }
    let done = NodeProgress::STATUS.eq(ProgressStatus::Completed);
    Ok(NodeCounts {
        opened,
        completed: tx.count(of_class.clone().and(done)).await?,
        scored: tx.count(of_class.clone().and(NodeProgress::BEST_SCORE.is_not_null())).await?,
        short: tx.count(of_class.and(NodeProgress::BEST_SCORE.is_lt(asked))).await?,
    })
}
