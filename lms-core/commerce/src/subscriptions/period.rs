//! The billed periods of a subscription.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{Agreement, Order, OrderItem, Subscription};
use lms_kernel::{Context, Id, Money, MoneyError, Timestamp};
use lms_store::{Direction, Query, Record, Stamp};

/// Whether a period is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PeriodStatus {
    /// There is an order for it.
    Billed,
    /// It is paid.
    Paid,
    /// The order for it was given up.
    Void,
    /// The bank took its money back.
    Reversed,
    /// Its money was given back.
    Refunded,
}

/// One period of a subscription and the order that pays for it. There is one row for each period,
/// so that none is billed twice at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "subscription_periods",
    unique(subscription_id, number),
    index(order_item_id),
    index(order_id)
)]
pub struct SubscriptionPeriod {
    /// The period's id.
    pub id: Id<SubscriptionPeriod>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The subscription.
    pub subscription_id: Id<Subscription>,
    /// Its number, from 0.
    pub number: i64,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends; never, for life.
    pub ends_at: Option<Timestamp>,
    /// Whether it is paid.
    pub status: PeriodStatus,
    /// What it is worth when none of it is used: its price, before credit.
    #[record(prefixed)]
    pub price: Money,
    /// What of the subscription's credit was used for it.
    #[record(prefixed)]
    pub credit: Money,
    /// The order that pays for it.
    pub order_id: Id<Order>,
    /// The line of that order.
    pub order_item_id: Id<OrderItem>,
}

impl SubscriptionPeriod {
    /// The period of `subscription` with that number, billed by a line of an order.
    pub fn new(cx: &Context, subscription: &Subscription, number: i64, line: &OrderItem) -> Self {
        let (starts_at, ends_at) = subscription.period(number);
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            subscription_id: subscription.id,
            number,
            starts_at,
            ends_at,
            status: PeriodStatus::Billed,
            price: line.price,
            credit: Money::zero(line.price.currency()),
            order_id: line.order_id,
            order_item_id: line.id,
        }
    }

    /// The periods of a subscription, in order.
    pub fn of(subscription: Id<Subscription>) -> Query<Self> {
        Query::filter(Self::SUBSCRIPTION_ID.eq(subscription)).order_by(Self::NUMBER, Direction::Asc)
    }

    /// The period with that number.
    pub fn numbered(subscription: Id<Subscription>, number: i64) -> Query<Self> {
        Query::filter(Self::SUBSCRIPTION_ID.eq(subscription).and(Self::NUMBER.eq(number)))
    }

    /// The periods of a subscription whose orders wait for money.
    pub fn waiting(subscription: Id<Subscription>) -> Query<Self> {
        Self::of(subscription).and(Self::STATUS.eq(PeriodStatus::Billed))
    }

    /// The period that a line of an order pays for.
    pub fn of_line(line: Id<OrderItem>) -> Query<Self> {
        Query::filter(Self::ORDER_ITEM_ID.eq(line))
    }
}

/// The status of a change of plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PlanChangeStatus {
    /// It waits for the difference to be paid.
    Waiting,
    /// It was made.
    Made,
    /// It was given up.
    Void,
}

/// A change to a dearer plan that waits for the difference, as it was quoted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "plan_changes", index(subscription_id), index(order_item_id))]
pub struct PlanChange {
    /// The change's id.
    pub id: Id<PlanChange>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The subscription.
    pub subscription_id: Id<Subscription>,
    /// The period in which it was asked for; it is void in any other.
    pub period_number: i64,
    /// What is agreed once it is made.
    #[record(json)]
    pub agreement: Agreement,
    /// What the unused part of the old plan is worth.
    #[record(prefixed)]
    pub credit: Money,
    /// What the new plan costs for the rest of the period, or for a new period.
    #[record(prefixed)]
    pub charge: Money,
    /// Its status.
    pub status: PlanChangeStatus,
    /// The order for the difference.
    pub order_id: Id<Order>,
    /// The line of that order.
    pub order_item_id: Id<OrderItem>,
}

impl PlanChange {
    /// What of the credit pays for the charge; the rest is taken off later bills.
    ///
    /// # Errors
    /// None that can occur: both are in one currency.
    pub fn credit_used(&self) -> Result<Money, MoneyError> {
        self.credit.min(self.charge)
    }

    /// The changes of a subscription that wait for money.
    pub fn waiting(subscription: Id<Subscription>) -> Query<Self> {
        Query::filter(
            Self::SUBSCRIPTION_ID.eq(subscription).and(Self::STATUS.eq(PlanChangeStatus::Waiting)),
        )
    }

    /// The changes of a subscription that were made in a period.
    pub fn made_in(subscription: Id<Subscription>, period: i64) -> Query<Self> {
        Query::filter(
            Self::SUBSCRIPTION_ID
                .eq(subscription)
                .and(Self::PERIOD_NUMBER.eq(period))
                .and(Self::STATUS.eq(PlanChangeStatus::Made)),
        )
    }

    /// The change that a line of an order pays for.
    pub fn of_line(line: Id<OrderItem>) -> Query<Self> {
        Query::filter(Self::ORDER_ITEM_ID.eq(line))
    }
}
