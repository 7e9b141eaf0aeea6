//! A fact as it is kept.
use serde::{Deserialize, Serialize};

use crate::{
    commerce::{FactKind, Payment, PaymentFact},
    kernel::{Context, Id, Money},
    store::{LogStamp, Query, Record},
};

/// One thing that a payment was told. Append-only; the same fact is kept once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[record(
    table = "payment_facts",
    kind = "payment_fact",
    unaudited,
    unique_always(payment_id, identity)
)]
pub struct PaymentFactRecord {
    /// The record's id.
    pub id: Id<PaymentFactRecord>,
    /// What the library keeps about the record.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// Who was told.
    pub payment_id: Id<Payment>,
    /// What tells it from every other fact of the payment.
    pub identity: String,
    /// What sort of thing it says.
    pub kind: FactKind,
    /// How much money moved, where it did.
    #[record(prefixed)]
    pub amount: Option<Money>,
    /// The fact.
    #[record(json)]
    pub fact: PaymentFact,
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
            fact,
            source: source.to_owned(),
        }
    }

    /// All that a payment was told.
    pub fn of_payment(payment: Id<Payment>) -> Query<Self> {
        Query::filter(Self::PAYMENT_ID.eq(payment))
    }
}
