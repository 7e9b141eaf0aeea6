//! The dashboard of a class: progress, completion and frequent mistakes.
use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    content::{ContentNode, Course, load_tree},
    delivery::{ClassGroup, ClassMember, MemberStatus},
    learning::{ClassNodes, CompletionRule, Enrollment, EnrollmentStatus, NodeCounts, NodeRules},
};
use lms_kernel::{Id, Percent, Ratio, Rounding};
use lms_store::{Filter, Query, Report, StoreError, Transaction};

/// How a class is doing in its course: its students who have a seat, and what they do as learners
/// of the course.
///
/// It is worked out from counts alone: eight statements for the class, what [`ClassNodes`] takes,
/// and what it takes to read the course, however many students there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassDashboard {
    /// The class.
    pub class_id: Id<ClassGroup>,
}

/// How many learners are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgressSpread {
    /// Nothing is done.
    pub not_begun: u64,
    /// Something, and less than half.
    pub below_half: u64,
    /// Half or more, and not all.
    pub half_or_more: u64,
    /// All that counts.
    pub all_done: u64,
}

/// How a class is doing with one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodeFigures {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// How many opened it.
    pub opened: u64,
    /// How many are done with it.
    pub completed: u64,
    /// The part of the class that is done with it, rounded down.
    pub completion_rate: Percent,
    /// How many have a score in it.
    pub scored: u64,
    /// How many of those never reached what the node asks: the score of its completion rule, or
    /// half of the marks where it asks for none.
    pub short: u64,
}

/// How a class is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassFigures {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The course that it takes.
    pub course_id: Id<Course>,
    /// How many students have a seat.
    pub students: u64,
    /// How many of them have a live enrollment in the course.
    pub enrolled: u64,
    /// How far those are.
    pub progress: ProgressSpread,
    /// How many of those completed the course.
    pub completed: u64,
    /// The part of the class that completed the course, rounded down.
    pub completion_rate: Percent,
    /// Each node that learners see, in the order of the course.
    pub nodes: Vec<NodeFigures>,
}

impl ClassFigures {
    /// The nodes that the class gets wrong, at most so many: those where the largest part of those
    /// who have a score fell short first; of equals, where more did, and then the earlier one.
    pub fn common_mistakes(&self, most: usize) -> Vec<NodeFigures> {
        let mut found: Vec<_> = self.nodes.iter().filter(|it| it.short > 0).copied().collect();
        // short ÷ scored of each, compared without dividing.
        let share = |it: &NodeFigures, other: &NodeFigures| {
            u128::from(it.short).saturating_mul(u128::from(other.scored))
        };
        found.sort_by(|a, b| share(b, a).cmp(&share(a, b)).then(b.short.cmp(&a.short)));
        found.truncate(most);
        found
    }
}

#[async_trait]
impl Report for ClassDashboard {
    const NAME: &'static str = "learning.class_dashboard";
    type Output = ClassFigures;

    async fn compute(&self, tx: &mut Transaction) -> Result<Self::Output, StoreError> {
        let class = tx.require(self.class_id).await?;
        let tree = load_tree(tx, class.course_id).await?;
        let rules = tx.all(NodeRules::of_course(class.course_id)).await?;
        let students = tx.count(ClassMember::of(class.id, MemberStatus::Active)).await?;
        let live = EnrollmentStatus::ALL.iter().copied().filter(|it| it.is_live());
        let seats = ClassMember::seated_in([class.id]);
        let learners = Query::filter(
            Enrollment::COURSE_ID
                .eq(class.course_id)
                .and(Enrollment::STATUS.is_in(live))
                .and(Enrollment::LEARNER_ID.in_records(ClassMember::STUDENT_ID, seats)),
        );
        let enrolled = tx.count(learners.clone()).await?;
        let completed = learners.clone().and(Enrollment::STATUS.eq(EnrollmentStatus::Completed));
        let completed = tx.count(completed).await?;
        let progress = spread(tx, &learners, enrolled).await?;
        let asked: BTreeMap<_, _> = rules
            .iter()
            .filter_map(|it| Some((it.node_id, it.completion.as_ref().and_then(asked)?)))
            .collect();
        let visible: Vec<_> = tree.visible().map(|it| it.id).collect();
        let all = visible.iter().map(|it| (*it, asked.get(it).copied().unwrap_or(HALF)));
        let report = ClassNodes { class_id: class.id, asked: all.collect() };
        let counts = tx.report(report).await?;
        let of_node = |it: &Id<ContentNode>| counts.get(it).copied().unwrap_or_default();
        let nodes = visible.iter().map(|it| figures(*it, of_node(it), students)).collect();
        Ok(ClassFigures {
            class_id: class.id,
            course_id: class.course_id,
            students,
            enrolled,
            progress,
            completed,
            completion_rate: rate(completed, students),
            nodes,
        })
    }
}

const HALF: Percent = match Percent::from_ten_thousandths(500_000) {
    Ok(half) => half,
    Err(_) => Percent::HUNDRED,
};

async fn spread(
    tx: &mut Transaction,
    learners: &Query<Enrollment>,
    enrolled: u64,
) -> Result<ProgressSpread, StoreError> {
    let with = |filter: Filter<Enrollment>| learners.clone().and(filter);
    let not_begun = tx.count(with(Enrollment::PROGRESS.eq(Percent::ZERO))).await?;
    let all_done = tx.count(with(Enrollment::PROGRESS.eq(Percent::HUNDRED))).await?;
    let below = Enrollment::PROGRESS.gt(Percent::ZERO).and(Enrollment::PROGRESS.lt(HALF));
    let below_half = tx.count(with(below)).await?;
    let others = not_begun.saturating_add(all_done).saturating_add(below_half);
    Ok(ProgressSpread {
        not_begun,
        below_half,
        half_or_more: enrolled.saturating_sub(others),
        all_done,
    })
}

fn figures(node_id: Id<ContentNode>, counts: NodeCounts, students: u64) -> NodeFigures {
    let NodeCounts { opened, completed, scored, short } = counts;
    let completion_rate = rate(completed, students);
    NodeFigures { node_id, opened, completed, completion_rate, scored, short }
}

/// The score that a rule asks for, alone or among others.
fn asked(rule: &CompletionRule) -> Option<Percent> {
    match rule {
        CompletionRule::Score { least } => Some(*least),
        CompletionRule::All { of } => of.iter().filter_map(asked).max(),
        CompletionRule::View
        | CompletionRule::Time { .. }
        | CompletionRule::Children { .. }
        | CompletionRule::Manual => None,
    }
}

/// A part of a class; nothing of a class without students. At most the whole.
fn rate(part: u64, whole: u64) -> Percent {
    let exact = Ratio::new(i128::from(part.min(whole)), i128::from(whole.max(1)));
    let rounded = exact.and_then(|it| Percent::from_ratio(it, Rounding::Down));
    rounded.unwrap_or(Percent::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::tree::tests::id;

    fn node(number: u128, scored: u64, short: u64) -> NodeFigures {
        NodeFigures {
            node_id: id(number),
            opened: scored,
            completed: 0,
            completion_rate: Percent::ZERO,
            scored,
            short,
        }
    }

    fn figures(nodes: Vec<NodeFigures>) -> ClassFigures {
        ClassFigures {
            class_id: Id::from_uuid(uuid::Uuid::from_u128(1)),
            course_id: Id::from_uuid(uuid::Uuid::from_u128(2)),
            students: 30,
            enrolled: 30,
            progress: ProgressSpread::default(),
            completed: 0,
            completion_rate: Percent::ZERO,
            nodes,
        }
    }

    #[test]
    fn where_most_fall_short_comes_first() {
        let class = figures(vec![
            node(1, 30, 0),
            node(2, 30, 10),
            node(3, 10, 5),
            node(4, 20, 10),
            node(5, 3, 1),
        ]);
        let order: Vec<_> = class.common_mistakes(9).iter().map(|it| it.node_id).collect();
        // Half of 20 and half of 10, then a third of 30 and a third of 3.
        assert_eq!(order, [id(4), id(3), id(2), id(5)]);
        assert_eq!(class.common_mistakes(1).len(), 1);
    }

    #[test]
    fn a_rate_is_rounded_down_and_never_more_than_all() {
        assert_eq!(rate(1, 3).to_string(), "33.3333");
        assert_eq!(rate(2, 3).to_string(), "66.6666");
        assert_eq!((rate(3, 3), rate(4, 3)), (Percent::HUNDRED, Percent::HUNDRED));
        assert_eq!(rate(0, 0), Percent::ZERO);
    }

    #[test]
    fn a_score_among_other_rules_is_asked_for() {
        let least = Percent::from_ten_thousandths(800_000).unwrap();
        let of = vec![CompletionRule::View, CompletionRule::Score { least }];
        assert_eq!(asked(&CompletionRule::All { of }), Some(least));
        assert_eq!(asked(&CompletionRule::Manual), None);
    }

    proptest! {
        #[test]
        fn mistakes_are_sorted_by_their_share(
            nodes in proptest::collection::vec((1_u64..50, 0_u64..50), 0..20),
        ) {
            let nodes = nodes.into_iter().enumerate();
            let nodes = nodes.map(|(at, (scored, short))| node(at as u128, scored, short.min(scored)));
            let class = figures(nodes.collect());
            let found = class.common_mistakes(usize::MAX);
            prop_assert_eq!(found.len(), class.nodes.iter().filter(|it| it.short > 0).count());
            for pair in found.windows(2) {
                let share = |it: &NodeFigures| Ratio::new(it.short.into(), it.scored.into()).unwrap();
                prop_assert!(share(&pair[0]) >= share(&pair[1]));
            }
        }
    }
}
