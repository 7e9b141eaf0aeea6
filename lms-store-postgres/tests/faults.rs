//! What goes wrong around the store, and what it is called.
use std::time::Duration;

use lms_core::{
    kernel::{Context, Id, Scope},
    outbox::{Message, MessageStatus},
    store::{
        Backend as _, IdempotencyRecord, Lock, LogStamp, Query, Record as _, Select, Store,
        StoreError, Value,
    },
};
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::TestContext;
use sqlx::PgPool;

async fn database() -> TestDatabase {
    TestServer::shared().await.unwrap().database().await.unwrap()
}

fn cx() -> Context {
    TestContext::new("faults").build()
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

async fn save(store: &Store, cx: &Context, record: &IdempotencyRecord) -> Result<(), StoreError> {
    let mut tx = store.begin(cx).await?;
    tx.insert(record).await?;
    tx.commit().await
}

/// A pool whose sessions begin with that setting.
fn pool_with(database: &TestDatabase, setting: &str, value: &str) -> PgPool {
    let options = database.app_options().options([(setting, value)]);
    PgStore::pool_options().connect_lazy_with(options)
}

fn is_unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable { .. }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_is_unavailable_until_it_is_back() {
    let server = TestServer::start(true).await.unwrap();
    let database = server.database().await.unwrap();
    let (store, cx) = (Store::new(database.store()), cx());
    // Several idle connections, all of which will be dead.
    let open = futures_util::future::join_all((0..5).map(|_| store.begin(&cx))).await;
    drop(open);
    save(&store, &cx, &key(&cx, "before")).await.unwrap();
    server.kill().unwrap();
    let asked = key(&cx, "during");
    let refused = tokio::time::timeout(Duration::from_secs(8), save(&store, &cx, &asked)).await;
    assert!(is_unavailable(&refused.unwrap()));
    server.start_again().await.unwrap();
    save(&store, &cx, &key(&cx, "after")).await.unwrap();
    let mut tx = store.begin(&cx).await.unwrap();
    let mut keys: Vec<String> = tx
        .all(Query::<IdempotencyRecord>::all())
        .await
        .unwrap()
        .into_iter()
        .map(|it| it.key)
        .collect();
    keys.sort();
    assert_eq!(keys, ["after", "before"]);
}

#[tokio::test]
async fn an_exhausted_pool_is_unavailable() {
    let database = database().await;
    let options =
        PgStore::pool_options().max_connections(1).acquire_timeout(Duration::from_millis(200));
    let store = Store::new(PgStore::new(options.connect_lazy_with(database.app_options())));
    let cx = cx();
    let _held = store.begin(&cx).await.unwrap();
    let refused = store.begin(&cx).await;
    assert!(is_unavailable(&refused), "{refused:?}");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_unavailable() {
    let database = database().await;
    let (store, cx) = (Store::new(database.store()), cx());
    let record = key(&cx, "k");
    save(&store, &cx, &record).await.unwrap();
    let mut holder = store.begin(&cx).await.unwrap();
    holder.lock(record.id).await.unwrap();
    for (setting, expected) in [("statement_timeout", "unavailable"), ("lock_timeout", "retryable")]
    {
        let pool = pool_with(&database, setting, "100");
        let other = Store::new(PgStore::new(pool));
        let mut tx = other.begin(&cx).await.unwrap();
        let found = match tx.lock(record.id).await {
            Err(StoreError::Unavailable { .. }) => "unavailable",
            Err(StoreError::Retryable { .. }) => "retryable",
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{setting}");
        assert!(matches!(tx.lock(record.id).await, Err(StoreError::Poisoned)));
    }
}

#[tokio::test]
async fn a_read_only_server_is_unavailable_for_writes() {
    let database = database().await;
    let pool = pool_with(&database, "default_transaction_read_only", "on");
    let (store, cx) = (Store::new(PgStore::new(pool)), cx());
    let mut tx = store.begin(&cx).await.unwrap();
    assert!(tx.all(Query::<Message>::all()).await.unwrap().is_empty());
    let refused = tx.insert(&key(&cx, "k")).await;
    assert!(is_unavailable(&refused), "{refused:?}");
}

#[tokio::test]
async fn a_session_that_ends_while_committing_leaves_the_outcome_open() {
    let database = database().await;
    let (store, cx) = (Store::new(database.store()), cx());
    let mut tx = store.begin(&cx).await.unwrap();
    tx.insert(&key(&cx, "k")).await.unwrap();
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND usename = 'lms_test_app'";
    sqlx::query_scalar::<_, i64>(end).fetch_one(&database.admin_pool()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let outcome = tx.commit().await;
    assert!(matches!(outcome, Err(StoreError::UnknownOutcome { .. })), "{outcome:?}");
    // The pool is as good as new.
    save(&store, &cx, &key(&cx, "k")).await.unwrap();
}

#[tokio::test]
async fn a_session_that_ends_before_a_statement_is_unavailable() {
    let database = database().await;
    let (store, cx) = (Store::new(database.store()), cx());
    let mut tx = store.begin(&cx).await.unwrap();
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND usename = 'lms_test_app'";
    sqlx::query_scalar::<_, i64>(end).fetch_one(&database.admin_pool()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let refused = tx.insert(&key(&cx, "k")).await;
    assert!(is_unavailable(&refused), "{refused:?}");
    tx.rollback().await.unwrap();
}

/// Two who lock the same rows in opposite orders: the server ends one, who starts again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deadlock_is_resolved_by_repeating() {
    let database = database().await;
    let quick = "ALTER DATABASE %I SET deadlock_timeout = '20ms'";
    let quick = quick.replace("%I", database.name());
    sqlx::raw_sql(sqlx::AssertSqlSafe(quick)).execute(&database.admin_pool()).await.unwrap();
    let (store, cx) = (Store::new(database.store()), cx());
    let (a, b) = (key(&cx, "a"), key(&cx, "b"));
    save(&store, &cx, &a).await.unwrap();
    save(&store, &cx, &b).await.unwrap();
    let work = |first: Id<IdempotencyRecord>, second: Id<IdempotencyRecord>| {
        let (store, cx) = (store.clone(), cx.clone());
        tokio::spawn(async move {
            let mut attempts = 0;
            let done = store.transact(&cx, |tx| {
                attempts += 1;
                Box::pin(async move {
                    let mut record = tx.lock(first).await?;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    tx.lock(second).await?;
                    record.fingerprint.push('!');
                    tx.update(&mut record).await
                })
            });
            done.await.map(|()| attempts)
        })
    };
    let (one, two) = (work(a.id, b.id), work(b.id, a.id));
    let attempts = one.await.unwrap().unwrap() + two.await.unwrap().unwrap();
    assert!(attempts > 2, "there was no deadlock");
    let mut tx = store.begin(&cx).await.unwrap();
    for id in [a.id, b.id] {
        assert_eq!(tx.require(id).await.unwrap().fingerprint, "f!");
    }
}

/// A value that means nothing is reported with its place; the rest of the table is readable.
#[tokio::test]
async fn a_corrupt_row_is_named_and_the_others_are_read() {
    let database = database().await;
    let (store, cx) = (Store::new(database.store()), cx());
    let admin = database.admin_pool();
    let message = |status: MessageStatus| Message {
        id: cx.id(),
        stamp: LogStamp::new(&cx),
        kind: "test.happened".to_owned(),
        subject_kind: "test".to_owned(),
        subject_id: uuid::Uuid::nil(),
        payload: serde_json::json!({}),
        occurred_at: cx.now(),
        status,
        attempts: 0,
        next_attempt_at: cx.now(),
        sent_at: None,
    };
    let (good, bad) = (message(MessageStatus::Sent), message(MessageStatus::Dead));
    let mut tx = store.begin(&cx).await.unwrap();
    tx.insert_all(&[good.clone(), bad.clone()]).await.unwrap();
    tx.commit().await.unwrap();
    let spoil = format!(
        "ALTER TABLE lms.outbox_messages DROP CONSTRAINT outbox_messages_status_check; \
         UPDATE lms.outbox_messages SET status = 'lost' WHERE id = '{}'",
        bad.id
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(spoil)).execute(&admin).await.unwrap();
    let mut tx = store.begin(&cx).await.unwrap();
    let error = tx.get(bad.id).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { table: "outbox_messages", column: "status", id: Some(id), .. }
            if *id == bad.id.uuid()),
        "{error:?}"
    );
    assert_eq!(tx.require(good.id).await.unwrap(), good);
    // A value that no time can be: before the first year that a timestamp has.
    let spoil =
        format!("UPDATE lms.outbox_messages SET sent_at = 'infinity' WHERE id = '{}'", good.id);
    sqlx::raw_sql(sqlx::AssertSqlSafe(spoil)).execute(&admin).await.unwrap();
    let mut tx = store.begin(&cx).await.unwrap();
    let error = tx.get(good.id).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { column: "sent_at", id: Some(id), .. }
            if *id == good.id.uuid()),
        "{error:?}"
    );
}

/// The server's own checks name the column, for programs that write past the port.
#[tokio::test]
async fn the_servers_checks_name_the_column() {
    let database = database().await;
    let (store, cx) = (database.store(), cx());
    let schema = Message::schema();
    let message = Message {
        id: cx.id(),
        stamp: LogStamp::new(&cx),
        kind: "test.happened".to_owned(),
        subject_kind: "test".to_owned(),
        subject_id: uuid::Uuid::nil(),
        payload: serde_json::json!({}),
        occurred_at: cx.now(),
        status: MessageStatus::Pending,
        attempts: 0,
        next_attempt_at: cx.now(),
        sent_at: None,
    };
    for (column, value) in [
        ("status", Value::Text("lost".to_owned())),
        ("attempts", Value::Int(-1)),
        ("attempts", Value::Int(1 << 40)),
        ("version", Value::Int(0)),
        ("occurred_at", Value::Null),
    ] {
        let mut row = message.to_row();
        row.set(schema, column, value.clone());
        let mut tx = store.begin(Scope::Tenant(cx.tenant())).await.unwrap();
        let error = tx.insert(schema, vec![row]).await.unwrap_err();
        assert!(
            matches!(&error, StoreError::InvalidValue { table: "outbox_messages", column: found, .. }
                if *found == column),
            "{column} {value:?}: {error:?}"
        );
        assert!(matches!(tx.select(&Select::all(schema)).await, Err(StoreError::Poisoned)));
        assert!(matches!(tx.commit().await, Err(StoreError::Poisoned)));
    }
}

/// Those who wait for a row get it as it is then, and no longer if it no longer matches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_is_of_the_row_as_it_is_now() {
    let database = database().await;
    let (store, cx) = (Store::new(database.store()), cx());
    let record = key(&cx, "k");
    save(&store, &cx, &record).await.unwrap();
    let mut holder = store.begin(&cx).await.unwrap();
    let mut held = holder.lock(record.id).await.unwrap();
    let waiter = tokio::spawn({
        let (store, cx) = (store.clone(), cx.clone());
        async move {
            let mut tx = store.begin(&cx).await.unwrap();
            let query = IdempotencyRecord::by_key("k").lock(Lock::Update);
            tx.first(query).await.unwrap().map(|it| it.fingerprint)
        }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    held.fingerprint = "new".to_owned();
    holder.update(&mut held).await.unwrap();
    holder.commit().await.unwrap();
    assert_eq!(waiter.await.unwrap().as_deref(), Some("new"));
}
