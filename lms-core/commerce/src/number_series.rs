//! Numbers that people read: 1, 2, 3, … per tenant, without gaps.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::Id;
use lms_store::operation::{Effect, Part};
use lms_store::{Lock, LogStamp, Query, Record, StoreError, Transaction, Upsert};

/// A series of document numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum Series {
    /// Orders.
    Order,
    /// Issued invoices of the tenant.
    Invoice,
    /// Credit notes.
    CreditNote,
    /// Payouts.
    Payout,
    /// Certificates.
    Certificate,
}

/// The last number that a series has given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "number_series", unaudited, unique_always(series))]
pub struct NumberSeries {
    /// The series's id.
    pub id: Id<NumberSeries>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// What is numbered.
    pub series: Series,
    /// The last number given; 0 before the first.
    pub last: i64,
}

impl NumberSeries {
    /// The series of that kind.
    pub fn of(series: Series) -> Query<Self> {
        Query::filter(Self::SERIES.eq(series))
    }
}

/// The next number of a series: 1 the first time.
///
/// It locks the tenant's row of the series until the transaction ends, so numbers are given one
/// after the other, and a transaction that rolls back gives its number back.
///
/// # Errors
/// [`StoreError::Retryable`] when another person started the series at the same moment.
#[derive(Clone, Copy, Debug)]
pub struct NextNumber {
    /// What is numbered.
    pub series: Series,
}

impl Part for NextNumber {
    const NAME: &'static str = "commerce.next_number";
    const EFFECT: Effect = Effect::Writes;
    type Answer = i64;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<i64, StoreError> {
        next_number(tx, self.series).await
    }
}

pub(crate) async fn next_number(tx: &mut Transaction, series: Series) -> Result<i64, StoreError> {
    advance(tx, series, |last| last.saturating_add(1)).await
}

/// Lets the next number of a series be above `least`, because numbers up to it were given elsewhere.
///
/// # Errors
/// [`StoreError::Retryable`] when another person started the series at the same moment.
pub(crate) async fn raise_number(
    tx: &mut Transaction,
    series: Series,
    least: i64,
) -> Result<(), StoreError> {
    advance(tx, series, |last| last.max(least)).await.map(drop)
}

/// Moves a series on from the last number given, 0 before the first.
async fn advance(
    tx: &mut Transaction,
    series: Series,
    to: impl Fn(i64) -> i64,
) -> Result<i64, StoreError> {
    let locked = NumberSeries::of(series).lock(Lock::Update);
    if let Some(mut row) = tx.first(locked).await? {
        let last = to(row.last);
        if row.last != last {
            row.last = last;
            tx.update(&mut row).await?;
        }
        return Ok(last);
    }
    let first = NumberSeries { id: tx.id(), stamp: LogStamp::new(tx.cx()), series, last: to(0) };
    if tx.upsert(&first, Upsert::on(NumberSeries::SERIES)).await?.is_written() {
        return Ok(first.last);
    }
    Err(StoreError::Retryable { source: "the number series was just started".into() })
}
