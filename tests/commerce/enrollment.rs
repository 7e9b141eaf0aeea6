//! What is bought is learned in: enrolments follow grants.
use lms::{
    commerce::{
        CompleteRefundByHand, Item, ItemKind, Order, OrderLine, OrderStatus, Package, PackageItem,
        PaymentFact, PaymentMethod, PlaceOrder, Price, RedeemSeat, RefundLine, RequestRefund,
    },
    content::{Course, PublicationStatus},
    kernel::{Currency, Id},
    learning::{Enrollment, EnrollmentStatus, GrantSource},
    outbox::Message,
    store::Query,
};

use crate::{
    journal,
    orders::{capture, tell},
    school::{School, title, usd},
    transact,
};

/// A published course that is on the price list.
async fn course(school: &School, slug: &str, change: impl FnOnce(&mut Course)) -> Item {
    let cx = school.cx();
    let mut course = Course::new(&cx, title(slug), slug.parse().unwrap(), school.instructor.id);
    course.status = PublicationStatus::Published;
    change(&mut course);
    school.save(&course).await;
    let item = Item::of(ItemKind::Course, course.id);
    school.save(&Price::new(&cx, item, title(slug), usd(1_000))).await;
    item
}

async fn enrollment(school: &School, item: Item) -> Option<Enrollment> {
    let course = Id::from_uuid(item.id);
    school.all(Enrollment::of(school.student.id, course)).await.into_iter().next()
}

async fn bought(school: &School, items: &[Item]) -> Order {
    let order = school.order(items).await;
    let payment = school.payment(&order, PaymentMethod::Cash).await;
    let key = format!("receipt {}", order.number);
    tell(school, payment.id, vec![capture(&key, order.total.minor(), school)]).await;
    let order = school.checked(&order).await;
    assert_eq!(order.status, OrderStatus::Completed);
    order
}

async fn refund_line(school: &School, order: &Order, position: usize) {
    let cx = school.cx_of(school.finance);
    let lines = vec![RefundLine::all_of(school.items(order).await[position].id)];
    let command = RequestRefund { order: order.id, lines, note: None };
    let refunds = transact!(school, cx, |tx| tx.run(command)).unwrap();
    let refund = refunds[0].id;
    transact!(school, cx, |tx| tx.run(CompleteRefundByHand { refund })).unwrap();
}

#[tokio::test]
async fn what_is_bought_is_enrolled_in_and_a_refund_takes_the_learner_out() {
    let school = School::open().await;
    let item = course(&school, "one", |it| it.access_days = Some(5)).await;
    let order = bought(&school, &[item]).await;
    let enrolled = enrollment(&school, item).await.unwrap();
    assert_eq!((enrolled.status, enrolled.source), (EnrollmentStatus::Active, GrantSource::Order));
    assert_eq!(enrolled.source_id, Some(school.items(&order).await[0].id.uuid()));
    assert_eq!(enrolled.expires_at, None, "the price list says for how long, not the course");
    refund_line(&school, &order, 0).await;
    assert_eq!(enrollment(&school, item).await.unwrap().status, EnrollmentStatus::Dropped);

    bought(&school, &[item]).await;
    let again = enrollment(&school, item).await.unwrap();
    assert_eq!((again.id, again.status), (enrolled.id, EnrollmentStatus::Active), "the same row");
    journal::check(&school).await;
}

#[tokio::test]
async fn a_course_that_another_purchase_gives_survives_a_refund() {
    let school = School::open().await;
    let cx = school.cx();
    let (one, two) = (course(&school, "one", |_| {}).await, course(&school, "two", |_| {}).await);
    let package = Package::new(&cx, title("Both"), "both".parse().unwrap(), Some(usd(1_500)));
    school.save(&package).await;
    for (item, position) in [one, two].into_iter().zip(0..) {
        school.save(&PackageItem::new(&cx, package.id, item, position)).await;
    }
    let pack = bought(&school, &[Item::of(ItemKind::Package, package.id)]).await;
    let single = bought(&school, &[one]).await;
    refund_line(&school, &pack, 0).await;
    assert!(school.has_access(one).await && !school.has_access(two).await);
    assert_eq!(enrollment(&school, one).await.unwrap().status, EnrollmentStatus::Active);
    assert_eq!(enrollment(&school, two).await.unwrap().status, EnrollmentStatus::Dropped);
    refund_line(&school, &single, 0).await;
    assert_eq!(enrollment(&school, one).await.unwrap().status, EnrollmentStatus::Dropped);
    journal::check(&school).await;
}

#[tokio::test]
async fn what_staff_gave_is_never_touched() {
    let school = School::open().await;
    let item = course(&school, "one", |_| {}).await;
    let cx = school.cx();
    let own = Enrollment::new(&cx, school.student.id, Id::from_uuid(item.id), GrantSource::Manual);
    school.save(&own).await;
    let order = bought(&school, &[item]).await;
    refund_line(&school, &order, 0).await;
    let now = enrollment(&school, item).await.unwrap();
    assert_eq!((now.status, now.source), (EnrollmentStatus::Active, GrantSource::Manual));
}

#[tokio::test]
async fn a_finished_course_closes_and_keeps_what_was_learned() {
    let school = School::open().await;
    let item = course(&school, "one", |_| {}).await;
    let order = bought(&school, &[item]).await;
    let mut done = enrollment(&school, item).await.unwrap();
    done.status = EnrollmentStatus::Completed;
    let cx = school.cx();
    transact!(school, cx, |tx| tx.update(&mut done)).unwrap();
    refund_line(&school, &order, 0).await;
    let now = enrollment(&school, item).await.unwrap();
    assert_eq!((now.status, now.expires_at), (EnrollmentStatus::Completed, Some(school.now())));
}

#[tokio::test]
async fn a_full_course_never_stops_a_payment_and_is_announced() {
    let school = School::open().await;
    let full = course(&school, "full", |it| it.capacity = Some(0)).await;
    let waits = course(&school, "waits", |it| {
        it.capacity = Some(0);
        it.waitlists = true;
    })
    .await;
    bought(&school, &[full, waits]).await;
    assert!(school.has_access(full).await);
    assert_eq!(enrollment(&school, full).await, None);
    assert_eq!(enrollment(&school, waits).await.unwrap().status, EnrollmentStatus::Waitlisted);
    let told = school.all(Query::<Message>::all()).await;
    let refused: Vec<_> =
        told.iter().filter(|it| it.kind == "commerce.enrollment_refused").collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].payload["course_id"], full.id.to_string());
    journal::check(&school).await;
}

#[tokio::test]
async fn a_seat_enrolls_whoever_takes_it_and_a_reversal_takes_them_out() {
    let school = School::open().await;
    let item = course(&school, "one", |_| {}).await;
    let cx = school.cx_of(school.other_student);
    let buyer = school.other_student.id;
    let command = PlaceOrder::new(buyer, vec![OrderLine::seats(item, 2)], Currency::USD);
    let order = transact!(school, cx, |tx| tx.run(command)).unwrap();
    let payment = school.payment_by(school.other_student, &order, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![capture("a", 2_000, &school)]).await;
    let line = school.items(&order).await[0].id;
    let seat = school.all(lms::commerce::Seat::of_order_item(line)).await.remove(0);
    let cx = school.cx_of(school.student);
    let holder = school.student.id;
    transact!(school, cx, |tx| tx.run(RedeemSeat { code: seat.code, holder })).unwrap();
    let enrolled = enrollment(&school, item).await.unwrap();
    assert_eq!(
        (enrolled.status, enrolled.source),
        (EnrollmentStatus::Active, GrantSource::Voucher)
    );
    let amount = usd(2_000);
    let reverse = PaymentFact::Reverse { key: "d".into(), amount, of: Some("a".into()) };
    tell(&school, payment.id, vec![reverse]).await;
    assert_eq!(enrollment(&school, item).await.unwrap().status, EnrollmentStatus::Dropped);
}
