//! Trees that many change at the same time: no gap in an order, nothing under itself.
use std::{collections::BTreeMap, sync::Arc};

use lms_core::{
    content::{
        AddNode, Category, ContentNode, CreateCategory, HierarchyProfile, LoadTree, MoveCategory,
        MoveNode, NodeKind,
    },
    delivery::{CreateProgram, MoveProgram, Program},
    kernel::Id,
    store::{Query, Record},
    tenancy::{CreateUnit, MoveUnit, OrgUnit, OrgUnitKind, PlanLimits},
};

use crate::school::{School, all, extent, stores};

/// Runs a service for the school until it no longer loses its race.
macro_rules! insist {
    ($school:expr, |$tx:ident| $work:expr) => {
        $school.insist(|$tx| Box::pin(async move { $work.await }))
    };
}

/// Lessons in a module and at the top, which many move up, down, in and out at once, while others
/// add more.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_order_stays_dense_while_many_move_and_add() {
    let (rounds, people) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..rounds {
            let school = Arc::new(School::open(&store, PlanLimits::UNLIMITED).await);
            let course = school.course.id;
            let mut tx = store.begin(&school.cx).await.unwrap();
            let mut whole = tx.require(course).await.unwrap();
            whole.hierarchy = HierarchyProfile::Custom;
            tx.update(&mut whole).await.unwrap();
            let mut nodes: Vec<Id<ContentNode>> = Vec::new();
            for number in 0..6 {
                let kind = if number < 2 { NodeKind::Module } else { NodeKind::Lesson };
                let name = format!("Node {number}").parse().unwrap();
                let node = AddNode::new(course, kind, name);
                nodes.push(tx.run(node).await.unwrap().id);
            }
            tx.commit().await.unwrap();
            let modules = [None, Some(nodes[0]), Some(nodes[1])];
            let work = (0..people).map(|number| {
                let (school, node) = (Arc::clone(&school), nodes[2 + number % 4]);
                let parent_id = modules[number % 3];
                tokio::spawn(async move {
                    if number % 5 == 0 {
                        let name = move || format!("More {number}").parse().unwrap();
                        let added = insist!(school, |tx| {
                            let more = AddNode::new(course, NodeKind::Lesson, name());
                            tx.run(AddNode { position: Some(0), parent_id, ..more })
                        });
                        added.await.unwrap();
                    } else {
                        let position = (number % 4) as u32;
                        let command = MoveNode { node_id: node, parent_id, position };
                        insist!(school, |tx| tx.run(command)).await.unwrap();
                    }
                })
            });
            all(work).await;
            let mut tx = store.begin(&school.cx).await.unwrap();
            let kept = tx.all(ContentNode::of_course(course)).await.unwrap();
            assert_eq!(kept.len(), 6 + people.div_ceil(5), "{}", store.backend().name());
            assert_eq!(tx.part(LoadTree { course_id: course }).await.unwrap().len(), kept.len());
            let mut places: BTreeMap<_, Vec<u32>> = BTreeMap::new();
            for node in &kept {
                places.entry(node.scope_id).or_default().push(node.position);
            }
            for (scope, mut places) in places {
                places.sort_unstable();
                let dense: Vec<u32> = (0..).take(places.len()).collect();
                assert_eq!(places, dense, "{} in {scope}", store.backend().name());
            }
        }
    }
}

/// A record and the one it stands under.
type Step<R> = (Id<R>, Option<Id<R>>);

/// Going up from each record leads to a top.
async fn no_circle<R: Record>(school: &School, parent: fn(&R) -> Step<R>) {
    let mut tx = school.store.begin(&school.cx).await.unwrap();
    let found = tx.all(Query::<R>::all()).await.unwrap();
    let parents: BTreeMap<_, _> = found.iter().map(parent).collect();
    for start in parents.keys() {
        let (mut at, mut steps) = (*start, 0);
        while let Some(up) = parents[&at] {
            (at, steps) = (up, steps + 1);
            assert!(steps <= parents.len(), "{}: a circle", R::TABLE);
        }
    }
}

/// Each is put under its neighbour, all at once: all of it would be a ring.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_ring_is_closed_from_many_sides() {
    const COUNT: usize = 8;
    let (rounds, _) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..rounds {
            let school = Arc::new(School::open(&store, PlanLimits::UNLIMITED).await);
            let mut tx = store.begin(&school.cx).await.unwrap();
            let (mut units, mut programs, mut categories) = (Vec::new(), Vec::new(), Vec::new());
            for number in 0..COUNT {
                let name = || format!("It {number}").parse().unwrap();
                let unit = CreateUnit::new(OrgUnitKind::Branch, name(), None);
                units.push(tx.run(unit).await.unwrap().id);
                let program = CreateProgram::new(name());
                programs.push(tx.run(program).await.unwrap().id);
                let category = CreateCategory::new(name());
                categories.push(tx.run(category).await.unwrap().id);
            }
            tx.commit().await.unwrap();
            let work = (0..COUNT).map(|number| {
                let (school, next) = (Arc::clone(&school), (number + 1) % COUNT);
                let (unit, below) = (units[number], Some(units[next]));
                let (program, part_of) = (programs[number], Some(programs[next]));
                let (category, filed) = (categories[number], Some(categories[next]));
                tokio::spawn(async move {
                    let units = insist!(school, |tx| tx
                        .run(MoveUnit { unit_id: unit, parent_id: below }))
                    .await;
                    let programs = insist!(school, |tx| tx
                        .run(MoveProgram { program_id: program, parent_id: part_of }));
                    let programs = programs.await;
                    let filed = insist!(school, |tx| tx
                        .run(MoveCategory { category_id: category, parent_id: filed }));
                    [units.is_ok(), programs.is_ok(), filed.await.is_ok()]
                })
            });
            let done = all(work).await;
            for tree in 0..3 {
                let moved = done.iter().filter(|it| it[tree]).count();
                assert_eq!(moved, COUNT - 1, "{}: one closes the ring", store.backend().name());
            }
            no_circle(&school, |it: &OrgUnit| (it.id, it.parent_id)).await;
            no_circle(&school, |it: &Program| (it.id, it.parent_id)).await;
            no_circle(&school, |it: &Category| (it.id, it.parent_id)).await;
        }
    }
}
