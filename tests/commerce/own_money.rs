//! Nobody decides on their own money, whatever roles they have.
use lms::{
    commerce::{
        AdjustWallet, DecideRefund, ItemKind, Order, OrderLine, OrderStatus, PaymentFact,
        PaymentMethod, PlaceOrder, RecordPaymentFacts, RecordReceipt, RefundStatus, RequestRefund,
        StartPayment,
    },
    identity::{Role, RoleAssignment},
    kernel::{Currency, DomainError as _, Id},
};

use crate::{
    school::{Person, School, usd},
    transact,
};

/// A member of the finance staff who learns as well, and their order with its payment at the desk.
async fn finance_who_buys(school: &School) -> (Person, Order, lms::commerce::Payment) {
    let me = school.finance;
    let mut tx = school.begin().await;
    let student = tx.first(Role::by_key(lms::authorization::BuiltinRole::Student)).await;
    let student = student.unwrap().unwrap().id;
    let given = RoleAssignment::new(tx.cx(), me.id, student);
    tx.insert(&given).await.unwrap();
    tx.commit().await.unwrap();
    let course = school.sells(ItemKind::Course, usd(12_500)).await;
    let cx = school.cx_of(me);
    let place = PlaceOrder::new(me.id, vec![OrderLine::of(course)], Currency::USD);
    let order = school.store.run(&cx, place).await.unwrap();
    let start = StartPayment::of(order.id, PaymentMethod::Cash);
    let payment = school.store.run(&cx, start).await.unwrap();
    (me, order, payment)
}

fn receipt(payment: Id<lms::commerce::Payment>, at: lms::kernel::Timestamp) -> RecordReceipt {
    RecordReceipt { payment, reference: "desk-1".into(), amount: usd(12_500), at }
}

#[tokio::test]
async fn a_payer_never_records_what_they_paid() {
    let school = School::open().await;
    let (me, order, payment) = finance_who_buys(&school).await;
    let cx = school.cx_of(me);
    let own = school.store.run(&cx, receipt(payment.id, school.now())).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
    let (key, amount, at) = ("told".to_owned(), usd(12_500), school.now());
    let facts = RecordPaymentFacts {
        payment: payment.id,
        facts: vec![PaymentFact::Capture { key, amount, at }],
        source: "me".to_owned(),
    };
    let own = school.store.run(&cx, facts).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
    assert_eq!(school.get(order.id).await.status, OrderStatus::Pending);
    let colleague = school.cx_of(school.second_finance);
    school.store.run(&colleague, receipt(payment.id, school.now())).await.unwrap();
    assert_eq!(school.get(order.id).await.status, OrderStatus::Completed);
}

#[tokio::test]
async fn a_buyer_asks_for_a_refund_and_another_decides() {
    let school = School::open().await;
    let (me, order, payment) = finance_who_buys(&school).await;
    let (cx, colleague) = (school.cx_of(me), school.cx_of(school.second_finance));
    school.store.run(&colleague, receipt(payment.id, school.now())).await.unwrap();
    let ask = RequestRefund { order: order.id, lines: Vec::new(), note: None };
    let refund = school.store.run(&cx, ask).await.unwrap().remove(0);
    assert_eq!(refund.status, RefundStatus::Requested);
    let decide = DecideRefund { refund: refund.id, approve: true };
    let own = school.store.run(&cx, decide.clone()).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
    let decided = transact!(school, colleague, |tx| tx.run(decide)).unwrap();
    assert_eq!(decided.status, RefundStatus::Approved);
}

#[tokio::test]
async fn nobody_fills_their_own_wallet() {
    let school = School::open().await;
    let me = school.finance;
    let fill = AdjustWallet { holder: me.id, amount: usd(1_000_000), reference: "mine".into() };
    let own = school.store.run(&school.cx_of(me), fill.clone()).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
    school.store.run(&school.cx_of(school.second_finance), fill).await.unwrap();
}
