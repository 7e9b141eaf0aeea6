//! Why a tenant was not exported or imported.
use lms_derive::DomainError;

use super::TRANSFER_VERSION;
use lms_people::authorization::AuthorizationError;
use lms_store::StoreError;

/// Why a tenant was not exported or imported. Nothing of an import that fails is stored.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum TransferError {
    /// A line is not what this library writes.
    #[error("line {line}: {reason}")]
    #[fault(invalid)]
    BadLine {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is of a version that this library does not read.
    #[error("the file is of version {version} and this library reads {TRANSFER_VERSION}")]
    #[fault(invalid, field = "version")]
    OtherVersion {
        /// The file's version.
        version: u32,
    },
    /// The file is another tenant's.
    #[error("line {line}: the row belongs to another tenant; import it in its own")]
    #[fault(forbidden)]
    OtherTenant {
        /// Which line, from 1.
        line: u64,
    },
    /// The file ends before its last line, or has other lines than it says.
    #[error("the file has {found} rows and says {said:?}; copy it again, whole")]
    #[fault(invalid)]
    Incomplete {
        /// How many rows it has.
        found: u64,
        /// How many it says it has; none where it does not come to its end.
        said: Option<u64>,
    },
    /// The store has the tenant already.
    #[error("the store has the tenant already; import into a store without it")]
    #[fault(conflict)]
    TenantExists,
    /// Rows of one table refer to each other in a circle.
    #[error("rows of `{table}` refer to each other in a circle, and none can come first")]
    #[fault(invalid)]
    Circle {
        /// The table.
        table: &'static str,
    },
    /// The place to go on from is in a table that there is not.
    #[error("there is no table `{table}`; start from the beginning")]
    #[fault(invalid, field = "position")]
    UnknownPosition {
        /// The table that was named.
        table: String,
    },
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}
