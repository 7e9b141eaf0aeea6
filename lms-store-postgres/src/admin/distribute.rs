//! From one server to a cluster: the migrated tables as Citus distributed and reference tables.
use lms_core::store::{Ownership, Schema};
use sqlx::PgPool;

use crate::{
    ddl::{SCHEMA, foreign_key, names, references},
    error::SetupError,
    registry::Registry,
    sql::vouched,
};

/// Tables that no record stands for, but that hold rows of tenants.
const READ_MODELS: [&str; 5] =
    ["read_models", "student_progress", "tutor_classes", "tutor_sessions", "centre_financials"];

/// Turns the migrated tables into distributed ones, on a coordinator of Citus: those of tenants
/// by `tenant_id`, all in one group, so that a tenant's rows lie together and its transactions
/// stay on one node; those of the platform as reference tables. What is distributed already is
/// left as it is, so an interrupted run is completed by the next one.
///
/// Call it as the login that owns the schema. Rows that are there are moved.
///
/// # Errors
/// [`SetupError::CitusMissing`] where the database has no Citus, and what the server refuses.
pub async fn distribute(pool: &PgPool) -> Result<(), SetupError> {
    let has_citus = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')";
    if !sqlx::query_scalar::<_, bool>(has_citus).fetch_one(pool).await? {
        return Err(SetupError::CitusMissing);
    }
    let mut db = pool.acquire().await?;
    for statement in distribution_sql() {
        sqlx::raw_sql(vouched(statement)).execute(&mut *db).await?;
    }
    Ok(())
}

/// The statements of [`distribute`], for operators who run them themselves.
pub fn distribution_sql() -> Vec<String> {
    let tables: Vec<&'static Schema> =
        Registry::library().contexts.iter().flat_map(|it| it.tables.iter().copied()).collect();
    let mut statements = vec![reference("schema_migrations")];
    let platform = tables.iter().filter(|it| it.ownership == Ownership::Platform);
    statements.extend(platform.map(|it| reference(it.table)));
    let owned: Vec<_> = tables.iter().filter(|it| it.ownership == Ownership::Tenant).collect();
    let Some(first) = owned.first().map(|it| it.table) else { return statements };
    // A reference between distributed tables needs both to be distributed, so those that lead
    // to a table that comes later stand aside meanwhile.
    let late: Vec<_> = owned
        .iter()
        .enumerate()
        .flat_map(|(at, from)| references(from).map(move |column| (at, **from, column)))
        .filter(|(at, _, column)| {
            owned.iter().skip(at + 1).any(|it| Some(it.table) == column.references)
        })
        .collect();
    for (_, from, column) in &late {
        let name = names::foreign_key(from, column);
        let table = from.table;
        statements.push(format!("ALTER TABLE {SCHEMA}.{table} DROP CONSTRAINT IF EXISTS {name}"));
    }
    statements.extend(owned.iter().map(|it| distributed(it.table, first)));
    statements.extend(READ_MODELS.map(|it| distributed(it, first)));
    for (_, from, column) in late {
        let add = foreign_key(from, column);
        statements.extend(add.map(|it| format!("ALTER TABLE {SCHEMA}.{} ADD {it}", from.table)));
    }
    statements
}

fn reference(table: &str) -> String {
    when_whole(table, &format!("create_reference_table('{SCHEMA}.{table}')"))
}

/// Rows are moved by the owner, whom a forced policy would hide them from.
fn distributed(table: &str, first: &str) -> String {
    let together = if table == first { "'none'".to_owned() } else { format!("'{SCHEMA}.{first}'") };
    let move_rows = format!(
        "create_distributed_table('{SCHEMA}.{table}', 'tenant_id', colocate_with => {together})"
    );
    format!(
        "ALTER TABLE {SCHEMA}.{table} NO FORCE ROW LEVEL SECURITY;\n{};\n\
         ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY",
        when_whole(table, &move_rows)
    )
}

fn when_whole(table: &str, call: &str) -> String {
    format!(
        "SELECT {call} WHERE NOT EXISTS (SELECT FROM pg_dist_partition \
         WHERE logicalrelid = '{SCHEMA}.{table}'::regclass)"
    )
}
