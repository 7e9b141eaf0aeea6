//! A payout.
use serde::{Deserialize, Serialize};

use crate::{NextAction, PaymentMethod, PayoutStatus};
use lms_kernel::{Context, EntityKind, Id, Money, Timestamp};
use lms_people::identity::Membership;
use lms_store::{
    outbox::DomainEvent,
    {Direction, Query, Record, Stamp},
};

/// What a person is paid of what they earned by sales.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "payouts",
    unique_always(number),
    index(payee_id),
    index(status),
    index(next_action_at)
)]
pub struct Payout {
    /// The payout's id.
    pub id: Id<Payout>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its number: 1, 2, 3, … within the tenant, without gaps.
    pub number: i64,
    /// Who is paid.
    pub payee_id: Id<Membership>,
    /// How much: the sum of its lines, above zero.
    #[record(prefixed)]
    pub amount: Money,
    /// Its status.
    pub status: PayoutStatus,
    /// How it is paid.
    pub method: PaymentMethod,
    /// The number on the statement, once it is known.
    pub reference: Option<String>,
    /// Who requested it; none for work of the system.
    pub requested_by: Option<Id<Membership>>,
    /// Who decided.
    pub decided_by: Option<Id<Membership>>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When it arrived.
    pub paid_at: Option<Timestamp>,
    /// When someone should look next: decide, send it, ask about it.
    pub next_action_at: NextAction,
}

impl Payout {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("payout");

    /// A payout that someone asks for.
    pub fn new(
        cx: &Context,
        number: i64,
        payee: Id<Membership>,
        amount: Money,
        method: PaymentMethod,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            number,
            payee_id: payee,
            amount,
            status: PayoutStatus::Requested,
            method,
            reference: None,
            requested_by: None,
            decided_by: None,
            decided_at: None,
            sent_at: None,
            paid_at: None,
            next_action_at: NextAction::at(cx.now()),
        }
    }

    /// The payouts of a person, by number.
    pub fn of_payee(payee: Id<Membership>) -> Query<Self> {
        Query::filter(Self::PAYEE_ID.eq(payee)).order_by(Self::NUMBER, Direction::Asc)
    }

    /// The payouts that someone should look at, at that time, the earliest first.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }
}

/// A payout was requested, changed its status, or still waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.payout_changed", subject = Payout::ENTITY, id = payout_id)]
pub struct PayoutChanged {
    /// The payout.
    pub payout_id: Id<Payout>,
    /// Who is paid.
    pub payee_id: Id<Membership>,
    /// The amount.
    pub amount: Money,
    /// Its status.
    pub status: PayoutStatus,
}

impl PayoutChanged {
    pub(super) fn of(payout: &Payout) -> Self {
        let (payout_id, payee_id) = (payout.id, payout.payee_id);
        Self { payout_id, payee_id, amount: payout.amount, status: payout.status }
    }
}
