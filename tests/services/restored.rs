//! What an operation deletes, another brings back, or it is made again; a new operation that deletes
//! is held to this by its row.
use std::collections::{BTreeMap, BTreeSet};

use lms::{
    governance::restored_by,
    kernel::{Context, Scope},
    memory::MemoryStore,
    store::{Select, Store, Value},
};
use uuid::Uuid;

use crate::{
    authority::{tables, with_room},
    table::scope_of,
    world::{World, fitted},
};

/// Tables whose rows are deleted and not restored, and what is done instead.
const MADE_AGAIN: [(&str, &str); 5] = [
    ("badge_awards", "staff award the badge again"),
    ("content_authors", "the author is set again"),
    ("guardian_links", "the guardian is linked again"),
    ("org_unit_members", "the student is added again"),
    ("role_assignments", "the role is assigned again"),
];

/// The deleted rows of a tenant.
async fn deleted(store: &Store, cx: &Context) -> BTreeSet<(&'static str, Uuid)> {
    let mut tx = store.backend().begin(Scope::Tenant(cx.tenant())).await.unwrap();
    let mut found = BTreeSet::new();
    for of in lms::record_types() {
        let schema = of.schema();
        let Some(at) = schema.deleted_position() else { continue };
        let rows = tx.select(&Select::all(schema)).await.unwrap();
        let gone = rows.iter().filter(|it| it.0[at] != Value::Null);
        found.extend(gone.map(|it| (schema.table, it.id())));
    }
    found
}

#[test]
fn what_is_deleted_is_restored_or_made_again() {
    with_room(async || {
        let memory = MemoryStore::new();
        let world = World::whole(Store::new(memory.clone())).await;
        crate::reading_table::furnish(&world).await;
        let before = deleted(&world.store, &world.system).await;
        let mut by_table: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for row in tables().into_iter().flat_map(|it| it.1) {
            let copy = fitted(Store::new(memory.fork()), &world.files, 8);
            let cx = world.cx(row.by);
            let mut tx = copy.begin_in(&cx, scope_of(row.name, &cx)).await.unwrap();
            (row.call)(&world, &cx, &mut tx)
                .await
                .unwrap_or_else(|it| panic!("{}: {it}", row.name));
            tx.commit().await.unwrap();
            for (table, _) in deleted(&copy, &world.system).await.difference(&before) {
                by_table.entry(*table).or_default().insert(row.name);
            }
        }
        let names: BTreeSet<_> = lms::operations().iter().map(|it| it.name).collect();
        let known: BTreeSet<_> = MADE_AGAIN.iter().map(|it| it.0).collect();
        let mut wrong = Vec::new();
        for (table, by) in &by_table {
            match (restored_by(table), known.contains(table)) {
                (Some(operation), false) => assert!(names.contains(operation), "{operation}"),
                (None, true) => {}
                _ => wrong.push(format!("{table}: deleted by {by:?}")),
            }
        }
        assert!(wrong.is_empty(), "neither restored nor made again:\n{}", wrong.join("\n"));
        assert!(by_table.len() > 10, "{by_table:?}");
    });
}
