//! Random programs leave the same log in memory and in a file.
//!
//! `LMS_DIFFERENTIAL_PROGRAMS` says how many (60 otherwise), `LMS_DIFFERENTIAL_FROM` with which
//! seed they begin.
mod support;

use std::env;

use lms_core::store::Store;
use lms_store_memory::MemoryStore;
use lms_testkit::{
    RunSeed,
    differential::{Program, observe},
    figure,
};
use support::Folder;

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_backends_tell_the_same() {
    let first = number("LMS_DIFFERENTIAL_FROM", 1);
    let programs = number("LMS_DIFFERENTIAL_PROGRAMS", 60);
    let folder = Folder::new("differential");
    let sqlite = Store::new(folder.quick_store().await);
    let (mut lines, mut differing) = (0, Vec::new());
    for seed in first..first + programs {
        let program = Program::from_seed(seed);
        // Each program has tenants of its own, so that all of them share the file.
        let run = RunSeed::new(RunSeed::of_process().get() ^ seed);
        let memory = Store::new(MemoryStore::new());
        let expected = observe(&memory, &program, run).await.unwrap();
        let found = observe(&sqlite, &program, run).await.unwrap();
        let same = found.iter().zip(&expected).take_while(|(found, expected)| found == expected);
        let same = same.count();
        if (same, same) != (found.len(), expected.len()) {
            let (ours, theirs) = (found.get(same), expected.get(same));
            println!("line {same} of the program of seed {seed}: {ours:?}, not {theirs:?}");
            println!("{program:#?}");
            differing.push(seed);
        }
        lines += expected.len();
    }
    figure("histories", usize::try_from(programs).unwrap());
    figure("histories that differ", differing.len());
    assert!(differing.is_empty(), "the programs of these seeds differ: {differing:?}");
    println!("{programs} programs, {lines} lines, no difference");
}
