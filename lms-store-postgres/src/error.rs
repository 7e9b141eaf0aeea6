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

/// Why the database cannot be used in its present state.
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
        /// The privilege that could not be granted.
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
    /// Tables are not where a cluster needs them.
    #[error(
        "in the cluster these tables are not in their places: {}; run `distribute` as the login \
         that owns them",
        .tables.join(", ")
    )]
    NotDistributed {
        /// The tables.
        tables: Vec<&'static str>,
    },
    /// What a transaction is set to would not reach the nodes of the cluster.
    #[error(
        "`citus.propagate_set_commands` is not `local`, so the nodes of the cluster would not know \
         the tenant; run `distribute`, or `ALTER DATABASE {database} SET \
         citus.propagate_set_commands = 'local'`, and connect anew"
    )]
    SettingsStayBehind {
        /// The database.
        database: String,
    },
    /// The database refused, or cannot be reached.
    #[error("the database refused the set-up, or cannot be reached: {0}")]
    Database(#[from] Error),
}

impl SetupError {
    /// The server's code, where it is the server that refused.
    pub(crate) fn code(&self) -> Option<String> {
        let Self::Database(error) = self else { return None };
        Some(database_error(error)?.code().to_owned())
    }
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
    other(error)
}

fn other(error: Error) -> StoreError {
    if database_error(&error).is_some_and(lost_a_move) {
        return StoreError::Retryable { source: error.into() };
    }
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
/// names only add the columns.
fn from_sqlstate(schema: &'static Schema, error: &PgDatabaseError) -> Option<StoreError> {
    let refusal = Refusal {
        code: error.code(),
        message: error.message(),
        constraint: error.constraint(),
        table: error.table(),
        column: error.column(),
        routine: error.routine(),
    };
    refusal.meaning(schema)
}

/// What a server says of a refusal. One that comes through a coordinator of Citus has the code and
/// the message of the node, whose names end in the number of a shard, and no fields beside.
#[derive(Clone, Copy, Debug, Default)]
struct Refusal<'e> {
    code: &'e str,
    message: &'e str,
    constraint: Option<&'e str>,
    table: Option<&'e str>,
    column: Option<&'e str>,
    routine: Option<&'e str>,
}

impl<'e> Refusal<'e> {
    fn meaning(self, schema: &'static Schema) -> Option<StoreError> {
        let registry = Registry::library();
        let constraint = match self.constraint {
            Some(name) => registry.constraint(name),
            None => self.quoted().find_map(|it| registry.constraint(it)),
        };
        let named = match self.table {
            Some(name) => registry.table_or_shard(name),
            None => self.quoted().find_map(|it| registry.table_or_shard(it)),
        };
        let table = constraint.map_or_else(|| named.unwrap_or(schema).table, |it| it.table);
        let columns = || constraint.map(|it| it.columns.clone()).unwrap_or_default();
        let invalid = |reason| {
            let columns = &named.unwrap_or(schema).columns;
            let of_name = |name: &str| columns.iter().find(|it| it.name == name).map(|it| it.name);
            let by_name = match self.column {
                Some(name) => of_name(name),
                None => self.quoted().find_map(of_name),
            };
            let column = constraint.and_then(|it| it.columns.first().copied());
            let column = column.or(by_name).unwrap_or("?");
            Some(StoreError::InvalidValue { table, column, reason })
        };
        match self.code {
            "23505" => Some(StoreError::Duplicate { table, columns: columns() }),
            "23503" => Some(StoreError::BrokenReference { table, columns: columns() }),
            "23502" => invalid("it must not be empty"),
            "23514" => invalid("it does not fulfil the column's condition"),
            "22001" | "54000" => invalid("it is too long"),
            "22003" | "22008" => invalid("it is out of range"),
            "22021" | "22P05" => invalid("it holds characters that cannot be stored"),
            "42501" if self.is_of_a_policy() => Some(StoreError::OutOfScope { table }),
            "25P02" => Some(StoreError::Poisoned),
            _ => None,
        }
    }

    /// Missing rights have the same code. The place in the server tells them apart; where a
    /// cluster lost it, the message does, which quotes the table for a policy only.
    fn is_of_a_policy(self) -> bool {
        match self.routine {
            Some("ExecWithCheckOptions") => true,
            Some("aclcheck_error") => false,
            _ => self.quoted().any(|it| Registry::library().table_or_shard(it).is_some()),
        }
    }

    /// The names that the message quotes.
    fn quoted(self) -> impl Iterator<Item = &'e str> {
        self.message.split('"').skip(1).step_by(2)
    }
}

/// A statement that came while a cluster moved the rows to another node.
fn lost_a_move(error: &PgDatabaseError) -> bool {
    error.code() == "XX000" && error.message().contains("could not find valid entry for shard")
}

#[cfg(test)]
mod tests {
    use lms_core::{identity::Membership, store::Record as _};

    use super::*;

    fn told(refusal: Refusal<'_>) -> String {
        match refusal.meaning(Membership::schema()) {
            Some(StoreError::Duplicate { table, columns }) => format!("{table} {columns:?}"),
            Some(StoreError::BrokenReference { table, columns }) => format!("{table} {columns:?}"),
            Some(StoreError::InvalidValue { table, column, .. }) => format!("{table}.{column}"),
            Some(StoreError::OutOfScope { table }) => table.to_owned(),
            other => format!("{other:?}"),
        }
    }

    /// The messages of a node of Citus, which arrive without fields.
    #[test]
    fn names_that_a_cluster_leaves_in_the_message_are_found_there() {
        for (code, message, expected) in [
            (
                "23505",
                "duplicate key value violates unique constraint \"idempotency_keys_key_key_102008\"",
                "idempotency_keys [\"key\"]",
            ),
            (
                "23505",
                "duplicate key value violates unique constraint \"memberships_pkey_2_102123\"",
                "memberships [\"id\"]",
            ),
            (
                "23503",
                "insert or update on table \"courses_102040\" violates foreign key constraint \
                 \"courses_owner_id_fkey_102040\"",
                "courses [\"owner_id\"]",
            ),
            (
                "23503",
                "update or delete on table \"memberships_102012\" violates foreign key constraint \
                 \"courses_owner_id_fkey_102040\" on table \"courses_102040\"",
                "courses [\"owner_id\"]",
            ),
            (
                "23514",
                "new row for relation \"courses_102040\" violates check constraint \
                 \"courses_status_check_102040\"",
                "courses.status",
            ),
            (
                "23502",
                "null value in column \"title\" of relation \"courses_102040\" violates not-null \
                 constraint",
                "courses.title",
            ),
            (
                "42501",
                "new row violates row-level security policy for table \"courses_102040\"",
                "courses",
            ),
            ("42501", "permission denied for table courses_102040", "None"),
            ("23505", "duplicate key value violates a constraint without a name", "memberships []"),
        ] {
            let refusal = Refusal { code, message, ..Refusal::default() };
            assert_eq!(told(refusal), expected, "{message}");
        }
    }

    #[test]
    fn fields_that_are_there_go_before_the_message() {
        let refusal = Refusal {
            code: "23505",
            message: "duplicate key value violates unique constraint \"memberships_pkey\"",
            constraint: Some("idempotency_keys_key_key"),
            ..Refusal::default()
        };
        assert_eq!(told(refusal), "idempotency_keys [\"key\"]");
    }
}
