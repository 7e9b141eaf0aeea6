//! Making the tables, and refusing a database that does not fit.
use std::time::Duration;

use lms_core::{
    kernel::Scope,
    store::{Backend as _, StoreError},
};
use lms_store_postgres::{
    PgStore, SetupError, migrate, migration_sql, migrations, status,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::TestContext;
use sqlx::PgPool;

async fn empty() -> (TestDatabase, PgPool) {
    let database = TestServer::shared().await.unwrap().unmigrated_database().await.unwrap();
    let owner = database.owner_pool();
    (database, owner)
}

async fn migrated() -> TestDatabase {
    TestServer::shared().await.unwrap().database().await.unwrap()
}

async fn execute(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// Everything that was made, as text that two databases can be compared by.
async fn made(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT format('%s %s %s', c.relname, a.attname, format_type(a.atttypid, -1)) \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
         WHERE c.relnamespace = 'lms'::regnamespace \
         UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(o.oid)) \
         FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid \
         WHERE c.relnamespace = 'lms'::regnamespace \
         UNION ALL SELECT format('%s %s', tablename, policyname) FROM pg_policies \
         ORDER BY 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn migrating_twice_finds_nothing_to_do() {
    let (_database, owner) = empty().await;
    assert!(status(&owner).await.unwrap().iter().all(|it| !it.applied));
    let first = migrate(&owner).await.unwrap();
    assert_eq!(first, migrations());
    assert_eq!(migrate(&owner).await.unwrap(), []);
    assert!(status(&owner).await.unwrap().iter().all(|it| it.applied));
}

#[tokio::test]
async fn the_printed_statements_do_the_same() {
    let (_database, owner) = empty().await;
    execute(&owner, &migration_sql()).await;
    assert_eq!(migrate(&owner).await.unwrap(), []);
    let (_other, other) = empty().await;
    migrate(&other).await.unwrap();
    assert_eq!(made(&owner).await, made(&other).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_migration_is_completed_by_the_next_run() {
    let (_database, owner) = empty().await;
    let mut interrupted = 0;
    for patience_ms in [0, 1, 2, 3, 5, 8, 13, 21, 34, 55] {
        let pool = owner.clone();
        let work = tokio::spawn(async move { migrate(&pool).await });
        tokio::time::sleep(Duration::from_millis(patience_ms)).await;
        work.abort();
        interrupted += u32::from(work.await.is_err());
    }
    assert!(interrupted >= 3, "{interrupted}");
    migrate(&owner).await.unwrap();
    assert!(status(&owner).await.unwrap().iter().all(|it| it.applied));
    let whole = migrated().await;
    assert_eq!(made(&owner).await, made(&whole.owner_pool()).await);
}

/// Also when the server ends the session half-way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_loses_its_session_is_completed_by_the_next_run() {
    let (database, owner) = empty().await;
    let admin = database.admin_pool();
    let work = tokio::spawn({
        let owner = owner.clone();
        async move { migrate(&owner).await }
    });
    tokio::time::sleep(Duration::from_millis(30)).await;
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND usename = 'lms_test_owner'";
    sqlx::query_scalar::<_, i64>(end).fetch_one(&admin).await.unwrap();
    let _ = work.await.unwrap();
    // The next run is another program's: it has connections of its own.
    let owner = database.owner_pool();
    migrate(&owner).await.unwrap();
    let whole = migrated().await;
    assert_eq!(made(&owner).await, made(&whole.owner_pool()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_migrators_take_turns() {
    let (database, _owner) = empty().await;
    let all = (0..4).map(|_| {
        let pool = database.owner_pool();
        tokio::spawn(async move { migrate(&pool).await.unwrap().len() })
    });
    let mut applied = 0;
    for one in all.collect::<Vec<_>>() {
        applied += one.await.unwrap();
    }
    assert_eq!(applied, migrations().len());
}

#[tokio::test]
async fn the_hosts_own_migrations_and_tables_are_left_alone() {
    let (database, owner) = empty().await;
    let own = "CREATE TABLE public._sqlx_migrations (version BIGINT PRIMARY KEY); \
               CREATE TABLE public.courses (id INT); \
               INSERT INTO public._sqlx_migrations VALUES (1), (20990101000000); \
               GRANT ALL ON ALL TABLES IN SCHEMA public TO lms_test_owner";
    execute(&database.admin_pool(), own).await;
    migrate(&owner).await.unwrap();
    let found: Vec<i64> = sqlx::query_scalar("SELECT version FROM public._sqlx_migrations")
        .fetch_all(&owner)
        .await
        .unwrap();
    assert_eq!(found, [1, 20_990_101_000_000]);
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let database = migrated().await;
    let newer = "INSERT INTO lms.schema_migrations (version, name, checksum) \
                 VALUES (9999, 'later', 'x')";
    execute(&database.owner_pool(), newer).await;
    for refusal in [
        migrate(&database.owner_pool()).await.unwrap_err(),
        status(&database.owner_pool()).await.unwrap_err(),
        database.store().verify().await.unwrap_err(),
    ] {
        let SetupError::NewerSchema { found: 9999, .. } = refusal else { panic!("{refusal:?}") };
        assert!(refusal.to_string().contains("newer build"), "{refusal}");
    }
    let cx = TestContext::new("newer").build();
    let error = database.store().begin(Scope::Tenant(cx.tenant())).await.err().unwrap();
    assert!(matches!(error, StoreError::Backend { .. }), "{error:?}");
}

#[tokio::test]
async fn an_older_or_empty_database_is_refused_until_it_is_migrated() {
    let database = migrated().await;
    let owner = database.owner_pool();
    let last = migrations().last().unwrap();
    let older = format!("DELETE FROM lms.schema_migrations WHERE version = {}", last.version);
    execute(&owner, &older).await;
    let refusal = database.store().verify().await.unwrap_err();
    assert!(matches!(refusal, SetupError::NotMigrated { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("run `migrate`"), "{refusal}");
    let (empty, _owner) = empty().await;
    let refusal = PgStore::new(empty.admin_pool()).allow_unbound_role().verify().await;
    assert!(
        matches!(
            refusal,
            Err(SetupError::NotMigrated { found: 0, .. } | SetupError::MissingRights { .. })
        ),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn a_migration_that_was_changed_is_refused() {
    let database = migrated().await;
    let owner = database.owner_pool();
    execute(&owner, "UPDATE lms.schema_migrations SET checksum = 'x' WHERE version = 1").await;
    let refusal = migrate(&owner).await.unwrap_err();
    assert!(matches!(refusal, SetupError::OtherMigration { version: 1 }), "{refusal:?}");
}

#[tokio::test]
async fn a_login_that_policies_do_not_bind_is_refused() {
    let database = migrated().await;
    let (admin, cx) = (database.admin_pool(), TestContext::new("unbound").build());
    execute(
        &admin,
        "DO $$ BEGIN CREATE ROLE lms_test_bypass LOGIN BYPASSRLS PASSWORD 'lms-test-only'; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; \
         GRANT lms_app TO lms_test_bypass",
    )
    .await;
    let bypass = database.app_options().username("lms_test_bypass");
    let bypass = PgStore::pool_options().connect_lazy_with(bypass);
    for (pool, reason) in [
        (admin, "it is a superuser"),
        (bypass, "it has BYPASSRLS"),
        (database.maintenance_pool(), "it is a member of `lms_maintenance`"),
    ] {
        let store = PgStore::new(pool.clone());
        let refusal = store.verify().await.unwrap_err();
        assert!(refusal.to_string().contains(reason), "{refusal}");
        // Also when the host never asks.
        let refused = store.begin(Scope::Tenant(cx.tenant())).await.err();
        assert!(matches!(refused, Some(StoreError::Backend { .. })), "{refused:?}");
        let allowed = PgStore::new(pool).allow_unbound_role();
        let opened = allowed.begin(Scope::Tenant(cx.tenant())).await;
        let is_maintenance = reason.contains("lms_maintenance");
        assert!(opened.is_ok() || is_maintenance, "{:?}", opened.err());
    }
}

#[tokio::test]
async fn a_login_without_the_librarys_rights_is_told_what_to_grant() {
    let database = migrated().await;
    execute(
        &database.admin_pool(),
        "DO $$ BEGIN CREATE ROLE lms_test_stranger LOGIN PASSWORD 'lms-test-only'; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
    )
    .await;
    let stranger = database.app_options().username("lms_test_stranger");
    let pool = PgStore::pool_options().connect_lazy_with(stranger);
    let refusal = PgStore::new(pool).verify().await.unwrap_err();
    assert!(matches!(refusal, SetupError::MissingRights { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("GRANT lms_app TO lms_test_stranger"), "{refusal}");
}

#[tokio::test]
async fn all_tenants_need_a_pool_of_their_own() {
    let database = migrated().await;
    let store = PgStore::new(database.app_pool());
    let error = store.begin(Scope::AllTenants).await.err().unwrap();
    assert!(matches!(error, StoreError::ScopeNotOffered { .. }), "{error:?}");
    assert!(error.to_string().contains("with_maintenance_pool"), "{error}");
    assert!(database.store().begin(Scope::AllTenants).await.is_ok());
}
