//! Partitions for tables that grow without end.
use chrono::{Datelike as _, Months, NaiveDate};
use lms_core::{
    kernel::Timestamp,
    store::{Ownership, Schema},
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::cluster::found;
use crate::{
    ddl::{SCHEMA, create_table, foreign_key, gin_indexes, indexes, names, policies, references},
    error::SetupError,
    migrate::in_turn,
    registry::Registry,
    sql::vouched,
};

/// How a table is cut into partitions. Both ways keep the primary key `(tenant_id, id)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partitioning {
    /// By the month in which the id was made: ids sort by time (RFC 9562, version 7). Old months
    /// can be detached. For tables without uniques, such as `audit_entries`, `outbox_messages`
    /// and `notifications`.
    ByMonth,
    /// By the tenant, into so many partitions. For every table of tenants, such as
    /// `attempt_answers`.
    ByTenant(u32),
}

/// For how many months beyond the present one partitions are made ahead.
const MONTHS_AHEAD: u32 = 2;

/// How the name of the partition ends that takes what no month takes.
const REST: &str = "_rest";

/// Where a table waits while its partitioned successor is filled.
const ASIDE: &str = "lms_aside";

/// Cuts a table into partitions, with the rows it has, in one transaction that holds the table.
/// A table that is partitioned already is left as it is.
///
/// Call it as the login that owns the schema, before or after there are rows. The application
/// has no rights on partitions, because a partition that is read directly does not ask for its
/// parent's policy.
///
/// # Errors
/// [`SetupError`]; nothing has changed then.
pub async fn partition(
    pool: &PgPool,
    table: &str,
    by: Partitioning,
    now: Timestamp,
) -> Result<(), SetupError> {
    let schema = Registry::library().table(table);
    let schema = schema.ok_or_else(|| SetupError::UnknownTable { table: table.to_owned() })?;
    let reason = match by {
        _ if schema.ownership == Ownership::Platform => Some("it belongs to the platform"),
        Partitioning::ByMonth if !schema.uniques.is_empty() => {
            Some("it has uniques, which would have to hold the time; partition it by tenant")
        }
        Partitioning::ByTenant(0) => Some("there must be one partition at least"),
        Partitioning::ByMonth | Partitioning::ByTenant(_) => None,
    };
    if let Some(reason) = reason {
        return Err(SetupError::CannotPartition { table: table.to_owned(), reason });
    }
    in_turn(pool, async |db| {
        if found(db).await?.contains_key(table) {
            let reason = "a cluster distributes it, and partitioning it now would bring all of its \
                          rows back to the coordinator; partition it before `distribute`";
            return Err(SetupError::CannotPartition { table: table.to_owned(), reason });
        }
        if kind_of(db, schema).await? == Kind::Whole {
            for statement in conversion(schema, by, now) {
                execute(db, statement).await?;
            }
            name_indexes(db, schema).await?;
        }
        Ok(())
    })
    .await
}

/// Makes the partitions that the months to come need, and returns their names. Call it at least
/// once a month, as the login that owns the schema; rows of a month without a partition are kept
/// in the table's rest.
///
/// # Errors
/// [`SetupError`]; partitions made before stay.
pub async fn maintain(pool: &PgPool, now: Timestamp) -> Result<Vec<String>, SetupError> {
    let mut made = Vec::new();
    for context in &Registry::library().contexts {
        for schema in &context.tables {
            let made_here = in_turn(pool, async |db| {
                if kind_of(db, schema).await? != Kind::ByMonth {
                    return Ok(Vec::new());
                }
                let mut made = Vec::new();
                for month in months(now) {
                    made.extend(make_month(db, schema, month).await?);
                }
                Ok(made)
            });
            made.extend(made_here.await?);
        }
    }
    Ok(made)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    ByMonth,
    ByTenant,
}

async fn kind_of(db: &mut PgConnection, schema: &Schema) -> Result<Kind, SetupError> {
    let strategy = "SELECT partstrat::text FROM pg_partitioned_table \
                    WHERE partrelid = to_regclass($1)";
    let found: Option<String> = sqlx::query_scalar(strategy)
        .bind(format!("{SCHEMA}.{}", schema.table))
        .fetch_optional(db)
        .await?;
    Ok(match found.as_deref() {
        None => Kind::Whole,
        Some("r") => Kind::ByMonth,
        Some(_) => Kind::ByTenant,
    })
}

async fn execute(db: &mut PgConnection, statement: String) -> Result<(), SetupError> {
    sqlx::raw_sql(vouched(statement)).execute(db).await?;
    Ok(())
}

/// The statements that replace a table by a partitioned one with the same rows.
fn conversion(schema: &'static Schema, by: Partitioning, now: Timestamp) -> Vec<String> {
    let table = schema.table;
    let registry = Registry::library();
    let everything: Vec<&'static Schema> =
        registry.contexts.iter().flat_map(|it| it.tables.iter().copied()).collect();
    let all: Vec<&str> = everything.iter().map(|it| it.table).collect();
    let referring: Vec<_> = everything
        .iter()
        .filter(|it| it.table != table)
        .flat_map(|from| references(from).map(move |column| (*from, column)))
        .filter(|(_, column)| column.references == Some(table))
        .collect();

    let mut statements = vec![format!("CREATE SCHEMA {ASIDE}")];
    for (from, column) in &referring {
        let name = names::foreign_key(from, column);
        statements.push(format!("ALTER TABLE {SCHEMA}.{} DROP CONSTRAINT {name}", from.table));
    }
    statements.push(format!("ALTER TABLE {SCHEMA}.{table} SET SCHEMA {ASIDE}"));
    let cut = match by {
        Partitioning::ByMonth => "RANGE (id)",
        Partitioning::ByTenant(_) => "HASH (tenant_id)",
    };
    statements.push(format!("{} PARTITION BY {cut}", create_table(schema, &all)));
    statements.extend(first_partitions(schema, by, now));
    // The owner is bound by a forced policy like anybody else; the new table has none yet.
    statements.push(format!("ALTER TABLE {ASIDE}.{table} NO FORCE ROW LEVEL SECURITY"));
    let columns: Vec<_> = schema.columns.iter().map(|it| it.name).collect();
    let columns = columns.join(", ");
    statements.push(format!(
        "INSERT INTO {SCHEMA}.{table} ({columns}) SELECT {columns} FROM {ASIDE}.{table}"
    ));
    statements.extend([format!("DROP TABLE {ASIDE}.{table}"), format!("DROP SCHEMA {ASIDE}")]);
    statements.extend(indexes(schema).iter().map(|it| it.create(schema)));
    statements.extend(gin_indexes(schema));
    statements.extend(policies(schema));
    for (from, column) in referring {
        let add = foreign_key(from, column);
        statements.extend(add.map(|it| format!("ALTER TABLE {SCHEMA}.{} ADD {it}", from.table)));
    }
    statements
}

fn first_partitions(schema: &Schema, by: Partitioning, now: Timestamp) -> Vec<String> {
    let table = schema.table;
    match by {
        Partitioning::ByTenant(count) => (0..count)
            .map(|nth| {
                format!(
                    "CREATE TABLE {SCHEMA}.{table}_h{nth} PARTITION OF {SCHEMA}.{table} \
                     FOR VALUES WITH (MODULUS {count}, REMAINDER {nth})"
                )
            })
            .collect(),
        Partitioning::ByMonth => {
            let first = months(now).next().unwrap_or_default();
            let mut statements = vec![
                format!(
                    "CREATE TABLE {SCHEMA}.{table}_before PARTITION OF {SCHEMA}.{table} \
                     FOR VALUES FROM (MINVALUE) TO ('{}')",
                    first_id(first)
                ),
                format!(
                    "CREATE TABLE {SCHEMA}.{table}{REST} PARTITION OF {SCHEMA}.{table} DEFAULT"
                ),
            ];
            statements.extend(months(now).map(|month| month_partition(schema, month)));
            statements
        }
    }
}

fn month_partition(schema: &Schema, month: NaiveDate) -> String {
    let next = month.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
    format!(
        "CREATE TABLE {SCHEMA}.{} PARTITION OF {SCHEMA}.{} FOR VALUES FROM ('{}') TO ('{}')",
        month_name(schema, month),
        schema.table,
        first_id(month),
        first_id(next)
    )
}

/// Makes a month's partition, unless it is there or its rows lie in the rest already: rows that
/// others refer to cannot be moved.
async fn make_month(
    db: &mut PgConnection,
    schema: &'static Schema,
    month: NaiveDate,
) -> Result<Option<String>, SetupError> {
    let name = month_name(schema, month);
    let next = month.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
    let taken = format!(
        "SELECT to_regclass('{SCHEMA}.{name}') IS NOT NULL OR EXISTS \
         (SELECT FROM {SCHEMA}.{}{REST} WHERE id >= '{}' AND id < '{}')",
        schema.table,
        first_id(month),
        first_id(next)
    );
    if sqlx::query_scalar::<_, bool>(vouched(taken)).fetch_one(&mut *db).await? {
        return Ok(None);
    }
    execute(db, month_partition(schema, month)).await?;
    name_indexes(db, schema).await?;
    Ok(Some(name))
}

/// Names the partitions' indexes after those of their parent, with a number behind, so that a
/// refusal tells which of the table's keys was taken.
async fn name_indexes(db: &mut PgConnection, schema: &'static Schema) -> Result<(), SetupError> {
    let found: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT own.relname::text, parent.relname::text, part.relname::text \
         FROM pg_inherits AS i \
         JOIN pg_class AS own ON own.oid = i.inhrelid \
         JOIN pg_class AS parent ON parent.oid = i.inhparent \
         JOIN pg_index AS x ON x.indexrelid = own.oid \
         JOIN pg_class AS part ON part.oid = x.indrelid \
         JOIN pg_index AS y ON y.indexrelid = parent.oid \
         WHERE y.indrelid = to_regclass($1)",
    )
    .bind(format!("{SCHEMA}.{}", schema.table))
    .fetch_all(&mut *db)
    .await?;
    for (own, parent, partition) in found {
        let wanted = format!("{parent}_{}", number_of(schema, &partition));
        if own != wanted {
            execute(db, format!("ALTER INDEX {SCHEMA}.{own} RENAME TO {wanted}")).await?;
        }
    }
    Ok(())
}

/// The digits of a partition's name; the two that cover no month have none.
fn number_of(schema: &Schema, partition: &str) -> String {
    let own = partition.strip_prefix(schema.table).unwrap_or(partition);
    let digits = own.chars().filter(char::is_ascii_digit).collect::<String>();
    match (digits.is_empty(), partition.ends_with(REST)) {
        (false, _) => digits,
        (true, false) => "0".to_owned(),
        (true, true) => "1".to_owned(),
    }
}

fn month_name(schema: &Schema, month: NaiveDate) -> String {
    format!("{}_p{:04}_{:02}", schema.table, month.year(), month.month())
}

/// The present month and those ahead, by their first day.
fn months(now: Timestamp) -> impl Iterator<Item = NaiveDate> {
    let today = now.date();
    let first = today.with_day(1).unwrap_or(today);
    (0..=MONTHS_AHEAD).filter_map(move |ahead| first.checked_add_months(Months::new(ahead)))
}

/// The least id that can be made on that day: 48 bits of milliseconds lead a version 7 UUID.
fn first_id(day: NaiveDate) -> Uuid {
    let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
    Uuid::from_u128(u128::from(midnight.max(0).unsigned_abs()) << 80)
}

#[cfg(test)]
mod tests {
    use lms_core::kernel::uuid_v7;

    use super::*;

    #[test]
    fn an_id_lies_in_the_month_in_which_it_was_made() {
        let at: Timestamp = "2024-02-29T23:59:59.999Z".parse().unwrap();
        let (february, march) = (
            NaiveDate::from_ymd_opt(2024, 2, 1).unwrap(),
            NaiveDate::from_ymd_opt(2024, 3, 1).unwrap(),
        );
        for random in [[0; 10], [0xff; 10]] {
            let id = uuid_v7(at, random);
            assert!(first_id(february) <= id && id < first_id(march));
            let next = uuid_v7("2024-03-01T00:00:00Z".parse().unwrap(), random);
            assert!(first_id(march) <= next);
        }
        assert_eq!(months(at).collect::<Vec<_>>().first(), Some(&february));
        assert_eq!(months(at).count(), 3);
    }
}
