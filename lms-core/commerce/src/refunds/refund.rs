//! A refund of a payment.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{NextAction, Order, OrderItem, Payment, RefundStatus};
use lms_kernel::{Context, EntityKind, Id, Money, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Direction, Query, Record, Stamp};

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum RefundReason {
    /// Someone asked for it.
    Asked,
    /// More was paid than was due, or an order that is paid was paid again.
    Overpaid,
    /// The money came after the order was closed.
    TooLate,
    /// The order was refunded or reversed while other money was still there.
    Orphaned,
}

/// One amount on its way back to the payer, from one payment.
///
/// The amounts of all refunds of a payment that were not rejected and have not failed never exceed
/// the amount taken; every operation that opens one locks the order's row.
///
/// # Lifecycle
///
/// ```
/// use lms_commerce::{RefundEvent, RefundStatus};
/// use lms_kernel::machine::Step;
///
/// let sent = RefundStatus::Approved.apply(RefundEvent::Send)?;
/// assert_eq!(sent, Step::Applied(RefundStatus::Processing));
/// let lost = RefundStatus::Processing.apply(RefundEvent::LoseTrack)?;
/// assert_eq!(lost, Step::Applied(RefundStatus::Unknown), "reconciled later, never sent twice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - Commit the refund as sent before calling the gateway, with its id as the idempotency key.
/// - A refund may fail after it succeeded; the payment's facts have the last word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "refunds",
    index(order_id),
    index(payment_id),
    index(status),
    index(next_action_at)
)]
pub struct Refund {
    /// The refund's id.
    pub id: Id<Refund>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The order that was paid.
    pub order_id: Id<Order>,
    /// The payment that brought the money.
    pub payment_id: Id<Payment>,
    /// How much goes back.
    #[record(prefixed)]
    pub amount: Money,
    /// The reason, as given.
    pub reason: RefundReason,
    /// What anyone who asked for it wrote.
    pub note: Option<String>,
    /// Its status.
    pub status: RefundStatus,
    /// How often it was sent.
    pub attempt: u16,
    /// The provider's name for the latest attempt, once it is known: the key of the facts about
    /// it.
    pub provider_ref: Option<String>,
    /// Who asked for it; no one when a rule did.
    pub requested_by: Option<Id<Membership>>,
    /// Who decided; no one when a rule did.
    pub decided_by: Option<Id<Membership>>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// When the money went back.
    pub completed_at: Option<Timestamp>,
    /// When someone should look next: send it, ask about it, try again.
    pub next_action_at: NextAction,
}

impl Refund {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("refund");

    /// A refund that someone asks for.
    pub fn new(cx: &Context, payment: &Payment, amount: Money, reason: RefundReason) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            order_id: payment.order_id,
            payment_id: payment.id,
            amount,
            reason,
            note: None,
            status: RefundStatus::Requested,
            attempt: 0,
            provider_ref: None,
            requested_by: None,
            decided_by: None,
            decided_at: None,
            completed_at: None,
            next_action_at: NextAction::at(cx.now()),
        }
    }

    /// The same, decided by a rule: it waits to be sent.
    #[must_use]
    pub fn decided_by_rule(mut self, cx: &Context) -> Self {
        self.status = RefundStatus::Approved;
        self.decided_at = Some(cx.now());
        self
    }

    /// The idempotency key of the latest attempt: the gateway is given it.
    pub fn call_key(&self) -> String {
        format!("{}:{}", self.id, self.attempt)
    }

    /// The name by which facts about the latest attempt are known: the provider's, or its own
    /// until then.
    pub fn fact_key(&self) -> String {
        self.provider_ref.clone().unwrap_or_else(|| self.call_key())
    }

    /// Whether facts of that name are about the latest attempt.
    pub fn is_known_as(&self, key: &str) -> bool {
        self.provider_ref.as_deref() == Some(key) || self.call_key() == key
    }

    /// Whether it was made at the provider, without asking us: it was never sent from here.
    pub fn was_made_elsewhere(&self) -> bool {
        self.reason == RefundReason::Asked && self.attempt == 0 && self.provider_ref.is_some()
    }

    /// Whether a rule opened it, for money that belongs to no one.
    pub const fn is_of_surplus(&self) -> bool {
        match self.reason {
            RefundReason::Asked => false,
            RefundReason::Overpaid | RefundReason::TooLate | RefundReason::Orphaned => true,
        }
    }

    /// Its place among the refunds of its order when their tax is counted: those of the house in
    /// the order of their requests, then those made elsewhere by the provider's name.
    pub(crate) fn place_in_documents(&self) -> (Option<String>, Id<Refund>) {
        match self.was_made_elsewhere() {
            true => (self.provider_ref.clone(), self.id),
            false => (None, self.id),
        }
    }

    /// Whether it is on its way and the provider has not told its name yet, so that news of a
    /// refund of the same amount may be of this one.
    pub(crate) fn waits_for_a_name(&self, amount: Money) -> bool {
        let under_way = matches!(self.status, RefundStatus::Processing | RefundStatus::Unknown);
        under_way && self.provider_ref.is_none() && self.amount == amount
    }

    /// The refunds of an order.
    pub fn of_order(order: Id<Order>) -> Query<Self> {
        Query::filter(Self::ORDER_ID.eq(order))
    }

    /// The refunds of a payment.
    pub fn of_payment(payment: Id<Payment>) -> Query<Self> {
        Query::filter(Self::PAYMENT_ID.eq(payment))
    }

    /// The refunds that someone or something should look at, at that time.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }
}

/// The effect of a refund on access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum RefundAccess {
    /// It ends when the money has gone back.
    EndNow,
    /// It ends with the period that is paid.
    EndWithPeriod,
    /// It stays.
    Keep,
}

/// The part of a refund that is for one line of the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "refund_items", unique(refund_id, order_item_id), index(order_item_id))]
pub struct RefundItem {
    /// The part's id.
    pub id: Id<RefundItem>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The refund.
    pub refund_id: Id<Refund>,
    /// The line.
    pub order_item_id: Id<OrderItem>,
    /// How much goes back for it, with tax.
    #[record(prefixed)]
    pub amount: Money,
    /// The tax in that amount.
    #[record(prefixed)]
    pub tax: Money,
    /// What happens to access.
    pub access: RefundAccess,
}

impl RefundItem {
    /// The parts of a refund.
    pub fn of_refund(refund: Id<Refund>) -> Query<Self> {
        Query::filter(Self::REFUND_ID.eq(refund))
    }

    /// What went back, or is on its way, for lines of an order.
    pub fn of_order_items(items: impl IntoIterator<Item = Id<OrderItem>>) -> Query<Self> {
        Query::filter(Self::ORDER_ITEM_ID.is_in(items))
    }
}
