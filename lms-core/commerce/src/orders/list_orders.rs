//! Orders as a buyer and the desk see them.
use std::collections::HashMap;

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    Item, Order, OrderError, OrderItem, OrderMoney, OrderStatus, Payment, PaymentProof, ProofStatus,
};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::{
    authorization::{Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Query, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which orders to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct OrderFilter {
    /// Those of this buyer.
    pub buyer_id: Option<Id<Membership>>,
    /// Those whose buyer's name starts like this, letter for letter.
    pub buyer_name: Option<String>,
    /// Those with this status.
    pub status: Option<OrderStatus>,
    /// The one with this number.
    pub number: Option<i64>,
}

/// What is to be done next about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum OrderNextStep {
    /// The buyer pays what is outstanding.
    Pay,
    /// Finance reviews a proof of payment.
    ReviewProof,
    /// Nothing.
    None,
}

/// A line of an order, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderLineView {
    /// What is sold.
    pub item: Item,
    /// What it was called when it was sold.
    pub title: String,
    /// For whom it is bought.
    pub learner: Named<Membership>,
    /// For how many people.
    pub seats: u32,
    /// What the line costs without tax.
    pub net: Money,
    /// The tax on the line.
    pub tax: Money,
}

/// An order with its lines and what is still to be paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderView {
    /// The order's id.
    pub id: Id<Order>,
    /// Its number within the tenant, from 1.
    pub number: i64,
    /// Its status.
    pub status: OrderStatus,
    /// Who buys and pays.
    pub buyer: Named<Membership>,
    /// What it sells, in order.
    pub lines: Vec<OrderLineView>,
    /// What vouchers took off.
    pub discount: Money,
    /// The tax in the total.
    pub tax: Money,
    /// What it costs, with tax.
    pub total: Money,
    /// The money taken that has not gone back.
    pub paid: Money,
    /// What is still to be paid while the order is open or paid in parts, without the refunds of its
    /// lines; otherwise zero.
    pub outstanding: Money,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Until when it can be paid.
    pub deadline: Timestamp,
    /// When it completed.
    pub completed_at: Option<Timestamp>,
    /// What is to be done next.
    pub next_step: OrderNextStep,
}

/// Lists orders, the latest first: buyers see their own, guardians those of their wards, staff
/// those of their units or of the tenant.
///
/// An order belongs to its buyer as a whole: a learner for whom another person bought one line does
/// not see what else was bought.
///
/// # Permission
/// `orders.view`; the list holds the orders on which the reader has it.
///
/// # Errors
/// [`OrderError`].
#[operation("commerce.list_orders")]
pub struct ListOrders {
    /// Which orders.
    pub filter: OrderFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListOrders {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<OrderView>;
    type Error = OrderError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<OrderView>, OrderError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Order>(tx, Permission::ORDERS_VIEW)
            .await?
            .and_some(filter.buyer_id, |buyer| Order::BUYER_ID.eq(buyer))
            .and_some(filter.buyer_name, |start| {
                let named = Membership::FULL_NAME.starts_with(start);
                Order::BUYER_ID.in_records(Membership::ID, named)
            })
            .and_some(filter.status, |status| Order::STATUS.eq(status))
            .and_some(filter.number, |number| Order::NUMBER.eq(number));
        let query = query.order_by(Order::NUMBER, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        Ok(Page { items: views(tx, items).await?, next })
    }
}

async fn views(tx: &mut Transaction, orders: Vec<Order>) -> Result<Vec<OrderView>, OrderError> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let ids = || orders.iter().map(|it| it.id);
    let lines = Query::filter(OrderItem::ORDER_ID.is_in(ids()));
    let mut lines_of: HashMap<_, Vec<OrderItem>> = HashMap::new();
    for line in tx.all(lines).await? {
        lines_of.entry(line.order_id).or_default().push(line);
    }
    let payments = tx.all(Query::filter(Payment::ORDER_ID.is_in(ids()))).await?;
    let waiting = PaymentProof::STATUS.eq(ProofStatus::Submitted);
    let of_payments = PaymentProof::PAYMENT_ID.is_in(payments.iter().map(|it| it.id));
    let proofs = tx.all(Query::filter(of_payments.and(waiting))).await?;
    let learners = lines_of.values().flatten().map(|it| it.learner_id);
    let people = learners.chain(orders.iter().map(|it| it.buyer_id));
    let names = Names::read(tx, people, Membership::name).await?;
    let mut payments_of: HashMap<_, Vec<Payment>> = HashMap::new();
    for payment in payments {
        payments_of.entry(payment.order_id).or_default().push(payment);
    }
    let mut views = Vec::with_capacity(orders.len());
    for order in orders {
        let mut lines = lines_of.remove(&order.id).unwrap_or_default();
        lines.sort_by_key(|it| it.position);
        let payments = payments_of.remove(&order.id).unwrap_or_default();
        let is_in_review = payments.iter().any(|it| proofs.iter().any(|of| of.payment_id == it.id));
        views.push(view(order, lines, &payments, is_in_review, &names)?);
    }
    Ok(views)
}

fn view(
    order: Order,
    lines: Vec<OrderItem>,
    payments: &[Payment],
    is_in_review: bool,
    names: &Names<Membership>,
) -> Result<OrderView, OrderError> {
    let money = OrderMoney::of(&order, payments);
    let outstanding = money.outstanding(&order, OrderItem::refunded_of(&order, &lines)?)?;
    let next_step = match (outstanding.is_positive(), is_in_review) {
        (true, true) => OrderNextStep::ReviewProof,
        (true, false) => OrderNextStep::Pay,
        (false, _) => OrderNextStep::None,
    };
    let lines = lines.into_iter().map(|it| OrderLineView {
        item: it.item,
        title: it.title,
        learner: names.of(it.learner_id),
        seats: it.seats,
        net: it.net,
        tax: it.tax,
    });
    Ok(OrderView {
        id: order.id,
        number: order.number,
        status: order.status,
        buyer: names.of(order.buyer_id),
        lines: lines.collect(),
        discount: order.discount,
        tax: order.tax,
        total: order.total,
        paid: money.kept()?,
        outstanding,
        placed_at: order.stamp.created_at,
        deadline: order.deadline,
        completed_at: order.completed_at,
        next_step,
    })
}
