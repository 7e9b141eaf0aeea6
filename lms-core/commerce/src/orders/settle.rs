//! Bringing an order in line with its payments.
use chrono::TimeDelta;

use crate::{
    AccessSource, ItemKind, LateMoney, LateMoneyPolicy, NextAction, Order, OrderError, OrderEvent,
    OrderItem, OrderMoney, OrderStatus, OrderStep, Payment, PaymentError, RedemptionEvent,
    RefundAccess, RefundItem, RevokeReason,
    events::{OrderAnomaly, OrderChanged, OrderCompleted},
    grants::{give, take_back},
    instalments::sync_instalments,
    offer_of,
    refunds::return_surplus,
    revenue::earn,
    subscriptions::{line_paid, line_refunded, line_reversed},
    vouchers::{give_seats, move_redemptions, reverse_redemptions, take_seats_back},
};
use lms_kernel::{Id, Money, Timestamp};
use lms_store::Transaction;

/// Brings an order in line with its payments: completes it and grants what it sold, takes back
/// what was granted, sends back what belongs to nobody. The caller holds the order's row, and
/// `order` is what it read there.
///
/// # Errors
/// [`PaymentError`].
pub(crate) async fn settle(tx: &mut Transaction, order: &mut Order) -> Result<(), PaymentError> {
    let payments = tx.all(Payment::of_order(order.id)).await?;
    let money = OrderMoney::of(order, &payments);
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
    }
    earn(tx, order, &money).await?;
    sync_instalments(tx, order, money.kept()?).await?;
    reverse_redemptions(tx, order, money.returned()?).await?;
    let asked_back = match money.returned()?.is_positive() {
        true => asked_back(tx, order).await?,
        false => Money::zero(order.currency()),
    };
    return_surplus(tx, order, &payments, money.surplus(order, asked_back)?).await
}

/// What went back of the lines of an order because somebody asked for it.
async fn asked_back(tx: &mut Transaction, order: &Order) -> Result<Money, PaymentError> {
    let items = tx.all(OrderItem::of_order(order.id)).await?;
    Ok(Money::sum(items.iter().map(|it| it.refunded), order.currency())?)
}

/// Moves an order on by what somebody decided or time brought, not by money.
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
    let items = match (from, to) {
        (_, OrderStatus::Completed) => grant_items(tx, order).await?,
        (OrderStatus::Completed, OrderStatus::Failed) => {
            end_items(tx, order, RevokeReason::Reversed).await?
        }
        (_, OrderStatus::Refunded) => end_items(tx, order, RevokeReason::Refunded).await?,
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

/// What a step of an order means for the vouchers that it uses. What was released is taken again
/// where one is left; a completed order whose voucher is gone keeps the price that was paid.
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

/// Takes back what one line gave: access, and seats with what they gave.
pub(crate) async fn take_item_back(
    tx: &mut Transaction,
    item: Id<OrderItem>,
    reason: RevokeReason,
) -> Result<(), PaymentError> {
    take_back(tx, AccessSource::order_item(item), reason).await?;
    take_seats_back(tx, item, reason).await
}

/// Takes back what the lines gave, except where a refund says that access stays or ends later.
async fn end_items(
    tx: &mut Transaction,
    order: &Order,
    reason: RevokeReason,
) -> Result<Vec<OrderItem>, PaymentError> {
    let items = tx.all(OrderItem::of_order(order.id)).await?;
    let refunded = tx.all(RefundItem::of_order_items(items.iter().map(|it| it.id))).await?;
    let keeps = |item: &OrderItem| {
        reason == RevokeReason::Refunded
            && refunded
                .iter()
                .any(|it| it.order_item_id == item.id && it.access != RefundAccess::EndNow)
    };
    for item in items.iter().filter(|it| !keeps(it)) {
        match reason {
            RevokeReason::Reversed => line_reversed(tx, item).await?,
            _ => line_refunded(tx, item, RefundAccess::EndNow).await?,
        }
        take_item_back(tx, item.id, reason).await?;
    }
    Ok(items)
}

/// Completes an order that expired if its late money still buys the same at the same price.
async fn take_late_money(
    tx: &mut Transaction,
    order: &mut Order,
    money: &OrderMoney,
) -> Result<(), PaymentError> {
    let enough = money.kept()?.compare(order.due_first)?.is_ge();
    let same = enough && offered_as_ordered(tx, order).await?;
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
