//! What is sent to a cluster of Citus, by its form: on one server that says it is a coordinator, so
//! that the rules hold where there is no cluster. `tests/cluster.rs` runs on a real one.
use std::collections::BTreeSet;

use lms_core::{
    kernel::Scope,
    record_types,
    store::{
        Backend as _, Expr, IdempotencyRecord, LogStamp, Op, Order, Ownership, ParentGuard, Query,
        Record as _, Schema, Select, Store, StoreError, UpsertRows, Value,
    },
};
use lms_store_postgres::{
    Partitioning, PgStore, SetupError, distribute, distribution_sql, partition,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::{Fill, Sampler, TestContext};
use sqlx::PgPool;

/// A database that says it is on a coordinator, and a pool of a superuser: on a server without
/// Citus only one may set for a database what Citus reads.
async fn coordinator() -> (TestDatabase, PgPool) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    database.pretend_cluster().await.unwrap();
    let owner = database.admin_pool();
    (database, owner)
}

async fn execute(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(pool).await.unwrap();
}

async fn names(pool: &PgPool, sql: &'static str) -> BTreeSet<String> {
    sqlx::query_scalar::<_, String>(sql).fetch_all(pool).await.unwrap().into_iter().collect()
}

const FOREIGN_KEYS: &str = "SELECT conrelid::regclass::text || ' ' || conname FROM pg_constraint \
                            WHERE contype = 'f' AND connamespace = 'lms'::regnamespace";

/// Every table with its place: `h s` by tenant, `n t` everywhere, `n s` on the coordinator.
const PLACES: &str = "SELECT logicalrelid::text || ' ' || partmethod::text || ' ' || repmodel::text \
                      FROM public.pg_dist_partition";

const NOT_FORCED: &str = "SELECT relname::text FROM pg_class \
                          WHERE relnamespace = 'lms'::regnamespace AND relkind IN ('r', 'p') \
                            AND relname <> 'schema_migrations' AND NOT relispartition \
                            AND NOT relforcerowsecurity";

/// Where everything lies in the end.
async fn assert_in_place(pool: &PgPool) {
    let found = names(pool, PLACES).await;
    let all = "SELECT 'lms.' || relname FROM pg_class WHERE relnamespace = 'lms'::regnamespace \
               AND relkind IN ('r', 'p') AND relname <> 'schema_migrations' AND NOT relispartition";
    let mut expected = BTreeSet::new();
    for table in names(pool, all).await {
        let platform = record_types()
            .iter()
            .map(|it| it.schema())
            .any(|it| it.ownership == Ownership::Platform && table == format!("lms.{}", it.table));
        let place = match (platform, table.as_str()) {
            (true, "lms.tenants") => "n t",
            (true, _) => "n s",
            (false, _) => "h s",
        };
        expected.insert(format!("{table} {place}"));
    }
    assert_eq!(found, expected);
    assert_eq!(names(pool, NOT_FORCED).await, BTreeSet::new());
}

#[tokio::test]
async fn every_table_comes_to_its_place_and_a_second_run_changes_nothing() {
    let (database, owner) = coordinator().await;
    let before = names(&owner, FOREIGN_KEYS).await;
    for _ in 0..2 {
        distribute(&owner).await.unwrap();
        assert_in_place(&owner).await;
        let after = names(&owner, FOREIGN_KEYS).await;
        let gone: Vec<_> = before.difference(&after).cloned().collect();
        // The logins lie on the coordinator; all other references stay.
        assert_eq!(gone, ["lms.memberships memberships_user_id_fkey"]);
    }
    let groups = "SELECT DISTINCT together FROM public.pg_dist_partition WHERE together <> 'none'";
    assert_eq!(names(&owner, groups).await.len(), 1);
    database.store().verify().await.unwrap();
}

#[tokio::test]
async fn an_earlier_run_that_put_tables_elsewhere_is_put_right() {
    let (_database, owner) = coordinator().await;
    // What came of making reference tables of all that the platform owns: Citus took each table
    // that is tied to one for a table of the coordinator.
    let wrong = "INSERT INTO public.pg_dist_partition \
                 SELECT oid::regclass, 'n', CASE WHEN relname IN ('users', 'tenants') THEN 't' \
                                                 ELSE 's' END::\"char\" \
                 FROM pg_class WHERE relnamespace = 'lms'::regnamespace AND relkind = 'r' \
                   AND relname NOT IN ('schema_migrations', 'idempotency_keys')";
    execute(&owner, wrong).await;
    distribute(&owner).await.unwrap();
    assert_in_place(&owner).await;
}

#[tokio::test]
async fn an_interrupted_run_leaves_the_policies_in_force_and_is_completed_by_the_next() {
    let (database, owner) = coordinator().await;
    let before = names(&owner, FOREIGN_KEYS).await.len();
    for table in ["lms.users", "lms.courses", "lms.orders"] {
        execute(&owner, &format!("INSERT INTO public.troubles VALUES ('{table}', false)")).await;
        let error = distribute(&owner).await.unwrap_err();
        assert!(error.to_string().contains(&format!("no node is left for {table}")), "{error}");
        assert_eq!(names(&owner, NOT_FORCED).await, BTreeSet::new());
        let refused = database.store().verify().await;
        assert!(matches!(refused, Err(SetupError::NotDistributed { .. })), "{table}: {refused:?}");
        execute(&owner, "DELETE FROM public.troubles").await;
    }
    distribute(&owner).await.unwrap();
    assert_in_place(&owner).await;
    assert_eq!(names(&owner, FOREIGN_KEYS).await.len(), before - 1);
}

#[tokio::test]
async fn what_is_passed_over_is_named() {
    let (_database, owner) = coordinator().await;
    execute(&owner, "INSERT INTO public.troubles VALUES ('lms.read_models', true)").await;
    let error = distribute(&owner).await.unwrap_err();
    let SetupError::NotDistributed { tables } = &error else { panic!("{error:?}") };
    assert_eq!(tables, &["read_models"]);
    assert!(error.to_string().contains("read_models"), "{error}");
}

/// What an operator sends from a shell.
#[tokio::test]
async fn the_printed_commands_do_the_same_one_by_one() {
    let (_database, owner) = coordinator().await;
    let mut db = owner.acquire().await.unwrap();
    let commands = distribution_sql();
    for command in &commands {
        assert!(!command.contains(';'), "{command}");
        if !command.starts_with("ALTER DATABASE") {
            let command = sqlx::AssertSqlSafe(command.clone());
            sqlx::raw_sql(command).execute(&mut *db).await.unwrap();
        }
    }
    assert!(commands.last().unwrap().starts_with("ALTER DATABASE"));
    drop(db);
    assert_in_place(&owner).await;
}

#[tokio::test]
async fn a_cluster_that_would_answer_wrongly_is_refused() {
    let (database, owner) = coordinator().await;
    // Nothing is distributed yet: one server with an extension more.
    database.store().verify().await.unwrap();
    distribute(&owner).await.unwrap();
    database.store().verify().await.unwrap();

    let name = database.name();
    let set = |to: &str| format!("ALTER DATABASE {name} SET citus.propagate_set_commands = '{to}'");
    execute(&owner, &set("none")).await;
    let error = database.store().verify().await.unwrap_err();
    assert!(matches!(error, SetupError::SettingsStayBehind { .. }), "{error:?}");
    assert!(error.to_string().contains(&set("local")), "{error}");
    let cx = TestContext::new("refused").build();
    assert!(database.store().begin(Scope::Tenant(cx.tenant())).await.is_err());

    execute(&owner, &set("local")).await;
    let later = "DELETE FROM public.pg_dist_partition WHERE logicalrelid = 'lms.orders'::regclass";
    execute(&owner, later).await;
    let error = database.store().verify().await.unwrap_err();
    assert!(error.to_string().contains("not in their places: orders; run `distribute`"), "{error}");
}

/// Who owns the tables and not the database.
#[tokio::test]
async fn a_setting_that_may_not_be_made_is_named_when_all_else_is_done() {
    let (database, admin) = coordinator().await;
    let error = distribute(&database.owner_pool()).await.unwrap_err();
    assert!(matches!(error, SetupError::SettingsStayBehind { .. }), "{error:?}");
    assert!(error.to_string().contains("`ALTER DATABASE"), "{error}");
    assert_in_place(&admin).await;
}

#[tokio::test]
async fn a_distributed_table_is_not_partitioned() {
    let (_database, owner) = coordinator().await;
    let (by, now) = (Partitioning::ByMonth, TestContext::NOW);
    partition(&owner, "audit_entries", by, now).await.unwrap();
    distribute(&owner).await.unwrap();
    assert_in_place(&owner).await;
    let error = partition(&owner, "notifications", by, now).await.unwrap_err();
    assert!(error.to_string().contains("before `distribute`"), "{error}");
    assert_in_place(&owner).await;
}

/// A store of the cluster, on tables that are in their places.
async fn cluster_store() -> (TestDatabase, PgStore) {
    let (database, owner) = coordinator().await;
    distribute(&owner).await.unwrap();
    owner.close().await;
    let store = database.store();
    (database, store)
}

fn tenants_tables() -> BTreeSet<&'static str> {
    let owned = |it: &&Schema| it.ownership == Ownership::Tenant;
    let schemas = record_types().into_iter().map(|it| it.schema());
    schemas.filter(owned).map(|it| it.table).collect()
}

/// What Citus cannot take under row-level security, or does not route to one node.
fn assert_routable(text: &str) {
    assert!(!text.contains(';'), "several commands in one message: {text}");
    assert!(text.matches("INSERT INTO").count() <= 1, "several tables at once: {text}");
    if text.starts_with("INSERT") {
        assert!(!text.contains("UNNEST"), "rows that a cluster copies: {text}");
        let selects = text.contains(") SELECT ");
        assert!(!selects || text.contains(", p.tenant_id,"), "another tenant's node: {text}");
    }
    let words: Vec<&str> =
        text.split(|it: char| it.is_whitespace() || "(),".contains(it)).collect();
    for at in 0..words.len() {
        let Some(table) = words[at].strip_prefix("lms.") else { continue };
        if !tenants_tables().contains(table) || words[at - 1] == "INTO" {
            continue;
        }
        assert_eq!(words.get(at + 1), Some(&"AS"), "{text}");
        let constant = format!("{}.tenant_id = $", words[at + 2]);
        assert!(text.contains(&constant), "`{table}` without a constant tenant: {text}");
    }
}

/// Every kind of statement on every table of a tenant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statement_is_in_a_form_that_a_cluster_routes() {
    let (_database, store) = cluster_store().await;
    let (store, recording) = store.recording();
    let cx = TestContext::new("forms").build();
    let mut sampler = Sampler::new(7, cx.tenant());
    sampler.set_fill(Fill::All);
    let mut guarded = 0;
    for schema in record_types().iter().map(|it| it.schema()) {
        if schema.ownership == Ownership::Platform {
            continue;
        }
        let Ok((parents, samples)) = sampler.samples(schema, 3) else {
            panic!("no samples of {}", schema.table)
        };
        for sample in &parents {
            let mut tx = store.begin(sample.scope()).await.unwrap();
            tx.insert(sample.schema, vec![sample.row.clone()]).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = store.begin(Scope::Tenant(cx.tenant())).await.unwrap();
        let rows: Vec<_> = samples.iter().map(|it| it.row.clone()).collect();
        tx.insert(schema, rows.clone()).await.unwrap();
        let next: Vec<_> = samples.iter().map(|it| it.next_version().row).collect();
        tx.update(schema, next[..1].to_vec()).await.unwrap();
        tx.update(schema, next[1..].to_vec()).await.unwrap();
        let upsert = |parent| UpsertRows {
            schema,
            rows: rows.clone(),
            key: vec![Schema::ID],
            columns: Vec::new(),
            newer_by: None,
            parent,
        };
        tx.upsert(upsert(None)).await.unwrap();
        let of_tenant = |table: &str| {
            let mut all = record_types().into_iter().map(|it| it.schema());
            all.find(|it| it.table == table && it.ownership == Ownership::Tenant)
        };
        let parent = schema.columns.iter().filter(|it| it.name != Schema::ID).find_map(|it| {
            Some(ParentGuard { column: it.name, schema: of_tenant(it.references?)?, filter: None })
        });
        if parent.is_some() {
            guarded += 1;
            tx.upsert(upsert(parent)).await.unwrap();
        }
        let by_id = Select::by_ids(schema, &[rows[0].id(), rows[1].id()]);
        assert_eq!(tx.select(&by_id).await.unwrap().len(), 2);
        tx.count(&by_id).await.unwrap();
        for lock in [lms_core::store::Lock::Update, lms_core::store::Lock::SkipLocked] {
            let page = Select {
                filter: Some(Expr::Compare("version", Op::Ge, Value::Int(1))),
                order: Order { column: "version", ..by_id.order },
                lock,
                ..by_id.clone()
            };
            tx.select(&page).await.unwrap();
        }
        let version = schema.version(&next[0]);
        tx.insert_batches(vec![(schema, Vec::new())]).await.unwrap();
        tx.delete(schema, rows[0].id(), version).await.unwrap();
        tx.rollback().await.unwrap();
    }
    let sent = recording.take();
    assert!(sent.len() > 1000 && guarded > 30, "{} {guarded}", sent.len());
    for statement in sent {
        assert_routable(&statement.text);
    }
}

/// The commit of a unit of work writes the trail and the events.
#[tokio::test]
async fn a_commit_sends_table_by_table_and_more_rows_than_a_message_holds_in_several() {
    let (_database, store) = cluster_store().await;
    let (backend, recording) = store.recording();
    let store = Store::new(backend);
    let cx = TestContext::new("many").build();
    let key = |number: u32| IdempotencyRecord {
        id: cx.id(),
        stamp: LogStamp::new(&cx),
        key: format!("k{number}"),
        fingerprint: "f".to_owned(),
        answer: None,
        expires_at: cx.now(),
    };
    let mut tx = store.begin(&cx).await.unwrap();
    let keys: Vec<_> = (0..1_201).map(key).collect();
    tx.insert_all(&keys).await.unwrap();
    tx.commit().await.unwrap();
    let sent = recording.take();
    assert_eq!(sent.len(), 3);
    sent.iter().for_each(|it| assert_routable(&it.text));
    let mut tx = store.begin(&cx).await.unwrap();
    let all = Query::<IdempotencyRecord>::all();
    assert_eq!(tx.count(all).await.unwrap(), 1_201);
}

#[tokio::test]
async fn rows_of_all_tenants_are_not_locked_at_once() {
    let (_database, store) = cluster_store().await;
    let schema = IdempotencyRecord::schema();
    let mut tx = store.begin(Scope::AllTenants).await.unwrap();
    let plain = Select::by_ids(schema, &[uuid::Uuid::nil()]);
    tx.select(&plain).await.unwrap();
    let locked = Select { lock: lms_core::store::Lock::Update, ..plain };
    let error = tx.select(&locked).await.unwrap_err();
    assert!(matches!(error, StoreError::InvalidQuery { .. }), "{error:?}");
    assert!(error.to_string().contains("tenant by tenant"), "{error}");
}

/// The reports and what fills the read models.
#[test]
fn every_query_of_the_library_names_the_tenant_of_every_table() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let mut read = 0;
    for folder in [folder.clone(), folder.join("kept"), folder.join("refresh")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|it| it != "sql") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let plain: String = text
                .lines()
                .map(|line| line.split("--").next().unwrap().trim())
                .collect::<Vec<_>>()
                .join(" ");
            read += 1;
            assert!(!plain.contains(';'), "{}", path.display());
            let words: Vec<&str> = plain.split_whitespace().collect();
            for (at, word) in words.iter().enumerate() {
                let Some(table) = word.strip_prefix("lms.") else { continue };
                if words[at - 1] == "INTO" {
                    continue;
                }
                let condition = match words.get(at + 1) {
                    // A copy lies on every node, and its key is the tenant.
                    Some(&"AS") if table == "tenants" => format!("{}.id = $1 ", words[at + 2]),
                    Some(&"AS") => format!("{}.tenant_id = ", words[at + 2]),
                    _ => "tenant_id = $1".to_owned(),
                };
                assert!(plain.contains(&condition), "{}: {table}", path.display());
            }
            if let Some((_, source)) = plain.split_once("INSERT INTO ") {
                let selected = source.split("SELECT ").nth(1).unwrap_or("VALUES");
                let first = selected.split(',').next().unwrap();
                let of_a_row = first.ends_with(".tenant_id") || selected == "VALUES";
                assert!(of_a_row, "{}: the tenant is `{first}`", path.display());
            }
        }
    }
    assert!(read > 10, "{read}");
}
