//! The database's catalog against the registry, both ways, and the rules of Citus against the
//! catalog.
use std::collections::BTreeSet;

use lms_core::{
    record_types,
    store::{Column, Condition, Ownership, Schema, Type},
};
use lms_store_postgres::{
    generated_migrations,
    testing::{TestDatabase, TestServer},
};
use sqlx::PgPool;

async fn database() -> (TestDatabase, PgPool) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let pool = database.admin_pool();
    (database, pool)
}

fn schemas() -> Vec<&'static Schema> {
    record_types().iter().map(|it| it.schema()).collect()
}

/// Says only what differs: the whole is too long to read.
#[track_caller]
fn assert_same<T: Ord + std::fmt::Debug>(found: &BTreeSet<T>, expected: &BTreeSet<T>) {
    let surplus: Vec<_> = found.difference(expected).collect();
    let missing: Vec<_> = expected.difference(found).collect();
    assert!(
        surplus.is_empty() && missing.is_empty(),
        "not in the registry: {surplus:#?}\nnot in the database: {missing:#?}"
    );
}

/// Tables of the schema that hold no records: the list of migrations, and sums kept ready.
const OTHERS: &[&str] = &[
    "schema_migrations",
    "read_models",
    "student_progress",
    "tutor_classes",
    "tutor_sessions",
    "centre_financials",
];

#[test]
fn the_migrations_are_those_of_the_registry() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for (name, text) in generated_migrations() {
        let file = std::fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(
            file == text,
            "{name} is not what the registry says; run \
             `cargo run -p lms-store-postgres --example migrations`"
        );
    }
}

#[tokio::test]
async fn every_record_has_exactly_its_columns() {
    let (_database, pool) = database().await;
    let rows: Vec<(String, String, String, bool, Option<String>)> = sqlx::query_as(
        "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), \
                NOT a.attnotnull, \
                (SELECT collname::text FROM pg_collation o WHERE o.oid = a.attcollation) \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
         WHERE c.relnamespace = 'lms'::regnamespace AND c.relkind IN ('r', 'p') \
           AND a.attnum > 0 AND NOT a.attisdropped",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let found = rows.into_iter().filter(|it| !OTHERS.contains(&it.0.as_str())).collect();
    let mut expected = BTreeSet::new();
    for schema in schemas() {
        for column in &schema.columns {
            let (ty, collation) = in_catalog(column.ty);
            let (table, name) = (schema.table.to_owned(), column.name.to_owned());
            let collation = collation.map(str::to_owned);
            expected.insert((table, name, ty.to_owned(), column.nullable, collation));
        }
    }
    assert_same(&found, &expected);
}

fn in_catalog(ty: Type) -> (&'static str, Option<&'static str>) {
    match ty {
        Type::Bool => ("boolean", None),
        Type::Int => ("bigint", None),
        Type::Decimal => ("numeric", None),
        Type::Text => ("text", Some("C")),
        Type::Uuid => ("uuid", None),
        Type::Time => ("timestamp with time zone", None),
        Type::Date => ("date", None),
        Type::Json => ("jsonb", None),
        Type::Bytes => ("bytea", None),
    }
}

/// `(table, definition)` of every constraint of a kind.
async fn constraints(pool: &PgPool, kind: &str) -> BTreeSet<(String, String)> {
    sqlx::query_as(
        "SELECT c.relname::text, replace(pg_get_constraintdef(o.oid), '\"', '') \
         FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid \
         WHERE c.relnamespace = 'lms'::regnamespace AND o.contype::text = $1",
    )
    .bind(kind)
    .fetch_all(pool)
    .await
    .unwrap()
    .into_iter()
    .filter(|(table, _): &(String, String)| !OTHERS.contains(&table.as_str()))
    .collect()
}

#[tokio::test]
async fn every_key_begins_with_the_tenant() {
    let (_database, pool) = database().await;
    let expected = schemas()
        .iter()
        .map(|it| {
            let key = match it.ownership {
                Ownership::Tenant => "PRIMARY KEY (tenant_id, id)",
                Ownership::Platform => "PRIMARY KEY (id)",
            };
            (it.table.to_owned(), key.to_owned())
        })
        .collect();
    assert_same(&constraints(&pool, "p").await, &expected);
    // Uniques are indexes, because most speak of some rows only.
    assert_eq!(constraints(&pool, "u").await, BTreeSet::new());
}

#[tokio::test]
async fn every_reference_is_a_foreign_key_within_the_tenant() {
    let (_database, pool) = database().await;
    let all = schemas();
    let owner = |table: &str| {
        all.iter()
            .find(|it| it.table == table)
            .unwrap_or_else(|| panic!("no table {table}"))
            .ownership
    };
    let mut expected = BTreeSet::new();
    for schema in &all {
        for column in schema.columns.iter().filter(|it| it.name != "id") {
            let Some(to) = column.references else { continue };
            let name = column.name;
            let definition = match (schema.ownership, owner(to)) {
                (_, Ownership::Platform) => {
                    format!("FOREIGN KEY ({name}) REFERENCES lms.{to}(id)")
                }
                (Ownership::Tenant, Ownership::Tenant) => {
                    format!("FOREIGN KEY (tenant_id, {name}) REFERENCES lms.{to}(tenant_id, id)")
                }
                (Ownership::Platform, Ownership::Tenant) => {
                    panic!("`{}.{name}` leads from the platform to a tenant", schema.table)
                }
            };
            expected.insert((schema.table.to_owned(), definition));
        }
    }
    assert_same(&constraints(&pool, "f").await, &expected);
}

#[tokio::test]
async fn every_closed_set_range_and_length_is_a_check() {
    let (_database, pool) = database().await;
    let found = constraints(&pool, "c").await;
    let mut expected = BTreeSet::new();
    for schema in schemas() {
        for column in &schema.columns {
            if let Some(condition) = check(column) {
                expected.insert((schema.table.to_owned(), format!("CHECK ({condition})")));
            }
        }
    }
    assert_same(&found, &expected);
}

/// The condition as the server writes it back.
fn check(column: &Column) -> Option<String> {
    let name = column.name;
    let mut parts = Vec::new();
    match column.allowed {
        [] => {}
        [one] => parts.push(format!("({name} = '{one}'::text)")),
        many => parts.push(format!("({name} = ANY (ARRAY[{}]))", texts(many))),
    }
    // The server writes a great constant with quotes.
    let number = |it: i64| match i32::try_from(it) {
        Ok(it) if it < 0 => format!("'{it}'::integer"),
        Ok(it) => it.to_string(),
        Err(_) => format!("'{it}'::bigint"),
    };
    let least = |it| format!("({name} >= {})", number(it));
    let most = |it| format!("({name} <= {})", number(it));
    match column.range {
        None | Some((i64::MIN, i64::MAX)) => {}
        Some((low, i64::MAX)) => parts.push(least(low)),
        Some((i64::MIN, high)) => parts.push(most(high)),
        Some((low, high)) => parts.push(format!("({} AND {})", least(low), most(high))),
    }
    if let Some(longest) = column.max_length {
        parts.push(format!("(char_length({name}) <= {longest})"));
    }
    match parts.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("({})", several.join(" AND "))),
    }
}

fn texts(all: &[&str]) -> String {
    all.iter().map(|it| format!("'{it}'::text")).collect::<Vec<_>>().join(", ")
}

/// Table, whether unique, columns, the columns kept beside them, and condition.
type IndexFound = (String, bool, Vec<String>, Vec<String>, Option<String>);

/// Every index beside primary keys.
async fn indexes(pool: &PgPool) -> BTreeSet<IndexFound> {
    sqlx::query_as(
        "SELECT c.relname::text, i.indisunique, \
                ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k (n, o) \
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.n \
                      WHERE o <= i.indnkeyatts ORDER BY o), \
                ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k (n, o) \
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.n \
                      WHERE o > i.indnkeyatts ORDER BY o), \
                replace(pg_get_expr(i.indpred, c.oid), '\"', '') \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
         JOIN pg_class own ON own.oid = i.indexrelid JOIN pg_am m ON m.oid = own.relam \
         WHERE c.relnamespace = 'lms'::regnamespace AND NOT i.indisprimary \
           AND m.amname = 'btree'",
    )
    .fetch_all(pool)
    .await
    .unwrap()
    .into_iter()
    .filter(|it: &IndexFound| !OTHERS.contains(&it.0.as_str()))
    .collect()
}

#[tokio::test]
async fn every_unique_and_index_is_there_and_no_other() {
    let (_database, pool) = database().await;
    let found = indexes(&pool).await;
    let mut expected = BTreeSet::new();
    for schema in schemas() {
        let table = schema.table.to_owned();
        let soft = schema.deleted_position().is_some();
        let owned = |columns: &[&str]| -> Vec<String> {
            let owner = (schema.ownership == Ownership::Tenant).then_some("tenant_id");
            owner.into_iter().chain(columns.iter().copied()).map(str::to_owned).collect()
        };
        let paged = |columns: &[&str]| {
            let mut columns = owned(columns);
            if !columns.iter().any(|it| it == "id") {
                columns.push("id".to_owned());
            }
            columns
        };
        let live = || "(deleted_at IS NULL)".to_owned();
        for unique in &schema.uniques {
            let when = unique.when.map(|it| match it {
                Condition::IsNull(column) => format!("({column} IS NULL)"),
                Condition::OneOf(column, [one]) => format!("({column} = '{one}'::text)"),
                Condition::OneOf(column, all) => {
                    format!("({column} = ANY (ARRAY[{}]))", texts(all))
                }
            });
            let live = (soft && !unique.reserved_when_deleted).then(live);
            let condition = match (live, when) {
                (Some(a), Some(b)) => Some(format!("({a} AND {b})")),
                (a, b) => a.or(b),
            };
            expected.insert((table.clone(), true, owned(unique.columns), Vec::new(), condition));
        }
        let is_reference =
            |name: &str| schema.column(name).is_some_and(|it| it.references.is_some());
        for index in &schema.indexes {
            let partial = soft && !is_reference(index.columns[0]);
            let columns = paged(index.columns);
            let beside: Vec<String> = index.covers.iter().map(|it| (*it).to_owned()).collect();
            assert!(beside.iter().all(|it| !columns.contains(it)), "{table} {index:?}");
            expected.insert((table.clone(), false, columns, beside, partial.then(live)));
        }
        for column in schema.columns.iter().filter(|it| it.name != "id" && is_reference(it.name)) {
            let start = owned(&[column.name]);
            let covered = expected
                .iter()
                .any(|(t, _, c, _, when)| *t == table && when.is_none() && c.starts_with(&start));
            if !covered {
                expected.insert((table.clone(), false, paged(&[column.name]), Vec::new(), None));
            }
        }
    }
    assert_same(&found, &expected);
}

#[tokio::test]
async fn every_column_that_is_searched_by_its_contents_has_an_index_of_them_and_no_other() {
    let (_database, pool) = database().await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT c.relname::text, pg_get_indexdef(own.oid) \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
         JOIN pg_class own ON own.oid = i.indexrelid JOIN pg_am m ON m.oid = own.relam \
         WHERE c.relnamespace = 'lms'::regnamespace AND m.amname <> 'btree'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let found = rows.into_iter().map(|(table, definition)| {
        let (_, method) = definition.split_once(" USING ").unwrap();
        (table, method.to_owned())
    });
    let expected = schemas().into_iter().flat_map(|it| {
        let gin = |column: &&str| format!("gin ({column} jsonb_path_ops)");
        it.contained.iter().map(gin).map(|method| (it.table.to_owned(), method))
    });
    assert_same(&found.collect(), &expected.collect());
}

/// What the schemas that the library comes from name as indexes, and what stands for each here.
const NAMED: &[(&str, &[&str])] = &[
    // 001: users by e-mail, role, creation and verification.
    ("users", &["email"]),
    ("users", &["created_at"]),
    ("users", &["email_verified_at"]),
    ("memberships", &["tenant_id", "kind", "status"]),
    ("role_assignments", &["tenant_id", "role_id"]),
    // 001: tokens by user, number and end; courses by teacher, publication and category.
    ("refresh_tokens", &["user_id"]),
    ("refresh_tokens", &["jti"]),
    ("refresh_tokens", &["expires_at"]),
    ("courses", &["tenant_id", "status", "published_at"]),
    ("courses", &["tenant_id", "category_id"]),
    ("assignments", &["tenant_id", "course_id"]),
    ("assignments", &["tenant_id", "due_at"]),
    // 002: tutors of learners and classes, requests by status and priority.
    ("learner_profiles", &["tenant_id", "assigned_tutor_id"]),
    ("class_groups", &["tenant_id", "teacher_id"]),
    ("service_requests", &["tenant_id", "status", "priority"]),
    // 003: a person's notifications, the trail.
    ("notifications", &["tenant_id", "recipient_id"]),
    ("audit_entries", &["tenant_id", "entity_kind", "entity_id"]),
    // 004: users by status; courses that are featured, of a teacher by status, of a category.
    ("users", &["status"]),
    ("courses", &["tenant_id", "is_featured"]),
    ("courses", &["tenant_id", "owner_id", "status"]),
    ("courses", &["tenant_id", "category_id", "is_featured"]),
    ("enrollments", &["tenant_id", "course_id"]),
];

#[tokio::test]
async fn the_indexes_that_the_sources_name_are_there() {
    let (_database, pool) = database().await;
    let found = indexes(&pool).await;
    let missing: Vec<_> = NAMED
        .iter()
        .filter(|(table, columns)| {
            !found.iter().any(|(of, _, own, ..)| of == table && own.starts_with(&owned(columns)))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

fn owned(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|it| (*it).to_owned()).collect()
}

#[tokio::test]
async fn every_table_forces_row_level_security() {
    let (_database, pool) = database().await;
    let rows: Vec<(String, bool, i64)> = sqlx::query_as(
        "SELECT relname::text, relrowsecurity AND relforcerowsecurity, \
                (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) \
         FROM pg_class c \
         WHERE relnamespace = 'lms'::regnamespace AND relkind IN ('r', 'p')",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert!(rows.len() > schemas().len());
    for (table, forced, policies) in rows {
        if table != "schema_migrations" {
            assert!(forced && policies >= 2, "{table} is open");
        }
    }
}

#[tokio::test]
async fn a_tenants_policy_is_one_comparison_without_or_and_sub_select() {
    let (_database, pool) = database().await;
    let own =
        "(tenant_id = (NULLIF(current_setting('lms.tenant_id'::text, true), ''::text))::uuid)";
    let rows: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT c.relname::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) \
         FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE polname LIKE '%\\_tenant'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let owned = schemas().iter().filter(|it| it.ownership == Ownership::Tenant).count();
    // The sums that are kept ready have the same policy.
    assert_eq!(rows.len(), owned + OTHERS.len() - 1);
    for (table, using, check) in rows {
        assert_eq!(using.as_deref(), Some(own), "{table}");
        assert_eq!(check.as_deref(), Some(own), "{table}");
    }
}

#[tokio::test]
async fn nothing_in_the_schema_stands_in_the_way_of_distribution() {
    let (_database, pool) = database().await;
    let count = |sql: &'static str| {
        let pool = pool.clone();
        async move { sqlx::query_scalar::<_, i64>(sql).fetch_one(&pool).await.unwrap() }
    };
    // Triggers beside those of foreign keys; ON DELETE or ON UPDATE actions; deferred checks.
    let triggers = "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
                    WHERE c.relnamespace = 'lms'::regnamespace AND NOT tgisinternal";
    assert_eq!(count(triggers).await, 0);
    let actions = "SELECT count(*) FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid \
                   WHERE c.relnamespace = 'lms'::regnamespace AND contype = 'f' \
                     AND (confdeltype <> 'a' OR confupdtype <> 'a' OR condeferrable)";
    assert_eq!(count(actions).await, 0);
    // Sequences and identity columns number across tenants; exclusion constraints do not travel.
    let sequences = "SELECT count(*) FROM pg_class \
                     WHERE relnamespace = 'lms'::regnamespace AND relkind = 'S'";
    assert_eq!(count(sequences).await, 0);
    let exclusions = "SELECT count(*) FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid \
                      WHERE c.relnamespace = 'lms'::regnamespace AND contype = 'x'";
    assert_eq!(count(exclusions).await, 0);
    // Sums that are kept ready are keyed by the tenant too.
    let keys = "SELECT count(*) FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid \
                WHERE c.relnamespace = 'lms'::regnamespace AND contype = 'p' \
                  AND pg_get_constraintdef(o.oid) NOT LIKE 'PRIMARY KEY (tenant_id%'";
    let platform = schemas().iter().filter(|it| it.ownership == Ownership::Platform).count();
    assert_eq!(count(keys).await, i64::try_from(platform).unwrap() + 1);
    // Every unique index of a tenant's table begins with the tenant.
    for schema in schemas().iter().filter(|it| it.ownership == Ownership::Tenant) {
        for (table, _, columns, ..) in indexes(&pool).await {
            if table == schema.table {
                assert_eq!(columns[0], "tenant_id", "{table} {columns:?}");
            }
        }
    }
}

#[tokio::test]
async fn names_leave_room_for_a_shard_number() {
    let (_database, pool) = database().await;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT conname::text FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid \
         WHERE c.relnamespace = 'lms'::regnamespace \
         UNION SELECT relname::text FROM pg_class WHERE relnamespace = 'lms'::regnamespace",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    for name in names {
        assert!(name.len() <= 52, "{name} is longer than 52 bytes");
    }
}

#[tokio::test]
async fn the_application_cannot_truncate_or_change_tables() {
    let (database, _pool) = database().await;
    let app = database.app_pool();
    for statement in [
        "TRUNCATE lms.audit_entries",
        "ALTER TABLE lms.audit_entries DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE lms.mine (id BIGINT)",
        "DELETE FROM lms.schema_migrations",
        "SET ROLE lms_maintenance",
    ] {
        let error = sqlx::raw_sql(statement).execute(&app).await.unwrap_err();
        let code = error.as_database_error().and_then(|it| it.code()).unwrap_or_default();
        assert_eq!(code, "42501", "{statement}: {error}");
    }
}
