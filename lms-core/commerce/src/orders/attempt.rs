//! An attempt to pay an order.
use crate::{NextAction, Order, Payment, PaymentMethod, PaymentStatus};
use lms_kernel::{Context, Money};
use lms_store::Stamp;

impl Payment {
    /// An attempt to pay `amount` for `order`.
    pub fn new(cx: &Context, order: &Order, method: PaymentMethod, amount: Money) -> Self {
        let nothing = Money::zero(amount.currency());
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            order_id: order.id,
            payer_id: order.buyer_id,
            method,
            gateway: None,
            status: PaymentStatus::Pending,
            failure: None,
            amount,
            captured: nothing,
            refunded: nothing,
            reversed: nothing,
            paid_at: None,
            reconciled_at: None,
            next_action_at: NextAction::NEVER,
            provider_ref: None,
            provider_data: None,
        }
    }
}
