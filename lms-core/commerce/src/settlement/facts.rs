//! Recording facts about a payment.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    Account, AccountKind, FactKey, FactKind, ForeignMoneyReceived, LedgerEntry, LedgerKind,
    NextAction, Order, Payment, PaymentChanged, PaymentError, PaymentFact, PaymentFactRecord,
    PaymentFacts, PaymentMethod,
    ledger::{post, transfer},
    payments::{check_length, first_look},
    refunds::sync_refunds,
    settlement::{
        Queue,
        dispute::{book_fees, follow_disputes},
        settle::settle_into,
    },
};
use lms_kernel::{Id, Money};
use lms_people::authorization::{Permission, get_authorized};
use lms_store::{RecordStamp as _, Transaction, Upsert, Upserted};

/// Records facts about a payment and settles its order. A fact already known changes nothing, and
/// facts may arrive in any order.
///
/// # Permission
/// `payments.record`; a worker that applies the messages of gateways acts as the system.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.record_payment_facts")]
#[derive(PartialEq)]
pub struct RecordPaymentFacts {
    /// The payment concerned.
    pub payment: Id<Payment>,
    /// The facts to record.
    pub facts: Vec<PaymentFact>,
    /// The source of the facts, such as the gateway's event id, at most 200 characters.
    pub source: String,
}

impl Operation for RecordPaymentFacts {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_RECORD]);
    type Answer = Payment;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<Payment, PaymentError> {
        let command = self;
        let payment = get_authorized(tx, Permission::PAYMENTS_RECORD, command.payment).await?;
        let mut order = tx.lock(payment.order_id).await?;
        learn(tx, &mut order, payment.id, command.facts, &command.source).await
    }
}

/// Tells a payment something and settles its order, whose row the caller holds.
pub(crate) async fn learn(
    tx: &mut Transaction,
    order: &mut Order,
    payment: Id<Payment>,
    facts: Vec<PaymentFact>,
    source: &str,
) -> Result<Payment, PaymentError> {
    let mut queue = Queue::default();
    let payment = learn_into(tx, (order, payment), (facts, source), &mut queue).await?;
    queue.run(tx).await?;
    Ok(payment)
}

/// The same; what it calls for is put into the queue.
pub(super) async fn learn_into(
    tx: &mut Transaction,
    (order, payment): (&mut Order, Id<Payment>),
    (facts, source): (Vec<PaymentFact>, &str),
    queue: &mut Queue,
) -> Result<Payment, PaymentError> {
    check_length(source)?;
    for fact in &facts {
        [fact.key(), fact.of()].into_iter().flatten().try_for_each(check_length)?;
        if fact.amount().is_some_and(Money::is_negative) {
            return Err(PaymentError::AmountOutOfRange);
        }
    }
    let mut payment = tx.require(payment).await?;
    let mut records: Vec<PaymentFactRecord> = Vec::with_capacity(facts.len());
    for fact in facts {
        let record = PaymentFactRecord::new(tx.cx(), payment.id, fact, source);
        if records.iter().all(|it| it.identity != record.identity) {
            records.push(record);
        }
    }
    let once = Upsert::on(PaymentFactRecord::PAYMENT_ID).and(PaymentFactRecord::IDENTITY);
    let done = tx.upsert_all(&records, once).await?;
    let is_new = done.into_iter().map(|it| it == Upserted::Inserted);
    let news: Vec<_> =
        records.iter().zip(is_new).filter_map(|(it, is_new)| is_new.then_some(it)).collect();
    if news.is_empty() {
        return Ok(payment);
    }
    let told = tx.all(PaymentFactRecord::of_payment(payment.id)).await?;
    let new_names = new_refunds(&told, &news);
    let earlier = told.iter().filter(|it| news.iter().all(|new| new.id != it.id));
    let earlier = earlier.map(PaymentFactRecord::fact).collect::<Result<Vec<_>, _>>()?;
    let stored = told.len();
    let told = told.iter().map(PaymentFactRecord::fact).collect::<Result<Vec<_>, _>>()?;
    let facts = payment.facts(&told);
    let facts_before = payment.facts(&earlier);
    report_foreign_money(tx, &payment, &facts, &records);
    let before = payment.clone();
    if payment.take(&facts)? {
        if payment.is_open() && payment.next_action_at == NextAction::NEVER {
            payment.next_action_at = first_look(&payment, order.deadline, tx.now());
        }
        tx.update(&mut payment).await?;
        book(tx, &before, &payment).await?;
        tx.emit(&PaymentChanged {
            payment_id: payment.id,
            order_id: payment.order_id,
            status: payment.status,
            captured: payment.captured,
            returned: payment.refunded.add(payment.reversed)?,
        });
    }
    let went_back = sync_refunds(tx, &payment, (&facts, &new_names)).await?;
    settle_into(tx, order, &went_back, queue).await?;
    book_fees(tx, &payment, (&facts_before, &facts), stored).await?;
    follow_disputes(tx, (order, &payment), (&facts_before, &facts)).await?;
    Ok(payment)
}

/// The names of refunds of which nothing was heard before.
fn new_refunds(told: &[PaymentFactRecord], news: &[&PaymentFactRecord]) -> Vec<FactKey> {
    let is_refund = |it: &PaymentFactRecord| it.kind == FactKind::Refund;
    let known = |key: &FactKey| {
        told.iter().any(|it| {
            is_refund(it) && it.key.as_ref() == Some(key) && news.iter().all(|new| new.id != it.id)
        })
    };
    let keys = news.iter().filter(|it| is_refund(it)).filter_map(|it| it.key.clone());
    keys.filter(|key| !known(key)).collect()
}

/// Posts the amounts taken, refunded and reversed since `before` between the money accounts and the
/// order's deposits.
async fn book(
    tx: &mut Transaction,
    before: &Payment,
    payment: &Payment,
) -> Result<(), PaymentError> {
    let place = match payment.method {
        PaymentMethod::Wallet => Account::wallet(payment.payer_id),
        _ => Account::own(AccountKind::Clearing),
    };
    let deposits = Account::deposits(payment.order_id);
    for (kind, change, from, to) in [
        (LedgerKind::Payment, payment.captured.sub(before.captured)?, deposits, place),
        (LedgerKind::Refund, payment.refunded.sub(before.refunded)?, place, deposits),
        (LedgerKind::Reversal, payment.reversed.sub(before.reversed)?, place, deposits),
    ] {
        let source = format!("payment:{}:{}:{kind}", payment.id, payment.stamp.version());
        let entry = LedgerEntry {
            student_id: Some(payment.payer_id),
            method: Some(payment.method),
            reference: payment.provider_ref.clone(),
            ..LedgerEntry::new(tx.cx(), kind, change.abs()?, source)
        };
        post(tx, entry, transfer(from, to, change)?).await?;
    }
    Ok(())
}

fn report_foreign_money(
    tx: &mut Transaction,
    payment: &Payment,
    facts: &PaymentFacts,
    told_now: &[PaymentFactRecord],
) {
    for (key, amount) in facts.foreign_captures() {
        let is_it = |it: &PaymentFactRecord| {
            it.kind == FactKind::Capture && it.key.as_deref().unwrap_or_default() == key
        };
        if told_now.iter().any(is_it) {
            tx.emit(&ForeignMoneyReceived { payment_id: payment.id, key, amount });
        }
    }
}
