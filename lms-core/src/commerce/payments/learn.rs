//! Telling a payment something.
use crate::{
    authorization::{Permission, Place, authorize},
    commerce::{
        Order, Payment, PaymentError, PaymentFact, PaymentFactRecord, PaymentFacts,
        events::{ForeignMoneyReceived, PaymentChanged},
        orders::settle,
    },
    kernel::{Context, Id},
    store::{Transaction, Upsert, Upserted},
};

/// The longest key of a fact and the longest name of a source, in characters.
pub const MAX_FACT_KEY_LENGTH: usize = 200;

/// Something that a payment is told.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordPaymentFacts {
    /// The payment.
    pub payment: Id<Payment>,
    /// What it is told.
    pub facts: Vec<PaymentFact>,
    /// Who says so: the gateway's event, or where in the house it is known from.
    pub source: String,
}

/// Tells a payment what happened and settles its order: what is known already changes nothing,
/// and the order of telling does not matter.
///
/// Asks for `payments.record`; a worker that applies the messages of gateways acts as the system.
/// Holds the order's row.
///
/// # Errors
/// [`PaymentError`].
pub async fn record_payment_facts(
    cx: &Context,
    tx: &mut Transaction,
    command: RecordPaymentFacts,
) -> Result<Payment, PaymentError> {
    authorize(cx, tx, Permission::PAYMENTS_RECORD, Place::Tenant).await?;
    let payment = tx.require(command.payment).await?;
    let mut order = tx.lock(payment.order_id).await?;
    learn(cx, tx, &mut order, payment.id, command.facts, &command.source).await
}

/// Tells a payment something and settles its order, whose row the caller holds.
pub(crate) async fn learn(
    cx: &Context,
    tx: &mut Transaction,
    order: &mut Order,
    payment: Id<Payment>,
    facts: Vec<PaymentFact>,
    source: &str,
) -> Result<Payment, PaymentError> {
    check_length(source)?;
    for key in facts.iter().filter_map(PaymentFact::key) {
        check_length(key)?;
    }
    let mut payment = tx.require(payment).await?;
    let mut records: Vec<PaymentFactRecord> = Vec::with_capacity(facts.len());
    for fact in facts {
        let record = PaymentFactRecord::new(cx, payment.id, fact, source);
        if records.iter().all(|it| it.identity != record.identity) {
            records.push(record);
        }
    }
    let once = Upsert::on(PaymentFactRecord::PAYMENT_ID).and(PaymentFactRecord::IDENTITY);
    let done = tx.upsert_all(&records, once).await?;
    let news = done.iter().filter(|it| **it == Upserted::Inserted).count();
    if news == 0 {
        return Ok(payment);
    }
    let told = tx.all(PaymentFactRecord::of_payment(payment.id)).await?;
    let facts = payment.facts(told.iter().map(|it| &it.fact));
    report_foreign_money(tx, &payment, &facts, &records);
    if payment.take(&facts)? {
        tx.update(&mut payment).await?;
        tx.emit(&PaymentChanged {
            payment_id: payment.id,
            order_id: payment.order_id,
            status: payment.status,
            captured: payment.captured,
            returned: payment.refunded.add(payment.reversed)?,
        });
    }
    settle(cx, tx, order).await?;
    Ok(payment)
}

fn check_length(text: &str) -> Result<(), PaymentError> {
    match text.chars().count() {
        1..=MAX_FACT_KEY_LENGTH => Ok(()),
        _ => Err(PaymentError::KeyLength { most: MAX_FACT_KEY_LENGTH }),
    }
}

fn report_foreign_money(
    tx: &mut Transaction,
    payment: &Payment,
    facts: &PaymentFacts,
    told_now: &[PaymentFactRecord],
) {
    for (key, amount) in facts.foreign_captures() {
        if told_now.iter().any(|it| it.fact.key() == Some(&key)) {
            tx.emit(&ForeignMoneyReceived { payment_id: payment.id, key, amount });
        }
    }
}
