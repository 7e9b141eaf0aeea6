//! Whose orders, payments, refunds and payouts are.
use crate::{Order, Payment, Payout, Refund};
use lms_people::authorization::{Protected, Subject};
use lms_store::{StoreError, Transaction};

/// An order is its buyer's.
impl Protected for Order {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.buyer_id))
    }
}

/// A payment is its payer's, and its order's buyer asked for it: neither records what came in.
impl Protected for Payment {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let order = tx.recall(self.order_id).await?;
        Ok(Subject::of(self.payer_id).asked_by(order.map(|it| it.buyer_id)))
    }
}

/// A refund is the buyer's of its order, and of the person who asked for it: neither decides on it.
impl Protected for Refund {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let order = tx.recall(self.order_id).await?;
        let own = order.map_or_else(Subject::default, |it| Subject::of(it.buyer_id));
        Ok(own.asked_by(self.requested_by))
    }
}

/// A payout is its payee's, and of the person who requested it: neither decides on it, nor says that
/// it was paid.
impl Protected for Payout {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.payee_id).asked_by(self.requested_by))
    }
}
