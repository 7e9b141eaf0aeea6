//! Rolling progress up from the steps of a course to its parts and the whole.
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::content::{ContentNode, CourseTree};
use lms_kernel::{Id, Percent, Ratio, Rounding};

/// How much of something is done, exactly: a number of weights out of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Share {
    /// The weights of the steps that are done.
    pub done: u128,
    /// The weights of all steps that count.
    pub total: u128,
}

impl Share {
    /// Whether all that counts is done. Where nothing counts, nothing is done.
    pub const fn is_complete(self) -> bool {
        self.total > 0 && self.done == self.total
    }

    /// The exact fraction; zero where nothing counts.
    pub fn ratio(self) -> Ratio {
        let part = |it: u128| i128::try_from(it).ok();
        let exact = part(self.done).zip(part(self.total));
        exact.and_then(|(done, total)| Ratio::new(done, total).ok()).unwrap_or(Ratio::from(0))
    }

    /// The percentage, rounded down, so that 100 means that all is done.
    pub fn percent(self) -> Percent {
        Percent::from_ratio(self.ratio(), Rounding::Down).unwrap_or(Percent::ZERO)
    }
}

/// What counts how much in a course, worked out once for all its learners.
///
/// A step is a visible node with nothing visible under it. It counts with its own weight times the
/// weights of all that it is under; a part of weight 0 counts for nothing. A part is done to the
/// share of the weights of its steps that are done, and so is the course. A part that is done
/// itself, because a teacher said so, counts as if all its steps were.
#[derive(Clone, Debug, Default)]
pub struct ProgressPlan {
    nodes: Vec<Id<ContentNode>>,
    places: HashMap<Id<ContentNode>, usize>,
    parents: Vec<Option<usize>>,
    /// The weight of each step; 0 for parts and for what does not count.
    weights: Vec<u128>,
    totals: Vec<u128>,
    whole: u128,
}

impl ProgressPlan {
    /// The greatest weight of one node that counts; larger ones count as this.
    pub const MAX_WEIGHT: u32 = 1_000_000;

    /// What counts in a course's tree.
    pub fn new(tree: &CourseTree) -> Self {
        let mut plan = Self::default();
        let mut factors: Vec<u128> = Vec::new();
        let mut has_children: Vec<bool> = Vec::new();
        for node in tree.visible() {
            let parent = node.parent_id.and_then(|it| plan.places.get(&it).copied());
            let above = parent.and_then(|at| factors.get(at).copied()).unwrap_or(1);
            let own = u128::from(node.weight.min(Self::MAX_WEIGHT));
            if let Some(is_part) = parent.and_then(|at| has_children.get_mut(at)) {
                *is_part = true;
            }
            plan.places.insert(node.id, plan.nodes.len());
            plan.nodes.push(node.id);
            plan.parents.push(parent);
            factors.push(above.saturating_mul(own));
            has_children.push(false);
        }
        plan.weights = factors
            .into_iter()
            .zip(has_children)
            .map(|(factor, is_part)| if is_part { 0 } else { factor })
            .collect();
        plan.totals = plan.weights.clone();
        plan.whole = plan.sum_up();
        plan
    }

    /// Adds the totals of what is under each node to its own, from the last node on.
    fn sum_up(&mut self) -> u128 {
        let mut whole = 0_u128;
        for at in (0..self.nodes.len()).rev() {
            let total = self.totals.get(at).copied().unwrap_or(0);
            match self.parents.get(at).copied().flatten() {
                Some(parent) => {
                    if let Some(above) = self.totals.get_mut(parent) {
                        *above = above.saturating_add(total);
                    }
                }
                None => whole = whole.saturating_add(total),
            }
        }
        whole
    }

    /// How many visible nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing is visible.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The visible nodes, each before those that be under it.
    pub fn nodes(&self) -> &[Id<ContentNode>] {
        &self.nodes
    }

    /// The position of a node among the visible ones.
    pub fn place(&self, node: Id<ContentNode>) -> Option<usize> {
        self.places.get(&node).copied()
    }

    /// How far each visible node is, and the whole course, for a learner who is done with those
    /// nodes for which `completed` says so, by their place in [`nodes`](Self::nodes).
    pub fn roll_up(&self, completed: impl Fn(usize) -> bool) -> (Vec<Share>, Share) {
        let mut shares: Vec<Share> =
            self.totals.iter().map(|total| Share { done: 0, total: *total }).collect();
        let mut whole = Share { done: 0, total: self.whole };
        for at in (0..self.nodes.len()).rev() {
            let Some(share) = shares.get_mut(at) else { continue };
            if completed(at) {
                share.done = share.total;
            }
            let done = share.done;
            let above = match self.parents.get(at).copied().flatten() {
                Some(parent) => shares.get_mut(parent),
                None => Some(&mut whole),
            };
            if let Some(above) = above {
                above.done = above.done.saturating_add(done);
            }
        }
        (shares, whole)
    }

    /// How far the whole course is, for a learner who is done with `completed`; nodes that are
    /// not visible do not count.
    pub fn course_share(&self, completed: impl IntoIterator<Item = Id<ContentNode>>) -> Share {
        let mut is_done = vec![false; self.nodes.len()];
        for node in completed {
            if let Some(slot) = self.place(node).and_then(|at| is_done.get_mut(at)) {
                *slot = true;
            }
        }
        self.roll_up(|at| is_done.get(at).copied().unwrap_or(false)).1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::{
        PublicationStatus,
        tree::tests::{id, node},
    };

    /// ```text
    /// 1 (weight 1) ─ 11 (1), 12 (3)
    /// 2 (weight 2) ─ 21 (1)
    /// 3 (weight 0) ─ 31 (5)
    /// ```
    fn sample() -> Vec<ContentNode> {
        let weighted = |number, parent, position, weight| ContentNode {
            weight,
            ..node(number, parent, position)
        };
        vec![
            weighted(1, None, 0, 1),
            weighted(11, Some(1), 0, 1),
            weighted(12, Some(1), 1, 3),
            weighted(2, None, 1, 2),
            weighted(21, Some(2), 0, 1),
            weighted(3, None, 2, 0),
            weighted(31, Some(3), 0, 5),
        ]
    }

    fn plan(nodes: Vec<ContentNode>) -> ProgressPlan {
        ProgressPlan::new(&CourseTree::new(nodes))
    }

    #[test]
    fn steps_count_with_their_weight_and_those_above() {
        let plan = plan(sample());
        // Steps: 11 counts 1, 12 counts 3, 21 counts 2, 31 counts nothing.
        assert_eq!(plan.course_share([]), Share { done: 0, total: 6 });
        assert_eq!(plan.course_share([id(12)]).percent().to_string(), "50");
        assert_eq!(plan.course_share([id(11)]).percent().to_string(), "16.6666");
        assert_eq!(plan.course_share([id(31)]).percent(), Percent::ZERO);
        let all = plan.course_share([id(11), id(12), id(21)]);
        assert!(all.is_complete());
        assert_eq!(all.percent(), Percent::HUNDRED);
    }

    #[test]
    fn every_level_has_its_share() {
        let plan = plan(sample());
        let done = |at: usize| plan.nodes()[at] == id(11) || plan.nodes()[at] == id(21);
        let (shares, whole) = plan.roll_up(done);
        let of = |number| shares[plan.place(id(number)).unwrap()];
        assert_eq!(of(1), Share { done: 1, total: 4 });
        assert_eq!(of(2), Share { done: 2, total: 2 });
        assert_eq!(of(3), Share { done: 0, total: 0 });
        assert_eq!(whole, Share { done: 3, total: 6 });
        assert!(!of(3).is_complete());
    }

    #[test]
    fn a_part_that_is_confirmed_counts_whole() {
        let plan = plan(sample());
        assert_eq!(plan.course_share([id(1)]), Share { done: 4, total: 6 });
        // And not twice when its steps are done, too.
        assert_eq!(plan.course_share([id(1), id(11)]), Share { done: 4, total: 6 });
    }

    #[test]
    fn hidden_nodes_do_not_count() {
        let mut nodes = sample();
        nodes[2].status = PublicationStatus::Draft;
        assert_eq!(plan(nodes).course_share([id(12)]), Share { done: 0, total: 3 });
        assert_eq!(plan(Vec::new()).course_share([]).percent(), Percent::ZERO);
    }

    /// A random tree: the parent of each node is an earlier one.
    fn trees() -> impl Strategy<Value = Vec<ContentNode>> {
        proptest::collection::vec((any::<Option<u8>>(), 0_u32..5, any::<bool>()), 1..25).prop_map(
            |nodes| {
                let numbered = nodes.into_iter().enumerate();
                numbered
                    .map(|(at, (parent, weight, is_hidden))| {
                        let parent = parent.filter(|_| at > 0).map(|it| usize::from(it) % at);
                        let parent = parent.map(|it| it as u128 + 1);
                        let mut node = node(at as u128 + 1, parent, at as u32);
                        node.weight = weight;
                        if is_hidden && at % 3 == 0 {
                            node.status = PublicationStatus::Draft;
                        }
                        node
                    })
                    .collect()
            },
        )
    }

    proptest! {
        #[test]
        fn progress_stays_in_bounds_and_never_falls_when_more_is_done(
            nodes in trees(),
            done in proptest::collection::vec(any::<bool>(), 25),
            more in 0_usize..25,
        ) {
            let plan = plan(nodes);
            let (shares, whole) = plan.roll_up(|at| done[at]);
            let (after, later) = plan.roll_up(|at| done[at] || at == more);
            for (share, after) in shares.iter().chain([&whole]).zip(after.iter().chain([&later])) {
                prop_assert!(share.done <= share.total);
                prop_assert_eq!(share.total, after.total);
                prop_assert!(share.done <= after.done);
                prop_assert!(share.percent() <= after.percent());
                prop_assert_eq!(share.percent() == Percent::HUNDRED, share.is_complete());
            }
            let (all, finished) = plan.roll_up(|_| true);
            prop_assert!(all.iter().all(|it| it.done == it.total));
            prop_assert_eq!(finished.done, finished.total);
        }

        #[test]
        fn the_whole_is_the_sum_of_its_steps(
            nodes in trees(),
            done in proptest::collection::vec(any::<bool>(), 25),
        ) {
            let tree = CourseTree::new(nodes);
            let plan = ProgressPlan::new(&tree);
            // Steps only: parts are not done themselves.
            let is_step = |id| tree.steps().any(|it| it.id == id);
            let steps = (0..plan.len()).filter(|at| done[*at] && is_step(plan.nodes()[*at]));
            let ids: Vec<_> = steps.map(|at| plan.nodes()[at]).collect();
            let weight = |id: Id<ContentNode>| -> u128 {
                let line = tree.get(id).into_iter().chain(tree.ancestors(id));
                line.map(|it| u128::from(it.weight)).product()
            };
            let expected: u128 = ids.iter().map(|it| weight(*it)).sum();
            prop_assert_eq!(plan.course_share(ids).done, expected);
        }
    }
}
