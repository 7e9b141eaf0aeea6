//! The programs that compare two backends mean something, and mean the same each time.
use std::collections::BTreeMap;

use lms_core::store::Store;
use lms_store_memory::MemoryStore;
use lms_testkit::{
    RunSeed,
    differential::{Program, observe},
};

#[tokio::test(flavor = "multi_thread")]
async fn one_program_leaves_one_log() {
    let shared = Store::new(MemoryStore::new());
    for seed in 0..60 {
        let program = Program::from_seed(seed);
        assert_eq!(program, Program::from_seed(seed));
        let fresh = Store::new(MemoryStore::new());
        let first = observe(&fresh, &program, RunSeed::new(1)).await.unwrap();
        let second = observe(&shared, &program, RunSeed::new(2)).await.unwrap();
        assert_eq!(first, second, "{program:#?}");
    }
}

/// Programs reach every kind of answer, so that comparing their logs compares something.
#[tokio::test(flavor = "multi_thread")]
async fn programs_reach_every_kind_of_answer() {
    let store = Store::new(MemoryStore::new());
    let wanted = [
        "insert: ",
        "update: ",
        "delete: ",
        "purge: ",
        "upsert: [Inserted",
        "Replaced",
        "Kept",
        "select: [Row",
        "then [Row",
        "count: 1",
        "insert: Duplicate",
        "update: Duplicate",
        "upsert: Duplicate",
        "insert: broken reference",
        "update: broken reference",
        "purge: broken reference",
        "update: Conflict",
        "purge: Conflict",
        "update: NotFound",
        "purge: NotFound",
        "Half(true) select: [Row",
        "Half(false) upsert: [Inserted",
        "won true, lost true",
        "Commit",
        "Rollback",
        "Drop",
        "tenant 2",
    ];
    let mut met: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..300 {
        for line in observe(&store, &Program::from_seed(seed), RunSeed::new(3)).await.unwrap() {
            for kind in wanted.into_iter().filter(|it| line.contains(it)) {
                *met.entry(kind).or_default() += 1;
            }
        }
    }
    println!("{met:#?}");
    let missed: Vec<_> = wanted.into_iter().filter(|it| !met.contains_key(it)).collect();
    assert!(missed.is_empty(), "{missed:?} of {met:#?}");
}
