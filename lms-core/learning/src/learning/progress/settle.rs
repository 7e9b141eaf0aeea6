//! Completion of course nodes by their rules, from the bottom of the tree to the top.
use std::collections::BTreeMap;

use crate::{
    content::{ContentNode, CourseTree},
    learning::{CompletionFacts, CompletionRule, NodeProgress, ProgressStatus},
};
use lms_kernel::Id;

/// What a learner has done in a course, node by node.
pub type ProgressByNode = BTreeMap<Id<ContentNode>, NodeProgress>;

/// The completion rules of a course, node by node.
pub type CompletionRules = BTreeMap<Id<ContentNode>, CompletionRule>;

/// The rule by which a node is done: its own, or else that its children are or, without children,
/// that its learner says so.
pub fn completion_rule(
    tree: &CourseTree,
    rules: &CompletionRules,
    node: Id<ContentNode>,
) -> CompletionRule {
    if let Some(rule) = rules.get(&node) {
        return rule.clone();
    }
    let has_children = tree.children(Some(node)).any(|it| tree.is_visible(it.id));
    if has_children { CompletionRule::Children { least: None } } else { CompletionRule::View }
}

/// What is known about a learner and a node.
pub fn completion_facts(
    tree: &CourseTree,
    progress: &ProgressByNode,
    node: Id<ContentNode>,
) -> CompletionFacts {
    let own = progress.get(&node);
    let is_done = |it: &&ContentNode| {
        progress.get(&it.id).is_some_and(|it| it.status == ProgressStatus::Completed)
    };
    let counted = |it: &&ContentNode| it.weight > 0 && tree.is_visible(it.id);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    CompletionFacts {
        is_opened: own.is_some(),
        is_claimed: own.is_some_and(|it| it.is_claimed),
        is_confirmed: own.is_some_and(|it| it.is_confirmed),
        time_spent_seconds: own.map_or(0, |it| it.time_spent_seconds),
        best_score: own.and_then(|it| it.best_score),
        children: count(tree.children(Some(node)).filter(counted).count()),
        children_completed: count(
            tree.children(Some(node)).filter(counted).filter(is_done).count(),
        ),
    }
}

/// The nodes that are completed now because something changed at `node`: itself, then the nodes
/// above it, the nearest first. Nodes completed before are not among them.
///
/// `done` is called for each, and must mark it in `progress`, before the node above it is checked.
pub fn settle(
    tree: &CourseTree,
    rules: &CompletionRules,
    progress: &mut ProgressByNode,
    node: Id<ContentNode>,
    mut done: impl FnMut(&mut ProgressByNode, &ContentNode),
) -> Vec<Id<ContentNode>> {
    let mut completed = Vec::new();
    let line: Vec<&ContentNode> = tree.get(node).into_iter().chain(tree.ancestors(node)).collect();
    for node in line {
        let is_done = |progress: &ProgressByNode| {
            progress.get(&node.id).is_some_and(|it| it.status == ProgressStatus::Completed)
        };
        if is_done(progress) {
            continue;
        }
        let rule = completion_rule(tree, rules, node.id);
        if !rule.is_met(&completion_facts(tree, progress, node.id)) {
            break;
        }
        done(progress, node);
        if !is_done(progress) {
            break;
        }
        completed.push(node.id);
    }
    completed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        content::tree::tests::{context, id, node},
        learning::{Enrollment, GrantSource, ProgressPlan},
    };

    fn enrollment() -> Enrollment {
        let (learner, course) = (Uuid::from_u128(77), Uuid::from_u128(1_000_000));
        let (learner, course) = (Id::from_uuid(learner), Id::from_uuid(course));
        Enrollment::new(&context(), learner, course, GrantSource::Manual)
    }

    fn open(number: u128) -> NodeProgress {
        NodeProgress::opened(&context(), &enrollment(), id(number))
    }

    fn mark(progress: &mut ProgressByNode, node: &ContentNode) {
        let own = progress.entry(node.id);
        own.or_insert_with(|| open(node.id.uuid().as_u128())).status = ProgressStatus::Completed;
    }

    /// A module 1 with lessons 11 and 12, and lesson 11 with activities 111 and 112.
    fn tree() -> CourseTree {
        CourseTree::new(vec![
            node(1, None, 0),
            node(11, Some(1), 0),
            node(111, Some(11), 0),
            node(112, Some(11), 1),
            node(12, Some(1), 1),
        ])
    }

    fn claim(progress: &mut ProgressByNode, rules: &CompletionRules, number: u128) -> Vec<u128> {
        let mut own = progress.remove(&id(number)).unwrap_or_else(|| open(number));
        own.is_claimed = true;
        progress.insert(id(number), own);
        let done = settle(&tree(), rules, progress, id(number), mark);
        done.iter().map(|it| it.uuid().as_u128()).collect()
    }

    #[test]
    fn the_last_activity_completes_its_lesson_and_the_last_lesson_its_module() {
        let (mut progress, rules) = (ProgressByNode::new(), CompletionRules::new());
        assert_eq!(claim(&mut progress, &rules, 111), [111]);
        assert_eq!(claim(&mut progress, &rules, 112), [112, 11]);
        assert_eq!(claim(&mut progress, &rules, 12), [12, 1]);
        // Again changes nothing.
        assert_eq!(claim(&mut progress, &rules, 12), [0_u128; 0]);
    }

    #[test]
    fn a_rule_of_its_own_holds_a_part_back() {
        let mut progress = ProgressByNode::new();
        let rules = CompletionRules::from([(id(1), CompletionRule::Manual)]);
        for number in [111, 112, 12] {
            claim(&mut progress, &rules, number);
        }
        assert!(!progress.contains_key(&id(1)));
        let either = CompletionRules::from([(id(11), CompletionRule::Children { least: Some(1) })]);
        let mut progress = ProgressByNode::new();
        assert_eq!(claim(&mut progress, &either, 112), [112, 11]);
    }

    proptest! {
        #[test]
        fn whoever_does_all_steps_is_done_with_everything(order in Just([111_u128, 112, 12]).prop_shuffle()) {
            let (mut progress, rules) = (ProgressByNode::new(), CompletionRules::new());
            let plan = ProgressPlan::new(&tree());
            let mut before = plan.course_share([]);
            let mut told = Vec::new();
            for number in order {
                told.extend(claim(&mut progress, &rules, number));
                let done = progress.values().filter(|it| it.status == ProgressStatus::Completed);
                let share = plan.course_share(done.map(|it| it.node_id));
                prop_assert!(share.done >= before.done);
                before = share;
            }
            prop_assert!(before.is_complete());
            told.sort_unstable();
            prop_assert_eq!(told, [1, 11, 12, 111, 112]);
        }
    }
}
