//! Moving an order on: its status, its times and the vouchers that it uses.
use chrono::TimeDelta;

use crate::{
    NextAction, Order, OrderChanged, OrderEvent, OrderStatus, OrderStep, PaymentError,
    RedemptionEvent, orders::move_redemptions,
};
use lms_store::Transaction;

/// Closes an order by what a person decided or time brought: a cancellation or its deadline. True
/// when that changed it: money paid for it is to be settled then. The caller holds its row.
pub(crate) async fn close(
    tx: &mut Transaction,
    order: &mut Order,
    event: OrderEvent,
) -> Result<bool, PaymentError> {
    let OrderStep::Applied(to) = order.status.apply(event)? else { return Ok(false) };
    enter(tx, order, to).await?;
    Ok(true)
}

/// Writes a status on an order, with its times, and moves the vouchers that it uses. A completed
/// order is announced once it has given what it sold, every other status here.
pub(crate) async fn enter(
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
            // Its time was over then, however late that was noticed.
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
    if to != OrderStatus::Completed {
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
