//! The library under random operations in a file, with faults of the store and crashes.
//!
//! `LMS_SIMULATION_STEPS_ON_A_DISK` says how many steps are taken (2000 otherwise), and
//! `LMS_SIMULATION_SEED` asks for the history of one seed alone, as a failure prints it.
mod support;

use std::{env, time::Instant};

use lms_core::store::Store;
use lms_store_memory::MemoryStore;
use lms_testkit::{
    RunSeed, figure,
    simulation::{Shapes, run_steps},
};
use support::Folder;

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    env::var(name).ok().and_then(|it| it.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_steps_break_nothing_in_a_file() {
    let shapes = Shapes::learn(&Store::new(MemoryStore::new())).await;
    let steps: usize = number("LMS_SIMULATION_STEPS_ON_A_DISK").unwrap_or(2_000);
    let usual = RunSeed::of_process().get().wrapping_mul(1_000);
    let first = number("LMS_SIMULATION_SEED").unwrap_or(usual);
    let folder = Folder::new("simulation");
    // Each history has tenants of its own, so that all of them share the file.
    let shared = Store::new(folder.quick_store().await);
    let mut others = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "the rate of steps is printed")]
    let since = Instant::now();
    let fresh = async || {
        let folder = Folder::new(&format!("simulation-{}", others.len()));
        let store = Store::new(folder.quick_store().await);
        others.push(folder);
        store
    };
    let all = run_steps(&shapes, first, steps, async || shared.clone(), fresh).await;
    let all = all.unwrap_or_else(|violation| panic!("{violation}"));
    println!("{} of {} steps succeeded, in {:?}", all.successes(), all.steps, since.elapsed());
    figure("steps of the simulation in a SQLite file", all.steps);
    assert!(all.done.len() >= 60, "only these were done: {:?}", all.done);
}
