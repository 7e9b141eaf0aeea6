//! One amount of usage.
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use lms_kernel::{Context, Id, TimeRange, Timestamp};
use lms_store::{Direction, LogStamp, Query, Record};

/// One amount that a tenant used. Append-only, and counted once however often it is reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "usage_records", unaudited, unique_always(metric, source), index(occurred_at))]
pub struct UsageRecord {
    /// The record's id.
    pub id: Id<UsageRecord>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The kind of usage.
    pub metric: String,
    /// The source of the usage: an order, a call, a day of storage. It is counted once.
    pub source: String,
    /// The quantity, at least zero.
    pub quantity: Decimal,
    /// The instant the usage occurred.
    pub occurred_at: Timestamp,
}

impl UsageRecord {
    /// An amount of usage.
    pub fn new(
        cx: &Context,
        metric: &str,
        source: &str,
        quantity: Decimal,
        occurred_at: Timestamp,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            metric: metric.to_owned(),
            source: source.to_owned(),
            quantity,
            occurred_at,
        }
    }

    /// The usage of a time span, in order of time.
    pub fn during(time: TimeRange) -> Query<Self> {
        Query::filter(Self::OCCURRED_AT.ge(time.start()).and(Self::OCCURRED_AT.lt(time.end())))
            .order_by(Self::OCCURRED_AT, Direction::Asc)
    }

    /// The use of those sources.
    pub fn by_sources(sources: impl IntoIterator<Item = String>) -> Query<Self> {
        Query::filter(Self::SOURCE.is_in(sources))
    }
}
