//! Laws of trees and orders on a store: whatever is moved where, no circle and no gap.
use std::collections::BTreeMap;

use lms::{
    content::{
        AddNode, Category, CreateCategory, CreateCourse, HierarchyProfile, LoadTree, MoveCategory,
        MoveNode, NodeKind,
    },
    delivery::{CreateProgram, MoveProgram, Program},
    kernel::Id,
    memory::MemoryStore,
    store::{Record, Store},
};
use proptest::prelude::*;

use crate::world::{World, title};

const COUNT: usize = 6;

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

async fn world() -> World {
    World::people(Store::new(MemoryStore::new())).await
}

/// Whether `at` is `of` or stands under it.
fn is_within(parents: &BTreeMap<usize, Option<usize>>, mut at: usize, of: usize) -> bool {
    for _ in 0..=COUNT {
        if at == of {
            return true;
        }
        match parents.get(&at).copied().flatten() {
            Some(parent) => at = parent,
            None => return false,
        }
    }
    panic!("a circle");
}

/// Moves to try: what, and under what.
fn moves() -> impl Strategy<Value = Vec<(usize, Option<usize>)>> {
    prop::collection::vec((0..COUNT, prop::option::of(0..COUNT)), 1..25)
}

/// The parents as they are stored.
async fn stored<R: Record>(
    world: &World,
    ids: &[Id<R>],
    parent: fn(&R) -> Option<Id<R>>,
) -> BTreeMap<usize, Option<usize>> {
    let mut found = BTreeMap::new();
    for (at, id) in ids.iter().enumerate() {
        let record = world.read(*id).await;
        let parent = parent(&record).and_then(|it| ids.iter().position(|id| *id == it));
        found.insert(at, parent);
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn programs_never_stand_under_themselves(moves in moves()) {
        block_on(async {
            let world = world().await;
            let mut ids: Vec<Id<Program>> = Vec::new();
            for _ in 0..COUNT {
                let command = CreateProgram::new(title("P"));
                let made = act!(world.store, world.system, |tx| tx.run(command));
                ids.push(made.unwrap().id);
            }
            let mut parents: BTreeMap<usize, Option<usize>> = (0..COUNT).map(|it| (it, None)).collect();
            for (moving, parent) in moves {
                let to = parent.map(|it| ids[it]);
                let done = act!(world.store, world.system, |tx| {
                    tx.run(MoveProgram { program_id: ids[moving], parent_id: to })
                });
                let circle = parent.is_some_and(|it| is_within(&parents, it, moving));
                prop_assert_eq!(done.is_err(), circle);
                if !circle {
                    parents.insert(moving, parent);
                }
                prop_assert_eq!(&stored(&world, &ids, |it: &Program| it.parent_id).await, &parents);
            }
            Ok(())
        })?;
    }

    #[test]
    fn categories_never_stand_under_themselves(moves in moves()) {
        block_on(async {
            let world = world().await;
            let mut ids: Vec<Id<Category>> = Vec::new();
            for number in 0..COUNT {
                let command = CreateCategory::new(title(&format!("C{number}")));
                let made = act!(world.store, world.system, |tx| tx.run(command));
                ids.push(made.unwrap().id);
            }
            let mut parents: BTreeMap<usize, Option<usize>> = (0..COUNT).map(|it| (it, None)).collect();
            for (moving, parent) in moves {
                let to = parent.map(|it| ids[it]);
                let done = act!(world.store, world.system, |tx| {
                    tx.run(MoveCategory { category_id: ids[moving], parent_id: to })
                });
                let circle = parent.is_some_and(|it| is_within(&parents, it, moving));
                prop_assert_eq!(done.is_err(), circle);
                if !circle {
                    parents.insert(moving, parent);
                }
                prop_assert_eq!(&stored(&world, &ids, |it: &Category| it.parent_id).await, &parents);
            }
            Ok(())
        })?;
    }

    #[test]
    fn nodes_stay_in_dense_order_wherever_they_are_moved(
        moves in prop::collection::vec((0..COUNT, prop::option::of(0..COUNT), 0_u32..8), 1..25),
    ) {
        const KINDS: [NodeKind; 4] =
            [NodeKind::Module, NodeKind::Unit, NodeKind::Lesson, NodeKind::Activity];
        block_on(async {
            let world = world().await;
            let course = CreateCourse::new(title("Course"), world.teacher.id())
                .with_hierarchy(HierarchyProfile::Custom);
            let course = act!(world.store, world.system, |tx| tx.run(course));
            let course = course.unwrap().id;
            let mut nodes = Vec::new();
            for number in 0..COUNT {
                let name = title(&format!("N{number}"));
                let command = AddNode::new(course, KINDS[number % 4], name);
                let node = act!(world.store, world.system, |tx| tx.run(command));
                nodes.push(node.unwrap().id);
            }
            for (moving, parent, position) in moves {
                let parent_id = parent.map(|it| nodes[it]);
                let command = MoveNode { node_id: nodes[moving], parent_id, position };
                // What the tree has no place for is refused, and changes nothing.
                let _ = act!(world.store, world.system, |tx| tx.run(command));
                let mut tx = world.store.begin(&world.system).await.unwrap();
                let tree = tx.part(LoadTree { course_id: course }).await.unwrap();
                prop_assert_eq!(tree.len(), COUNT, "every node is reached from the top");
                for scope in [None].into_iter().chain(nodes.iter().copied().map(Some)) {
                    let places: Vec<u32> = tree.children(scope).map(|it| it.position).collect();
                    let dense: Vec<u32> = (0..).take(places.len()).collect();
                    prop_assert_eq!(places, dense);
                }
            }
            Ok(())
        })?;
    }
}
