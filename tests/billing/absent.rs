//! Nothing is sold to, by or for a person who has left.
use lms::{
    commerce::{
        CancelSubscription, Cancellation, ChangePlan, Interval, ItemKind, OrderError, OrderLine,
        PaymentError, PaymentMethod, PlaceOrder, PlanChangeTime, PlanTerms, RedeemSeat,
        Resubscribe, Seat, SeatError, StartPayment, Subscribe, SubscriptionError,
    },
    identity::MembershipEvent,
    kernel::{Currency, DomainError, ErrorKind},
    learning::ChangeMembershipStatus,
    store::Query,
};

use crate::{
    transact,
    world::{World, usd},
};

async fn change(world: &World, event: MembershipEvent) {
    let membership_id = world.student.id;
    world.store.run(&world.cx(), ChangeMembershipStatus { membership_id, event }).await.unwrap();
}

#[tokio::test]
async fn one_who_left_buys_nothing_and_nothing_is_bought_for_them() {
    let world = World::open().await;
    let course = world.sells(ItemKind::Course, usd(1_000)).await;
    let (student, other) = (world.student.id, world.other_student.id);
    change(&world, MembershipEvent::Leave).await;
    let own = PlaceOrder::new(student, vec![OrderLine::of(course)], Currency::USD);
    let line = OrderLine { learner: Some(student), ..OrderLine::of(course) };
    let gift = PlaceOrder::new(other, vec![line], Currency::USD);
    for order in [own.clone(), gift] {
        let refused = transact!(world, world.cx(), |tx| tx.run(order)).unwrap_err();
        assert!(matches!(refused, OrderError::Absent(_)), "{refused}");
        assert_eq!(refused.code(), "member.has_left");
    }
    change(&world, MembershipEvent::Rejoin).await;
    transact!(world, world.cx(), |tx| tx.run(own)).unwrap();
}

#[tokio::test]
async fn one_who_left_takes_no_seat() {
    let world = World::open().await;
    let course = world.sells(ItemKind::Course, usd(0)).await;
    let lines = vec![OrderLine::seats(course, 2)];
    let order = PlaceOrder::new(world.other_student.id, lines, Currency::USD);
    transact!(world, world.cx(), |tx| tx.run(order)).unwrap();
    let seat = world.all(Query::<Seat>::all()).await.remove(0);
    change(&world, MembershipEvent::Leave).await;
    let redeem = RedeemSeat { code: seat.code, holder: world.student.id };
    let refused = transact!(world, world.cx(), |tx| tx.run(redeem)).unwrap_err();
    assert!(matches!(refused, SeatError::Absent(_)), "{refused}");
}

#[tokio::test]
async fn one_who_left_neither_subscribes_nor_comes_back_nor_changes_the_plan() {
    let world = World::open().await;
    let month = Some(Interval::MONTH);
    let plan = world.plan("monthly", month, 9_99, PlanTerms::default()).await;
    let other = world.plan("other", month, 19_99, PlanTerms::default()).await;
    let subscription = world.subscribed(&plan).await.id;
    let (student, another) = (world.student.id, world.other_student.id);
    change(&world, MembershipEvent::Leave).await;
    let cx = world.cx();
    for (subscriber, payer) in [(student, student), (another, student), (student, another)] {
        let command = Subscribe { subscriber, payer, plan: other.id };
        let refused = transact!(world, cx, |tx| tx.run(command)).unwrap_err();
        assert!(matches!(refused, SubscriptionError::Absent(_)), "{refused}");
    }
    let change_plan = ChangePlan { subscription, plan: other.id, time: PlanChangeTime::Now };
    let refused = transact!(world, cx, |tx| tx.run(change_plan)).unwrap_err();
    assert!(matches!(refused, SubscriptionError::Absent(_)), "{refused}");
    let cancel = CancelSubscription { subscription, how: Cancellation::Now };
    let _ = transact!(world, cx, |tx| tx.run(cancel));
    let refused = transact!(world, cx, |tx| tx.run(Resubscribe { subscription })).unwrap_err();
    assert!(matches!(refused, SubscriptionError::Absent(_)), "{refused}");
}

/// A departure and what begins beside it see each other: the store in memory lets the first to commit
/// win and the other begin again, one with locks lets the second wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_beside_a_departure_sees_it() {
    let world = World::open().await;
    let course = world.sells(ItemKind::Course, usd(1_000)).await;
    let student = world.student.id;
    let own = PlaceOrder::new(student, vec![OrderLine::of(course)], Currency::USD);
    let mut tx = world.store.begin(&world.cx()).await.unwrap();
    tx.run(own.clone()).await.unwrap();
    let (store, cx) = (world.store.clone(), world.cx());
    let leave = ChangeMembershipStatus { membership_id: student, event: MembershipEvent::Leave };
    let mut leaving = tokio::spawn(async move { store.run(&cx, leave).await });
    let moment = std::time::Duration::from_millis(100);
    if tokio::time::timeout(moment, &mut leaving).await.is_ok() {
        let lost = tx.commit().await.unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::Conflict, "{lost}");
    } else {
        tx.commit().await.unwrap();
        leaving.await.unwrap().unwrap();
    }
    let refused = world.store.run(&world.cx(), own).await.unwrap_err();
    assert_eq!(refused.code(), "member.has_left");
}

/// An open order of a person who has left is not paid: it would give them something new. One of
/// another person for them is not either.
#[tokio::test]
async fn one_who_left_starts_no_payment() {
    let world = World::open().await;
    let course = world.sells(ItemKind::Course, usd(1_000)).await;
    let (student, other) = (world.student.id, world.other_student.id);
    let line = OrderLine { learner: Some(student), ..OrderLine::of(course) };
    let mut orders = Vec::new();
    for (buyer, line) in [(student, OrderLine::of(course)), (other, line)] {
        let order = PlaceOrder::new(buyer, vec![line], Currency::USD);
        orders.push(transact!(world, world.cx(), |tx| tx.run(order)).unwrap().id);
    }
    change(&world, MembershipEvent::Leave).await;
    for order in &orders {
        let start = StartPayment::of(*order, PaymentMethod::Cash);
        let refused = transact!(world, world.cx(), |tx| tx.run(start)).unwrap_err();
        assert!(matches!(refused, PaymentError::Absent(_)), "{refused}");
        assert_eq!(refused.code(), "member.has_left");
    }
    change(&world, MembershipEvent::Rejoin).await;
    for order in orders {
        let start = StartPayment::of(order, PaymentMethod::Cash);
        transact!(world, world.cx(), |tx| tx.run(start)).unwrap();
    }
}
