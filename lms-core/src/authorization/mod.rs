//! Who may do what, where, and why: permissions, scopes, and the proof that a rule was asked.

use crate::store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    Vec::new()
}
