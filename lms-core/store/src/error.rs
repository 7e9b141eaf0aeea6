//! Errors of the store.
use std::error::Error;

use lms_derive::DomainError;
use uuid::Uuid;

use crate::FieldError;

/// Why the store did not do what it was asked. The same on every backend. Names of tables, columns
/// and backends, and ids, are in the diagnostic alone, not in the parameters.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such record, or it belongs to another tenant, or it is deleted.
    #[error("no `{table}` with id `{id}`")]
    #[fault(not_found, message = "it does not exist, or is not yours to see")]
    NotFound {
        /// The table.
        #[fault(log)]
        table: &'static str,
        /// The id that was asked for.
        #[fault(log)]
        id: Uuid,
    },
    /// Another person wrote the record since it was read.
    #[error("`{table}` `{id}` was changed by someone else; read it again")]
    #[fault(
        conflict,
        message = "it was changed by someone else in the meantime; read it again and repeat the change"
    )]
    Conflict {
        /// The table.
        #[fault(log)]
        table: &'static str,
        /// The record.
        #[fault(log)]
        id: Uuid,
    },
    /// Another record of the same owner holds the same values.
    #[error("`{table}` already has a record with the same {columns:?}")]
    #[fault(conflict, message = "there is already one with the same values; choose others")]
    Duplicate {
        /// The table.
        #[fault(log)]
        table: &'static str,
        /// The columns that must not repeat.
        #[fault(log)]
        columns: Vec<&'static str>,
    },
    /// The record refers to one that does not exist, or is still referred to.
    #[error(
        "`{table}` refers to a record that does not exist, or is still referred to ({columns:?})"
    )]
    #[fault(
        conflict,
        message = "it refers to something that does not exist, or something still refers to it"
    )]
    BrokenReference {
        /// The table that holds the reference.
        #[fault(log)]
        table: &'static str,
        /// The columns of the reference; empty where the backend cannot tell.
        #[fault(log)]
        columns: Vec<&'static str>,
    },
    /// A value does not fit its column.
    #[error("`{table}.{column}` does not accept the value: {reason}")]
    #[fault(invalid, message = "a value is not accepted: {reason}")]
    InvalidValue {
        /// The table.
        #[fault(log)]
        table: &'static str,
        /// The column.
        #[fault(log)]
        column: &'static str,
        /// What the column needs.
        reason: &'static str,
    },
    /// A record of one owner was written in a transaction opened for another.
    #[error("a record of `{table}` does not belong to the transaction's scope")]
    #[fault(forbidden, message = "it does not exist, or is not yours to change")]
    OutOfScope {
        /// The table.
        #[fault(log)]
        table: &'static str,
    },
    /// A record of the platform was asked for in a transaction of a tenant alone. A mistake of the
    /// program: `store.run` opens the scope that an operation needs, and a transaction that the
    /// host begins itself needs [`Scope::TenantAndPlatform`](lms_kernel::Scope).
    #[error("`{table}` belongs to the platform; begin in `Scope::TenantAndPlatform`")]
    #[fault(unavailable, message = "the service failed; tell the operators")]
    NeedsPlatform {
        /// The table.
        #[fault(log)]
        table: &'static str,
    },
    /// An operation needs the platform's rows and does not declare
    /// [`Within::TenantAndPlatform`](crate::operation::Within). A mistake in the operation.
    #[error("`{operation}` needs `{needs}` and does not declare `Within::TenantAndPlatform`")]
    #[fault(unavailable, message = "the service failed; tell the operators")]
    UndeclaredPlatform {
        /// The operation.
        operation: &'static str,
        /// The table, or the operation that it runs.
        #[fault(log)]
        needs: &'static str,
    },
    /// An operation that only reads tried to write. A mistake in the operation.
    #[error("`{operation}` only reads, and tried to write")]
    #[fault(unavailable, message = "the service failed; tell the operators")]
    WriteByRead {
        /// The operation.
        operation: &'static str,
    },
    /// An operation tried to write before it asked whether the actor may. A mistake in it.
    #[error("`{operation}` tried to write before it asked for permission")]
    #[fault(unavailable, message = "the service failed; tell the operators")]
    WriteBeforePermit {
        /// The operation.
        operation: &'static str,
    },
    /// A part of operations was run by itself, where no operation had asked for permission.
    #[error("`{part}` is a part of operations; run the operation that it belongs to")]
    #[fault(invalid)]
    PartAlone {
        /// The part.
        part: &'static str,
    },
    /// The operation needs something that the host has not installed in the store.
    #[error("no `{port}` is installed; give one to the store with `Store::with_port`")]
    #[fault(unavailable, message = "this is not set up here yet; ask those who run the service")]
    MissingPort {
        /// What is missing, such as `file storage`.
        port: &'static str,
    },
    /// A query or upsert that the port does not offer.
    #[error("the query on `{table}` is not possible: {reason}")]
    #[fault(invalid, message = "this cannot be asked for: {reason}")]
    InvalidQuery {
        /// The table.
        #[fault(log)]
        table: &'static str,
        /// What to change.
        reason: &'static str,
    },
    /// A cursor that was damaged or made for another query.
    #[error("the cursor is not of this query; start from the first page")]
    #[fault(invalid)]
    ForeignCursor,
    /// An earlier write failed, so nothing more can happen in this transaction.
    #[error("the transaction already failed; roll back and start again")]
    #[fault(conflict, message = "something failed before; start again")]
    Poisoned,
    /// A stored value does not mean anything to the domain.
    #[error("stored `{table}.{column}` of {id:?} is not valid")]
    #[fault(unavailable, message = "something that is stored cannot be read; tell the operators")]
    Corrupt {
        /// The table.
        #[fault(log)]
        table: &'static str,
        /// The column.
        #[fault(log)]
        column: &'static str,
        /// The record.
        #[fault(log)]
        id: Option<Uuid>,
        /// What is wrong with the value.
        source: FieldError,
    },
    /// The transaction lost a race or a deadlock, and may win the next one.
    #[error("the transaction lost a race and may be retried")]
    #[fault(conflict, message = "others changed the same at the same time; try again")]
    Retryable {
        /// What the backend said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The connection broke while committing: the work may be stored or not.
    #[error("whether the transaction was committed is unknown; read before repeating it")]
    #[fault(
        unavailable,
        message = "it is not known whether this was done; look before you repeat it"
    )]
    UnknownOutcome {
        /// What the backend said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The backend cannot be reached, is full, or took too long.
    #[error("{backend} is not available; try again later")]
    #[fault(unavailable, message = "the service is not available; try again later")]
    Unavailable {
        /// Which backend.
        #[fault(log)]
        backend: &'static str,
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The backend refused for a reason that trying again does not change.
    #[error("{backend} failed")]
    #[fault(unavailable, message = "the service failed; tell the operators")]
    Backend {
        /// Which backend.
        #[fault(log)]
        backend: &'static str,
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The backend has no way to open this scope.
    #[error("{backend} cannot open the scope `{scope}`: {remedy}")]
    #[fault(unavailable, message = "the service is not set up for this; tell the operators")]
    ScopeNotOffered {
        /// Which backend.
        #[fault(log)]
        backend: &'static str,
        /// The scope.
        #[fault(log)]
        scope: &'static str,
        /// What to configure.
        #[fault(log)]
        remedy: &'static str,
    },
}

impl StoreError {
    /// Whether the same work may succeed in a new transaction.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Retryable { .. })
    }
}
