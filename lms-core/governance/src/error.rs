//! Errors of governance.
use lms_derive::DomainError;

use lms_kernel::Rejected;
use lms_learning::learning::GiveUpError;
use lms_people::authorization::AuthorizationError;
use lms_store::StoreError;

/// Why data were not shown, erased, purged or replayed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum GovernanceError {
    /// A column holds something personal and accepts nothing in its place.
    #[error("`{table}.{column}` accepts nothing in place of personal data; make it nullable")]
    #[fault(unavailable)]
    CannotErase {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The place to go on from is in a table that has none.
    #[error("there is nothing to purge in `{table}`; start from the beginning")]
    #[fault(invalid, field = "position")]
    UnknownPosition {
        /// The table that was named.
        table: String,
    },
    /// The person's place in a class or a course could not be given up.
    #[error(transparent)]
    #[fault(transparent)]
    Place(#[from] Rejected),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl From<GiveUpError> for GovernanceError {
    fn from(error: GiveUpError) -> Self {
        match error {
            GiveUpError::Status(error) => error.into(),
            GiveUpError::Store(error) => error.into(),
        }
    }
}
