//! Stopping an order before it is paid.
use crate::{
    authorization::{Permission, Place, authorize, is_permitted},
    commerce::{
        Order, OrderError, OrderEvent, OrderStatus, orders::settle::move_on, payments::stop_unheard,
    },
    kernel::{Context, Id},
    store::Transaction,
};

/// Stops an order that is not paid. Money that comes afterwards goes back.
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
    move_on(cx, tx, &mut order, OrderEvent::Cancel).await?;
    if order.status == OrderStatus::Cancelled {
        stop_unheard(cx, tx, &mut order).await?;
    }
    Ok(order)
}
