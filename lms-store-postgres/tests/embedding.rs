//! A host puts the library's work and its own in one transaction.
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use lms_core::{
    kernel::Scope,
    store::{IdempotencyRecord, LogStamp, Query, Store, StoreError, testing::Counting},
};
use lms_store_memory::MemoryStore;
use lms_store_postgres::{
    PgStore, PgTransaction, store_error,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::TestContext;
use sqlx::{Connection as _, PgPool};

fn key(cx: &lms_core::kernel::Context) -> IdempotencyRecord {
    IdempotencyRecord {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        key: "k".to_owned(),
        fingerprint: "f".to_owned(),
        answer: None,
        expires_at: cx.now(),
    }
}

/// A database in which the application has a table of its own.
async fn stage() -> (TestDatabase, PgPool, PgStore) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let own = "CREATE TABLE public.invoices (number BIGINT PRIMARY KEY); \
               GRANT ALL ON public.invoices TO lms_app";
    sqlx::raw_sql(own).execute(&database.admin_pool()).await.unwrap();
    let pool = database.app_pool();
    (database, pool.clone(), PgStore::new(pool))
}

async fn counts(pool: &PgPool, store: &PgStore, cx: &lms_core::kernel::Context) -> (i64, u64) {
    let own = "SELECT count(*) FROM public.invoices";
    let own = sqlx::query_scalar(own).fetch_one(pool).await.unwrap();
    let mut tx = Store::new(store.clone()).begin(cx).await.unwrap();
    (own, tx.count(Query::<IdempotencyRecord>::all()).await.unwrap())
}

#[tokio::test]
async fn both_are_committed_or_neither() {
    let (_database, pool, store) = stage().await;
    for commit in [false, true] {
        let cx = TestContext::new("one transaction").build();
        let mut own = pool.begin().await.unwrap();
        sqlx::query("INSERT INTO public.invoices VALUES (1)").execute(&mut *own).await.unwrap();
        let mut tx = store.join(own, &cx, Scope::Tenant(cx.tenant())).await.unwrap();
        tx.insert(&key(&cx)).await.unwrap();
        let joined = tx.into_backend::<PgTransaction>().await.unwrap();
        let mut own = joined.release().await.unwrap();
        sqlx::query("INSERT INTO public.invoices VALUES (2)").execute(&mut *own).await.unwrap();
        if commit {
            own.commit().await.unwrap();
        } else {
            own.rollback().await.unwrap();
        }
        let expected = if commit { (2, 1) } else { (0, 0) };
        assert_eq!(counts(&pool, &store, &cx).await, expected);
    }
}

#[tokio::test]
async fn the_hosts_settings_come_back() {
    let (_database, pool, store) = stage().await;
    let cx = TestContext::new("settings").build();
    for (tenant, platform) in [("", ""), ("the host's ' own \\ text", "on")] {
        let mut own = pool.begin().await.unwrap();
        sqlx::query(
            "SELECT set_config('lms.tenant_id', $1, true), set_config('lms.platform', $2, true)",
        )
        .bind(tenant)
        .bind(platform)
        .execute(&mut *own)
        .await
        .unwrap();
        let tx = store.join(own, &cx, Scope::TenantAndPlatform(cx.tenant())).await.unwrap();
        let joined = tx.into_backend::<PgTransaction>().await.unwrap();
        let mut own = joined.release().await.unwrap();
        let found: (String, String) = sqlx::query_as(
            "SELECT current_setting('lms.tenant_id'), current_setting('lms.platform')",
        )
        .fetch_one(&mut *own)
        .await
        .unwrap();
        assert_eq!(found, (tenant.to_owned(), platform.to_owned()));
    }
}

#[tokio::test]
async fn the_libraries_tables_are_closed_again_after_the_release() {
    let (_database, pool, store) = stage().await;
    let cx = TestContext::new("closed again").build();
    let own = pool.begin().await.unwrap();
    let mut tx = store.join(own, &cx, Scope::Tenant(cx.tenant())).await.unwrap();
    tx.insert(&key(&cx)).await.unwrap();
    let mut own = tx.into_backend::<PgTransaction>().await.unwrap().release().await.unwrap();
    let seen = "SELECT count(*) FROM lms.idempotency_keys";
    assert_eq!(sqlx::query_scalar::<_, i64>(seen).fetch_one(&mut *own).await.unwrap(), 0);
}

#[tokio::test]
async fn a_joined_transaction_that_is_dropped_rolls_the_hosts_work_back() {
    let (_database, pool, store) = stage().await;
    let cx = TestContext::new("dropped").build();
    let mut own = pool.begin().await.unwrap();
    sqlx::query("INSERT INTO public.invoices VALUES (1)").execute(&mut *own).await.unwrap();
    let mut tx = store.join(own, &cx, Scope::Tenant(cx.tenant())).await.unwrap();
    tx.insert(&key(&cx)).await.unwrap();
    drop(tx);
    assert_eq!(counts(&pool, &store, &cx).await, (0, 0));
}

#[tokio::test]
async fn a_failed_transaction_is_not_given_back() {
    let (_database, pool, store) = stage().await;
    let cx = TestContext::new("failed").build();
    let own = pool.begin().await.unwrap();
    let mut tx = store.join(own, &cx, Scope::Tenant(cx.tenant())).await.unwrap();
    let record = key(&cx);
    tx.insert(&record).await.unwrap();
    assert!(matches!(tx.insert(&record).await, Err(StoreError::Duplicate { .. })));
    assert!(matches!(tx.into_backend::<PgTransaction>().await, Err(StoreError::Poisoned)));
    assert_eq!(counts(&pool, &store, &cx).await, (0, 0));
}

#[tokio::test]
async fn a_transaction_that_the_store_began_is_not_given_away() {
    let (_database, _pool, store) = stage().await;
    let cx = TestContext::new("own").build();
    let tx = Store::new(store).begin(&cx).await.unwrap();
    let own = tx.into_backend::<PgTransaction>().await.unwrap();
    assert!(matches!(own.release().await, Err(StoreError::InvalidQuery { .. })));
}

#[tokio::test]
async fn joining_needs_a_bound_login_and_a_scope_that_it_can_have() {
    let (database, pool, store) = stage().await;
    let cx = TestContext::new("bound").build();
    let own = database.admin_pool().begin().await.unwrap();
    let error = store.join(own, &cx, Scope::Tenant(cx.tenant())).await.unwrap_err();
    assert!(matches!(error, StoreError::Backend { .. }), "{error:?}");
    let own = pool.begin().await.unwrap();
    let error = store.join(own, &cx, Scope::AllTenants).await.unwrap_err();
    assert!(matches!(error, StoreError::ScopeNotOffered { .. }), "{error:?}");
}

/// A savepoint of the host's is a transaction like any other.
#[tokio::test]
async fn a_tenant_can_be_changed_within_one_host_transaction() {
    let (_database, pool, store) = stage().await;
    let test = TestContext::new("two tenants");
    let (one, two) = (test.build(), test.build());
    let mut own = pool.begin().await.unwrap();
    for cx in [&one, &two] {
        let mut tx = store.join(own, cx, Scope::Tenant(cx.tenant())).await.unwrap();
        tx.insert(&key(cx)).await.unwrap();
        assert_eq!(tx.count(Query::<IdempotencyRecord>::all()).await.unwrap(), 1);
        own = tx.into_backend::<PgTransaction>().await.unwrap().release().await.unwrap();
    }
    own.commit().await.unwrap();
    assert_eq!(counts(&pool, &store, &one).await.1, 1);
    assert_eq!(counts(&pool, &store, &two).await.1, 1);
    pool.acquire().await.unwrap().ping().await.unwrap();
}

/// What the host's own statement in the closure of `transact` came to.
async fn own_statement(
    tx: &mut lms_core::store::Transaction,
    statement: &'static str,
) -> Result<(), StoreError> {
    let db = tx.backend_mut::<PgTransaction>()?.connection()?;
    sqlx::raw_sql(statement).execute(db).await.map(|_| ()).map_err(store_error)
}

#[tokio::test]
async fn own_statements_are_committed_or_rolled_back_with_the_librarys() {
    let (_database, pool, backend) = stage().await;
    let cx = TestContext::new("own statements").build();
    // Behind a decorator too.
    let (counting, _) = Counting::new(backend.clone());
    for (store, expected) in [(Store::new(backend.clone()), 1_i64), (Store::new(counting), 2)] {
        for fails in [true, false] {
            let done = store
                .transact(&cx, |tx| {
                    let record = IdempotencyRecord { key: cx.id::<()>().to_string(), ..key(&cx) };
                    Box::pin(async move {
                        tx.insert(&record).await?;
                        let own = "INSERT INTO public.invoices \
                                   SELECT count(*) FROM public.invoices";
                        own_statement(tx, own).await?;
                        if fails { Err(StoreError::ForeignCursor) } else { Ok(()) }
                    })
                })
                .await;
            assert_eq!(done.is_err(), fails, "{done:?}");
        }
        assert_eq!(counts(&pool, &backend, &cx).await, (expected, expected.unsigned_abs()));
    }
}

/// Another transaction holds the row during the first attempt.
#[tokio::test]
async fn own_statements_that_lost_a_race_are_repeated_with_the_rest() {
    let (_database, pool, backend) = stage().await;
    let cx = TestContext::new("repeated").build();
    sqlx::raw_sql("INSERT INTO public.invoices VALUES (7)").execute(&pool).await.unwrap();
    let mut other = pool.begin().await.unwrap();
    let hold = "SELECT number FROM public.invoices FOR UPDATE";
    sqlx::raw_sql(hold).execute(&mut *other).await.unwrap();
    let holder = Arc::new(tokio::sync::Mutex::new(Some(other)));
    let attempts = Arc::new(AtomicU32::new(0));
    let done = Store::new(backend.clone())
        .transact(&cx, |tx| {
            let (record, holder, attempts) = (key(&cx), holder.clone(), attempts.clone());
            Box::pin(async move {
                tx.insert(&record).await?;
                let first = attempts.fetch_add(1, Ordering::SeqCst) == 0;
                if !first && let Some(other) = holder.lock().await.take() {
                    other.rollback().await.map_err(store_error)?;
                }
                own_statement(tx, "SELECT number FROM public.invoices FOR UPDATE NOWAIT").await?;
                own_statement(tx, "UPDATE public.invoices SET number = number + 1").await
            })
        })
        .await;
    assert!(done.is_ok(), "{done:?}");
    assert_eq!(attempts.load(Ordering::SeqCst), 2);
    assert_eq!(counts(&pool, &backend, &cx).await, (1, 1));
    let number = "SELECT number FROM public.invoices";
    assert_eq!(sqlx::query_scalar::<_, i64>(number).fetch_one(&pool).await.unwrap(), 8);
}

/// The server answers `COMMIT` with success although it rolled back.
#[tokio::test]
async fn an_own_statement_that_failed_unnoticed_is_noticed_at_the_commit() {
    let (_database, pool, backend) = stage().await;
    let cx = TestContext::new("unnoticed").build();
    let done = Store::new(backend.clone())
        .transact(&cx, |tx| {
            let record = key(&cx);
            Box::pin(async move {
                tx.insert(&record).await?;
                let _ = own_statement(tx, "SELECT 1 / 0").await;
                Ok::<_, StoreError>(())
            })
        })
        .await;
    assert!(matches!(done, Err(StoreError::Poisoned)), "{done:?}");
    assert_eq!(counts(&pool, &backend, &cx).await, (0, 0));

    // In a transaction that the host lent too.
    let own = pool.begin().await.unwrap();
    let mut tx = backend.join(own, &cx, Scope::Tenant(cx.tenant())).await.unwrap();
    tx.insert(&key(&cx)).await.unwrap();
    let _ = own_statement(&mut tx, "SELECT 1 / 0").await;
    assert!(matches!(tx.commit().await, Err(StoreError::Poisoned)));
    assert_eq!(counts(&pool, &backend, &cx).await, (0, 0));
}

#[tokio::test]
async fn an_own_statement_that_ends_the_transaction_is_told() {
    let (_database, _pool, backend) = stage().await;
    let cx = TestContext::new("ended").build();
    let store = Store::new(backend);
    for statement in ["COMMIT", "ROLLBACK"] {
        let mut tx = store.begin(&cx).await.unwrap();
        own_statement(&mut tx, statement).await.unwrap();
        let error = tx.commit().await.unwrap_err();
        assert!(error.to_string().contains("leave `COMMIT` and `ROLLBACK`"), "{error:?}");
    }
}

#[tokio::test]
async fn own_statements_may_fail_behind_a_savepoint() {
    let (_database, pool, backend) = stage().await;
    let cx = TestContext::new("savepoint").build();
    let mut tx = Store::new(backend.clone()).begin(&cx).await.unwrap();
    own_statement(&mut tx, "INSERT INTO public.invoices VALUES (1); SAVEPOINT s").await.unwrap();
    let again = own_statement(&mut tx, "INSERT INTO public.invoices VALUES (1)").await;
    assert!(matches!(again, Err(StoreError::Backend { .. })), "{again:?}");
    let poisoned = own_statement(&mut tx, "SELECT 1").await;
    assert!(matches!(poisoned, Err(StoreError::Poisoned)), "{poisoned:?}");
    own_statement(&mut tx, "ROLLBACK TO SAVEPOINT s").await.unwrap();
    tx.insert(&key(&cx)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(counts(&pool, &backend, &cx).await, (1, 1));
}

#[tokio::test]
async fn the_connection_is_this_backends_alone_and_of_a_whole_transaction() {
    let (_database, _pool, backend) = stage().await;
    let cx = TestContext::new("whole").build();
    let mut memory = Store::new(MemoryStore::new()).begin(&cx).await.unwrap();
    let error = memory.backend_mut::<PgTransaction>().unwrap_err();
    assert!(error.to_string().contains("another backend"), "{error}");
    let mut tx = Store::new(backend).begin(&cx).await.unwrap();
    let record = key(&cx);
    tx.insert(&record).await.unwrap();
    assert!(tx.insert(&record).await.is_err());
    assert!(matches!(tx.backend_mut::<PgTransaction>(), Err(StoreError::Poisoned)));
}
