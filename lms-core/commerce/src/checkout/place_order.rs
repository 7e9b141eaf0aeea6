//! Placing an order.
use std::collections::BTreeSet;

use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Instalment, InstalmentTerms, Item, ItemKind, MAX_ORDER_LINES, NextAction, Offer, Order,
    OrderError, OrderItem, OrderKind, OrderPlaced, PricingError, Quote, QuoteLine, RevenueShare,
    RevenueSplit, Series, Voucher, VoucherCode, next_number,
    orders::{note_redemptions, offer_of, take_vouchers},
    price_order,
    settlement::pay_nothing,
};
use lms_kernel::{Context, Currency, Id, Money, Timestamp};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    identity::{Membership, RequirePresent},
    tenancy::{Feature, require_feature},
};
use lms_store::Transaction;

/// One thing that someone wants to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderLine {
    /// The thing.
    pub item: Item,
    /// For whom; for the buyer when no one is named.
    pub learner: Option<Id<Membership>>,
    /// For how many people. More than one are sold as codes that each let one person in.
    pub seats: u32,
}

impl OrderLine {
    /// That thing, for the buyer.
    pub const fn of(item: Item) -> Self {
        Self { item, learner: None, seats: 1 }
    }

    /// Codes for so many people.
    pub const fn seats(item: Item, seats: u32) -> Self {
        Self { seats, ..Self::of(item) }
    }
}

/// The most parts in which an order is paid.
pub const MAX_INSTALMENTS: usize = 60;

/// The most seats of one line.
pub const MAX_SEATS: u32 = 1_000;

/// Places an order at present prices. An order with a total of zero completes at once, with a
/// payment of method `none`. Vouchers are reserved until it is paid or its deadline passes.
///
/// # Permission
/// `orders.place` on the buyer's own things; a guardian orders in the name of a ward.
///
/// # Locks
/// The rows of the vouchers and the tenant's row of order numbers, so that no voucher is used too
/// often and numbers have no gaps.
///
/// # Errors
/// [`OrderError`].
#[operation("commerce.place_order")]
#[derive(PartialEq)]
pub struct PlaceOrder {
    /// The membership of the buyer, who pays.
    pub buyer: Id<Membership>,
    /// The items to buy, at most 200 lines.
    pub lines: Vec<OrderLine>,
    /// The currency of all prices.
    pub currency: Currency,
    /// The voucher codes to apply, in any order.
    pub vouchers: Vec<VoucherCode>,
    /// The instalments to pay in, at most 60; `None` for payment in full.
    pub instalments: Option<InstalmentTerms>,
    /// The payment deadline; `None` means [`Order::OPEN_HOURS`] hours from now.
    pub deadline: Option<Timestamp>,
}

impl PlaceOrder {
    /// An order of `buyer` for those things, paid at once in the usual time.
    pub const fn new(buyer: Id<Membership>, lines: Vec<OrderLine>, currency: Currency) -> Self {
        Self { buyer, lines, currency, vouchers: Vec::new(), instalments: None, deadline: None }
    }
}

impl Operation for PlaceOrder {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_PLACE]);
    type Answer = Order;
    type Error = OrderError;

    async fn run(self, tx: &mut Transaction) -> Result<Order, OrderError> {
        let command = self;
        authorize_on(tx, Permission::ORDERS_PLACE, &Subject::of(command.buyer)).await?;
        require_feature(tx, Feature::Sales).await?;
        if !command.vouchers.is_empty() {
            require_feature(tx, Feature::Vouchers).await?;
        }
        check_present(tx, &command).await?;
        if command.deadline.is_some_and(|it| it <= tx.now()) {
            return Err(OrderError::DeadlinePassed);
        }
        open_order(tx, command, OrderKind::Purchase).await
    }
}

/// Refuses an order by or for a person who has left.
async fn check_present(tx: &mut Transaction, command: &PlaceOrder) -> Result<(), OrderError> {
    let learners = command.lines.iter().filter_map(|it| it.learner);
    let people: BTreeSet<_> = learners.chain([command.buyer]).collect();
    for person in people {
        tx.part(RequirePresent { member_id: person }).await??;
    }
    Ok(())
}

/// Places an order for which another person has asked for permission.
pub(crate) async fn open_order(
    tx: &mut Transaction,
    command: PlaceOrder,
    kind: OrderKind,
) -> Result<Order, OrderError> {
    if command.lines.len() > MAX_ORDER_LINES {
        return Err(PricingError::TooManyLines { most: MAX_ORDER_LINES }.into());
    }
    let mut offers = Vec::with_capacity(command.lines.len());
    for line in &command.lines {
        offers.push(offer_of(tx, line.item, command.currency).await?);
    }
    open_at(tx, command, kind, &offers).await
}

/// Places an order at prices that were agreed.
pub(crate) async fn open_at(
    tx: &mut Transaction,
    command: PlaceOrder,
    kind: OrderKind,
    offers: &[Offer],
) -> Result<Order, OrderError> {
    if command.lines.iter().any(|it| it.seats > MAX_SEATS) {
        return Err(OrderError::TooManySeats { most: MAX_SEATS });
    }
    if command.lines.iter().any(|it| it.item.kind == ItemKind::Plan && it.seats > 1) {
        return Err(OrderError::SeatsOfPlan);
    }
    let mut order = Order::new(tx.cx(), 0, command.buyer, command.currency);
    order.kind = kind;
    if let Some(deadline) = command.deadline {
        order.deadline = deadline;
        order.next_action_at = NextAction::at(deadline);
    }
    let lines: Vec<QuoteLine> =
        command.lines.iter().zip(offers).map(|(line, offer)| quote_line(line, offer)).collect();
    let vouchers = take_vouchers(tx, &command.vouchers, &order, &lines, tx.now()).await?;
    let discounts: Vec<_> = vouchers.iter().map(Voucher::discount).collect();
    let quote = price_order(command.currency, &lines, &discounts)?;
    order = order.priced(&quote);
    let parts = parts(tx.cx(), &mut order, command.instalments.as_ref())?;
    order.number = next_number(tx, Series::Order).await?;
    tx.insert(&order).await?;
    let mut items = order_items(tx.cx(), &order, &command.lines, offers, &quote);
    for item in &mut items {
        let shares = tx.all(RevenueShare::of(item.item)).await?;
        let rules: Vec<_> = shares.iter().map(RevenueShare::rule).collect();
        let nothing = Money::zero(order.currency());
        item.shares = RevenueSplit::of(item.net, item.tax, nothing, &rules)?.shares;
    }
    tx.insert_all(&items).await?;
    tx.insert_all(&parts).await?;
    note_redemptions(tx, &order, &vouchers, &quote.discounts).await?;
    tx.emit(&OrderPlaced {
        order_id: order.id,
        number: order.number,
        buyer_id: order.buyer_id,
        total: order.total,
        deadline: order.deadline,
    });
    if order.total.is_zero() {
        pay_nothing(tx, &mut order).await?;
    }
    Ok(order)
}

/// The parts in which the order is paid; the first one completes it.
fn parts(
    cx: &Context,
    order: &mut Order,
    terms: Option<&InstalmentTerms>,
) -> Result<Vec<Instalment>, OrderError> {
    let Some(terms) = terms else { return Ok(Vec::new()) };
    let refused = OrderError::Instalments { most: MAX_INSTALMENTS };
    if terms.weights.len() > MAX_INSTALMENTS || order.total.is_zero() {
        return Err(refused);
    }
    let parts = Instalment::of_terms(cx, order, terms).map_err(|_| refused)?;
    order.due_first = parts.first().map_or(order.total, |it| it.amount);
    Ok(parts)
}

fn quote_line(line: &OrderLine, offer: &Offer) -> QuoteLine {
    QuoteLine { item: offer.item, unit_price: offer.price, seats: line.seats, tax: offer.tax }
}

fn order_items(
    cx: &Context,
    order: &Order,
    lines: &[OrderLine],
    offers: &[Offer],
    quote: &Quote,
) -> Vec<OrderItem> {
    let places = 0_u16..;
    let lines = lines.iter().zip(offers).zip(&quote.lines).zip(places);
    lines
        .map(|(((line, offer), priced), position)| OrderItem {
            position,
            title: offer.title.clone(),
            learner_id: line.learner.unwrap_or(order.buyer_id),
            seats: line.seats,
            discount: priced.discount,
            net: priced.net,
            tax: priced.tax,
            tax_rate: offer.tax,
            access_days: offer.access_days,
            ..OrderItem::new(cx, order, line.item, offer.price)
        })
        .collect()
}
