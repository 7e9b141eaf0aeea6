//! The ways around row-level security that PostgreSQL leaves open: each is shown to be one, or is
//! known to be one, and the schema has none of it.
use lms_core::{
    kernel::Context,
    store::{IdempotencyRecord, LogStamp, Store},
};
use lms_store_postgres::testing::{TestDatabase, TestServer};
use lms_testkit::TestContext;
use sqlx::PgPool;

struct Stage {
    _database: TestDatabase,
    admin: PgPool,
    app: PgPool,
}

/// A database in which one tenant keeps one row.
async fn stage() -> Stage {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let cx: Context = TestContext::new("traps").build();
    let record = IdempotencyRecord {
        id: cx.id(),
        stamp: LogStamp::new(&cx),
        key: "k".to_owned(),
        fingerprint: "f".to_owned(),
        answer: None,
        expires_at: cx.now(),
    };
    let mut tx = Store::new(database.store()).begin(&cx).await.unwrap();
    tx.insert(&record).await.unwrap();
    tx.commit().await.unwrap();
    let (admin, app) = (database.admin_pool(), database.app_pool());
    Stage { _database: database, admin, app }
}

async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// Tables of tenants: those with a `tenant_id`.
const TENANTS_TABLES: &str = "SELECT attrelid FROM pg_attribute a \
    JOIN pg_class c ON c.oid = a.attrelid \
    WHERE c.relnamespace = 'lms'::regnamespace AND c.relkind IN ('r', 'p') \
      AND a.attname = 'tenant_id'";

async fn count_in_tables(pool: &PgPool, sql: &str) -> i64 {
    let sql = format!("WITH tables AS ({TENANTS_TABLES}) {sql}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(pool).await.unwrap()
}

/// A view asks the policies of its owner, which do not bind a superuser.
#[tokio::test]
async fn a_view_of_a_superuser_leaks_and_there_is_none() {
    let Stage { admin, app, .. } = &stage().await;
    let make = "CREATE VIEW public.leak AS SELECT key FROM lms.idempotency_keys; \
                CREATE MATERIALIZED VIEW public.kept AS SELECT key FROM lms.idempotency_keys; \
                GRANT SELECT ON public.leak, public.kept TO lms_app";
    sqlx::raw_sql(make).execute(admin).await.unwrap();
    assert_eq!(count(app, "SELECT count(*) FROM lms.idempotency_keys").await, 0);
    assert_eq!(count(app, "SELECT count(*) FROM public.leak").await, 1);
    assert_eq!(count(app, "SELECT count(*) FROM public.kept").await, 1);
    let views = "SELECT count(*) FROM pg_class \
                 WHERE relnamespace = 'lms'::regnamespace AND relkind NOT IN ('r', 'p', 'i', 'I')";
    assert_eq!(count(admin, views).await, 0);
}

/// So does a function that runs as its owner.
#[tokio::test]
async fn a_function_of_a_superuser_leaks_and_there_is_none() {
    let Stage { admin, app, .. } = &stage().await;
    let make = "CREATE FUNCTION public.leak() RETURNS bigint LANGUAGE sql SECURITY DEFINER \
                AS 'SELECT count(*) FROM lms.idempotency_keys'";
    sqlx::raw_sql(make).execute(admin).await.unwrap();
    assert_eq!(count(app, "SELECT public.leak()").await, 1);
    let functions = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'lms'::regnamespace";
    assert_eq!(count(admin, functions).await, 0);
    let rules = "SELECT count(*) FROM pg_rules WHERE schemaname = 'lms'";
    assert_eq!(count(admin, rules).await, 0);
}

/// TRUNCATE asks no policy; a trigger or a reference of one's own sees what it should not.
#[tokio::test]
async fn truncating_asks_no_policy_and_is_not_granted() {
    let Stage { admin, .. } = &stage().await;
    let granted = "SELECT count(*) FROM pg_class c, \
                          unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES']) AS privilege, \
                          unnest(ARRAY['lms_app', 'lms_maintenance', 'public']) AS role \
                   WHERE relnamespace = 'lms'::regnamespace AND relkind IN ('r', 'p') \
                     AND has_table_privilege(role, c.oid, privilege)";
    assert_eq!(count(admin, granted).await, 0);
    // Nor does anybody inherit more than that from the library's roles.
    let powers = "SELECT count(*) FROM pg_roles WHERE rolname IN ('lms_app', 'lms_maintenance') \
                  AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)";
    assert_eq!(count(admin, powers).await, 0);
}

/// A reference is checked without policies: one without the tenant in it accepts any tenant's row.
#[tokio::test]
async fn a_reference_without_the_tenant_crosses_and_there_is_none() {
    let Stage { admin, .. } = &stage().await;
    let crossing = "SELECT count(*) FROM pg_constraint o \
        WHERE contype = 'f' AND conrelid IN (SELECT * FROM tables) \
          AND confrelid IN (SELECT * FROM tables) \
          AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = o.conrelid \
                          AND a.attname = 'tenant_id' AND a.attnum = o.conkey[1])";
    assert_eq!(count_in_tables(admin, crossing).await, 0);
    let all = "SELECT count(*) FROM pg_constraint \
               WHERE contype = 'f' AND conrelid IN (SELECT * FROM tables)";
    assert!(count_in_tables(admin, all).await > 100);
    // And what a cascade removes or empties asks no policy either.
    let cascades = "SELECT count(*) FROM pg_constraint \
        WHERE contype = 'f' AND conrelid IN (SELECT * FROM tables) \
          AND (confdeltype <> 'a' OR confupdtype <> 'a')";
    assert_eq!(count_in_tables(admin, cascades).await, 0);
}

/// A unique without the tenant in it tells one tenant what another has.
#[tokio::test]
async fn a_unique_of_all_tenants_tells_and_there_is_none() {
    let Stage { admin, .. } = &stage().await;
    let telling = "SELECT count(*) FROM pg_index i \
        WHERE indisunique AND indrelid IN (SELECT * FROM tables) \
          AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid \
                          AND a.attname = 'tenant_id' AND a.attnum = i.indkey[0])";
    assert_eq!(count_in_tables(admin, telling).await, 0);
    let all = "SELECT count(*) FROM pg_index \
               WHERE indisunique AND indrelid IN (SELECT * FROM tables)";
    assert!(count_in_tables(admin, all).await > 100);
}
