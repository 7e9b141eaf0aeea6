//! No operation leaves a refusal to the store: what is named and is not there is not found, and what
//! is there already is refused by the operation's own rule.
use lms::{memory::MemoryStore, store::Store};

use crate::{
    authority::{Cast, tables, with_room},
    bending::{bend, ids_of_latest},
    table::{Refusal, Service, scope_of},
    world::Who,
};

/// What the store may say to a caller.
const OPEN: [&str; 3] = ["store.not_found", "store.conflict", "store.missing_port"];

/// The calls of a row, one after the other in a transaction that is rolled back.
async fn calls(cast: &Cast, row: &Service, times: usize) -> Vec<Result<(), Refusal>> {
    let world = &cast.world;
    let who = if row.by == Who::Nobody { Who::Admin } else { row.by };
    let cx = world.cx(who);
    let mut tx = world.store.begin_in(&cx, scope_of(row.name, &cx)).await.unwrap();
    let mut done = Vec::new();
    for _ in 0..times {
        done.push((row.call)(world, &cx, &mut tx).await);
    }
    tx.rollback().await.unwrap();
    done
}

fn leaks(done: &[Result<(), Refusal>], row: &Service, why: &str) -> Option<String> {
    let is_raw = |it: &&Refusal| it.code.starts_with("store.") && !OPEN.contains(&it.code);
    let mut refusals = done.iter().filter_map(|it| it.as_ref().err());
    refusals.find(is_raw).map(|it| format!("`{}` {why}: {}: {}", row.name, it.code, it.message()))
}

async fn found_where_nothing_is_there() {
    let cast = Cast::open(Store::new(MemoryStore::new())).await;
    let tables = tables();
    let (mut raw, mut tried, mut done) = (Vec::new(), 0, 0);
    for row in tables.iter().flat_map(|it| &it.1) {
        bend(None);
        done += usize::from(calls(&cast, row, 1).await.iter().all(Result::is_ok));
        for at in 0..ids_of_latest() {
            bend(Some(at));
            let called = calls(&cast, row, 1).await;
            raw.extend(leaks(&called, row, &format!("with id {at} of nothing")));
            tried += 1;
        }
    }
    bend(None);
    println!("{tried} ids of nothing; {done} operations are done with the right ones");
    assert!(raw.is_empty(), "{} errors of the store: {raw:#?}", raw.len());
    assert!(tried > 350 && done > 380, "{tried} ids were tried, {done} operations done");
}

#[test]
fn what_is_named_and_is_not_there_is_not_found() {
    with_room(found_where_nothing_is_there);
}

async fn done_twice() {
    let cast = Cast::open(Store::new(MemoryStore::new())).await;
    let (tables, mut raw) = (tables(), Vec::new());
    bend(None);
    for row in tables.iter().flat_map(|it| &it.1) {
        let called = calls(&cast, row, 2).await;
        raw.extend(leaks(&called, row, "done twice"));
    }
    assert!(raw.is_empty(), "{} errors of the store: {raw:#?}", raw.len());
}

#[test]
fn what_is_done_twice_is_refused_by_a_rule() {
    with_room(done_twice);
}
