//! Bringing the instalments of an order in line with the money received.
use chrono::TimeDelta;
use lms_kernel::machine::Step;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    AccessEnded, AccessSource, DueRows, Grant, GrantEvent, Instalment, InstalmentChanged,
    InstalmentEvent, InstalmentStatus, NextAction, Order, OrderItem, OrderMoney, OrderStatus,
    Payment, PaymentError, covered, grants::sync_enrollments,
};
use lms_kernel::Money;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;

/// How often a person is reminded of an overdue part.
const REMIND_EVERY: TimeDelta = TimeDelta::days(7);

/// Marks unpaid instalments as overdue, as many as `due` takes, announces them again each week, and
/// suspends access. Answers how many; run it from a job until it answers zero.
///
/// # Permission
/// `orders.manage`.
///
/// # Locks
/// The rows of the orders.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.pass_instalments_due")]
pub struct PassInstalmentsDue {
    /// The most rows to handle in this call, and the rows to skip.
    pub due: DueRows,
}

impl Operation for PassInstalmentsDue {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_MANAGE]);
    type Answer = usize;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, PaymentError> {
        let Self { due } = self;
        authorize_on(tx, Permission::ORDERS_MANAGE, &TheTenant).await?;
        let due = tx.page(due.of(Instalment::due(tx.now()))).await?.items;
        for part in &due {
            let order = tx.lock(part.order_id).await?;
            let payments = tx.all(Payment::of_order(order.id)).await?;
            let kept = OrderMoney::of(&order, &payments).kept()?;
            sync_instalments(tx, &order, kept).await?;
        }
        Ok(due.len())
    }
}

/// Marks the parts of an order as paid, open or overdue, and lets access rest while one is
/// overdue. The caller holds the order's row.
pub(crate) async fn sync_instalments(
    tx: &mut Transaction,
    order: &Order,
    kept: Money,
) -> Result<(), PaymentError> {
    let mut parts = tx.all(Instalment::of_order(order.id)).await?;
    if parts.is_empty() {
        return Ok(());
    }
    let items = tx.all(OrderItem::of_order(order.id)).await?;
    // What went back of a line is not owed any more.
    let paid = covered(&parts, kept.add(OrderItem::refunded_of(order, &items)?)?)?;
    for (part, paid) in parts.iter_mut().zip(paid) {
        let before = part.status;
        let events: &[InstalmentEvent] = match (paid, part.overdue_at <= tx.now()) {
            (true, _) => &[InstalmentEvent::Cover],
            (false, false) => &[InstalmentEvent::Uncover],
            (false, true) => &[InstalmentEvent::Uncover, InstalmentEvent::PassDue],
        };
        for event in events {
            part.status = part.status.apply(*event)?.after(part.status);
        }
        let was = part.next_action_at;
        part.next_action_at = match part.status {
            InstalmentStatus::Open => NextAction::at(part.overdue_at),
            InstalmentStatus::Overdue if order.status == OrderStatus::Completed => {
                NextAction::in_series(part.overdue_at, REMIND_EVERY, tx.now())
            }
            InstalmentStatus::Paid | InstalmentStatus::Overdue => NextAction::NEVER,
        };
        if part.status != before || was != part.next_action_at {
            tx.update(part).await?;
            tx.emit(&InstalmentChanged {
                instalment_id: part.id,
                order_id: order.id,
                number: part.number,
                amount: part.amount,
                status: part.status,
            });
        }
    }
    if order.status != OrderStatus::Completed {
        return Ok(());
    }
    let overdue = parts.iter().any(|it| it.status == InstalmentStatus::Overdue);
    let event = if overdue { GrantEvent::Suspend } else { GrantEvent::Resume };
    rest_or_resume(tx, &items, event).await
}

async fn rest_or_resume(
    tx: &mut Transaction,
    items: &[OrderItem],
    event: GrantEvent,
) -> Result<(), PaymentError> {
    let sources = items.iter().map(|it| AccessSource::order_item(it.id).id);
    for mut grant in tx.all(Grant::from_sources(sources)).await? {
        let Ok(Step::Applied(status)) = grant.status.apply(event) else { continue };
        grant.status = status;
        tx.update(&mut grant).await?;
        let (grant_id, holder_id, target) = (grant.id, grant.holder_id, grant.target);
        if event == GrantEvent::Suspend {
            tx.emit(&AccessEnded { grant_id, holder_id, target, reason: None });
        }
        sync_enrollments(tx, holder_id, &[target]).await?;
    }
    Ok(())
}
