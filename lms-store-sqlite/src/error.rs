//! What SQLite's refusals mean.
use lms_store::{Schema, StoreError};
use rusqlite::{Error, ErrorCode, ffi};

/// This backend's name in errors and spans.
pub(crate) const BACKEND: &str = "sqlite";

/// Why a file cannot be used in its present state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The file holds something else.
    #[error("`{path}` is not a database of this library; name another file")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The file is damaged.
    #[error("`{path}` is damaged ({place}); restore a backup")]
    Damaged {
        /// The file.
        path: String,
        /// Where, as SQLite tells.
        place: String,
    },
    /// The file is kept in a way that this build does not know.
    #[error(
        "`{path}` is of format {found}, this build knows {known}; use a newer build of the library"
    )]
    NewerFormat {
        /// The file.
        path: String,
        /// The file's format.
        found: i64,
        /// This build's format.
        known: i64,
    },
    /// The file has a table or a column that this build has not.
    #[error(
        "the file has `{what}`, which this build does not know; use the build that made it, or a \
         newer one"
    )]
    Unknown {
        /// The table, or the table and the column.
        what: String,
    },
    /// The rows that are there cannot be kept under this build's schema.
    #[error("the rows of `{table}` cannot be kept as this build needs them: {reason}")]
    NotAdditive {
        /// The table.
        table: String,
        /// The obstacle.
        reason: String,
    },
    /// The folder cannot hold a database that several threads or processes share.
    #[error(
        "`{path}` cannot be opened with a write-ahead log (it says `{found}`); keep it on a disk \
         of this machine"
    )]
    NoLog {
        /// The file.
        path: String,
        /// The journal mode that it has instead.
        found: String,
    },
    /// The file or its folder refused.
    #[error("`{path}` cannot be used")]
    Database {
        /// The file.
        path: String,
        /// What SQLite said.
        source: Error,
    },
}

impl SetupError {
    /// The error for the file at `path`.
    pub(crate) fn at(path: &std::path::Path, error: Error) -> Self {
        let path = path.display().to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, place: error.to_string() },
            _ => Self::Database { path, source: error },
        }
    }
}

/// The port's error for a failed statement on `schema`.
///
/// A uniqueness that was broken, and a reference, are named by who explains them: SQLite tells
/// of the first by its columns, and of the second not at all.
pub(crate) fn statement_error(schema: &'static Schema, error: Error) -> StoreError {
    let table = schema.table;
    let (code, said) = match &error {
        Error::SqliteFailure(code, said) => (code.extended_code, said.as_deref().unwrap_or("")),
        _ => return other(error),
    };
    let invalid = |column: Option<&'static str>, reason| StoreError::InvalidValue {
        table,
        column: column.unwrap_or("?"),
        reason,
    };
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
            StoreError::Duplicate { table, columns: Vec::new() }
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => {
            StoreError::BrokenReference { table, columns: Vec::new() }
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            invalid(last_column(schema, said), "it must not be empty")
        }
        ffi::SQLITE_CONSTRAINT_CHECK => {
            invalid(checked_column(schema, said), "it does not fulfil the column's condition")
        }
        ffi::SQLITE_CONSTRAINT_DATATYPE => {
            invalid(last_column(schema, said), "it is of another type")
        }
        ffi::SQLITE_ERROR if said.starts_with("no such table") => StoreError::InvalidQuery {
            table,
            reason: "the store was opened without its record type; pass it to `open`",
        },
        ffi::SQLITE_TOOBIG => invalid(None, "it is too long"),
        _ => other(error),
    }
}

/// `… constraint failed: table.column`.
fn last_column(schema: &'static Schema, said: &str) -> Option<&'static str> {
    let name = said.rsplit('.').next()?;
    schema.columns.iter().find(|it| it.name == name).map(|it| it.name)
}

/// `CHECK constraint failed: table_column_check`.
fn checked_column(schema: &'static Schema, said: &str) -> Option<&'static str> {
    let name = said.rsplit(' ').next()?;
    let named = |it: &&lms_store::Column| crate::ddl::check_name(schema, it) == name;
    schema.columns.iter().find(named).map(|it| it.name)
}

/// The port's error for a failure outside of any table: to begin, to end.
pub(crate) fn other(error: Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Retryable { source: error.into() }
        }
        Some(
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreError::Unavailable { backend: BACKEND, source: error.into() },
        _ => StoreError::Backend { backend: BACKEND, source: error.into() },
    }
}

/// The port's error for a commit that did not succeed. A disk that is full, and another process
/// that holds the file, are certain; a disk that fails leaves open what it has kept.
pub(crate) fn commit_error(error: Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => StoreError::UnknownOutcome { source: error.into() },
        _ => other(error),
    }
}

/// The error for what the store itself must never do.
pub(crate) fn defect(what: String) -> StoreError {
    StoreError::Backend { backend: BACKEND, source: what.into() }
}
