//! Starting an attempt to pay.
use std::collections::BTreeSet;

use lms_store::operation::{Access, Operation, operation};

use crate::{
    Order, OrderItem, OrderMoney, OrderStatus, Payment, PaymentError, PaymentMethod,
    PaymentStarted, VoucherRedemption,
    checkout::gateway_answer::initiated_charge,
    payments::{check_length, first_look},
    settlement::settle,
};
use lms_kernel::{Id, Money};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    identity::RequirePresent,
};
use lms_store::Transaction;

/// Starts a payment attempt for an open order. For a gateway it logs the call as initiated: commit,
/// call the gateway with the payment's id as its idempotency key, and record the answer with
/// [`RecordPaymentAnswer`](crate::RecordPaymentAnswer).
///
/// # Permission
/// `orders.place` on the buyer's own things.
///
/// # Locks
/// The order's row; those of its buyer and learners, shared, where it is not completed.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.start_payment")]
#[derive(PartialEq)]
pub struct StartPayment {
    /// The order to pay.
    pub order: Id<Order>,
    /// The payment method.
    pub method: PaymentMethod,
    /// The gateway and the tenant's account there, such as `xendit/main`; `None` for payments
    /// without a gateway.
    pub gateway: Option<String>,
    /// The provider's id of the attempt, if it is known already.
    pub provider_ref: Option<String>,
    /// The amount to pay; `None` means the outstanding amount.
    pub amount: Option<Money>,
}

impl StartPayment {
    /// All that is outstanding of an order, paid in that way.
    pub const fn of(order: Id<Order>, method: PaymentMethod) -> Self {
        Self { order, method, gateway: None, provider_ref: None, amount: None }
    }

    /// All that is outstanding of an order, paid through that gateway account, which knows the
    /// attempt by that name.
    pub fn through(order: Id<Order>, gateway: &str, provider_ref: &str) -> Self {
        Self {
            gateway: Some(gateway.to_owned()),
            provider_ref: Some(provider_ref.to_owned()),
            ..Self::of(order, PaymentMethod::Gateway)
        }
    }
}

impl Operation for StartPayment {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_PLACE]);
    type Answer = Payment;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<Payment, PaymentError> {
        let command = self;
        let mut order = tx.lock(command.order).await?;
        authorize_on(tx, Permission::ORDERS_PLACE, &Subject::of(order.buyer_id)).await?;
        let open_for_rest = order.status == OrderStatus::Completed;
        if !order.status.is_open() && !open_for_rest {
            return Err(PaymentError::OrderNotOpen { status: order.status });
        }
        if (command.method == PaymentMethod::Gateway) != command.gateway.is_some() {
            return Err(PaymentError::GatewayMismatch { method: command.method });
        }
        [&command.gateway, &command.provider_ref]
            .into_iter()
            .flatten()
            .try_for_each(|name| check_length(name))?;
        let mut payments = tx.all(Payment::of_order(order.id)).await?;
        let lines = tx.all(OrderItem::of_order(order.id)).await?;
        // What was given already is owed, whoever has left.
        if !open_for_rest {
            let learners = lines.iter().map(|it| it.learner_id);
            for person in learners.chain([order.buyer_id]).collect::<BTreeSet<_>>() {
                tx.part(RequirePresent { member_id: person }).await??;
            }
        }
        let back_of_lines = OrderItem::refunded_of(&order, &lines)?;
        let outstanding = OrderMoney::of(&order, &payments).outstanding(&order, back_of_lines)?;
        let amount = command.amount.unwrap_or(outstanding);
        if amount.currency() != order.currency() {
            return Err(PaymentError::OtherCurrency { expected: order.currency() });
        }
        if !amount.is_positive() || amount.compare(outstanding)?.is_gt() {
            return Err(PaymentError::AmountOutOfRange);
        }
        let mut payment = Payment::new(tx.cx(), &order, command.method, amount);
        payment.gateway = command.gateway;
        payment.provider_ref = command.provider_ref;
        payment.next_action_at = first_look(&payment, order.deadline, tx.now());
        tx.insert(&payment).await?;
        if let Some(call) = initiated_charge(tx.cx(), &payment) {
            tx.insert(&call).await?;
        }
        tx.emit(&PaymentStarted {
            payment_id: payment.id,
            order_id: order.id,
            method: payment.method,
            amount,
        });
        // A new attempt moves no money. It matters to an order that waits for one again, and to no
        // other, so that what was read above is not read twice.
        payments.push(payment.clone());
        let with_attempt = OrderMoney::of(&order, &payments);
        if with_attempt.returned()?.is_positive() || with_attempt.event(&order).is_some() {
            settle(tx, &mut order).await?;
        }
        let uses = tx.all(VoucherRedemption::of_order(order.id)).await?;
        if order.status.is_open() && uses.iter().any(|it| !it.status.counts()) {
            return Err(PaymentError::VoucherGone);
        }
        Ok(payment)
    }
}
