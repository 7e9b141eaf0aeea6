//! The node at which a learner resumes.
use serde::{Deserialize, Serialize};

use crate::content::{ContentNode, CourseTree, NodeKind};
use lms_kernel::Id;

/// The place at which a learner resumes a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResumePoint {
    /// The node to go on with.
    pub node_id: Id<ContentNode>,
    /// The module that it is part of, if there is one.
    pub module_id: Option<Id<ContentNode>>,
    /// How far into its film or recording, in seconds; the start when there is no number.
    pub position_seconds: Option<u32>,
}

/// Where a learner goes on who was at `position` last: there, while learners see it; otherwise at
/// the first step that is not done or, when all are, at the last one. Nowhere in a course that
/// shows nothing.
pub fn resume_at(
    tree: &CourseTree,
    position: Option<(Id<ContentNode>, Option<u32>)>,
    is_done: impl Fn(Id<ContentNode>) -> bool,
) -> Option<ResumePoint> {
    let kept = position.filter(|(node, _)| tree.is_visible(*node));
    let (node_id, position_seconds) = match kept {
        Some(kept) => kept,
        None => {
            let open = tree.steps().find(|it| !is_done(it.id));
            (open.or_else(|| tree.steps().next_back())?.id, None)
        }
    };
    let line = tree.get(node_id).into_iter().chain(tree.ancestors(node_id));
    let module_id = line.filter(|it| it.kind == NodeKind::Module).last().map(|it| it.id);
    Some(ResumePoint { node_id, module_id, position_seconds })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::{
        PublicationStatus,
        tree::tests::{id, node},
    };

    /// Two modules: 1 with 11 and 12, 2 with 21.
    fn nodes() -> Vec<ContentNode> {
        let part = |number, position| ContentNode {
            kind: NodeKind::Module,
            ..node(number, None, position)
        };
        let step = |number, parent, position| ContentNode {
            kind: NodeKind::Lesson,
            ..node(number, Some(parent), position)
        };
        vec![part(1, 0), step(11, 1, 0), step(12, 1, 1), part(2, 1), step(21, 2, 0)]
    }

    #[test]
    fn a_learner_goes_on_where_they_were() {
        let tree = CourseTree::new(nodes());
        let at = resume_at(&tree, Some((id(12), Some(90))), |_| false).unwrap();
        assert_eq!((at.node_id, at.module_id), (id(12), Some(id(1))));
        assert_eq!(at.position_seconds, Some(90));
    }

    #[test]
    fn what_is_gone_is_replaced_by_the_first_open_step() {
        let mut nodes = nodes();
        nodes[2].status = PublicationStatus::Draft;
        let tree = CourseTree::new(nodes);
        let gone = Some((id(12), Some(90)));
        let at = resume_at(&tree, gone, |it| it == id(11)).unwrap();
        assert_eq!((at.node_id, at.module_id, at.position_seconds), (id(21), Some(id(2)), None));
        let done = resume_at(&tree, gone, |_| true).unwrap();
        assert_eq!(done.node_id, id(21));
        let fresh = resume_at(&tree, None, |_| false).unwrap();
        assert_eq!(fresh.node_id, id(11));
        assert_eq!(resume_at(&CourseTree::default(), gone, |_| false), None);
    }

    proptest! {
        #[test]
        fn the_place_to_go_on_is_always_visible(
            hidden in proptest::collection::vec(any::<bool>(), 5),
            done in 0_u128..32,
            position in proptest::option::of(0_usize..7),
        ) {
            let mut all = nodes();
            for (node, is_hidden) in all.iter_mut().zip(hidden) {
                if is_hidden {
                    node.status = PublicationStatus::Draft;
                }
            }
            let known: Vec<_> = all.iter().map(|it| it.id).chain([id(98), id(99)]).collect();
            let tree = CourseTree::new(all);
            let position = position.map(|at| (known[at], None));
            let is_done = |it| known.iter().position(|id| *id == it).is_some_and(|at| done >> at & 1 == 1);
            match resume_at(&tree, position, is_done) {
                Some(at) => prop_assert!(tree.is_visible(at.node_id)),
                None => prop_assert_eq!(tree.visible().count(), 0),
            }
        }
    }
}
