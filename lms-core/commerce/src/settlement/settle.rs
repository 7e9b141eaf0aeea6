//! Bringing an order in line with its payments.
use chrono::TimeDelta;

use crate::{
    AccessSource, ItemKind, LateMoney, LateMoneyPolicy, Order, OrderAnomaly, OrderCompleted,
    OrderError, OrderEvent, OrderItem, OrderMoney, OrderStatus, OrderStep, Payment, PaymentError,
    RedemptionEvent, Refund, RefundItem, RefundStatus,
    grants::{give, give_seats},
    instalments::sync_instalments,
    orders::{enter, move_redemptions, offer_of, reverse_redemptions},
    refunds::decide_waiting_refunds,
    revenue::earn,
    settlement::{
        Queue, Task,
        lines::{SaleChange, sync_lines},
    },
};
use lms_kernel::{Id, Money, Timestamp};
use lms_store::Transaction;

/// Brings an order in line with its payments: completes it and grants what it sold, spreads what
/// went back over its lines, takes back or gives again what that means for access, books it, and
/// decides anew on the refunds that wait. The caller holds the order's row, and `order` is what it
/// read there. `news` are refunds that went back since it was settled; what is for subscriptions is
/// put into the queue.
///
/// The resulting rows follow from the facts about the payments, from the order's lines and from
/// decisions of people: not from the order in which facts arrived.
pub(super) async fn settle_into(
    tx: &mut Transaction,
    order: &mut Order,
    news: &[Id<Refund>],
    queue: &mut Queue,
) -> Result<(), PaymentError> {
    let payments = tx.all(Payment::of_order(order.id)).await?;
    let money = OrderMoney::of(order, &payments);
    let money = money.with_asked_back(asked_back(tx, order, &money).await?);
    let mut change = SaleChange::default();
    // A step may call for the next one: an order whose money was reversed waits again when another
    // attempt is still open.
    while let Some(event) = money.event(order) {
        let before = order.status;
        match order.status.apply(event)? {
            OrderStep::Applied(to) => enter_and_give(tx, order, to, queue).await?,
            OrderStep::LateMoney => take_late_money(tx, order, &money, queue).await?,
            OrderStep::Anomaly => tx.emit(&OrderAnomaly {
                order_id: order.id,
                number: order.number,
                kept: money.kept()?,
            }),
            OrderStep::NoOp(_) | OrderStep::OrphanMoney => {}
        }
        if order.status == before {
            break;
        }
        change.note(before, order.status);
    }
    let back_of_lines = sync_lines(tx, (order, &money), (change, news), queue).await?;
    earn(tx, order, &money).await?;
    sync_instalments(tx, order, money.kept()?).await?;
    reverse_redemptions(tx, order, money.returned()?).await?;
    let surplus = money.surplus(order, back_of_lines)?;
    decide_waiting_refunds(tx, order, &payments, surplus).await
}

/// What went back of the lines of an order because people asked for it.
async fn asked_back(
    tx: &mut Transaction,
    order: &Order,
    money: &OrderMoney,
) -> Result<Money, PaymentError> {
    let mut sum = Money::zero(order.currency());
    if !money.returned()?.is_positive() {
        return Ok(sum);
    }
    let refunds = tx.all(Refund::of_order(order.id)).await?;
    let asked = refunds.iter().filter(|it| it.status == RefundStatus::Completed);
    for refund in asked.filter(|it| !it.was_made_elsewhere()) {
        for part in tx.all(RefundItem::of_refund(refund.id)).await? {
            sum = sum.add(part.amount)?;
        }
    }
    Ok(sum)
}

/// Moves an order on; a completed one gives what it sold, and is announced.
async fn enter_and_give(
    tx: &mut Transaction,
    order: &mut Order,
    to: OrderStatus,
    queue: &mut Queue,
) -> Result<(), PaymentError> {
    enter(tx, order, to).await?;
    if to != OrderStatus::Completed {
        return Ok(());
    }
    let items = grant_items(tx, order, queue).await?;
    tx.emit(&OrderCompleted {
        order_id: order.id,
        number: order.number,
        buyer_id: order.buyer_id,
        total: order.total,
        items: items.iter().map(|it| it.item).collect(),
    });
    Ok(())
}

async fn grant_items(
    tx: &mut Transaction,
    order: &Order,
    queue: &mut Queue,
) -> Result<Vec<OrderItem>, PaymentError> {
    let items = tx.all(OrderItem::of_order(order.id)).await?;
    for item in &items {
        let end = access_end(tx.now(), item);
        if item.seats > 1 {
            give_seats(tx, item, end).await?;
        } else if item.item.kind == ItemKind::Plan {
            queue.push(Task::Fulfil(Box::new(item.clone()), Box::new(order.clone())));
        } else {
            let source = AccessSource::order_item(item.id);
            give(tx, item.learner_id, item.item, source, end).await?;
        }
    }
    Ok(items)
}

fn access_end(now: Timestamp, item: &OrderItem) -> Option<Timestamp> {
    item.access_days.map(|days| now.saturating_add(TimeDelta::days(i64::from(days))))
}

/// Completes an order that expired if its late money still buys the same at the same price.
async fn take_late_money(
    tx: &mut Transaction,
    order: &mut Order,
    money: &OrderMoney,
    queue: &mut Queue,
) -> Result<(), PaymentError> {
    let same = money.pays(order) && offered_as_ordered(tx, order).await?;
    let policy = LateMoneyPolicy::default();
    let decided = policy.decide(order.status, order.expired_at, tx.now(), same);
    if decided == LateMoney::PayBack {
        return Ok(());
    }
    if move_redemptions(tx, order, RedemptionEvent::Reserve).await? {
        match order.status.apply(OrderEvent::LateMoneyAccepted)? {
            OrderStep::Applied(to) => enter_and_give(tx, order, to, queue).await,
            OrderStep::NoOp(_)
            | OrderStep::LateMoney
            | OrderStep::OrphanMoney
            | OrderStep::Anomaly => Ok(()),
        }
    } else {
        move_redemptions(tx, order, RedemptionEvent::Release).await.map(drop)
    }
}

async fn offered_as_ordered(tx: &mut Transaction, order: &Order) -> Result<bool, PaymentError> {
    for item in tx.all(OrderItem::of_order(order.id)).await? {
        match offer_of(tx, item.item, order.currency()).await {
            Ok(offer) if offer.price == item.price && offer.tax == item.tax_rate => {}
            Err(OrderError::Store(error)) => return Err(error.into()),
            Ok(_) | Err(_) => return Ok(false),
        }
    }
    Ok(true)
}
