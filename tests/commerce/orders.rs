//! Orders from the first click to access.
use lms::{
    commerce::{
        CancelOrder, Grant, GrantStatus, ItemKind, Order, OrderError, OrderStatus, Package,
        PackageItem, Payment, PaymentFact, PaymentMethod, PaymentStatus, RecordPaymentFacts,
        Refund, RefundReason, RefundRegister, RefundStatus, RevokeReason,
    },
    kernel::{Currency, Id, Money},
    outbox::Message,
    store::Query,
};

use crate::{
    journal,
    school::{School, title, usd},
    transact,
};

pub(crate) fn capture(key: &str, minor: i64, school: &School) -> PaymentFact {
    PaymentFact::Capture { key: key.into(), amount: usd(minor), at: school.now() }
}

pub(crate) async fn tell(school: &School, payment: Id<Payment>, facts: Vec<PaymentFact>) {
    let command = RecordPaymentFacts { payment, facts, source: "test".into() };
    let cx = school.cx();
    transact!(school, cx, |tx| tx.run(command)).unwrap();
}

async fn refunds_of(school: &School, order: &Order) -> Vec<Refund> {
    school.all(Refund::of_order(order.id)).await
}

#[tokio::test]
async fn a_free_order_completes_at_once() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(0)).await;
    let order = school.order(&[course]).await;
    assert_eq!(order.status, OrderStatus::Completed);
    assert!(school.has_access(course).await);
    let payment = &school.all(Payment::of_order(order.id)).await[0];
    assert_eq!((payment.method, payment.status), (PaymentMethod::None, PaymentStatus::Completed));
    journal::check(&school).await;
}

#[tokio::test]
async fn a_gateway_payment_completes_the_order_once() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(4_900)).await;
    let order = school.order(&[course]).await;
    assert_eq!((order.status, order.number), (OrderStatus::Pending, 1));
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    assert!(!school.has_access(course).await);
    for _ in 0..3 {
        tell(&school, payment.id, vec![capture("ch_1", 4_900, &school)]).await;
    }
    let order = school.checked(&order).await;
    assert_eq!(order.status, OrderStatus::Completed);
    assert!(school.has_access(course).await);
    assert_eq!(school.all(Grant::of_holder(school.student.id)).await.len(), 1);
    let completed = school.all(Query::<Message>::all()).await;
    let completed = completed.iter().filter(|it| it.kind == "commerce.order_completed");
    assert_eq!(completed.count(), 1);
    journal::check(&school).await;
}

#[tokio::test]
async fn a_package_gives_what_is_in_it_and_order_numbers_have_no_gaps() {
    let school = School::open().await;
    let cx = school.cx();
    let course = school.sells(ItemKind::Course, usd(100)).await;
    let placement = school.sells(ItemKind::Placement, usd(100)).await;
    let package = Package::new(&cx, title("Start"), "start".parse().unwrap(), Some(usd(15_000)));
    school.save(&package).await;
    for (item, position) in [course, placement].into_iter().zip(0..) {
        school.save(&PackageItem::new(&cx, package.id, item, position)).await;
    }
    let item = lms::commerce::Item::of(ItemKind::Package, package.id);
    let order = school.order(&[item]).await;
    let second = school.order(&[course]).await;
    assert_eq!((order.number, second.number), (1, 2));
    let payment = school.payment(&order, PaymentMethod::Cash).await;
    tell(&school, payment.id, vec![capture("r1", 15_000, &school)]).await;
    for item in [item, course, placement] {
        assert!(school.has_access(item).await, "{item}");
    }
    journal::check(&school).await;
}

#[tokio::test]
async fn too_little_waits_too_much_goes_back_and_other_money_never_completes() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    let amount = Money::from_minor(1_000, Currency::EUR);
    let foreign = PaymentFact::Capture { key: "e".into(), amount, at: school.now() };
    tell(&school, payment.id, vec![foreign, capture("a", 400, &school)]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);
    journal::check(&school).await;
    tell(&school, payment.id, vec![capture("b", 700, &school)]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    let refunds = refunds_of(&school, &order).await;
    assert_eq!(refunds.len(), 1);
    assert_eq!((refunds[0].amount, refunds[0].reason), (usd(100), RefundReason::Overpaid));
    assert_eq!(refunds[0].status, RefundStatus::Approved);
    journal::check(&school).await;
}

#[tokio::test]
async fn a_reversal_takes_access_and_new_money_gives_it_back_in_the_same_row() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![capture("a", 1_000, &school)]).await;
    let reverse =
        PaymentFact::Reverse { key: "d".into(), amount: usd(1_000), of: Some("a".into()) };
    tell(&school, payment.id, vec![reverse]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Failed);
    let grant = &school.all(Grant::of_holder(school.student.id)).await[0];
    assert_eq!(grant.status, GrantStatus::Revoked);
    assert_eq!(grant.revoke_reason, Some(RevokeReason::Reversed));
    journal::check(&school).await;

    let again = school.payment(&order, PaymentMethod::Gateway).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);
    tell(&school, again.id, vec![capture("b", 1_000, &school)]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    assert!(school.has_access(course).await);
    let grants = school.all(Grant::of_holder(school.student.id)).await;
    assert_eq!((grants.len(), grants[0].id), (1, grant.id));
    journal::check(&school).await;
}

#[tokio::test]
async fn a_second_payment_of_a_paid_order_goes_back() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let first = school.payment(&order, PaymentMethod::Gateway).await;
    let second = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, first.id, vec![capture("a", 1_000, &school)]).await;
    tell(&school, second.id, vec![capture("b", 1_000, &school)]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    let refunds = refunds_of(&school, &order).await;
    assert_eq!((refunds.len(), refunds[0].amount), (1, usd(1_000)));
    // Hearing of it again opens nothing more.
    tell(&school, second.id, vec![capture("b", 1_000, &school)]).await;
    tell(&school, second.id, vec![PaymentFact::Authorise { at: school.now() }]).await;
    assert_eq!(refunds_of(&school, &order).await.len(), 1);
    journal::check(&school).await;
}

#[tokio::test]
async fn money_for_a_cancelled_order_goes_back() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    let cx = school.cx_of(school.student);
    transact!(school, cx, |tx| tx.run(CancelOrder { order: order.id })).unwrap();
    tell(&school, payment.id, vec![capture("a", 600, &school)]).await;
    let order = school.checked(&order).await;
    assert_eq!(order.status, OrderStatus::Cancelled);
    let refunds = refunds_of(&school, &order).await;
    assert_eq!((refunds.len(), refunds[0].amount), (1, usd(600)));
    assert_eq!(refunds[0].reason, RefundReason::TooLate);
    assert!(!school.has_access(course).await);
    journal::check(&school).await;
}

#[tokio::test]
async fn what_was_paid_of_an_order_goes_back_when_it_is_cancelled() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![capture("a", 600, &school)]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);
    let cx = school.cx_of(school.student);
    transact!(school, cx, |tx| tx.run(CancelOrder { order: order.id })).unwrap();
    let order = school.checked(&order).await;
    assert_eq!(order.status, OrderStatus::Cancelled);
    let refunds = refunds_of(&school, &order).await;
    assert_eq!((refunds.len(), refunds[0].amount), (1, usd(600)));
    journal::check(&school).await;
}

#[tokio::test]
async fn a_completed_order_is_refunded_and_not_cancelled() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![capture("a", 1_000, &school)]).await;
    let cx = school.cx_of(school.student);
    let refused = transact!(school, cx, |tx| tx.run(CancelOrder { order: order.id }));
    assert!(matches!(refused, Err(OrderError::Payment(_))), "{refused:?}");
    // Somebody refunds at the gateway, without asking us.
    let register = RefundRegister::Succeeded;
    let refund = PaymentFact::Refund { key: "re".into(), amount: usd(1_000), register };
    tell(&school, payment.id, vec![refund]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
    assert!(!school.has_access(course).await);
    journal::check(&school).await;
}

#[tokio::test]
async fn nobody_orders_in_the_name_of_another() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let cx = school.cx_of(school.other_student);
    let lines = vec![lms::commerce::OrderLine::of(course)];
    let command = lms::commerce::PlaceOrder::new(school.student.id, lines, Currency::USD);
    let refused = transact!(school, cx, |tx| tx.run(command));
    assert!(matches!(refused, Err(OrderError::Denied(_))), "{refused:?}");
    let denied = school.all(Query::<lms::audit::AuditEntry>::all()).await;
    assert!(denied.iter().any(|it| it.action == lms::audit::Action::Denied));
}
