use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Insert(u16, u8),
    Remove(u16),
    /// Keeps a copy of the map as it is now.
    Copy,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = 0_u16..600;
    let step = prop_oneof![
        5 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
        4 => key.prop_map(Step::Remove),
        1 => Just(Step::Copy),
    ];
    prop::collection::vec(step, 0..1500)
}

fn same(tree: &Tree<u16, u8>, model: &BTreeMap<u16, u8>) {
    assert_eq!(tree.len(), model.len());
    assert_eq!(tree.is_empty(), model.is_empty());
    assert!(tree.iter().map(|(k, v)| (k, v)).eq(model.iter()));
    let backward = tree.range(Bounds::<u16>::all(), Walk::Backward);
    assert!(backward.map(|(k, v)| (k, v)).eq(model.iter().rev()));
    if let Some(root) = &tree.root {
        sound(root, None);
    }
}

/// Checks the shape; returns the depth.
fn sound(node: &Node<u16, u8>, least: Option<u16>) -> usize {
    match node {
        Node::Leaf(entries) => {
            assert!(!entries.is_empty() && entries.len() <= MOST);
            assert!(least.is_none_or(|it| entries.iter().all(|(key, _)| *key >= it)));
            1
        }
        Node::Branch(children) => {
            assert!(!children.is_empty() && children.len() <= MOST);
            assert!(children.iter().all(|it| it.count == it.node.count()));
            let depths: Vec<_> =
                children.iter().map(|it| sound(&it.node, Some(it.least))).collect();
            assert!(depths.windows(2).all(|it| it[0] == it[1]));
            depths[0] + 1
        }
    }
}

proptest! {
    #[test]
    fn it_is_an_ordered_map(
        steps in steps(),
        ranges in prop::collection::vec((0_u16..620, 0_u16..620), 8),
    ) {
        let (mut tree, mut model) = (Tree::default(), BTreeMap::new());
        let mut copies = Vec::new();
        for step in steps {
            match step {
                Step::Insert(key, value) => {
                    prop_assert_eq!(tree.insert(key, value), model.insert(key, value));
                }
                Step::Remove(key) => prop_assert_eq!(tree.remove(&key), model.remove(&key)),
                Step::Copy => copies.push((tree.clone(), model.clone())),
            }
        }
        same(&tree, &model);
        for (from, until) in ranges {
            let bounds = Bounds { from: Some(&from), until: Some(&until) };
            let expected: Vec<_> =
                model.iter().filter(|(key, _)| **key >= from && **key < until).collect();
            let pairs = |walk| tree.range(bounds, walk).map(|(k, v)| (k, v)).collect::<Vec<_>>();
            prop_assert_eq!(tree.count(bounds), expected.len());
            prop_assert_eq!(&pairs(Walk::Forward), &expected);
            let mut backward = pairs(Walk::Backward);
            backward.reverse();
            prop_assert_eq!(&backward, &expected);
        }
        // What was copied before later changes does not see them.
        for (tree, model) in copies {
            same(&tree, &model);
        }
    }
}

#[test]
fn keys_in_order_fill_the_nodes() {
    let mut tree = Tree::default();
    for key in 0..10_000_u16 {
        tree.insert(key, 0_u8);
    }
    let Some(Node::Branch(children)) = tree.root.as_deref() else { panic!("one leaf") };
    let leaves = 10_000_usize.div_ceil(MOST - 1);
    assert!(children.len() <= leaves.div_ceil(MOST - 1), "{}", children.len());
}

#[test]
fn a_changed_value_is_the_copy_s_own() {
    let mut tree: Tree<u16, u8> = (0..100).fold(Tree::default(), |mut tree, key| {
        tree.insert(key, 0);
        tree
    });
    let before = tree.clone();
    *tree.get_or_insert_with(&7, || 9).unwrap() += 1;
    *tree.get_or_insert_with(&700, || 9).unwrap() += 1;
    assert_eq!((tree.get(&7), tree.get(&700)), (Some(&1), Some(&10)));
    assert_eq!((before.get(&7), before.get(&700)), (Some(&0), None));
}
