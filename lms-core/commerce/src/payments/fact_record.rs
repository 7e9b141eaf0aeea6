//! A payment fact, as a record.
use serde::{Deserialize, Serialize};

use crate::{FactKind, Payment, PaymentFact, RefundRegister};
use lms_kernel::{Context, Id, Money, Timestamp};
use lms_store::{FieldError, LogStamp, Query, Record, StoreError};

/// One fact about a payment. Append-only; the same fact is stored once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "payment_facts",
    kind = "payment_fact",
    unaudited,
    unique_always(payment_id, identity)
)]
pub struct PaymentFactRecord {
    /// The record's id.
    pub id: Id<PaymentFactRecord>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The payment concerned.
    pub payment_id: Id<Payment>,
    /// What tells it from every other fact of the payment.
    pub identity: String,
    /// What kind of thing it says.
    pub kind: FactKind,
    /// How much money moved, where it did.
    #[record(prefixed)]
    pub amount: Option<Money>,
    /// The provider's name for the movement of money or for the dispute; `None` for the total
    /// taken.
    pub key: Option<String>,
    /// How far a refund has come.
    pub register: Option<RefundRegister>,
    /// The capture that a reversal undoes or a dispute is about, where the provider says so; the
    /// line of a settlement file that states a fee.
    pub of_key: Option<String>,
    /// The provider's time, where it gives one.
    pub occurred_at: Option<Timestamp>,
    /// Who told it: a gateway's event, a reviewer, the desk.
    pub source: String,
}

impl PaymentFactRecord {
    /// What `source` told the payment.
    pub fn new(cx: &Context, payment: Id<Payment>, fact: PaymentFact, source: &str) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            payment_id: payment,
            identity: fact.identity(),
            kind: fact.kind(),
            amount: fact.amount(),
            key: fact.key().map(str::to_owned),
            register: fact.register(),
            of_key: fact.of().map(str::to_owned),
            occurred_at: fact.at(),
            source: source.to_owned(),
        }
    }

    /// The fact.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if what is stored is not a whole fact.
    pub fn fact(&self) -> Result<PaymentFact, StoreError> {
        let (key, amount, at) = (self.key.clone(), self.amount, self.occurred_at);
        let of = self.of_key.clone();
        let fact = match self.kind {
            FactKind::Authorise => at.map(|at| PaymentFact::Authorise { at }),
            FactKind::Fail => at.map(|at| PaymentFact::Fail { at }),
            FactKind::Cancel => at.map(|at| PaymentFact::Cancel { at }),
            FactKind::Capture => match key {
                Some(key) => {
                    amount.zip(at).map(|(amount, at)| PaymentFact::Capture { key, amount, at })
                }
                None => amount.zip(at).map(|(amount, at)| PaymentFact::CaptureTotal { amount, at }),
            },
            FactKind::Refund => key
                .zip(amount)
                .zip(self.register)
                .map(|((key, amount), register)| PaymentFact::Refund { key, amount, register }),
            FactKind::Reverse => {
                key.zip(amount).map(|(key, amount)| PaymentFact::Reverse { key, amount, of })
            }
            FactKind::DisputeOpened => {
                key.zip(amount).map(|(key, amount)| PaymentFact::DisputeOpened { key, amount, of })
            }
            FactKind::DisputeWon => {
                key.zip(amount).map(|(key, amount)| PaymentFact::DisputeWon { key, amount, of })
            }
            FactKind::DisputeLost => {
                key.zip(amount).map(|(key, amount)| PaymentFact::DisputeLost { key, amount, of })
            }
            FactKind::Fee => {
                key.zip(amount).map(|(key, amount)| PaymentFact::Fee { key, amount, of })
            }
        };
        fact.ok_or_else(|| StoreError::Corrupt {
            table: Self::TABLE,
            column: "kind",
            id: Some(self.id.uuid()),
            source: FieldError::invalid("PaymentFact", "a part of the fact is missing"),
        })
    }

    /// All facts about a payment.
    pub fn of_payment(payment: Id<Payment>) -> Query<Self> {
        Query::filter(Self::PAYMENT_ID.eq(payment))
    }
}
