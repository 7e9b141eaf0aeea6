//! Stopping an order before it is paid.
use crate::{
    Order, OrderError, OrderEvent, OrderStatus, PaymentError,
    orders::settle::{move_on, settle},
    payments::stop_unheard,
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on, is_permitted_on};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Cancels an unpaid order. Partial payments are refunded, and so is money that arrives later.
///
/// # Permission
/// `orders.place` on the buyer's own things, or `orders.manage`.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`OrderError`]; a completed order is refunded instead.
#[operation("commerce.cancel_order")]
pub struct CancelOrder {
    /// The order to cancel.
    pub order: Id<Order>,
}

impl Operation for CancelOrder {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_PLACE, Permission::ORDERS_MANAGE]);
    type Answer = Order;
    type Error = OrderError;

    async fn run(self, tx: &mut Transaction) -> Result<Order, OrderError> {
        let Self { order } = self;
        let mut order = tx.lock(order).await?;
        if !is_permitted_on(tx, Permission::ORDERS_PLACE, &order).await? {
            authorize_on(tx, Permission::ORDERS_MANAGE, &order).await?;
        }
        stop_order(tx, &mut order).await?;
        Ok(order)
    }
}

/// Cancels an order whose row the caller has locked, and refunds its payments.
pub(crate) async fn stop_order(
    tx: &mut Transaction,
    order: &mut Order,
) -> Result<(), PaymentError> {
    move_on(tx, order, OrderEvent::Cancel).await?;
    if order.status == OrderStatus::Cancelled {
        settle(tx, order).await?;
        stop_unheard(tx, order).await?;
    }
    Ok(())
}
