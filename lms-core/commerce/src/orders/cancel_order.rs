//! Stopping an order before it is paid.
use crate::{
    Order, OrderError, OrderEvent, OrderStatus, PaymentError,
    orders::settle::{move_on, settle},
    payments::stop_unheard,
};
use lms_kernel::{Context, Id};
use lms_people::authorization::{Permission, Place, authorize, is_permitted};
use lms_store::Transaction;

/// Stops an order that is not paid. What was paid of it goes back, and so does money that comes
/// afterwards.
///
/// Asks for `orders.place` on the buyer's own things, or for `orders.manage`. Holds the order's
/// row.
///
/// # Errors
/// [`OrderError`]; a completed order is refunded instead.
pub async fn cancel_order(
    cx: &Context,
    tx: &mut Transaction,
    order: Id<Order>,
) -> Result<Order, OrderError> {
    let mut order = tx.lock(order).await?;
    let own = Place::Own(order.buyer_id);
    if !is_permitted(cx, tx, Permission::ORDERS_PLACE, own).await? {
        authorize(cx, tx, Permission::ORDERS_MANAGE, own).await?;
    }
    stop_order(cx, tx, &mut order).await?;
    Ok(order)
}

/// Stops an order whose row the caller holds, and sends back what was paid of it.
pub(crate) async fn stop_order(
    cx: &Context,
    tx: &mut Transaction,
    order: &mut Order,
) -> Result<(), PaymentError> {
    move_on(cx, tx, order, OrderEvent::Cancel).await?;
    if order.status == OrderStatus::Cancelled {
        settle(cx, tx, order).await?;
        stop_unheard(cx, tx, order).await?;
    }
    Ok(())
}
