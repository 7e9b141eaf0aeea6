//! The storage that a tenant uses.
use serde::{Deserialize, Serialize};

use lms_kernel::{Context, Id};
use lms_store::{LogStamp, Record};

/// How many bytes a tenant's files have. Each tenant has one, so that counting against the plan
/// need not add up all files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "storage_meters", unaudited)]
pub struct StorageMeter {
    /// The record's id: the tenant's own.
    pub id: Id<StorageMeter>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// How many bytes the files have together.
    pub used_bytes: i64,
}

impl StorageMeter {
    /// The meter of a tenant that stores nothing.
    pub fn new(cx: &Context) -> Self {
        Self { id: Self::id_of(cx), stamp: LogStamp::new(cx), used_bytes: 0 }
    }

    /// The id of the meter of the tenant of `cx`: the tenant's own, so that there is one.
    pub const fn id_of(cx: &Context) -> Id<Self> {
        Id::from_uuid(cx.tenant().uuid())
    }
}
