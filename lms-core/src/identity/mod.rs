//! People: users of the platform, and their memberships, roles and profiles in a tenant.

use crate::store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    Vec::new()
}
