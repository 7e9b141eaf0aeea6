//! Making and changing the library's tables.
mod commands;
mod files;
mod generate;

use sqlx::{PgConnection, PgPool, Row as _};

use crate::{admin::Rights, error::SetupError, sql::vouched};

pub(crate) use commands::commands;
pub use generate::generated_migrations;

/// One step of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its place in the order.
    pub version: i64,
    /// What it is about.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

/// Whether a migration was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// The migration.
    pub migration: Migration,
    /// Whether the database has it.
    pub applied: bool,
}

/// Keeps two migrators apart; the number is `lms` in ASCII, then zeros.
const LOCK: i64 = 0x6c6d_7300_0000_0000;

/// The statements before the first migration. They may run any number of times.
const BOOTSTRAP: &str = "CREATE SCHEMA IF NOT EXISTS lms;
CREATE TABLE IF NOT EXISTS lms.schema_migrations (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
";

/// Every migration of this build, in order.
pub fn migrations() -> &'static [Migration] {
    files::MIGRATIONS
}

/// The statements that bring an empty database to this build's schema, for a host whose own
/// tools apply them. [`migrate`] then finds nothing to do.
pub fn migration_sql() -> String {
    let mut text = BOOTSTRAP.to_owned();
    for migration in migrations() {
        text.push_str(&format!("\n{}\n{};\n", migration.sql.trim_end(), migration.record()));
    }
    text
}

impl Migration {
    /// Changes with any change of its statements.
    pub fn checksum(&self) -> String {
        checksum(self.sql)
    }

    fn record(&self) -> String {
        format!(
            "INSERT INTO lms.schema_migrations (version, name, checksum) VALUES ({}, '{}', '{}')",
            self.version,
            self.name,
            self.checksum()
        )
    }
}

/// FNV-1a over 64 bits (draft-eastlake-fnv), as 16 hexadecimal digits: it finds changes, and
/// need not withstand forgery.
pub(crate) fn checksum(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Migrates the database to this build's schema, as the login that owns the schema, and returns the
/// migrations applied now.
///
/// Each migration is one transaction, so one that is interrupted leaves nothing and is repeated
/// by the next run. Two migrators at the same time take turns. A database that is newer than
/// this build, or whose applied migrations differ, is refused untouched.
///
/// It makes the roles `lms_app` and `lms_maintenance` where they are missing, and no login; see
/// [`prepare`](crate::prepare).
///
/// # Errors
/// [`SetupError`], with the statement to run where the login lacks a right.
pub async fn migrate(pool: &PgPool) -> Result<Vec<Migration>, SetupError> {
    let mut applied_now = Vec::new();
    Rights::read(&mut *pool.acquire().await?).await?.require_owner()?;
    in_turn(pool, async |db| execute_all(db, BOOTSTRAP).await).await?;
    for migration in migrations() {
        let done = in_turn(pool, async |db: &mut PgConnection| {
            if applied(db).await?.is_some_and(|it| it >= migration.version) {
                return Ok(false);
            }
            execute_all(db, migration.sql).await?;
            sqlx::raw_sql(vouched(migration.record())).execute(&mut *db).await?;
            Ok(true)
        });
        if done.await? {
            tracing::info!(version = migration.version, name = migration.name, "migrated");
            applied_now.push(*migration);
        }
    }
    Ok(applied_now)
}

/// Command by command, because a cluster of Citus takes one a message.
async fn execute_all(db: &mut PgConnection, text: &'static str) -> Result<(), SetupError> {
    for command in commands(text) {
        sqlx::raw_sql(command).execute(&mut *db).await?;
    }
    Ok(())
}

/// Which migrations the database has.
pub async fn status(pool: &PgPool) -> Result<Vec<MigrationStatus>, SetupError> {
    let mut db = pool.acquire().await?;
    let last = applied(&mut db).await?.unwrap_or_default();
    Ok(migrations()
        .iter()
        .map(|it| MigrationStatus { migration: *it, applied: it.version <= last })
        .collect())
}

/// Refuses a database that is not at this build's schema.
pub(crate) async fn require_current(db: &mut PgConnection) -> Result<(), SetupError> {
    let known = migrations().last().map_or(0, |it| it.version);
    match applied(db).await? {
        Some(found) if found == known => Ok(()),
        found => Err(SetupError::NotMigrated { found: found.unwrap_or_default(), known }),
    }
}

/// Does the work in a transaction, after anyone who else changes the schema.
pub(crate) async fn in_turn<T>(
    pool: &PgPool,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, SetupError>,
) -> Result<T, SetupError> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await?;
    let done = work(&mut tx).await?;
    tx.commit().await?;
    Ok(done)
}

/// The last migration that the database has, after a check that it has the same ones as this
/// build up to there.
async fn applied(db: &mut PgConnection) -> Result<Option<i64>, SetupError> {
    let stands = "SELECT to_regclass('lms.schema_migrations') IS NOT NULL";
    if !sqlx::query_scalar::<_, bool>(stands).fetch_one(&mut *db).await? {
        return Ok(None);
    }
    let rows = sqlx::query("SELECT version, checksum FROM lms.schema_migrations ORDER BY version")
        .fetch_all(db)
        .await?;
    let known = migrations().last().map_or(0, |it| it.version);
    let mut last = None;
    for (at, row) in rows.iter().enumerate() {
        let (version, checksum): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        match migrations().get(at) {
            None => return Err(SetupError::NewerSchema { found: version, known }),
            Some(own) if own.version == version && own.checksum() == checksum => {
                last = Some(version);
            }
            Some(_) if version > known => {
                return Err(SetupError::NewerSchema { found: version, known });
            }
            Some(_) => return Err(SetupError::OtherMigration { version }),
        }
    }
    Ok(last)
}
