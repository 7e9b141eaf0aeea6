//! What is asked of the school, each command in a transaction of its own.
use lms_core::{
    assessment::attempt::SaveAnswer,
    commerce::{
        Counting, Item, ItemKind, Order, OrderLine, Payment, PaymentFact, PaymentMethod,
        PaymentProof, PlaceOrder, ProofDecision, RecordPaymentFacts, ReviewProof, StartPayment,
        SubmitProof,
    },
    kernel::{DomainError, Id},
    store::{IdempotencyKey, Store, Transaction},
};
use serde::{Deserialize, Serialize};

use crate::school::School;

/// What a checkout answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) order: Id<Order>,
    pub(crate) payment: Id<Payment>,
    pub(crate) number: i64,
    /// Which checkout it was. Every third is paid by a transfer with a proof, the others through
    /// a gateway.
    pub(crate) checkout: usize,
}

fn is_transfer(checkout: usize) -> bool {
    checkout % 3 == 2
}

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) struct Failed {
    lost_a_race: bool,
    #[expect(dead_code, reason = "shown where a command must not fail")]
    text: String,
}

impl<E: DomainError> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { lost_a_race: error.is_lost_race(), text: format!("{error:?}") }
    }
}

/// One checkout, by its key: an order and the attempt to pay it, in one transaction.
pub(crate) async fn check_out(
    store: &Store,
    school: &School,
    number: usize,
) -> Result<Receipt, Failed> {
    loop {
        match check_out_once(store, school, number).await {
            Err(failed) if failed.lost_a_race => {}
            other => return other,
        }
    }
}

async fn check_out_once(store: &Store, school: &School, number: usize) -> Result<Receipt, Failed> {
    let key = IdempotencyKey::new(format!("checkout-{number}"), "v1")?;
    let mut tx = store.begin(&school.cx).await?;
    let (buyer, course) = (school.buyer, school.course);
    let done = tx.once(&key, move |tx: &mut Transaction| {
        Box::pin(async move {
            let lines = vec![OrderLine::of(Item { kind: ItemKind::Course, id: course.uuid() })];
            let command = PlaceOrder::new(buyer, lines, "EUR".parse().unwrap());
            let order = tx.run(command).await?;
            let start = match is_transfer(number) {
                true => StartPayment::of(order.id, PaymentMethod::BankTransfer),
                false => StartPayment::through(order.id, "stripe", &format!("pi_{number}")),
            };
            let payment = tx.run(start).await?;
            Ok::<_, Failed>(Receipt {
                order: order.id,
                payment: payment.id,
                number: order.number,
                checkout: number,
            })
        })
    });
    let done = done.await?;
    tx.commit().await?;
    Ok(done.into_answer())
}

/// The money comes: by the gateway's message, which arrives at least once, or by a proof that is
/// sent in and approved.
pub(crate) async fn pay(store: &Store, school: &School, receipt: &Receipt) -> Result<(), Failed> {
    loop {
        let done = match is_transfer(receipt.checkout) {
            true => prove(store, school, receipt).await,
            false => deliver(store, school, receipt).await,
        };
        match done {
            Err(failed) if failed.lost_a_race => {}
            other => return other,
        }
    }
}

/// The proof, by its key, and then its approval, each in a transaction of its own.
async fn prove(store: &Store, school: &School, receipt: &Receipt) -> Result<(), Failed> {
    let key = IdempotencyKey::new(format!("proof-{}", receipt.checkout), "v1")?;
    let mut tx = store.begin(&school.cx).await?;
    let payment = receipt.payment;
    let sent = tx.once(&key, move |tx: &mut Transaction| {
        Box::pin(async move {
            let url = "https://files.example/proof.pdf".parse().unwrap();
            let proof = tx.run(SubmitProof::of(payment, url)).await?;
            Ok::<Id<PaymentProof>, Failed>(proof.id)
        })
    });
    let proof = sent.await?.into_answer();
    tx.commit().await?;
    let mut tx = store.begin(&school.reviewer).await?;
    let found = tx.require(proof).await?;
    let command = ReviewProof {
        proof,
        expected_version: found.stamp.version,
        decision: ProofDecision::Approve,
        counting: Counting::AtOnce(found.amount),
        note: None,
    };
    tx.run(command).await?;
    Ok(tx.commit().await?)
}

async fn deliver(store: &Store, school: &School, receipt: &Receipt) -> Result<(), Failed> {
    let cx = &school.cx;
    let mut tx = store.begin(cx).await?;
    let amount = tx.require(receipt.payment).await?.amount;
    let fact = PaymentFact::Capture { key: format!("ch_{}", receipt.number), amount, at: cx.now() };
    let source = "evt".to_owned();
    let command = RecordPaymentFacts { payment: receipt.payment, facts: vec![fact], source };
    tx.run(command).await?;
    Ok(tx.commit().await?)
}

/// Saves one answer.
pub(crate) async fn save(store: &Store, school: &School, number: usize) -> Result<(), Failed> {
    let (attempt, question) = school.slot(number);
    let sequence = School::sequence(number);
    let (attempt, question) = (school.attempts[attempt], school.questions[question]);
    let mut tx = store.begin(&school.cx).await?;
    let command = SaveAnswer::new(attempt, question, sequence, School::answer(sequence));
    tx.run(command).await?;
    Ok(tx.commit().await?)
}
