//! Placing an order.
use crate::{
    authorization::{Permission, Place, authorize},
    commerce::{
        Item, Offer, Order, OrderError, OrderItem, OrderPlaced, Payment, PaymentFact,
        PaymentMethod, Quote, QuoteLine, RevenueShare, RevenueSplit, Series,
        events::PaymentStarted, next_number, offer_of, payments::learn, price_order,
    },
    identity::Membership,
    kernel::{Context, Currency, Id, Money, Timestamp},
    store::Transaction,
    tenancy::{Feature, require_feature},
};

/// One thing that somebody wants to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// The thing.
    pub item: Item,
    /// For whom; for the buyer when nobody is named.
    pub learner: Option<Id<Membership>>,
}

impl OrderLine {
    /// That thing, for the buyer.
    pub const fn of(item: Item) -> Self {
        Self { item, learner: None }
    }
}

/// Somebody wants to buy something.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceOrder {
    /// Who buys and pays.
    pub buyer: Id<Membership>,
    /// What.
    pub lines: Vec<OrderLine>,
    /// In which currency.
    pub currency: Currency,
    /// Until when it can be paid; [`Order::OPEN_HOURS`] from now when nothing is said.
    pub deadline: Option<Timestamp>,
}

/// Places an order at the prices of now. One whose total is zero completes at once, with a
/// payment of method `none`.
///
/// Asks for `orders.place` on the buyer's own things. Holds the tenant's row of order numbers, so
/// that they have no gaps.
///
/// # Errors
/// [`OrderError`].
pub async fn place_order(
    cx: &Context,
    tx: &mut Transaction,
    command: PlaceOrder,
) -> Result<Order, OrderError> {
    authorize(cx, tx, Permission::ORDERS_PLACE, Place::Own(command.buyer)).await?;
    require_feature(cx, tx, Feature::Sales).await?;
    tx.require(command.buyer).await?;
    if command.deadline.is_some_and(|it| it <= cx.now()) {
        return Err(OrderError::DeadlinePassed);
    }
    let mut offers = Vec::with_capacity(command.lines.len());
    for line in &command.lines {
        offers.push(offer_of(tx, line.item, command.currency).await?);
    }
    let quote_lines: Vec<QuoteLine> = offers.iter().map(quote_line).collect();
    let quote = price_order(command.currency, &quote_lines, &[])?;

    let number = next_number(cx, tx, Series::Order).await?;
    let mut order = Order::new(cx, number, command.buyer, command.currency).priced(&quote);
    if let Some(deadline) = command.deadline {
        order.deadline = deadline;
        order.next_action_at = Some(deadline);
    }
    tx.insert(&order).await?;
    let mut items = order_items(cx, &order, &command.lines, &offers, &quote);
    for item in &mut items {
        let shares = tx.all(RevenueShare::of(item.item)).await?;
        let rules: Vec<_> = shares.iter().map(RevenueShare::rule).collect();
        let nothing = Money::zero(order.currency());
        item.shares = RevenueSplit::of(item.net, item.tax, nothing, &rules)?.shares;
    }
    tx.insert_all(&items).await?;
    tx.emit(&OrderPlaced {
        order_id: order.id,
        number,
        buyer_id: order.buyer_id,
        total: order.total,
        deadline: order.deadline,
    });
    if order.total.is_zero() {
        pay_nothing(cx, tx, &mut order).await?;
    }
    Ok(order)
}

fn quote_line(offer: &Offer) -> QuoteLine {
    QuoteLine { item: offer.item, unit_price: offer.price, seats: 1, tax: offer.tax }
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
            discount: priced.discount,
            net: priced.net,
            tax: priced.tax,
            tax_rate: offer.tax,
            access_days: offer.access_days,
            ..OrderItem::new(cx, order, line.item, offer.price)
        })
        .collect()
}

async fn pay_nothing(
    cx: &Context,
    tx: &mut Transaction,
    order: &mut Order,
) -> Result<(), OrderError> {
    let nothing = Money::zero(order.currency());
    let payment = Payment::new(cx, order, PaymentMethod::None, nothing);
    tx.insert(&payment).await?;
    tx.emit(&PaymentStarted {
        payment_id: payment.id,
        order_id: order.id,
        method: payment.method,
        amount: nothing,
    });
    let key = payment.id.to_string();
    let fact = PaymentFact::Capture { key, amount: nothing, at: cx.now() };
    learn(cx, tx, order, payment.id, vec![fact], "order:free").await?;
    Ok(())
}
