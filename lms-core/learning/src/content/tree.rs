//! A course's nodes as a tree: parents, visibility and access.
use std::collections::HashMap;

use crate::content::{ContentNode, NodeAccess, PublicationStatus};
use lms_kernel::Id;

/// The nodes of one course, each before those that be under it, siblings in order.
///
/// Nodes whose parent is missing, because it was deleted, are left out, and so is what is under
/// them.
#[derive(Clone, Debug, Default)]
pub struct CourseTree {
    entries: Vec<Entry>,
    places: HashMap<Id<ContentNode>, usize>,
}

#[derive(Clone, Debug)]
struct Entry {
    node: ContentNode,
    parent: Option<usize>,
    depth: usize,
    /// Where the subtree ends: the first place that is no longer under the node.
    end: usize,
    is_visible: bool,
    access: NodeAccess,
}

impl CourseTree {
    /// The most nodes that a course may have.
    pub const MAX_NODES: usize = 100_000;
    /// The most levels that a tree may have.
    pub const MAX_DEPTH: usize = 32;

    /// The tree that the nodes of a course make, in any order.
    pub fn new(mut nodes: Vec<ContentNode>) -> Self {
        nodes.sort_by_key(|it| (it.position, it.id));
        let mut children: HashMap<Option<Id<ContentNode>>, Vec<ContentNode>> = HashMap::new();
        for node in nodes {
            children.entry(node.parent_id).or_default().push(node);
        }
        let mut tree = Self::default();
        // Depth first, so that parents come before what stands under them; a node is taken from
        // the map once, so that a cycle in what is stored cannot go on for ever.
        let mut open: Vec<(ContentNode, Option<usize>)> = Vec::new();
        let mut push = |open: &mut Vec<_>, of: Option<Id<ContentNode>>, at: Option<usize>| {
            let found = children.remove(&of).unwrap_or_default();
            open.extend(found.into_iter().rev().map(|node| (node, at)));
        };
        push(&mut open, None, None);
        while let Some((node, parent)) = open.pop() {
            let at = tree.add(node, parent);
            push(&mut open, tree.entries.get(at).map(|it| it.node.id), Some(at));
        }
        tree.close();
        tree
    }

    fn add(&mut self, node: ContentNode, parent: Option<usize>) -> usize {
        let above = parent.and_then(|at| self.entries.get(at));
        let is_visible =
            node.status == PublicationStatus::Published && above.is_none_or(|it| it.is_visible);
        let access = match node.access {
            NodeAccess::Inherit => above.map_or(NodeAccess::Paid, |it| it.access),
            own => own,
        };
        let depth = above.map_or(0, |it| it.depth + 1);
        let at = self.entries.len();
        self.places.insert(node.id, at);
        self.entries.push(Entry { node, parent, depth, end: at + 1, is_visible, access });
        at
    }

    /// Fills in where each subtree ends: from the last node on, each widens its parent.
    fn close(&mut self) {
        for at in (0..self.entries.len()).rev() {
            let Some((end, Some(parent))) = self.entries.get(at).map(|it| (it.end, it.parent))
            else {
                continue;
            };
            if let Some(parent) = self.entries.get_mut(parent) {
                parent.end = parent.end.max(end);
            }
        }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All nodes, each before those that be under it, siblings in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &ContentNode> + ExactSizeIterator {
        self.entries.iter().map(|it| &it.node)
    }

    /// The node with that id.
    pub fn get(&self, id: Id<ContentNode>) -> Option<&ContentNode> {
        Some(&self.entry(id)?.node)
    }

    /// The node's position among all, in the order of [`iter`](Self::iter).
    pub fn place(&self, id: Id<ContentNode>) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// The position of each node's parent, in the order of [`iter`](Self::iter); always before it.
    pub fn parent_places(&self) -> impl Iterator<Item = Option<usize>> {
        self.entries.iter().map(|it| it.parent)
    }

    /// How many nodes it is under.
    pub fn depth(&self, id: Id<ContentNode>) -> Option<usize> {
        Some(self.entry(id)?.depth)
    }

    /// The nodes it is under, the nearest first.
    pub fn ancestors(&self, id: Id<ContentNode>) -> impl Iterator<Item = &ContentNode> {
        let parent_of = |it: &Entry| it.parent.and_then(|at| self.entries.get(at));
        std::iter::successors(self.entry(id).and_then(parent_of), move |it| parent_of(it))
            .map(|it| &it.node)
    }

    /// The nodes under it at any level, each before those that be under it.
    pub fn descendants(&self, id: Id<ContentNode>) -> impl Iterator<Item = &ContentNode> {
        let range = self.place(id).and_then(|at| Some(at + 1..self.entries.get(at)?.end));
        let below = range.and_then(|it| self.entries.get(it)).unwrap_or_default();
        below.iter().map(|it| &it.node)
    }

    /// The nodes directly under it, or the top ones, in order.
    pub fn children(&self, id: Option<Id<ContentNode>>) -> impl Iterator<Item = &ContentNode> {
        let parent = id.map(|id| self.place(id));
        let first = parent.map_or(0, |at| at.map_or(usize::MAX, |at| at + 1));
        let is_inside = move |entry: &&Entry| parent.is_none_or(|at| entry.parent == at);
        std::iter::successors(self.entries.get(first), |it| self.entries.get(it.end))
            .take_while(is_inside)
            .map(|it| &it.node)
    }

    /// Whether learners may see it: it and all that it is under are published. Whether the course
    /// is published is not asked here.
    pub fn is_visible(&self, id: Id<ContentNode>) -> bool {
        self.entry(id).is_some_and(|it| it.is_visible)
    }

    /// The nodes that learners may see, in order.
    pub fn visible(&self) -> impl DoubleEndedIterator<Item = &ContentNode> {
        self.entries.iter().filter(|it| it.is_visible).map(|it| &it.node)
    }

    /// Who may open it, as far as paying goes: what it says itself, or else the nearest above it
    /// that says something; otherwise those who have the course.
    pub fn access(&self, id: Id<ContentNode>) -> Option<NodeAccess> {
        Some(self.entry(id)?.access)
    }

    /// The visible nodes that have nothing visible under them, in the order in which they are
    /// learned.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &ContentNode> {
        self.entries
            .iter()
            .enumerate()
            .filter(|(at, it)| {
                let below = self.entries.get(at + 1..it.end).unwrap_or_default();
                it.is_visible && !below.iter().any(|it| it.is_visible)
            })
            .map(|(_, it)| &it.node)
    }

    /// What comes before it in the course: the visible sibling before it or, for a first one, what
    /// comes before its parent.
    pub fn before(&self, id: Id<ContentNode>) -> Option<&ContentNode> {
        let line = self.get(id).into_iter().chain(self.ancestors(id));
        line.filter_map(|node| {
            let earlier = self.children(node.parent_id).take_while(|it| it.id != node.id);
            earlier.filter(|it| self.is_visible(it.id)).last()
        })
        .next()
    }

    /// Whether `id` is under `above`, at any level.
    pub fn is_under(&self, id: Id<ContentNode>, above: Id<ContentNode>) -> bool {
        self.ancestors(id).any(|it| it.id == above)
    }

    fn entry(&self, id: Id<ContentNode>) -> Option<&Entry> {
        self.entries.get(self.place(id)?)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::content::NodeKind;
    use lms_kernel::{Actor, Context, SequentialIds, Slug, TenantId, Timestamp, Title};

    pub(crate) fn context() -> Context {
        let ids = Arc::new(SequentialIds::new());
        Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids)
    }

    /// A published node with that number as its id.
    pub(crate) fn node(number: u128, parent: Option<u128>, position: u32) -> ContentNode {
        let (title, slug) = (Title::new("A node").unwrap(), Slug::new("a-node").unwrap());
        let course = Id::from_uuid(Uuid::from_u128(1_000_000));
        let node = ContentNode::top(&context(), course, NodeKind::Lesson, title, slug);
        ContentNode {
            id: id(number),
            position,
            status: PublicationStatus::Published,
            ..node.under(parent.map(id))
        }
    }

    pub(crate) fn id(number: u128) -> Id<ContentNode> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn numbers<'a>(nodes: impl Iterator<Item = &'a ContentNode>) -> Vec<u128> {
        nodes.map(|it| it.id.uuid().as_u128()).collect()
    }

    /// ```text
    /// 1 ─ 11 ─ 111
    ///   └ 12
    /// 2 ─ 21
    /// ```
    fn sample() -> Vec<ContentNode> {
        vec![
            node(21, Some(2), 0),
            node(12, Some(1), 1),
            node(111, Some(11), 0),
            node(2, None, 1),
            node(11, Some(1), 0),
            node(1, None, 0),
        ]
    }

    #[test]
    fn nodes_stand_in_the_order_in_which_they_are_read() {
        let tree = CourseTree::new(sample());
        assert_eq!(numbers(tree.iter()), [1, 11, 111, 12, 2, 21]);
        assert_eq!(numbers(tree.children(None)), [1, 2]);
        assert_eq!(numbers(tree.children(Some(id(1)))), [11, 12]);
        assert_eq!(numbers(tree.children(Some(id(12)))), [0_u128; 0]);
        assert_eq!(numbers(tree.children(Some(id(99)))), [0_u128; 0]);
        assert_eq!(numbers(tree.descendants(id(1))), [11, 111, 12]);
        assert_eq!(numbers(tree.ancestors(id(111))), [11, 1]);
        assert_eq!(numbers(tree.steps()), [111, 12, 21]);
        assert_eq!((tree.depth(id(1)), tree.depth(id(111))), (Some(0), Some(2)));
        assert!(tree.is_under(id(111), id(1)) && !tree.is_under(id(1), id(111)));
    }

    #[test]
    fn what_stands_under_something_hidden_is_hidden() {
        let mut nodes = sample();
        nodes[4].status = PublicationStatus::Draft;
        let tree = CourseTree::new(nodes);
        assert_eq!(numbers(tree.visible()), [1, 12, 2, 21]);
        assert!(!tree.is_visible(id(111)) && !tree.is_visible(id(99)));
        assert_eq!(numbers(tree.steps()), [12, 21]);
    }

    #[test]
    fn access_comes_from_the_nearest_that_says_something() {
        let mut nodes = sample();
        nodes[5].access = NodeAccess::Free;
        nodes[1].access = NodeAccess::Paid;
        let tree = CourseTree::new(nodes);
        assert_eq!(tree.access(id(111)), Some(NodeAccess::Free));
        assert_eq!(tree.access(id(12)), Some(NodeAccess::Paid));
        assert_eq!(tree.access(id(21)), Some(NodeAccess::Paid));
        assert_eq!(tree.access(id(99)), None);
    }

    #[test]
    fn before_the_first_comes_what_is_before_its_parent() {
        let before = |nodes: Vec<ContentNode>, number| {
            CourseTree::new(nodes).before(id(number)).map(|it| it.id.uuid().as_u128())
        };
        assert_eq!(before(sample(), 12), Some(11));
        assert_eq!(before(sample(), 21), Some(1));
        assert_eq!(before(sample(), 111), None);
        let mut hidden = sample();
        hidden[4].status = PublicationStatus::Draft;
        assert_eq!(before(hidden, 12), None);
    }

    #[test]
    fn what_lost_its_parent_or_goes_in_a_circle_is_left_out() {
        let lost = vec![node(1, None, 0), node(3, Some(2), 0), node(4, Some(3), 0)];
        assert_eq!(numbers(CourseTree::new(lost).iter()), [1]);
        let circle = vec![node(1, Some(2), 0), node(2, Some(1), 0)];
        assert!(CourseTree::new(circle).is_empty());
    }

    proptest! {
        #[test]
        fn every_node_stands_once_after_its_parent(
            parents in proptest::collection::vec(any::<Option<u8>>(), 0..30),
            hidden in proptest::collection::vec(any::<bool>(), 30),
        ) {
            let nodes: Vec<_> = parents
                .iter()
                .enumerate()
                .map(|(at, parent)| {
                    // Only earlier nodes are parents, so that there is a tree.
                    let parent = parent.filter(|_| at > 0).map(|it| usize::from(it) % at);
                    let mut node = node(at as u128 + 1, parent.map(|it| it as u128 + 1), at as u32);
                    if hidden[at] {
                        node.status = PublicationStatus::Draft;
                    }
                    node
                })
                .collect();
            let tree = CourseTree::new(nodes.clone());
            prop_assert_eq!(tree.len(), nodes.len());
            for node in &nodes {
                let at = tree.place(node.id).unwrap();
                let above = node.parent_id.and_then(|it| tree.place(it));
                prop_assert!(above.is_none_or(|above| above < at));
                let shown = tree.ancestors(node.id).chain([node]).all(|it| {
                    it.status == PublicationStatus::Published
                });
                prop_assert_eq!(tree.is_visible(node.id), shown);
                let children = nodes.iter().filter(|it| it.parent_id == Some(node.id)).count();
                prop_assert_eq!(tree.children(Some(node.id)).count(), children);
            }
        }
    }
}
