//! The usage of a tenant in a month.
use serde::{Deserialize, Serialize};

use crate::tenancy::Month;
use lms_kernel::{Context, EntityKind, Id, Timestamp};
use lms_store::{Direction, LogStamp, Query, Record};

/// How large a tenant was in a month: a snapshot that invoices and reports read. There is one for
/// each month, and taking it again replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "tenant_usage", unaudited, unique(period))]
pub struct TenantUsage {
    /// The snapshot's id.
    pub id: Id<TenantUsage>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The month.
    pub period: Month,
    /// How many learners were active when the snapshot was taken.
    pub active_students: u32,
    /// How many enrollments began in the month.
    pub total_enrollments: u32,
    /// How much was stored when the snapshot was taken, in megabytes of 1,000,000 bytes, begun
    /// ones counted whole.
    pub storage_used_mb: u32,
    /// When the snapshot was taken.
    pub taken_at: Timestamp,
}

impl TenantUsage {
    /// What a snapshot is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("tenant_usage");

    /// The snapshot of a month, taken now.
    pub fn new(cx: &Context, period: Month) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            period,
            active_students: 0,
            total_enrollments: 0,
            storage_used_mb: 0,
            taken_at: cx.now(),
        }
    }

    /// The snapshot of a month.
    pub fn of_month(period: Month) -> Query<Self> {
        Query::filter(Self::PERIOD.eq(period))
    }

    /// All snapshots, the latest month first.
    pub fn latest_first() -> Query<Self> {
        Query::all().order_by(Self::PERIOD, Direction::Desc)
    }
}
