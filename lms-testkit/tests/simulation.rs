//! The library under random operations, and mistakes planted to see whether those are found.
//!
//! `LMS_SIMULATION_STEPS` says how many steps are taken (10,000 otherwise), and
//! `LMS_SIMULATION_SEED` asks for the history of one seed alone, as a failure prints it.
use std::{collections::BTreeMap, env, time::Instant};

use lms_core::store::Store;
use lms_store_memory::MemoryStore;
use lms_testkit::{
    RunSeed, figure,
    simulation::{Mistake, STEPS_OF_A_HISTORY, Shapes, Simulation, run_steps},
};

fn store() -> Store {
    Store::new(MemoryStore::new())
}

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    env::var(name).ok().and_then(|it| it.parse().ok())
}

#[tokio::test]
async fn ten_thousand_random_steps_break_nothing() {
    let shapes = Shapes::learn(&store()).await;
    let (known, unknown) = (shapes.known().count(), shapes.unknown());
    println!("{known} operations are drawn; not understood: {unknown:?}");
    assert!(known >= 270, "{known}");
    let mut steps: usize = number("LMS_SIMULATION_STEPS").unwrap_or(10_000);
    let mut first = RunSeed::of_process().get().wrapping_mul(1_000);
    if let Some(seed) = number("LMS_SIMULATION_SEED") {
        (first, steps) = (seed, steps.min(STEPS_OF_A_HISTORY));
    }
    #[expect(clippy::disallowed_methods, reason = "the rate of steps is printed")]
    let since = Instant::now();
    let all = run_steps(&shapes, first, steps, async || store(), async || store()).await;
    let all = all.unwrap_or_else(|violation| panic!("{violation}"));
    let speed = all.steps as u128 * 1_000 / since.elapsed().as_millis().max(1);
    println!(
        "{} operations were done, {} times in {} steps, {speed} steps a second",
        all.done.len(),
        all.successes(),
        all.steps
    );
    println!("done: {:?}", all.done);
    for ((operation, code), count) in &all.refused {
        println!("refused: {operation}: {code} ({count})");
    }
    figure("steps of the simulation", all.steps);
    figure("faults and crashes of the simulation", all.faults);
    assert!(all.done.len() >= 100, "only these were done: {:?}", all.done);
}

#[tokio::test]
async fn a_run_is_the_same_again() {
    let shapes = Shapes::learn(&store()).await;
    let simulation = Simulation::new(&shapes, 7, 400).with_faults();
    let one = simulation.run(&store()).await.unwrap();
    let two = simulation.run(&store()).await.unwrap();
    assert_eq!(one, two);
}

/// The first seed with which a mistake is found, and the rule that it breaks.
async fn found(shapes: &Shapes, mistake: Mistake) -> Option<(u64, BTreeMap<String, usize>)> {
    const STEPS: usize = 2_000;
    for seed in 0..100 {
        let simulation = Simulation::new(shapes, seed, STEPS).with_mistake(mistake);
        let report = simulation.run(&store()).await.unwrap();
        if let Some(violation) = report.violation {
            let law = format!("{}: {}", violation.law, violation.what);
            return Some((seed, BTreeMap::from([(law, report.steps)])));
        }
    }
    None
}

#[tokio::test]
async fn planted_mistakes_are_found_within_a_hundred_seeds() {
    let shapes = Shapes::learn(&store()).await;
    let (mut missed, mut seeds) = (Vec::new(), 0);
    for mistake in Mistake::ALL {
        match found(&shapes, mistake).await {
            Some((seed, law)) => {
                seeds += seed + 1;
                println!("{mistake:?}: seed {seed}: {law:.200?}");
            }
            None => missed.push(mistake),
        }
    }
    figure("mistakes planted in the simulation", Mistake::ALL.len());
    figure("planted mistakes found", Mistake::ALL.len() - missed.len());
    figure("seeds needed to find them", usize::try_from(seeds).unwrap());
    assert!(missed.is_empty(), "not found: {missed:?}");
}
