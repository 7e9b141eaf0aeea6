//! Payments as a payer and finance see them.
use serde::{Deserialize, Serialize};

use crate::{
    Order, Payment, PaymentFailure, PaymentMethod, PaymentProof, PaymentStatus, ProofStatus,
};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Query, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which payments to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PaymentFilter {
    /// Those of this payer.
    pub payer_id: Option<Id<Membership>>,
    /// Those whose payer's name starts like this, letter for letter.
    pub payer_name: Option<String>,
    /// Those for this order.
    pub order_id: Option<Id<Order>>,
    /// Those with this status.
    pub status: Option<PaymentStatus>,
    /// Those made in this way.
    pub method: Option<PaymentMethod>,
}

/// A payment, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentView {
    /// The payment's id.
    pub id: Id<Payment>,
    /// What it pays for, by the number of the order.
    pub order: Named<Order>,
    /// Who pays.
    pub payer: Named<Membership>,
    /// How it is paid.
    pub method: PaymentMethod,
    /// Its status.
    pub status: PaymentStatus,
    /// Why it failed, if it did.
    pub failure: Option<PaymentFailure>,
    /// The amount asked for.
    pub amount: Money,
    /// The amount taken.
    pub captured: Money,
    /// What went back to the payer.
    pub refunded: Money,
    /// The amount that the bank reversed.
    pub reversed: Money,
    /// When it was started.
    pub started_at: Timestamp,
    /// When the first money was taken.
    pub paid_at: Option<Timestamp>,
    /// The proof that waits for a reviewer, if one does.
    pub proof_to_review: Option<Id<PaymentProof>>,
}

/// Lists payments, the latest first: payers see their own, guardians those of their wards, staff
/// those of their units or of the tenant.
///
/// # Permission
/// `payments.view`; the list holds the payments on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("commerce.list_payments")]
pub struct ListPayments {
    /// Which payments.
    pub filter: PaymentFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListPayments {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<PaymentView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<PaymentView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Payment>(tx, Permission::PAYMENTS_VIEW)
            .await?
            .and_some(filter.payer_id, |payer| Payment::PAYER_ID.eq(payer))
            .and_some(filter.payer_name, |start| {
                let named = Membership::FULL_NAME.starts_with(start);
                Payment::PAYER_ID.in_records(Membership::ID, named)
            })
            .and_some(filter.order_id, |order| Payment::ORDER_ID.eq(order))
            .and_some(filter.status, |status| Payment::STATUS.eq(status))
            .and_some(filter.method, |method| Payment::METHOD.eq(method));
        let query = query.order_by(Payment::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        Ok(Page { items: views(tx, items).await?, next })
    }
}

async fn views(
    tx: &mut Transaction,
    payments: Vec<Payment>,
) -> Result<Vec<PaymentView>, AuthorizationError> {
    if payments.is_empty() {
        return Ok(Vec::new());
    }
    let orders = payments.iter().map(|it| it.order_id);
    let orders = Names::read(tx, orders, |it: &Order| it.number.to_string()).await?;
    let payers = payments.iter().map(|it| it.payer_id);
    let payers = Names::read(tx, payers, Membership::name).await?;
    let of_payments = PaymentProof::PAYMENT_ID.is_in(payments.iter().map(|it| it.id));
    let waiting = of_payments.and(PaymentProof::STATUS.eq(ProofStatus::Submitted));
    let proofs = tx.all(Query::filter(waiting)).await?;
    let views = payments.into_iter().map(|it| PaymentView {
        id: it.id,
        order: orders.of(it.order_id),
        payer: payers.of(it.payer_id),
        method: it.method,
        status: it.status,
        failure: it.failure,
        amount: it.amount,
        captured: it.captured,
        refunded: it.refunded,
        reversed: it.reversed,
        started_at: it.stamp.created_at,
        paid_at: it.paid_at,
        proof_to_review: proofs.iter().find(|of| of.payment_id == it.id).map(|of| of.id),
    });
    Ok(views.collect())
}
