//! The work that facts about money call for, one task after the other.
use std::collections::VecDeque;

use crate::{
    Order, OrderItem, Payment, PaymentError, PaymentFact, PaymentMethod, PaymentStarted, Refund,
    RefundAccess,
    settlement::{facts::learn_into, settle::settle_into, unheard::stop_into},
    subscriptions::{OrderWork, line_paid, line_refunded, line_reversed},
};
use lms_kernel::{Id, Money, Timestamp};
use lms_store::Transaction;

/// One step of a settlement.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// A line of a plan is paid: its subscription begins or goes on.
    Fulfil(Box<OrderItem>, Box<Order>),
    /// Money of a line of a plan went back, with what that means for access.
    Reclaim(Box<OrderItem>, RefundAccess),
    /// The bank reversed the payment of a line of a plan.
    Reverse(Box<OrderItem>),
    /// An order was closed: money paid for it goes back, and attempts of which nothing was heard
    /// are stopped.
    SettleClosed(Id<Order>),
    /// An order costs nothing, and is paid as of that time.
    PayNothing(Id<Order>, Timestamp),
}

/// The tasks of one settlement, in the order in which they are done.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    tasks: VecDeque<Task>,
}

impl Queue {
    /// Puts a task behind those that wait.
    pub(crate) fn push(&mut self, task: Task) {
        self.tasks.push_back(task);
    }

    /// Puts what steps of subscriptions have left behind those that wait.
    fn take(&mut self, work: Vec<OrderWork>) {
        self.tasks.extend(work.into_iter().map(|it| match it {
            OrderWork::Closed(order) => Task::SettleClosed(order),
            OrderWork::Free(order, at) => Task::PayNothing(order, at),
        }));
    }

    /// Does all tasks, and those that they call for.
    ///
    /// # Errors
    /// [`PaymentError`].
    pub(crate) async fn run(mut self, tx: &mut Transaction) -> Result<(), PaymentError> {
        while let Some(task) = self.tasks.pop_front() {
            let mut work = Vec::new();
            match task {
                Task::Fulfil(line, order) => line_paid(tx, (&order, &line), &mut work).await?,
                Task::Reclaim(line, access) => {
                    line_refunded(tx, &line, access, &mut work).await?;
                }
                Task::Reverse(line) => line_reversed(tx, &line, &mut work).await?,
                Task::SettleClosed(order) => {
                    let mut order = tx.lock(order).await?;
                    close_into(tx, &mut order, &mut self).await?;
                }
                Task::PayNothing(order, at) => {
                    let mut tx = tx.as_of(at);
                    let mut order = tx.lock(order).await?;
                    pay_nothing_into(&mut tx, &mut order, &mut self).await?;
                }
            }
            self.take(work);
        }
        Ok(())
    }
}

/// Does what steps of subscriptions have left.
///
/// # Errors
/// [`PaymentError`].
pub(crate) async fn carry_out(
    tx: &mut Transaction,
    work: Vec<OrderWork>,
) -> Result<(), PaymentError> {
    let mut queue = Queue::default();
    queue.take(work);
    queue.run(tx).await
}

/// Brings an order in line with its payments, and does all that this calls for. The caller holds
/// the order's row, and `order` is what it read there.
///
/// # Errors
/// [`PaymentError`].
pub(crate) async fn settle(tx: &mut Transaction, order: &mut Order) -> Result<(), PaymentError> {
    let (mut queue, none): (_, &[Id<Refund>]) = (Queue::default(), &[]);
    settle_into(tx, order, none, &mut queue).await?;
    queue.run(tx).await
}

/// Settles an order that was closed, and stops its attempts of which nothing was heard. The caller
/// holds its row.
///
/// # Errors
/// [`PaymentError`].
pub(crate) async fn settle_closed(
    tx: &mut Transaction,
    order: &mut Order,
) -> Result<(), PaymentError> {
    let mut queue = Queue::default();
    close_into(tx, order, &mut queue).await?;
    queue.run(tx).await
}

/// Pays for an order that costs nothing. The caller holds its row.
///
/// # Errors
/// [`PaymentError`].
pub(crate) async fn pay_nothing(
    tx: &mut Transaction,
    order: &mut Order,
) -> Result<(), PaymentError> {
    let mut queue = Queue::default();
    pay_nothing_into(tx, order, &mut queue).await?;
    queue.run(tx).await
}

async fn close_into(
    tx: &mut Transaction,
    order: &mut Order,
    queue: &mut Queue,
) -> Result<(), PaymentError> {
    settle_into(tx, order, &[], queue).await?;
    for payment in tx.all(Payment::of_order(order.id)).await? {
        stop_into(tx, (order, &payment), queue).await?;
    }
    Ok(())
}

async fn pay_nothing_into(
    tx: &mut Transaction,
    order: &mut Order,
    queue: &mut Queue,
) -> Result<(), PaymentError> {
    let nothing = Money::zero(order.currency());
    let payment = Payment::new(tx.cx(), order, PaymentMethod::None, nothing);
    tx.insert(&payment).await?;
    tx.emit(&PaymentStarted {
        payment_id: payment.id,
        order_id: order.id,
        method: payment.method,
        amount: nothing,
    });
    let key = payment.id.to_string();
    let fact = PaymentFact::Capture { key, amount: nothing, at: tx.now() };
    learn_into(tx, (order, payment.id), (vec![fact], "order:free"), queue).await?;
    Ok(())
}
