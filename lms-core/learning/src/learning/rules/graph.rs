//! Checking the rules of a course for cycles, as one graph.
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    content::{ContentNode, Course, CourseTree, PublicationStatus},
    learning::{CompletionRule, NodeRules, ReleaseRule},
};
use lms_kernel::Id;

/// What a learner gets to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Goal {
    /// A node opens.
    Open(Id<ContentNode>),
    /// A node is done.
    Done(Id<ContentNode>),
}

impl Goal {
    const fn node(self) -> Id<ContentNode> {
        match self {
            Self::Open(node) | Self::Done(node) => node,
        }
    }
}

/// What is needed to get there.
#[derive(Clone, Debug)]
enum Need {
    /// Another goal.
    Goal(Goal),
    /// At least so many of these.
    Of(usize, Vec<Need>),
}

impl Need {
    const NOTHING: Self = Self::Of(0, Vec::new());

    fn all(of: Vec<Self>) -> Self {
        Self::Of(of.len(), of)
    }

    fn is_met(&self, reached: &BTreeSet<Goal>) -> bool {
        match self {
            Self::Goal(goal) => reached.contains(goal),
            Self::Of(least, of) => of.iter().filter(|it| it.is_met(reached)).count() >= *least,
        }
    }

    /// A goal that is missing, where something is.
    fn missing(&self, reached: &BTreeSet<Goal>) -> Option<Goal> {
        match self {
            Self::Goal(goal) => (!reached.contains(goal)).then_some(*goal),
            Self::Of(..) if self.is_met(reached) => None,
            Self::Of(_, of) => of.iter().find_map(|it| it.missing(reached)),
        }
    }
}

/// The rules of a course and its tree: release rules, the parts and their steps, the order of the
/// course, completion rules.
///
/// A node that is archived, or under an archived one, is not part of the course for its learners: what
/// names it waits for nothing, and nothing waits for it. Drafts count as they will when they are
/// published. Times, classes and conditions that must not hold are taken to be met one day.
#[derive(Debug)]
pub(crate) struct RuleGraph<'a> {
    tree: &'a CourseTree,
    course: Id<Course>,
    release: BTreeMap<Id<ContentNode>, &'a ReleaseRule>,
    completion: BTreeMap<Id<ContentNode>, &'a CompletionRule>,
    /// The nodes that count.
    counted: BTreeSet<Id<ContentNode>>,
}

impl<'a> RuleGraph<'a> {
    /// The graph of a course with those rules.
    pub(crate) fn new(course: Id<Course>, tree: &'a CourseTree, rules: &'a [NodeRules]) -> Self {
        let mut counted = BTreeSet::new();
        for node in tree.iter() {
            let above = node.parent_id.is_none_or(|it| counted.contains(&it));
            if above && node.status != PublicationStatus::Archived {
                counted.insert(node.id);
            }
        }
        let release = rules.iter().filter_map(|it| Some((it.node_id, it.release.as_ref()?)));
        let completion = rules.iter().filter_map(|it| Some((it.node_id, it.completion.as_ref()?)));
        Self { tree, course, release: release.collect(), completion: completion.collect(), counted }
    }

    /// The goals that no learner can ever reach.
    pub(crate) fn unmeetable(&self) -> BTreeSet<Goal> {
        let needs = self.needs();
        let reached = reached(&needs);
        needs.iter().map(|it| it.0).filter(|it| !reached.contains(it)).collect()
    }

    /// The nodes that wait for each other in a circle, from one to itself, where one of the goals
    /// in `from` leads into a circle.
    pub(crate) fn circle(&self, from: &BTreeSet<Goal>) -> Vec<Id<ContentNode>> {
        let needs = self.needs();
        let reached = reached(&needs);
        let needs: BTreeMap<_, _> = needs.into_iter().collect();
        let mut path: Vec<Goal> = Vec::new();
        let mut next = from.first().copied();
        while let Some(goal) = next {
            if let Some(at) = path.iter().position(|it| *it == goal) {
                let mut nodes: Vec<_> = path.iter().skip(at).map(|it| it.node()).collect();
                nodes.dedup();
                if nodes.len() > 1 && nodes.first() == nodes.last() {
                    nodes.pop();
                }
                nodes.extend(nodes.first().copied());
                return nodes;
            }
            path.push(goal);
            next = needs.get(&goal).and_then(|it| it.missing(&reached));
        }
        path.iter().map(|it| it.node()).collect()
    }

    /// What each goal needs, in an order in which most of it is found at once: a node opens before
    /// the nodes under it, and is done after them.
    fn needs(&self) -> Vec<(Goal, Need)> {
        let mut needs = Vec::with_capacity(self.counted.len() * 2);
        let mut open: Vec<&ContentNode> = Vec::new();
        for node in self.tree.iter().filter(|it| self.counted.contains(&it.id)) {
            while let Some(last) = open.pop() {
                if node.parent_id == Some(last.id) {
                    open.push(last);
                    break;
                }
                needs.push((Goal::Done(last.id), self.to_finish(last)));
            }
            needs.push((Goal::Open(node.id), self.to_open(node)));
            open.push(node);
        }
        while let Some(last) = open.pop() {
            needs.push((Goal::Done(last.id), self.to_finish(last)));
        }
        needs
    }

    fn to_open(&self, node: &ContentNode) -> Need {
        let mut all = Vec::new();
        all.extend(node.parent_id.map(|it| Need::Goal(Goal::Open(it))));
        all.extend(self.release.get(&node.id).map(|it| self.to_meet(node, it)));
        Need::all(all)
    }

    fn to_meet(&self, node: &ContentNode, rule: &ReleaseRule) -> Need {
        let named = |goal: Goal| match self.counted.contains(&goal.node()) {
            true => Need::Goal(goal),
            false => Need::NOTHING,
        };
        match rule {
            ReleaseRule::Prerequisite { node_id } => named(Goal::Done(*node_id)),
            ReleaseRule::Score { node_id, .. } => named(Goal::Open(*node_id)),
            ReleaseRule::Sequence => {
                let before = self.before(node);
                before.map_or(Need::NOTHING, |it| Need::Goal(Goal::Done(it)))
            }
            ReleaseRule::CourseCompleted { course_id } if *course_id == self.course => {
                let parts = self.children(None).filter(|it| it.weight > 0);
                Need::all(parts.map(|it| Need::Goal(Goal::Done(it.id))).collect())
            }
            ReleaseRule::All { of } => {
                Need::all(of.iter().map(|it| self.to_meet(node, it)).collect())
            }
            ReleaseRule::Any { of } => {
                let of: Vec<_> = of.iter().map(|it| self.to_meet(node, it)).collect();
                Need::Of(of.len().min(1), of)
            }
            ReleaseRule::CourseCompleted { .. }
            | ReleaseRule::From { .. }
            | ReleaseRule::Until { .. }
            | ReleaseRule::DaysAfterEnrollment { .. }
            | ReleaseRule::Group { .. }
            | ReleaseRule::Not { .. } => Need::NOTHING,
        }
    }

    fn to_finish(&self, node: &ContentNode) -> Need {
        match self.completion.get(&node.id) {
            Some(rule) => self.to_complete(node, rule),
            None if self.children(Some(node.id)).next().is_some() => {
                self.to_complete(node, &CompletionRule::Children { least: None })
            }
            None => Need::Goal(Goal::Open(node.id)),
        }
    }

    fn to_complete(&self, node: &ContentNode, rule: &CompletionRule) -> Need {
        match rule {
            CompletionRule::Children { least } => {
                let counted = self.children(Some(node.id)).filter(|it| it.weight > 0);
                let of: Vec<_> = counted.map(|it| Need::Goal(Goal::Done(it.id))).collect();
                let least = least.map_or(of.len(), |it| it as usize);
                Need::Of(least.min(of.len()), of)
            }
            CompletionRule::All { of } => {
                Need::all(of.iter().map(|it| self.to_complete(node, it)).collect())
            }
            CompletionRule::View
            | CompletionRule::Time { .. }
            | CompletionRule::Score { .. }
            | CompletionRule::Manual => Need::Goal(Goal::Open(node.id)),
        }
    }

    fn children(&self, parent: Option<Id<ContentNode>>) -> impl Iterator<Item = &ContentNode> {
        self.tree.children(parent).filter(|it| self.counted.contains(&it.id))
    }

    /// What comes before a node in the course, among those that count.
    fn before(&self, node: &ContentNode) -> Option<Id<ContentNode>> {
        let line = std::iter::once(node).chain(self.tree.ancestors(node.id));
        line.filter_map(|it| {
            let earlier = self.children(it.parent_id).take_while(|other| other.id != it.id);
            earlier.last().map(|it| it.id)
        })
        .next()
    }
}

/// The goals that can be reached, from those that need nothing on.
fn reached(needs: &[(Goal, Need)]) -> BTreeSet<Goal> {
    let mut reached = BTreeSet::new();
    loop {
        let before = reached.len();
        for (goal, need) in needs {
            if need.is_met(&reached) {
                reached.insert(*goal);
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::tree::tests::{context, id, node};

    /// A module 1 with lessons 11 and 12, and a module 2 with lesson 21.
    fn tree() -> CourseTree {
        let nodes = [
            node(1, None, 0),
            node(11, Some(1), 0),
            node(12, Some(1), 1),
            node(2, None, 1),
            node(21, Some(2), 0),
        ];
        CourseTree::new(nodes.to_vec())
    }

    fn circle(of: &[(u128, Option<ReleaseRule>, Option<CompletionRule>)]) -> Vec<u128> {
        let tree = tree();
        let rules: Vec<_> = of
            .iter()
            .map(|(at, release, completion)| NodeRules {
                release: release.clone(),
                completion: completion.clone(),
                ..NodeRules::new(&context(), tree.get(id(*at)).unwrap())
            })
            .collect();
        let course = tree.get(id(1)).unwrap().course_id;
        let graph = RuleGraph::new(course, &tree, &rules);
        let unmeetable = graph.unmeetable();
        if unmeetable.is_empty() {
            return Vec::new();
        }
        graph.circle(&unmeetable).iter().map(|it| it.uuid().as_u128()).collect()
    }

    fn after(number: u128) -> Option<ReleaseRule> {
        Some(ReleaseRule::Prerequisite { node_id: id(number) })
    }

    #[test]
    fn rules_that_can_be_met_have_no_circle() {
        let sequence = || Some(ReleaseRule::Sequence);
        let all = [(11, sequence(), None), (12, sequence(), None), (21, sequence(), None)];
        assert_eq!(circle(&all), [0_u128; 0]);
        assert_eq!(circle(&[(2, after(1), None), (12, after(11), None)]), [0_u128; 0]);
        // One of two that can be met is enough, and so is one part of two.
        let either = ReleaseRule::Any { of: [after(1), after(11)].into_iter().flatten().collect() };
        assert_eq!(circle(&[(12, Some(either), None)]), [0_u128; 0]);
        let one = Some(CompletionRule::Children { least: Some(1) });
        assert_eq!(circle(&[(1, None, one), (12, after(1), None)]), [0_u128; 0]);
    }

    #[test]
    fn a_part_and_its_own_lessons_wait_for_each_other() {
        // The part waits for its own lesson, which opens with it.
        assert_eq!(circle(&[(1, after(11), None)]), [1, 11, 1]);
        // The lesson waits for its own part, which is done when the lesson is.
        assert_eq!(circle(&[(12, after(1), None)]), [12, 1, 12]);
        // A lesson waits for itself.
        assert_eq!(circle(&[(12, after(12), None)]), [12, 12]);
        // The order of the course against a rule.
        let before = [(12, Some(ReleaseRule::Sequence), None), (11, after(12), None)];
        assert_eq!(circle(&before), [11, 12, 11]);
        // The whole course before one of its parts.
        let course_id = tree().get(id(1)).unwrap().course_id;
        let whole = Some(ReleaseRule::CourseCompleted { course_id });
        assert!(!circle(&[(21, whole, None)]).is_empty());
    }
}
