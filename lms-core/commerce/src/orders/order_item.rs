//! A line of an order.
use serde::{Deserialize, Serialize};

use crate::{Item, LineShare, Order, TaxRate};
use lms_kernel::{Context, Id, Money, MoneyError};
use lms_people::identity::Membership;
use lms_store::{Direction, Query, Record, Stamp};

/// One line of an order: a thing, for whom, at which price.
///
/// `price × seats − discount` is what is left to tax; with an included tax that is the gross
/// amount, otherwise the net one. Either way `net + tax` is what the line costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "order_items", unique(order_id, position), index(item_kind, item_id))]
pub struct OrderItem {
    /// The line's id.
    pub id: Id<OrderItem>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The order.
    pub order_id: Id<Order>,
    /// Its place in the order, from 0.
    pub position: u16,
    /// What is sold.
    #[record(prefixed)]
    pub item: Item,
    /// What it was called when it was sold.
    pub title: String,
    /// For whom it is bought; the buyer, unless someone pays for another person.
    pub learner_id: Id<Membership>,
    /// For how many people. More than one are sold as codes that each let one person in.
    pub seats: u32,
    /// The list price of one seat when it was sold.
    #[record(prefixed)]
    pub price: Money,
    /// What vouchers took off the line.
    #[record(prefixed)]
    pub discount: Money,
    /// What the line costs without tax.
    #[record(prefixed)]
    pub net: Money,
    /// The tax on the line.
    #[record(prefixed)]
    pub tax: Money,
    /// The rate of that tax, and whether the price holds it.
    #[record(prefixed)]
    pub tax_rate: Option<TaxRate>,
    /// For how many days it gives access; for ever when there is none.
    pub access_days: Option<u32>,
    /// The amount refunded of the line.
    #[record(prefixed)]
    pub refunded: Money,
    /// How much of it the books count as earned.
    #[record(prefixed)]
    pub earned: Money,
    /// What belongs to others when it is paid whole.
    #[record(json)]
    pub shares: Vec<LineShare>,
}

impl OrderItem {
    /// A line for one seat of `item`, without discount and tax.
    pub fn new(cx: &Context, order: &Order, item: Item, price: Money) -> Self {
        let nothing = Money::zero(price.currency());
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            order_id: order.id,
            position: 0,
            item,
            title: String::new(),
            learner_id: order.buyer_id,
            seats: 1,
            price,
            discount: nothing,
            net: price,
            tax: nothing,
            tax_rate: None,
            access_days: None,
            refunded: nothing,
            earned: nothing,
            shares: Vec::new(),
        }
    }

    /// The amount refunded of these lines of an order.
    pub(crate) fn refunded_of(order: &Order, lines: &[Self]) -> Result<Money, MoneyError> {
        Money::sum(lines.iter().map(|it| it.refunded), order.currency())
    }

    /// The lines of an order, in their order.
    pub fn of_order(order: Id<Order>) -> Query<Self> {
        Query::filter(Self::ORDER_ID.eq(order)).order_by(Self::POSITION, Direction::Asc)
    }
}
