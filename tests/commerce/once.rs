//! The same key, the same answer; other parameters are refused.
use std::collections::BTreeSet;

use lms::{
    commerce::{
        AdjustWallet, CancelOrder, ItemKind, Order, OrderError, OrderLine, PaymentMethod,
        PlaceOrder, StartPayment, WalletAccount, WalletError,
    },
    kernel::Currency,
    store::{Applied, IdempotencyError, Query, operation::Failure},
};

use crate::{
    journal,
    school::{School, usd},
};

#[tokio::test]
async fn an_order_that_is_sent_twice_is_placed_once() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let cx = school.cx_of(school.student);
    let command = PlaceOrder::new(school.student.id, vec![OrderLine::of(course)], Currency::USD);
    let first = school.store.run_once(&cx, "key-1", command.clone()).await.unwrap();
    let Applied::Executed(order) = first else { panic!("{first:?}") };
    for _ in 0..3 {
        let again = school.store.run_once(&cx, "key-1", command.clone()).await.unwrap();
        assert_eq!(again, Applied::AlreadyApplied(order.clone()));
    }
    assert_eq!(school.all(Query::<Order>::all()).await.len(), 1);

    let other = PlaceOrder { lines: vec![OrderLine::seats(course, 2)], ..command.clone() };
    let refused = school.store.run_once(&cx, "key-1", other).await;
    let other_parameters =
        |it: &Failure<OrderError>| matches!(it, Failure::Key(IdempotencyError::OtherParameters));
    assert!(refused.as_ref().is_err_and(other_parameters), "{refused:?}");
    let cancel = CancelOrder { order: order.id };
    let refused = school.store.run_once(&cx, "key-1", cancel).await;
    assert!(refused.as_ref().is_err_and(other_parameters), "another command: {refused:?}");
    let empty = school.store.run_once(&cx, "", command).await;
    assert!(matches!(empty, Err(Failure::Key(IdempotencyError::InvalidKey))));
}

#[tokio::test]
async fn a_key_belongs_to_whoever_sends_it() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let mut orders = BTreeSet::new();
    for person in [school.student, school.other_student] {
        let cx = school.cx_of(person);
        let command = PlaceOrder::new(person.id, vec![OrderLine::of(course)], Currency::USD);
        let done = school.store.run_once(&cx, "the same", command).await.unwrap();
        assert!(orders.insert(done.into_answer().id), "nobody reads another's answer");
    }
    let other_tenant = School::open_on(school.store.clone(), 2).await;
    let course = other_tenant.sells(ItemKind::Course, usd(1_000)).await;
    let cx = other_tenant.cx_of(other_tenant.student);
    let lines = vec![OrderLine::of(course)];
    let command = PlaceOrder::new(other_tenant.student.id, lines, Currency::USD);
    let done = other_tenant.store.run_once(&cx, "the same", command).await.unwrap();
    assert!(matches!(done, Applied::Executed(_)));
}

#[tokio::test]
async fn what_was_refused_leaves_no_trace_of_its_key() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let cx = school.cx_of(school.student);
    let pay = lms::commerce::PayFromWallet { order: order.id };
    let empty = school.store.run_once(&cx, "pay", pay.clone()).await;
    assert!(matches!(empty, Err(Failure::Refused(WalletError::NotEnough { .. }))), "{empty:?}");
    let desk = school.cx_of(school.finance);
    let top_up =
        AdjustWallet { holder: school.student.id, amount: usd(1_000), reference: "r".into() };
    for _ in 0..2 {
        school.store.run_once(&desk, "top-up", top_up.clone()).await.unwrap();
    }
    let wallet = school.all(Query::<WalletAccount>::all()).await.remove(0);
    assert_eq!(wallet.balance, usd(1_000));
    for _ in 0..2 {
        school.store.run_once(&cx, "pay", pay.clone()).await.unwrap();
    }
    let wallet = school.all(Query::<WalletAccount>::all()).await.remove(0);
    assert_eq!(wallet.balance, usd(0));
    assert!(school.has_access(course).await);
    journal::check(&school).await;
}

#[tokio::test]
async fn somebody_else_gets_neither_the_answer_nor_the_work() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let cx = school.cx_of(school.student);
    let start = StartPayment::of(order.id, PaymentMethod::Cash);
    school.store.run_once(&cx, "start", start.clone()).await.unwrap();
    let sly = school.cx_of(school.other_student);
    let refused = school.store.run_once(&sly, "start", start).await;
    assert!(matches!(refused, Err(Failure::Denied(_))), "{refused:?}");
    assert_eq!(school.denials().await, 1);
}
