//! The audit trail: append-only, written in the transaction that it describes.
//!
//! A **change** of an audited record leaves an entry when its transaction commits. A **denial**
//! leaves one although its work is rolled back. A **seal** closes a run of entries: it holds the
//! hash of each and the hash of the seal before it, so that entries altered, removed or added
//! afterwards are found and named. Erasing a person, and purging old entries, leave the chain
//! whole.
mod diff;
mod digest;
mod entry;
mod proof;
mod seal;
mod verify;

pub use diff::changes;
pub use digest::Digest;
pub use entry::{Action, AuditEntry, Denial};
pub use proof::EntryProof;
pub use seal::{AuditSeal, SealAnchor, SealedEntry};
pub use verify::{AuditFault, SealCheck, check_seal};

use crate::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<AuditEntry>(), RecordType::of::<AuditSeal>()]
}
