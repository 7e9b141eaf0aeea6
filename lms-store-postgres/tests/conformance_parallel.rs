//! Two runs of the conformance suite at the same time on one database keep out of each other's
//! way.
//!
//! `LMS_TESTKIT_SCALE=full` runs every rule twice; otherwise those of the store, and every eighth
//! of those that hold for each record type.
use std::{env, sync::Arc};

use futures_util::{StreamExt as _, stream};
use lms_core::store::Store;
use lms_store_postgres::{PgStore, testing::TestServer};
use lms_testkit::{Case, RunSeed, cases};

/// How many rules of one run are tried at the same time.
const AT_ONCE: usize = 4;

fn chosen() -> Vec<Case> {
    let full = env::var("LMS_TESTKIT_SCALE").is_ok_and(|it| it == "full");
    let keep =
        |(at, case): &(usize, Case)| full || case.name().starts_with("store::") || at % 8 == 0;
    cases().into_iter().enumerate().filter(keep).map(|(_, case)| case).collect()
}

/// The rules in that order, and those that were broken.
async fn run(store: Store, cases: Arc<Vec<Case>>, seed: RunSeed) -> Vec<String> {
    let each = (0..cases.len()).map(|at| {
        let (store, cases) = (store.clone(), Arc::clone(&cases));
        async move {
            let case = &cases[at];
            let outcome = case.run_as(store, seed).await;
            outcome.err().map(|failure| format!("{}: {failure:?}", case.name()))
        }
    });
    stream::iter(each).buffer_unordered(AT_ONCE).filter_map(async |it| it).collect().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_suite_runs_twice_at_the_same_time() {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let cases = Arc::new(chosen());
    let seed = RunSeed::of_process().get();
    let runs = [seed, !seed].map(|seed| {
        let store = PgStore::new(database.app_pool_of(40))
            .with_maintenance_pool(database.maintenance_pool());
        tokio::spawn(run(Store::new(store), Arc::clone(&cases), RunSeed::new(seed)))
    });
    for run in runs {
        let broken = run.await.unwrap();
        assert_eq!(broken, Vec::<String>::new());
    }
    println!("{} rules, twice at the same time, all kept", cases.len());
}
