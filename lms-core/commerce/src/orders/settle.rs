//! Bringing an order in line with its payments.
use chrono::TimeDelta;

use crate::{
    AccessSource, ItemKind, LateMoney, LateMoneyPolicy, NextAction, Order, OrderError, OrderEvent,
    OrderItem, OrderMoney, OrderStatus, OrderStep, Payment, PaymentError, RedemptionEvent, Refund,
    RefundItem, RefundStatus,
    events::{OrderAnomaly, OrderChanged, OrderCompleted},
    grants::give,
    instalments::sync_instalments,
    offer_of,
    orders::lines::{SaleChange, sync_lines},
    refunds::decide_waiting_refunds,
    revenue::earn,
    subscriptions::line_paid,
    vouchers::{give_seats, move_redemptions, reverse_redemptions},
};
use lms_kernel::{Id, Money, Timestamp};
use lms_store::Transaction;

/// Brings an order in line with its payments: completes it and grants what it sold, spreads what
/// went back over its lines, takes back or gives again what that means for access, books it, and
/// decides anew on the refunds that wait. The caller holds the order's row, and `order` is what it
/// read there.
///
/// The resulting rows follow from the facts about the payments, from the order's lines and from
/// decisions of people: not from the order in which facts arrived.
///
/// # Errors
/// [`PaymentError`].
pub(crate) async fn settle(tx: &mut Transaction, order: &mut Order) -> Result<(), PaymentError> {
    settle_after(tx, order, &[]).await
}

/// The same after `news`: refunds that went back since the order was settled.
pub(crate) async fn settle_after(
    tx: &mut Transaction,
    order: &mut Order,
    news: &[Id<Refund>],
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
            OrderStep::Applied(to) => enter(tx, order, to).await?,
            OrderStep::LateMoney => take_late_money(tx, order, &money).await?,
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
    let back_of_lines = sync_lines(tx, order, &money, (change, news)).await?;
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

/// Moves an order on by what someone decided or time brought, not by money.
pub(crate) async fn move_on(
    tx: &mut Transaction,
    order: &mut Order,
    event: OrderEvent,
) -> Result<(), PaymentError> {
    match order.status.apply(event)? {
        OrderStep::Applied(to) => enter(tx, order, to).await?,
        OrderStep::NoOp(_) | OrderStep::LateMoney | OrderStep::OrphanMoney | OrderStep::Anomaly => {
        }
    }
    Ok(())
}

async fn enter(
    tx: &mut Transaction,
    order: &mut Order,
    to: OrderStatus,
) -> Result<(), PaymentError> {
    let from = order.status;
    order.status = to;
    match to {
        OrderStatus::Completed => {
            order.completed_at = order.completed_at.or(Some(tx.now()));
            order.expired_at = None;
            order.reversed_at = None;
            order.refunded_at = None;
            order.next_action_at = NextAction::NEVER;
        }
        OrderStatus::Pending | OrderStatus::Failed => {
            if from == OrderStatus::Completed {
                order.reversed_at = Some(tx.now());
                order.deadline = tx.now().saturating_add(TimeDelta::hours(Order::OPEN_HOURS));
            }
            order.next_action_at = NextAction::at(order.deadline);
        }
        OrderStatus::Expired => {
            // Its time was over then, whenever somebody noticed.
            order.expired_at = Some(order.deadline);
            order.next_action_at = NextAction::NEVER;
        }
        OrderStatus::Cancelled => {
            order.cancelled_at = Some(tx.now());
            order.next_action_at = NextAction::NEVER;
        }
        OrderStatus::Refunded => {
            order.refunded_at = Some(tx.now());
            order.next_action_at = NextAction::NEVER;
        }
    }
    tx.update(order).await?;
    if to == OrderStatus::Completed {
        move_redemptions(tx, order, RedemptionEvent::Reserve).await?;
    }
    move_redemptions(tx, order, redemption_event(to)).await?;
    let items = match to {
        OrderStatus::Completed => grant_items(tx, order).await?,
        _ => Vec::new(),
    };
    if to == OrderStatus::Completed {
        tx.emit(&OrderCompleted {
            order_id: order.id,
            number: order.number,
            buyer_id: order.buyer_id,
            total: order.total,
            items: items.iter().map(|it| it.item).collect(),
        });
    } else {
        let (order_id, number, buyer_id) = (order.id, order.number, order.buyer_id);
        tx.emit(&OrderChanged { order_id, number, buyer_id, from, to });
    }
    Ok(())
}

/// The effect of a step of an order on the vouchers that it uses. A released use is taken again
/// where one is left; a completed order whose voucher is gone keeps its price.
const fn redemption_event(to: OrderStatus) -> RedemptionEvent {
    match to {
        OrderStatus::Pending => RedemptionEvent::Reserve,
        OrderStatus::Completed | OrderStatus::Refunded => RedemptionEvent::Confirm,
        OrderStatus::Failed | OrderStatus::Expired | OrderStatus::Cancelled => {
            RedemptionEvent::Release
        }
    }
}

async fn grant_items(tx: &mut Transaction, order: &Order) -> Result<Vec<OrderItem>, PaymentError> {
    let items = tx.all(OrderItem::of_order(order.id)).await?;
    for item in &items {
        let end = access_end(tx.now(), item);
        if item.seats > 1 {
            give_seats(tx, item, end).await?;
        } else if item.item.kind == ItemKind::Plan {
            line_paid(tx, order, item).await?;
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
) -> Result<(), PaymentError> {
    let same = money.pays(order) && offered_as_ordered(tx, order).await?;
    let policy = LateMoneyPolicy::default();
    let decided = policy.decide(order.status, order.expired_at, tx.now(), same);
    if decided == LateMoney::PayBack {
        return Ok(());
    }
    if move_redemptions(tx, order, RedemptionEvent::Reserve).await? {
        move_on(tx, order, OrderEvent::LateMoneyAccepted).await
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
