//! What is taught: courses, their tree of nodes, materials, files and reviews.

use crate::store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    Vec::new()
}
