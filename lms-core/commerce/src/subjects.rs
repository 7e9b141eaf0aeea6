//! The owners of orders, payments, refunds, payouts, subscriptions and wallets.
use crate::{LedgerEntry, Order, Payment, Payout, Refund, Subscription, Voucher, WalletAccount};
use lms_kernel::Id;
use lms_people::{
    authorization::{Listed, People, Protected, Subject, in_units},
    tenancy::OrgUnit,
};
use lms_store::{Filter, StoreError, Transaction};

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

/// A wallet is its holder's.
impl Protected for WalletAccount {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.holder_id))
    }
}

/// A subscription is its payer's. Its subscriber sees it too: see its [`Listed`].
impl Protected for Subscription {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.payer_id))
    }
}

/// A voucher is the tenant's.
impl Protected for Voucher {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default())
    }
}

/// An entry of the book belongs to its unit, or to the tenant as a whole.
impl Protected for LedgerEntry {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default().in_unit(self.org_unit_id))
    }
}

impl Listed for Order {
    fn owned_by(people: &People) -> Filter<Self> {
        people.in_column(Self::BUYER_ID)
    }
}

impl Listed for Payment {
    fn owned_by(people: &People) -> Filter<Self> {
        people.in_column(Self::PAYER_ID)
    }
}

impl Listed for WalletAccount {
    fn owned_by(people: &People) -> Filter<Self> {
        people.in_column(Self::HOLDER_ID)
    }
}

/// Both who uses a subscription and who pays it see it.
impl Listed for Subscription {
    fn owned_by(people: &People) -> Filter<Self> {
        people.in_column(Self::PAYER_ID).or(people.in_column(Self::SUBSCRIBER_ID))
    }
}

impl Listed for Voucher {}

impl Listed for LedgerEntry {
    async fn in_units(
        _: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        Ok(in_units(Self::ORG_UNIT_ID, units))
    }
}
