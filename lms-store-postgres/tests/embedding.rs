//! A host puts the library's work and its own in one transaction.
use lms_core::{
    kernel::Scope,
    store::{IdempotencyRecord, LogStamp, Query, Store, StoreError},
};
use lms_store_postgres::{
    PgStore, PgTransaction,
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
