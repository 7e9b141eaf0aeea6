//! Servers that are full, read-only or not there.
use std::{fs, time::Duration};

use lms_core::{
    outbox::Message,
    store::{Query, Store, StoreError},
};
use lms_store_postgres::{PgStore, testing::TestServer};
use sqlx::AssertSqlSafe;

use crate::{assert_unavailable, causes, cx, in_time, key, save};

/// What the server calls its troubles, and what they are to the library. See "PostgreSQL Error
/// Codes", appendix A of the PostgreSQL manual.
const TROUBLES: [(&str, &str); 11] = [
    ("53100", "unavailable"), // disk full
    ("53200", "unavailable"), // out of memory
    ("53400", "unavailable"), // a configured limit, such as that on temporary files
    ("58030", "unavailable"), // input or output
    ("57014", "unavailable"), // cancelled, as by a timeout
    ("57P03", "unavailable"), // cannot connect now
    ("25006", "unavailable"), // read-only
    ("40001", "retryable"),
    ("40P01", "retryable"),
    ("55P03", "retryable"), // no lock in time
    ("XX000", "broken"),
];

fn called<T>(outcome: &Result<T, StoreError>) -> &'static str {
    match outcome {
        Err(StoreError::Unavailable { .. }) => "unavailable",
        Err(StoreError::Retryable { .. }) => "retryable",
        Err(StoreError::Backend { .. }) => "broken",
        Err(StoreError::UnknownOutcome { .. }) => "unknown",
        Err(_) => "something else",
        Ok(_) => "nothing",
    }
}

/// The server fails by itself where a disk is full; here a trigger does, with the same code.
#[tokio::test]
async fn troubles_of_a_server_in_a_statement_keep_their_cause() {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let (admin, cx) = (database.admin_pool(), cx());
    let store = Store::new(database.store());
    for (code, expected) in TROUBLES {
        let trouble = format!(
            "CREATE OR REPLACE FUNCTION public.trouble() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'trouble {code}' USING ERRCODE = '{code}'; END $$; \
             CREATE OR REPLACE TRIGGER trouble BEFORE INSERT ON lms.idempotency_keys \
             FOR EACH ROW EXECUTE FUNCTION public.trouble()"
        );
        sqlx::raw_sql(AssertSqlSafe(trouble)).execute(&admin).await.unwrap();
        let mut tx = store.begin(&cx).await.unwrap();
        let outcome = tx.insert(&key(&cx, code)).await;
        assert_eq!(called(&outcome), expected, "{code}: {outcome:?}");
        let error = outcome.unwrap_err();
        assert!(causes(&error).contains(&format!("trouble {code}")), "{}", causes(&error));
        // Nothing more happens in this transaction, and nothing of it is kept.
        assert!(matches!(tx.insert(&key(&cx, "more")).await, Err(StoreError::Poisoned)));
        tx.rollback().await.unwrap();
    }
}

/// A refusal while committing is certain where the server says that it found no room; where it
/// says that it goes down, the work may be stored.
#[tokio::test]
async fn a_disk_that_is_full_while_committing_keeps_nothing() {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let (admin, cx) = (database.admin_pool(), cx());
    let store = Store::new(database.store());
    for (code, expected) in [
        ("53100", "unavailable"),
        ("40001", "retryable"),
        ("57P01", "unknown"),
        ("58030", "unknown"),
    ] {
        let trouble = format!(
            "CREATE OR REPLACE FUNCTION public.trouble() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'trouble {code}' USING ERRCODE = '{code}'; END $$; \
             DROP TRIGGER IF EXISTS trouble ON lms.idempotency_keys; \
             CREATE CONSTRAINT TRIGGER trouble AFTER INSERT ON lms.idempotency_keys \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.trouble()"
        );
        sqlx::raw_sql(AssertSqlSafe(trouble)).execute(&admin).await.unwrap();
        let outcome = save(&store, &cx, &key(&cx, code)).await;
        assert_eq!(called(&outcome), expected, "{code}: {outcome:?}");
    }
    let kept = "SELECT count(*) FROM lms.idempotency_keys";
    assert_eq!(sqlx::query_scalar::<_, i64>(kept).fetch_one(&admin).await.unwrap(), 0);
}

/// A real standby: it reads, and refuses to write or to lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_reads_and_is_unavailable_for_writes() {
    let server = TestServer::start(true).await.unwrap();
    let database = server.database().await.unwrap();
    let (store, cx) = (Store::new(database.store()), cx());
    let record = key(&cx, "before");
    save(&store, &cx, &record).await.unwrap();
    server.kill().unwrap();
    fs::write(server.socket().unwrap().join("data/standby.signal"), "").unwrap();
    server.start_again().await.unwrap();
    let mut tx = in_time(store.begin(&cx)).await.unwrap();
    assert_eq!(tx.require(record.id).await.unwrap(), record);
    assert!(tx.all(Query::<Message>::all()).await.unwrap().is_empty());
    assert_unavailable(in_time(tx.insert(&key(&cx, "during"))).await, "read-only");
    let mut tx = store.begin(&cx).await.unwrap();
    assert_unavailable(in_time(tx.lock(record.id)).await, "read-only");
}

/// Also for a store that has never reached its server.
#[tokio::test]
async fn a_server_that_was_never_there_is_unavailable() {
    let server = TestServer::start(false).await.unwrap();
    let database = server.database().await.unwrap();
    let options = database.app_options();
    server.kill().unwrap();
    let pool = PgStore::pool_options().acquire_timeout(Duration::from_millis(500));
    let store = Store::new(PgStore::new(pool.connect_lazy_with(options)));
    assert_unavailable(in_time(store.begin(&cx())).await, "");
    server.start_again().await.unwrap();
    in_time(store.begin(&cx())).await.unwrap();
}
