//! Memory and PostgreSQL tell the same, word for word, of the same random programs.
use lms_core::store::Store;
use lms_store_memory::MemoryStore;
use lms_store_postgres::{PgStore, testing::TestServer};
use lms_testkit::{
    RunSeed,
    differential::{Program, observe},
};

/// How many programs are compared; `LMS_TESTKIT_SCALE=full` compares ten times as many.
const PROGRAMS: u64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn both_stores_leave_the_same_log() {
    let database = TestServer::shared().await.unwrap().shared_database().await.unwrap();
    let postgres = Store::new(PgStore::new(database.app_pool_of(8)));
    let memory = Store::new(MemoryStore::new());
    let full = std::env::var("LMS_TESTKIT_SCALE").is_ok_and(|it| it == "full");
    let run = RunSeed::of_process();
    for seed in 0..PROGRAMS * if full { 10 } else { 1 } {
        let program = Program::from_seed(seed);
        let ours = observe(&postgres, &program, run).await.unwrap();
        let theirs = observe(&memory, &program, run).await.unwrap();
        for (line, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(ours, theirs, "program {seed}, line {line}: {program:#?}");
        }
        assert_eq!(ours.len(), theirs.len(), "program {seed}");
    }
}
