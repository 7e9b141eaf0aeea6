//! Who did what, when, and what it changed: append-only, written with the work it describes.
//!
//! A **change** of an audited record leaves an entry when its transaction commits. A **denial**
//! leaves one although its work is rolled back.
mod diff;
mod entry;

pub use diff::changes;
pub use entry::{Action, AuditEntry, Denial};

use crate::store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<AuditEntry>()]
}
