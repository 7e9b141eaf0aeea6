//! Cancelling an unpaid order.
use crate::{Order, OrderError, OrderEvent, orders::close, settlement::settle_closed};
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
        if close(tx, &mut order, OrderEvent::Cancel).await? {
            settle_closed(tx, &mut order).await?;
        }
        Ok(order)
    }
}
