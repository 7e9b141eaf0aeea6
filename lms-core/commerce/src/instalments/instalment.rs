//! Paying an order in parts.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;
use serde::{Deserialize, Serialize};

use crate::{Interval, NextAction, Order};
use lms_kernel::{Context, EntityKind, Id, Money, MoneyError, Timestamp};
use lms_store::{Direction, Query, Record, Stamp};

/// In which parts an order is paid. The first one is due at once and completes the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InstalmentTerms {
    /// How large the parts are in proportion to each other; at least one, none of them zero.
    pub weights: Vec<u32>,
    /// How long after each other they are due, counted from the order.
    pub every: Interval,
    /// How many days after its date a part is overdue.
    pub grace_days: u16,
}

impl InstalmentTerms {
    /// The amounts of the parts, which sum to the total.
    ///
    /// # Errors
    /// [`MoneyError`] for no parts, or for parts of nothing.
    pub fn amounts(&self, total: Money) -> Result<Vec<Money>, MoneyError> {
        let weights: Vec<i64> = self.weights.iter().map(|it| i64::from(*it)).collect();
        if weights.contains(&0) {
            return Err(MoneyError::ZeroRatios);
        }
        total.allocate_by(&weights)
    }
}

/// The status of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum InstalmentStatus {
    /// It is still to be paid, and in time.
    Open,
    /// It is paid.
    Paid,
    /// It was not paid in time: access rests.
    Overdue,
}

/// An event in the lifecycle of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum InstalmentEvent {
    /// The money that was kept covers it.
    Cover,
    /// The money that was kept covers it no longer.
    Uncover,
    /// Its time to be paid is over.
    PassDue,
}

lms_kernel::machine! {
    "instalment": InstalmentStatus x InstalmentEvent => Step<Self> {
                 [Cover  Uncover  PassDue]
        Open:    [Paid   =        Overdue]
        Paid:    [=      Open     ~      ]
        Overdue: [Paid   ~        =      ]
    }
}

/// One part of what an order costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "instalments", unique(order_id, number), index(next_action_at))]
pub struct Instalment {
    /// The part's id.
    pub id: Id<Instalment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The order.
    pub order_id: Id<Order>,
    /// Its number, from 1.
    pub number: u16,
    /// The amount.
    #[record(prefixed)]
    pub amount: Money,
    /// When it is to be paid.
    pub due_at: Timestamp,
    /// When access rests if it is not.
    pub overdue_at: Timestamp,
    /// Its status.
    pub status: InstalmentStatus,
    /// When time next changes its status.
    pub next_action_at: NextAction,
}

impl Instalment {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("instalment");

    /// The parts of an order, at the dates that follow from its own.
    ///
    /// # Errors
    /// [`MoneyError`] for no parts, or for parts of nothing.
    pub fn of_terms(
        cx: &Context,
        order: &Order,
        terms: &InstalmentTerms,
    ) -> Result<Vec<Self>, MoneyError> {
        let start = cx.now();
        let amounts = terms.amounts(order.total)?;
        let parts = amounts.into_iter().zip(1_u16..).map(|(amount, number)| {
            let days = terms
                .every
                .start(start.date(), i64::from(number) - 1)
                .signed_duration_since(start.date());
            let due_at = start.saturating_add(days);
            let grace = chrono::TimeDelta::days(i64::from(terms.grace_days));
            // The first part has the order's own deadline, before which there is no access.
            let overdue_at = match number {
                1 => order.deadline,
                _ => due_at.saturating_add(grace),
            };
            Self {
                id: cx.id(),
                stamp: Stamp::new(cx),
                order_id: order.id,
                number,
                amount,
                due_at,
                overdue_at,
                status: InstalmentStatus::Open,
                next_action_at: NextAction::at(overdue_at),
            }
        });
        Ok(parts.collect())
    }

    /// The parts of an order, in order.
    pub fn of_order(order: Id<Order>) -> Query<Self> {
        Query::filter(Self::ORDER_ID.eq(order)).order_by(Self::NUMBER, Direction::Asc)
    }

    /// The parts for which time has something to change, at that time.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }
}

/// Which parts are covered by the amount kept and the refunds of lines: money covers the first part
/// first.
///
/// # Errors
/// [`MoneyError::Overflow`].
pub fn covered(parts: &[Instalment], kept: Money) -> Result<Vec<bool>, MoneyError> {
    let mut needed = Money::zero(kept.currency());
    parts
        .iter()
        .map(|part| {
            needed = needed.add(part.amount)?;
            Ok(kept.compare(needed)?.is_ge())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::Currency;

    #[test]
    fn parts_sum_to_the_total() {
        let terms =
            InstalmentTerms { weights: vec![2, 1, 1], every: Interval::MONTH, grace_days: 3 };
        let total = Money::from_minor(1_001, Currency::USD);
        let amounts = terms.amounts(total).unwrap();
        assert_eq!(amounts.iter().map(|it| it.minor()).collect::<Vec<_>>(), [501, 250, 250]);
        let nothing = InstalmentTerms { weights: vec![1, 0], ..terms };
        assert!(nothing.amounts(total).is_err());
    }
}
