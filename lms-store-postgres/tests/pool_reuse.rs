//! Whatever became of a transaction, the next user of its connection sees no tenant, no row and
//! no open transaction.
use std::{sync::Arc, time::Duration};

use lms_core::{
    kernel::{Context, Id, Scope},
    outbox::Message,
    store::{
        Backend as _, IdempotencyRecord, LogStamp, Query, Record as _, Select, Store, StoreError,
    },
};
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::TestContext;
use sqlx::PgPool;

async fn stage(connections: u32) -> (TestDatabase, PgPool, Store) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let pool = database.app_pool_of(connections);
    let store = Store::new(PgStore::new(pool.clone()));
    (database, pool, store)
}

fn key(cx: &Context, key: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        key: key.to_owned(),
        fingerprint: "f".to_owned(),
        answer: None,
        expires_at: cx.now(),
    }
}

/// What a connection of the pool shows where nothing was set.
async fn leaks(pool: &PgPool) -> Option<String> {
    let mut db = pool.acquire().await.unwrap();
    let read = "SELECT now()::text, coalesce(current_setting('lms.tenant_id', true), ''), \
                       coalesce(current_setting('lms.platform', true), ''), \
                       (SELECT count(*) FROM lms.idempotency_keys)";
    let (first, tenant, platform, rows): (String, String, String, i64) =
        sqlx::query_as(read).fetch_one(&mut *db).await.unwrap();
    // Inside a transaction, time stands still.
    let second: String = sqlx::query_scalar(read).fetch_one(&mut *db).await.unwrap();
    let inside = first == second;
    let clean = tenant.is_empty() && platform.is_empty() && !inside && rows == 0;
    (!clean).then(|| format!("tenant `{tenant}`, platform `{platform}`, {inside}, {rows} rows"))
}

/// What a transaction may come to.
const ENDS: [&str; 7] =
    ["commit", "rollback", "drop", "error", "panic", "cancelled query", "cancelled wait"];

/// One tenant's transaction, brought to that end.
async fn end_so(end: &str, store: &Store, cx: &Context, admin: &PgPool) {
    let mut tx = store.begin_in(cx, Scope::TenantAndPlatform(cx.tenant())).await.unwrap();
    let record = key(cx, end);
    tx.insert(&record).await.unwrap();
    match end {
        "commit" => tx.commit().await.unwrap(),
        "rollback" => tx.rollback().await.unwrap(),
        "drop" => drop(tx),
        "error" => {
            let error = tx.insert(&key(cx, end)).await.unwrap_err();
            assert!(matches!(error, StoreError::Duplicate { .. }), "{error:?}");
            drop(tx);
        }
        "panic" => {
            let work = tokio::spawn(async move {
                let _tx = tx;
                panic!("the host's code fails");
            });
            assert!(work.await.unwrap_err().is_panic());
        }
        "cancelled query" => {
            // Cut off while the server is at work.
            let slow = tx.count(Query::<Message>::all());
            let _ = tokio::time::timeout(Duration::from_micros(1), slow).await;
            drop(tx);
        }
        _ => {
            // Cut off while the server waits for a row that somebody else holds.
            let mut holder = admin.begin().await.unwrap();
            let hold = "SELECT id FROM lms.idempotency_keys FOR UPDATE";
            let held: Vec<uuid::Uuid> =
                sqlx::query_scalar(hold).fetch_all(&mut *holder).await.unwrap();
            let waiting = tx.lock(Id::<IdempotencyRecord>::from_uuid(held[0]));
            let cut_off = tokio::time::timeout(Duration::from_millis(50), waiting).await;
            assert!(cut_off.is_err(), "it did not wait");
            drop(tx);
            holder.rollback().await.unwrap();
        }
    }
}

/// The pool has one connection, so that the next transaction has the same.
#[tokio::test]
async fn nothing_is_left_after_any_end() {
    let (database, pool, store) = stage(1).await;
    let admin = database.admin_pool();
    let backend = PgStore::new(pool.clone());
    let test = TestContext::new("pool reuse");
    let (cx, next) = (test.build(), test.build());
    for end in ENDS {
        end_so(end, &store, &cx, &admin).await;
        assert_eq!(leaks(&pool).await, None, "after {end}");
        // Nor does the next tenant find anything, also where only the policies tell them apart.
        let mut tx = store.begin(&next).await.unwrap();
        assert_eq!(tx.count(Query::<IdempotencyRecord>::all()).await.unwrap(), 0, "after {end}");
        tx.rollback().await.unwrap();
        let mut tx = database.begin_without_conditions(&backend, next.tenant()).await.unwrap();
        let all = Select::all(IdempotencyRecord::schema());
        assert_eq!(tx.select(&all).await.unwrap(), [], "after {end}");
        tx.rollback().await.unwrap();
    }
}

/// sqlx 0.9.0 gives a connection back inside a transaction when its `begin` is cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_after_thousands_of_cancelled_begins() {
    const BEGINS: u32 = 3_000;
    let (_database, pool, store) = stage(4).await;
    let cx = Arc::new(TestContext::new("cancelled begins").build());
    let warm = store.begin(&cx).await.unwrap();
    warm.commit().await.unwrap();
    let mut cancelled = 0;
    for number in 0..BEGINS {
        let (store, cx) = (store.clone(), Arc::clone(&cx));
        // Sleeping is too coarse: a begin takes a fraction of a millisecond.
        let turns = number % 60;
        let work = tokio::spawn(async move {
            let tx = store.begin(&cx).await.unwrap();
            tx.commit().await.unwrap();
        });
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        work.abort();
        cancelled += u32::from(work.await.is_err());
        if number % 10 == 0 {
            assert_eq!(leaks(&pool).await, None, "after {number} begins");
        }
    }
    // Cancelled at all sorts of moments, or the test shows nothing.
    assert!(cancelled > BEGINS / 20, "only {cancelled} of {BEGINS} begins were cut off");
    for _ in 0..20 {
        assert_eq!(leaks(&pool).await, None);
    }
    println!("{cancelled} of {BEGINS} begins were cut off, none left anything");
}

#[tokio::test]
async fn connections_are_kept_and_not_made_anew() {
    let (_database, pool, store) = stage(1).await;
    let cx = TestContext::new("kept connections").build();
    let process = "SELECT pg_backend_pid()";
    let first: i32 = sqlx::query_scalar(process).fetch_one(&pool).await.unwrap();
    for _ in 0..20 {
        drop(store.begin(&cx).await.unwrap());
        let begin = store.begin(&cx);
        let _ = tokio::time::timeout(Duration::from_micros(10), begin).await;
    }
    let last: i32 = sqlx::query_scalar(process).fetch_one(&pool).await.unwrap();
    assert_eq!(first, last);
}

/// A statement that was cut off may have failed on the server, which would then answer COMMIT
/// with success and roll back.
#[tokio::test]
async fn a_transaction_with_a_cancelled_statement_cannot_commit() {
    let (database, _pool, _store) = stage(1).await;
    let store = database.store();
    let cx = TestContext::new("cancelled statement").build();
    let mut tx = store.begin(Scope::Tenant(cx.tenant())).await.unwrap();
    let select = Select::all(Message::schema());
    // A future that was never polled sent nothing.
    drop(tx.select(&select));
    assert!(tx.select(&select).await.is_ok());
    {
        let mut work = Box::pin(tx.select(&select));
        let poll = std::future::poll_fn(|context| {
            assert!(work.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        });
        poll.await;
    }
    assert!(matches!(tx.select(&select).await, Err(StoreError::Poisoned)));
    assert!(matches!(tx.commit().await, Err(StoreError::Poisoned)));
}
