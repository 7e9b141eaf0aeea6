//! Nobody decides on their own money, whatever roles they have.
use lms::{
    commerce::{
        AdjustWallet, ApplyWebhook, DecideRefund, ItemKind, OpenGatewayAccount, Order, OrderLine,
        OrderStatus, PaymentFact, PaymentMethod, Payout, PayoutAnswer, PayoutStatus, PlaceOrder,
        RecordPaymentFacts, RecordPayoutAnswer, RecordReceipt, RefundStatus, ReportedFact,
        RequestRefund, SendPayout, StartPayment, StoredSecret, WebhookClaim, WebhookMessage,
        WebhookRequest, WebhookStatus,
    },
    identity::{GuardianLink, GuardianRelation, Role, RoleAssignment},
    kernel::{Currency, DomainError as _, Id},
};
use uuid::Uuid;

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

#[tokio::test]
async fn a_payer_never_confirms_what_a_gateway_said_of_their_payment() {
    let school = School::open().await;
    let (me, order, _) = finance_who_buys(&school).await;
    let gateway = StartPayment {
        gateway: Some("stripe/main".to_owned()),
        ..StartPayment::of(order.id, PaymentMethod::Gateway)
    };
    let payment = school.store.run(&school.cx_of(me), gateway).await.unwrap();
    let secret = StoredSecret::new("s");
    let open = OpenGatewayAccount { gateway: "stripe".into(), name: "main".into(), secret };
    let account = school.store.run(&school.cx(), open).await.unwrap();
    let claim = Uuid::from_u128(7);
    let message = WebhookMessage::new(&school.cx(), account.id, &WebhookRequest::new(&[], b"{}"));
    let message =
        WebhookMessage { status: WebhookStatus::Processing, claim: Some(claim), ..message };
    school.save(&message).await;
    let (key, amount, at) = ("ch-1".to_owned(), usd(12_500), school.now());
    let confirmed = ReportedFact {
        payment_reference: "pi-1".to_owned(),
        merchant_reference: Some(payment.id.to_string()),
        fact: PaymentFact::Capture { key, amount, at },
    };
    let claim = WebhookClaim { message: message.id, claim };
    let apply = ApplyWebhook { claim, confirmed: Some(vec![confirmed]) };
    let own = school.store.run(&school.cx_of(me), apply.clone()).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
    assert_eq!(school.get(order.id).await.status, OrderStatus::Pending);
    school.store.run(&school.cx_of(school.second_finance), apply).await.unwrap();
    assert_eq!(school.get(order.id).await.status, OrderStatus::Completed);
}

#[tokio::test]
async fn a_payee_never_sends_their_own_payout_or_says_that_it_failed() {
    let school = School::open().await;
    let (me, colleague) = (school.finance, school.cx_of(school.second_finance));
    let method = PaymentMethod::BankTransfer;
    let mut payout = Payout::new(&school.cx(), 1, me.id, usd(500), method);
    payout.status = PayoutStatus::Approved;
    school.save(&payout).await;
    let send = SendPayout { payout: payout.id };
    let own = school.store.run(&school.cx_of(me), send.clone()).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
    school.store.run(&colleague, send).await.unwrap();
    let failed = RecordPayoutAnswer { payout: payout.id, answer: PayoutAnswer::Failed };
    let own = school.store.run(&school.cx_of(me), failed.clone()).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
    assert_eq!(school.get(payout.id).await.status, PayoutStatus::Processing);
    school.store.run(&colleague, failed).await.unwrap();
}

/// A parent of the finance staff: what moves money of their child is a colleague's to decide.
#[tokio::test]
async fn a_guardian_never_decides_on_money_of_their_ward() {
    let school = School::open().await;
    let (me, ward) = (school.finance, school.student.id);
    let link = GuardianLink::new(&school.cx(), me.id, ward, GuardianRelation::Parent);
    school.save(&link).await;
    let course = school.sells(ItemKind::Course, usd(12_500)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Cash).await;
    let (cx, colleague) = (school.cx_of(me), school.cx_of(school.second_finance));
    let own = school.store.run(&cx, receipt(payment.id, school.now())).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
    school.store.run(&colleague, receipt(payment.id, school.now())).await.unwrap();

    let ask = RequestRefund { order: order.id, lines: Vec::new(), note: None };
    let refund = school.store.run(&school.cx_of(school.student), ask).await.unwrap().remove(0);
    let decide = DecideRefund { refund: refund.id, approve: true };
    let own = school.store.run(&cx, decide.clone()).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
    assert_eq!(school.get(refund.id).await.status, RefundStatus::Requested);
    transact!(school, colleague, |tx| tx.run(decide)).unwrap();

    let fill = AdjustWallet { holder: ward, amount: usd(1_000_000), reference: "ours".into() };
    let own = school.store.run(&cx, fill).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
}
