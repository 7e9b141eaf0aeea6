//! One attempt to pay for an order.
use serde::{Deserialize, Serialize};

use crate::{NextAction, PaymentFact, PaymentFacts, PaymentFailure, PaymentMethod, PaymentStatus};
use lms_kernel::{EntityKind, Id, Money, MoneyError, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Direction, Query, Record, Stamp};

/// One attempt to pay for an order.
///
/// Its status and its amounts follow from the facts about it; nothing else may set them. Gateways
/// deliver late, twice and out of order: the set of facts decides, not their sequence.
///
/// # Lifecycle
///
/// ```
/// use lms_commerce::{PaymentFact, PaymentFacts, PaymentStatus};
/// use lms_kernel::{Currency, Money, Timestamp};
///
/// let at = Timestamp::EPOCH;
/// let amount = Money::from_minor(50_00, Currency::EUR);
/// let captured = PaymentFact::Capture { key: "ch_1".into(), amount, at };
/// let failed = PaymentFact::Fail { at };
///
/// let mut facts = PaymentFacts::new(Currency::EUR);
/// facts.learn(&failed);
/// assert_eq!(facts.status(), PaymentStatus::Failed);
/// facts.learn(&captured);
/// facts.learn(&captured);
/// assert_eq!(facts.status(), PaymentStatus::Completed, "a late capture still counts");
/// assert_eq!(facts.captured()?, amount, "and counts once");
/// # Ok::<(), lms_kernel::MoneyError>(())
/// ```
///
/// # Pitfalls
/// - `Failed` is not final: money may arrive later, and completes the order or is refunded.
/// - A partial refund is an amount and not a status.
/// - No answer from a gateway is not a failure. Such payments are reconciled by a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "payments",
    unique(gateway, provider_ref),
    index(order_id),
    index(payer_id),
    index(status),
    index(next_action_at)
)]
pub struct Payment {
    /// The payment's id.
    pub id: Id<Payment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// What it pays for.
    pub order_id: Id<crate::Order>,
    /// Who pays.
    pub payer_id: Id<Membership>,
    /// How it is paid.
    pub method: PaymentMethod,
    /// The gateway, such as `xendit`, and the tenant's account there: `xendit/main`.
    pub gateway: Option<String>,
    /// What its facts come to.
    pub status: PaymentStatus,
    /// Why it failed, if it did.
    pub failure: Option<PaymentFailure>,
    /// The amount requested.
    #[record(prefixed)]
    pub amount: Money,
    /// The amount taken.
    #[record(prefixed)]
    pub captured: Money,
    /// What went back because we said so.
    #[record(prefixed)]
    pub refunded: Money,
    /// What went back because the bank said so.
    #[record(prefixed)]
    pub reversed: Money,
    /// When the first money was taken.
    pub paid_at: Option<Timestamp>,
    /// When finance found the money on the bank statement, or the desk counted it.
    pub reconciled_at: Option<Timestamp>,
    /// When someone should ask the gateway the outcome of it.
    pub next_action_at: NextAction,
    /// The provider's name for the attempt: a payment intent, an invoice, an order.
    pub provider_ref: Option<String>,
    /// What else the provider said about the attempt.
    #[record(personal)]
    pub provider_data: Option<serde_json::Value>,
}

impl Payment {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("payment");

    /// Sets everything that follows from its facts. True when that changed anything.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] if the facts come to more than an amount can hold.
    pub fn take(&mut self, facts: &PaymentFacts) -> Result<bool, MoneyError> {
        let before = self.clone();
        self.status = facts.status();
        self.failure = facts.failure();
        self.captured = facts.captured()?;
        self.refunded = facts.refunded()?;
        self.reversed = facts.reversed()?;
        self.paid_at = facts.paid_at();
        if !self.is_open() {
            self.next_action_at = NextAction::NEVER;
        }
        Ok(*self != before)
    }

    /// Whether it may still go either way: nothing is known, or money is only promised.
    pub const fn is_open(&self) -> bool {
        matches!(self.status, PaymentStatus::Pending | PaymentStatus::Confirmed)
    }

    /// The payment's state after these facts.
    pub fn facts<'f>(&self, told: impl IntoIterator<Item = &'f PaymentFact>) -> PaymentFacts {
        PaymentFacts::of(self.amount.currency(), told)
    }

    /// The amount taken and not refunded.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn kept(&self) -> Result<Money, MoneyError> {
        self.captured.sub(self.refunded)?.sub(self.reversed)
    }

    /// The attempts to pay for an order.
    pub fn of_order(order: Id<crate::Order>) -> Query<Self> {
        Query::filter(Self::ORDER_ID.eq(order))
    }

    /// The attempts about which someone should ask, at that time.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }

    /// The attempt that a gateway account knows by that name.
    pub fn by_provider_ref(gateway: &str, provider_ref: &str) -> Query<Self> {
        Query::filter(
            Self::GATEWAY
                .is(gateway.to_owned())
                .and(Self::PROVIDER_REF.is(provider_ref.to_owned())),
        )
    }
}
