//! Orders for periods of subscriptions.
use crate::{
    Agreement, Discount, DiscountScope, Item, ItemKind, NextAction, Order, OrderEvent, OrderItem,
    OrderKind, OrderPlaced, OrderStatus, PaymentError, PeriodStatus, Plan, PlanChange,
    PlanChangeStatus, QuoteLine, Reduction, RevenueShare, RevenueSplit, Series, Subscription,
    SubscriptionPeriod, next_number,
    orders::close,
    price_order,
    subscriptions::{OrderWork, SubscriptionBilled, advance::save},
};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::identity::Membership;
use lms_store::Transaction;

/// An order for a plan.
pub(crate) struct PlanOrder {
    pub(crate) payer: Id<Membership>,
    pub(crate) subscriber: Id<Membership>,
    pub(crate) agreement: Agreement,
    /// What it costs; the plan's price, or a difference.
    pub(crate) price: Money,
    /// What is taken off.
    pub(crate) credit: Money,
    pub(crate) deadline: Timestamp,
}

/// Places an order for a plan. One that costs nothing waits until it is settled.
pub(crate) async fn place(
    tx: &mut Transaction,
    wanted: PlanOrder,
) -> Result<(Order, OrderItem), PaymentError> {
    let item = Item::of(ItemKind::Plan, wanted.agreement.plan);
    let plan = tx.require::<Plan>(wanted.agreement.plan).await?;
    let tax = wanted.agreement.tax;
    let line = QuoteLine { item, unit_price: wanted.price, seats: 1, tax };
    let credit = Discount {
        code: "credit".to_owned(),
        scope: DiscountScope::Order,
        reduction: Reduction::Fixed(wanted.credit),
    };
    let credit = wanted.credit.is_positive().then_some(credit);
    let quote = price_order(wanted.price.currency(), &[line], credit.as_slice())?;
    let number = next_number(tx, Series::Order).await?;
    let mut order =
        Order::new(tx.cx(), number, wanted.payer, wanted.price.currency()).priced(&quote);
    order.kind = OrderKind::Subscription;
    order.deadline = wanted.deadline;
    order.next_action_at = NextAction::at(wanted.deadline);
    tx.insert(&order).await?;
    let shares = tx.all(RevenueShare::of(item)).await?;
    let rules: Vec<_> = shares.iter().map(RevenueShare::rule).collect();
    let mut line = OrderItem::new(tx.cx(), &order, item, wanted.price);
    line.title = plan.name.to_string();
    line.learner_id = wanted.subscriber;
    line.discount = quote.discount;
    line.net = quote.net;
    line.tax = quote.tax;
    line.tax_rate = tax;
    let nothing = Money::zero(order.currency());
    line.shares = RevenueSplit::of(line.net, line.tax, nothing, &rules)?.shares;
    tx.insert(&line).await?;
    tx.emit(&OrderPlaced {
        order_id: order.id,
        number,
        buyer_id: order.buyer_id,
        total: order.total,
        deadline: order.deadline,
    });
    Ok((order, line))
}

/// Bills the next period of a subscription, unless an order for it waits already. `cx` is at the
/// time at which it is billed. Holds nothing but the subscription's row, which the caller holds.
///
/// A period that costs nothing is paid here; its order goes to `work`, to be completed.
pub(crate) async fn bill_next(
    tx: &mut Transaction,
    subscription: &mut Subscription,
    work: &mut Vec<OrderWork>,
) -> Result<Option<Order>, PaymentError> {
    let number = subscription.period_number.saturating_add(1);
    let row = tx.first(SubscriptionPeriod::numbered(subscription.id, number)).await?;
    if let Some(row) = &row {
        let order = tx.require(row.order_id).await?;
        if row.status == PeriodStatus::Paid || order.status.is_open() {
            subscription.billed_number = subscription.billed_number.max(number);
            subscription.schedule();
            tx.update(subscription).await?;
            return Ok(order.status.is_open().then_some(order));
        }
        if row.status == PeriodStatus::Billed {
            subscription.credit = subscription.credit.add(row.credit)?;
        }
    }
    let agreement = subscription.next.clone().unwrap_or_else(|| subscription.agreement());
    let end = subscription.current_period_end.unwrap_or(tx.now()).max(tx.now());
    let terms = &subscription.terms;
    let wanted = PlanOrder {
        payer: subscription.payer_id,
        subscriber: subscription.subscriber_id,
        price: agreement.price,
        credit: subscription.credit.min(agreement.price)?,
        deadline: end.saturating_add(subscription.grace()).saturating_add(terms.reactivation()),
        agreement,
    };
    let (order, line) = place(tx, wanted).await?;
    let mut billed = SubscriptionPeriod::new(tx.cx(), subscription, number, &line);
    billed.credit = line.discount;
    match row {
        None => tx.insert(&billed).await?,
        Some(row) => {
            billed.id = row.id;
            billed.stamp = row.stamp;
            tx.update(&mut billed).await?;
        }
    }
    subscription.credit = subscription.credit.sub(line.discount)?;
    subscription.billed_number = number;
    subscription.schedule();
    tx.update(subscription).await?;
    tx.emit(&SubscriptionBilled {
        subscription_id: subscription.id,
        payer_id: subscription.payer_id,
        number,
        order_id: order.id,
        total: order.total,
    });
    if order.total.is_zero() {
        let from = subscription.status;
        if subscription.paid(number, tx.now())?.is_applied() {
            billed.status = PeriodStatus::Paid;
            tx.update(&mut billed).await?;
            save(tx, subscription, Some(from)).await?;
        }
        work.push(OrderWork::Free(order.id, tx.now()));
    }
    Ok(Some(order))
}

/// Gives up the orders of a subscription that wait for money: of the next period, and of changes
/// of plan. The caller holds their rows and the subscription's.
pub(crate) async fn give_up_waiting(
    tx: &mut Transaction,
    subscription: &mut Subscription,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    for mut row in tx.all(SubscriptionPeriod::waiting(subscription.id)).await? {
        give_up_order(tx, row.order_id, work).await?;
        row.status = PeriodStatus::Void;
        tx.update(&mut row).await?;
        subscription.credit = subscription.credit.add(row.credit)?;
    }
    for mut change in tx.all(PlanChange::waiting(subscription.id)).await? {
        give_up_order(tx, change.order_id, work).await?;
        change.status = PlanChangeStatus::Void;
        tx.update(&mut change).await?;
    }
    subscription.billed_number = subscription.paid_number.max(subscription.period_number);
    subscription.schedule();
    Ok(())
}

async fn give_up_order(
    tx: &mut Transaction,
    order: Id<Order>,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    let mut order = tx.lock(order).await?;
    let waits = matches!(order.status, OrderStatus::Pending | OrderStatus::Failed);
    if waits && close(tx, &mut order, OrderEvent::Cancel).await? {
        work.push(OrderWork::Closed(order.id));
    }
    Ok(())
}
