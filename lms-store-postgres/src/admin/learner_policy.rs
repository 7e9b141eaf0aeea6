//! A second policy, by learner, for hosts that run statements of their own on behalf of one.
use lms_core::store::{Ownership, Schema, Type};
use sqlx::PgPool;

use crate::{ddl::SCHEMA, error::SetupError, migrate::in_turn, registry::Registry, sql::vouched};

/// The transaction-local setting that narrows a transaction to one learner's rows: the id of
/// their membership. Without it, all rows of the tenant are there.
pub const LEARNER_SETTING: &str = "lms.learner_id";

/// The column by which a row is a learner's own.
const COLUMN: &str = "learner_id";

/// Gives every table with a `learner_id` a second policy: in a transaction that sets
/// [`LEARNER_SETTING`], only that learner's rows are there, beside the tenant's policy and never
/// instead of it. Returns the tables. Call it as the login that owns the schema; once is enough.
///
/// # Errors
/// [`SetupError`]; nothing has changed then.
pub async fn bind_rows_to_learners(pool: &PgPool) -> Result<Vec<&'static str>, SetupError> {
    let tables: Vec<&'static Schema> = Registry::library()
        .contexts
        .iter()
        .flat_map(|it| it.tables.iter().copied())
        .filter(|it| it.ownership == Ownership::Tenant)
        .filter(|it| it.column(COLUMN).is_some_and(|column| column.ty == Type::Uuid))
        .collect();
    in_turn(pool, async |db| {
        for schema in &tables {
            let table = schema.table;
            let setting = format!("NULLIF(current_setting('{LEARNER_SETTING}', true), '')::uuid");
            let mut own = format!("{COLUMN} = coalesce({setting}, {COLUMN})");
            // A row of nobody's is there while nobody is named.
            if schema.column(COLUMN).is_some_and(|it| it.nullable) {
                own.push_str(&format!(" OR {COLUMN} IS NULL AND {setting} IS NULL"));
            }
            for command in [
                format!("DROP POLICY IF EXISTS {table}_learner ON {SCHEMA}.{table}"),
                format!(
                    "CREATE POLICY {table}_learner ON {SCHEMA}.{table} AS RESTRICTIVE\n    \
                     USING ({own})\n    WITH CHECK ({own})"
                ),
            ] {
                sqlx::raw_sql(vouched(command)).execute(&mut *db).await?;
            }
        }
        Ok(())
    })
    .await?;
    Ok(tables.iter().map(|it| it.table).collect())
}
