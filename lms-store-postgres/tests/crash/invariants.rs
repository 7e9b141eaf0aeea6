//! What holds between the rows of one transaction, and after every command.
use std::collections::BTreeMap;

use lms_core::{
    assessment::attempt::AttemptAnswer,
    commerce::{
        Account, AccountBalance, Grant, LedgerEntry, LedgerLine, Order, OrderItem, OrderStatus,
        Payment, PaymentFactRecord,
    },
    outbox::Message,
    store::{Query, Store},
};

use crate::school::{School, Slot};

/// The answers that were acknowledged of which neither they nor newer ones are there. Each that is
/// there is one that was given.
pub(crate) async fn acknowledged_answers_missing(
    store: &Store,
    school: &School,
    saved: &BTreeMap<Slot, i64>,
) -> Vec<String> {
    let mut tx = store.begin(&school.cx).await.unwrap();
    let answers = tx.all(Query::<AttemptAnswer>::all()).await.unwrap();
    for answer in &answers {
        assert_eq!(answer.answer, School::answer(answer.sequence));
    }
    let mut missing = Vec::new();
    for ((attempt, question), sequence) in saved {
        let (attempt, question) = (school.attempts[*attempt], school.questions[*question]);
        let own =
            answers.iter().filter(|it| (it.attempt_id, it.question_id) == (attempt, question));
        let stored: Vec<i64> = own.map(|it| it.sequence).collect();
        if !matches!(stored[..], [last] if last >= *sequence) {
            missing.push(format!("{stored:?}, not {sequence}"));
        }
    }
    missing
}

/// Orders, payments, books, grants and messages agree.
pub(crate) async fn nothing_is_half_done(store: &Store, school: &School) {
    let mut tx = store.begin(&school.cx).await.unwrap();
    let orders = tx.all(Query::<Order>::all()).await.unwrap();
    let items = tx.all(Query::<OrderItem>::all()).await.unwrap();
    let payments = tx.all(Query::<Payment>::all()).await.unwrap();
    let facts = tx.all(Query::<PaymentFactRecord>::all()).await.unwrap();
    let grants = tx.all(Query::<Grant>::all()).await.unwrap();
    let messages = tx.all(Query::<Message>::all()).await.unwrap();
    // Numbers have no gaps: who did not commit has given its number back.
    let mut numbers: Vec<i64> = orders.iter().map(|it| it.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..).take(orders.len()).collect::<Vec<i64>>());
    for order in &orders {
        let own: Vec<_> = items.iter().filter(|it| it.order_id == order.id).collect();
        assert_eq!(own.len(), 1, "an order without its item");
        let paying: Vec<_> = payments.iter().filter(|it| it.order_id == order.id).collect();
        assert_eq!(paying.len(), 1, "an order without its payment");
        let payment = paying[0];
        let told = facts.iter().filter(|it| it.payment_id == payment.id);
        let told: Vec<_> = told.map(|it| it.fact().unwrap()).collect();
        // The stored status is the one that the facts mean.
        assert_eq!(payment.status, payment.facts(&told).status());
        // Completed if and only if its grant exists, and exactly one for the item.
        let given = grants.iter().filter(|it| it.source.id == own[0].id.uuid()).count();
        let completed = order.status == OrderStatus::Completed;
        assert_eq!(given, usize::from(completed), "{order:?}");
        assert_eq!(payment.captured.is_positive(), completed);
        // What was paid and is not earned lies with the order.
        let deposits =
            tx.part(AccountBalance { account: Account::deposits(order.id) }).await.unwrap();
        let deposits: i64 = deposits.iter().map(|it| it.minor()).sum();
        let kept = payment.kept().unwrap().minor();
        assert_eq!(-deposits, kept - own[0].earned.minor(), "{order:?}");
        // What happened was announced.
        let announced = messages.iter().filter(|it| it.subject_id == order.id.uuid()).count();
        assert!(announced >= 1, "an order that nobody was told of");
    }
    let mut told: Vec<_> = messages.iter().map(|it| (&it.kind, it.subject_id)).collect();
    let all = told.len();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), all, "something was announced twice");
    // Every entry of the books balances.
    let entries = tx.all(Query::<LedgerEntry>::all()).await.unwrap();
    let mut sums = BTreeMap::new();
    for line in tx.all(Query::<LedgerLine>::all()).await.unwrap() {
        *sums.entry(line.entry_id).or_insert(0) += line.amount.minor();
    }
    assert!(sums.values().all(|it| *it == 0), "an entry does not balance");
    assert!(entries.iter().all(|it| sums.contains_key(&it.id)));
}
