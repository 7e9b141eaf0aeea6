//! An order.
use chrono::TimeDelta;
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{NextAction, OrderStatus, Quote};
use lms_kernel::{Context, Currency, EntityKind, Id, Money, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Direction, Query, Record, Stamp};

/// The kind of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum OrderKind {
    /// Things that are bought once.
    Purchase,
    /// A period of a subscription.
    Subscription,
}

/// One person's order of items, priced once.
///
/// Its status follows from its payments, from whether it was cancelled, and from its deadline.
/// Prices, discounts and tax are fixed in its lines when it is placed.
///
/// # Lifecycle
///
/// ```
/// use lms_commerce::{OrderEvent, OrderStatus, OrderStep};
///
/// let step = OrderStatus::Pending.apply(OrderEvent::PaidInFull)?;
/// assert_eq!(step, OrderStep::Applied(OrderStatus::Completed));
/// let late = OrderStatus::Expired.apply(OrderEvent::PaidInFull)?;
/// assert_eq!(late, OrderStep::LateMoney, "a policy decides: complete, or refund");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - Deliver access by the grants of a completed order, not by the status of a payment.
/// - An order in several instalments completes with the first; overdue ones suspend access.
/// - A completed order is not cancelled but refunded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "orders",
    unique_always(number),
    index(buyer_id),
    index(status),
    index(next_action_at)
)]
pub struct Order {
    /// The order's id.
    pub id: Id<Order>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The order's number: 1, 2, 3, … within the tenant, without gaps.
    pub number: i64,
    /// Who buys and pays.
    pub buyer_id: Id<Membership>,
    /// What it is for.
    pub kind: OrderKind,
    /// Its status.
    pub status: OrderStatus,
    /// The sum of the list prices.
    #[record(prefixed)]
    pub subtotal: Money,
    /// What vouchers took off.
    #[record(prefixed)]
    pub discount: Money,
    /// The tax in the total.
    #[record(prefixed)]
    pub tax: Money,
    /// What is to be paid: list prices less discounts, with tax.
    #[record(prefixed)]
    pub total: Money,
    /// What has to be paid before it completes: the total, or the first instalment.
    #[record(prefixed)]
    pub due_first: Money,
    /// Until when it can be paid.
    pub deadline: Timestamp,
    /// When time next changes something about it.
    pub next_action_at: NextAction,
    /// When it completed, for the first time.
    pub completed_at: Option<Timestamp>,
    /// When the bank had reversed everything that was paid, unless it completed again.
    pub reversed_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When its deadline passed unpaid, unless the money that came late was taken.
    pub expired_at: Option<Timestamp>,
    /// When everything that was taken had gone back.
    pub refunded_at: Option<Timestamp>,
    /// The provider's name for the checkout, where it has one for the whole order.
    pub provider_ref: Option<String>,
}

impl Order {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("order");

    /// How long an order can be paid unless the caller says otherwise, in hours.
    pub const OPEN_HOURS: i64 = 72;

    /// An order of `buyer` for nothing yet, to be paid in the usual time.
    pub fn new(cx: &Context, number: i64, buyer: Id<Membership>, currency: Currency) -> Self {
        let deadline = cx.now().saturating_add(TimeDelta::hours(Self::OPEN_HOURS));
        let nothing = Money::zero(currency);
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            number,
            buyer_id: buyer,
            kind: OrderKind::Purchase,
            status: OrderStatus::Pending,
            subtotal: nothing,
            discount: nothing,
            tax: nothing,
            total: nothing,
            due_first: nothing,
            deadline,
            next_action_at: NextAction::at(deadline),
            completed_at: None,
            reversed_at: None,
            cancelled_at: None,
            expired_at: None,
            refunded_at: None,
            provider_ref: None,
        }
    }

    /// The same, at the prices of a quote, to be paid at once.
    #[must_use]
    pub fn priced(mut self, quote: &Quote) -> Self {
        self.subtotal = quote.subtotal;
        self.discount = quote.discount;
        self.tax = quote.tax;
        self.total = quote.total;
        self.due_first = quote.total;
        self
    }

    /// The currency it is priced and paid in.
    pub const fn currency(&self) -> Currency {
        self.total.currency()
    }

    /// The orders of one buyer, latest first.
    pub fn of_buyer(buyer: Id<Membership>) -> Query<Self> {
        Query::filter(Self::BUYER_ID.eq(buyer)).order_by(Self::NUMBER, Direction::Desc)
    }

    /// The order with that number.
    pub fn by_number(number: i64) -> Query<Self> {
        Query::filter(Self::NUMBER.eq(number))
    }

    /// The orders for which time has something to change, at that time.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }
}
