//! What a server's refusal means.
use std::{io, time::Duration};

use lms_core::store::{Schema, StoreError};
use sqlx::{
    Error,
    postgres::{PgDatabaseError, PgSeverity},
};

use crate::registry::Registry;

/// This backend's name in errors and spans.
pub(crate) const BACKEND: &str = "postgres";

/// Why the database cannot be used as it stands.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The login would not be bound by row-level security.
    #[error(
        "the login `{role}` is not bound by row-level security ({reason}); connect as a plain \
         login that is granted `lms_app`, or allow it with `PgStore::allow_unbound_role`"
    )]
    UnboundRole {
        /// The login.
        role: String,
        /// Which of its attributes unbinds it.
        reason: &'static str,
    },
    /// The login's name cannot be used.
    #[error("`{name}` cannot be the name of a login: {reason}; choose another")]
    BadLogin {
        /// The name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// The library's schema belongs to another login.
    #[error(
        "the login `{login}` does not own the schema `lms`; connect as its owner `{owner}`, or \
         prepare the database for `{login}` as an application: `cargo run -p lms-store-postgres \
         --example migrate -- --owner-url postgres://{owner}@… --login {login}`"
    )]
    NotOwner {
        /// The login.
        login: String,
        /// Who owns the schema.
        owner: String,
    },
    /// The login may not make the library's schema.
    #[error(
        "the login `{login}` may not create the schema `lms` in the database `{database}`; \
         connect as the database's owner, or let a superuser run `GRANT CREATE ON DATABASE \
         {database} TO {login}`"
    )]
    CannotCreateSchema {
        /// The login.
        login: String,
        /// The database.
        database: String,
    },
    /// The login may not make a role that is missing.
    #[error(
        "the role `{role}` does not exist and the login `{login}` may not create it; let a \
         superuser run `CREATE ROLE {role}`, or `ALTER ROLE {login} CREATEROLE`"
    )]
    CannotCreateRole {
        /// The login.
        login: String,
        /// The role that is missing.
        role: String,
    },
    /// The login may not grant what another login needs.
    #[error("the login `{login}` may not grant `{right}`; let a superuser run `{grant}`")]
    CannotGrant {
        /// The login.
        login: String,
        /// What was to be granted.
        right: &'static str,
        /// The statement to run.
        grant: String,
    },
    /// The login may not use the library's tables.
    #[error("the login `{role}` lacks the library's rights; run `GRANT lms_app TO {role}`")]
    MissingRights {
        /// The login.
        role: String,
    },
    /// The database is older than this build.
    #[error("the database is at migration {found}, this build needs {known}; run `migrate`")]
    NotMigrated {
        /// The database's last migration; 0 when it has none.
        found: i64,
        /// This build's last migration.
        known: i64,
    },
    /// The database is newer than this build.
    #[error(
        "the database is at migration {found}, this build knows {known}; use a newer build of \
         the library"
    )]
    NewerSchema {
        /// The database's migration that this build does not know.
        found: i64,
        /// This build's last migration.
        known: i64,
    },
    /// The database has another migration under a number than this build.
    #[error(
        "migration {version} of the database is not that of this build; restore the build that \
         made it, or make the database anew"
    )]
    OtherMigration {
        /// The migration.
        version: i64,
    },
    /// The library has no such table.
    #[error("the library has no table `{table}`")]
    UnknownTable {
        /// The name.
        table: String,
    },
    /// The table cannot be partitioned so.
    #[error("`{table}` cannot be partitioned so: {reason}")]
    CannotPartition {
        /// The table.
        table: String,
        /// Why not.
        reason: &'static str,
    },
    /// The database has no Citus.
    #[error(
        "the database has no extension `citus`; install it, add it to \
         `shared_preload_libraries`, restart, and run `CREATE EXTENSION citus`"
    )]
    CitusMissing,
    /// The database refused, or cannot be reached.
    #[error("the database refused the set-up, or cannot be reached: {0}")]
    Database(#[from] Error),
}

/// What the work gave, or that the server was silent for too long.
pub(crate) async fn within<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout(patience, work).await {
        Ok(done) => done,
        Err(_) => Err(silent(patience)),
    }
}

/// The error of a server that does not answer.
pub(crate) fn silent(patience: Duration) -> Error {
    let what = format!("the server did not answer within {patience:?}");
    Error::Io(io::Error::new(io::ErrorKind::TimedOut, what))
}

/// The port's error for a failed statement on `schema`.
pub(crate) fn statement_error(schema: &'static Schema, error: Error) -> StoreError {
    match database_error(&error) {
        Some(found) => from_sqlstate(schema, found).unwrap_or_else(|| other(error)),
        None => connection_error(error),
    }
}

/// The port's error for a commit that did not succeed. A refusal is certain; anything else, a
/// broken connection most of all, leaves open whether the server committed.
pub(crate) fn commit_error(error: Error) -> StoreError {
    let Some(found) = database_error(&error) else {
        return StoreError::UnknownOutcome { source: error.into() };
    };
    match found.code() {
        "40001" | "40P01" => StoreError::Retryable { source: error.into() },
        code if code.starts_with("23") => {
            let table = found.table().and_then(|it| Registry::library().table(it));
            match table.and_then(|schema| from_sqlstate(schema, found)) {
                Some(known) => known,
                None => other(error),
            }
        }
        "25P02" => StoreError::Poisoned,
        // Only where the host's own statements ended it; see `PgTransaction::connection`.
        "25P01" => StoreError::InvalidQuery {
            table: "transaction",
            reason: "a statement of the host's ended it; leave `COMMIT` and `ROLLBACK` to the store",
        },
        // The server found no room, and rolled back before it answered.
        code if code.starts_with("53") && found.severity() == PgSeverity::Error => {
            StoreError::Unavailable { backend: BACKEND, source: error.into() }
        }
        _ => StoreError::UnknownOutcome { source: error.into() },
    }
}

/// Turns the error of a statement of the host's own into the store's: a lost race is
/// [`StoreError::Retryable`], so that [`Store::transact`](lms_core::store::Store::transact)
/// repeats the work; a server that does not answer is [`StoreError::Unavailable`]; a statement
/// after a failed one is [`StoreError::Poisoned`]; all else is [`StoreError::Backend`], with the
/// error as its source. See [`PgTransaction::connection`](crate::PgTransaction::connection).
pub fn store_error(error: Error) -> StoreError {
    match database_error(&error).map(PgDatabaseError::code) {
        Some("25P02") => StoreError::Poisoned,
        _ => connection_error(error),
    }
}

/// The port's error for a failure to begin or to end, outside any statement.
pub(crate) fn connection_error(error: Error) -> StoreError {
    let unavailable = match &error {
        Error::Io(_)
        | Error::Tls(_)
        | Error::Protocol(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::BeginFailed => true,
        _ => database_error(&error).is_some_and(|it| is_unavailable(it.code())),
    };
    if unavailable {
        return StoreError::Unavailable { backend: BACKEND, source: error.into() };
    }
    match database_error(&error).map(PgDatabaseError::code) {
        Some("40001" | "40P01" | "55P03") => StoreError::Retryable { source: error.into() },
        _ => other(error),
    }
}

fn other(error: Error) -> StoreError {
    match database_error(&error).map(PgDatabaseError::code) {
        Some("40001" | "40P01" | "55P03") => StoreError::Retryable { source: error.into() },
        Some(code) if is_unavailable(code) => {
            StoreError::Unavailable { backend: BACKEND, source: error.into() }
        }
        _ => StoreError::Backend { backend: BACKEND, source: error.into() },
    }
}

/// Connection exceptions, insufficient resources, operator intervention (a statement timeout
/// among them), system errors, a read-only standby, and sessions ended by a timeout. See
/// "PostgreSQL Error Codes", appendix A of the PostgreSQL 15 manual.
fn is_unavailable(code: &str) -> bool {
    matches!(code.get(..2), Some("08" | "53" | "57" | "58"))
        || matches!(code, "25006" | "25P03" | "25P04")
}

fn database_error(error: &Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

/// What the server refused, where the port has a word for it. The class of the code decides;
/// names only add the columns, because Citus keeps the code and not always the names.
fn from_sqlstate(schema: &'static Schema, error: &PgDatabaseError) -> Option<StoreError> {
    let meaning = error.constraint().and_then(|it| Registry::library().constraint(it));
    let named = error.table().and_then(|it| Registry::library().table(it));
    let table = meaning.map_or_else(|| named.unwrap_or(schema).table, |it| it.table);
    let columns = || meaning.map(|it| it.columns.clone()).unwrap_or_default();
    let invalid = |reason| {
        let columns = &named.unwrap_or(schema).columns;
        let by_name = error.column().and_then(|it| columns.iter().find(|c| c.name == it));
        let column = meaning.and_then(|it| it.columns.first().copied());
        let column = column.or(by_name.map(|it| it.name)).unwrap_or("?");
        Some(StoreError::InvalidValue { table, column, reason })
    };
    match error.code() {
        "23505" => Some(StoreError::Duplicate { table, columns: columns() }),
        "23503" => Some(StoreError::BrokenReference { table, columns: columns() }),
        "23502" => invalid("it must not be empty"),
        "23514" => invalid("it does not fulfil the column's condition"),
        "22001" | "54000" => invalid("it is too long"),
        "22003" | "22008" => invalid("it is out of range"),
        "22021" | "22P05" => invalid("it holds characters that cannot be stored"),
        // Missing rights have the same code; the place in the server tells them apart.
        "42501" if error.routine() == Some("ExecWithCheckOptions") => {
            Some(StoreError::OutOfScope { table })
        }
        "25P02" => Some(StoreError::Poisoned),
        _ => None,
    }
}
