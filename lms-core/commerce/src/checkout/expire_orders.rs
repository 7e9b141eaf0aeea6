//! Expiring orders that were not paid by their deadline.
use crate::{
    DueRows, NextAction, Order, OrderEvent, PaymentError, VoucherRedemption, orders::close,
    settlement::settle_closed,
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Expires orders that were not paid by their deadline, as many as `due` takes, and answers how
/// many: releases their vouchers and refunds partial payments. Run it from a job until it answers
/// zero.
///
/// # Permission
/// `orders.manage`.
///
/// # Locks
/// The orders' rows.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.expire_orders_due")]
pub struct ExpireOrdersDue {
    /// The most rows to handle in this call, and the rows to skip.
    pub due: DueRows,
}

impl Operation for ExpireOrdersDue {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_MANAGE]);
    type Answer = usize;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, PaymentError> {
        let Self { due } = self;
        authorize_on(tx, Permission::ORDERS_MANAGE, &TheTenant).await?;
        let due = tx.page(due.of(Order::due(tx.now()))).await?.items;
        for order in &due {
            expire(tx, order.id).await?;
        }
        Ok(due.len())
    }
}

/// Releases voucher reservations of orders that were not paid by their deadline, as many as `due`
/// takes, by expiring those orders. Answers how many; run it from a job until it answers zero.
///
/// # Permission
/// `orders.manage`.
///
/// # Locks
/// The orders' rows.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.release_reservations_due")]
pub struct ReleaseReservationsDue {
    /// The most rows to handle in this call, and the rows to skip.
    pub due: DueRows,
}

impl Operation for ReleaseReservationsDue {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_MANAGE]);
    type Answer = usize;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, PaymentError> {
        let Self { due } = self;
        authorize_on(tx, Permission::ORDERS_MANAGE, &TheTenant).await?;
        let due = tx.page(due.of(VoucherRedemption::due(tx.now()))).await?.items;
        for redemption in &due {
            expire(tx, redemption.order_id).await?;
            let mut redemption = tx.require(redemption.id).await?;
            if redemption.next_action_at.is_due(tx.now()) {
                // The order got more time: the use is kept as long.
                let deadline = tx.require(redemption.order_id).await?.deadline;
                redemption.next_action_at = NextAction::at(deadline);
                tx.update(&mut redemption).await?;
            }
        }
        Ok(due.len())
    }
}

async fn expire(tx: &mut Transaction, order: Id<Order>) -> Result<(), PaymentError> {
    let mut order = tx.lock(order).await?;
    if !order.next_action_at.is_due(tx.now()) {
        return Ok(());
    }
    close(tx, &mut order, OrderEvent::Deadline).await?;
    settle_closed(tx, &mut order).await
}
