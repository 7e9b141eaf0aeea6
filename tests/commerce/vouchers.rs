//! Vouchers: uses that are kept, paid and given free again, and seats for many.
use std::collections::BTreeMap;

use lms::{
    commerce::{
        CancelOrder, ChangeVoucher, CompleteRefundByHand, CreateVoucher, DiscountScope,
        ExpireOrdersDue, GrantStatus, ItemKind, NewVoucher, Order, OrderError, OrderLine,
        OrderStatus, PaymentFact, PaymentMethod, PlaceOrder, RedeemSeat, RedemptionStatus,
        Reduction, RefundLine, Seat, SeatError, SeatStatus, Voucher, VoucherCode, VoucherError,
        VoucherEvent, VoucherRedemption, VoucherRefusal, VoucherStatus,
    },
    kernel::{Currency, Money},
    store::{PageSize, Query},
};
use proptest::prelude::*;

use crate::{
    journal,
    orders::{capture, tell},
    school::{Person, School, usd},
    transact,
};

fn code(text: &str) -> VoucherCode {
    VoucherCode::new(text).unwrap()
}

/// A voucher that can be used, after `change`.
async fn voucher(school: &School, text: &str, change: impl FnOnce(&mut NewVoucher)) -> Voucher {
    let cx = school.cx();
    let mut voucher = NewVoucher::new(code(text), Reduction::Fixed(usd(300)));
    change(&mut voucher);
    transact!(school, cx, |tx| tx.run(CreateVoucher { voucher })).unwrap();
    let found = school.all(Voucher::by_code(code(text))).await.remove(0);
    transact!(school, cx, |tx| tx
        .run(ChangeVoucher { voucher: found.id, event: VoucherEvent::Activate }))
    .unwrap()
}

async fn order_with(
    school: &School,
    buyer: Person,
    lines: Vec<OrderLine>,
    codes: &[&str],
) -> Result<Order, OrderError> {
    let cx = school.cx_of(buyer);
    let mut command = PlaceOrder::new(buyer.id, lines, Currency::USD);
    command.vouchers = codes.iter().map(|it| code(it)).collect();
    transact!(school, cx, |tx| tx.run(command))
}

async fn counts(school: &School, voucher: &Voucher) -> (u32, u32) {
    let voucher = school.get(voucher.id).await;
    (voucher.reserved, voucher.confirmed)
}

#[tokio::test]
async fn a_use_is_kept_until_the_order_is_paid_and_a_failed_payment_never_burns_it() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let voucher = voucher(&school, "SPRING", |it| it.max_redemptions = Some(1)).await;
    let lines = vec![OrderLine::of(course)];
    let order = order_with(&school, school.student, lines.clone(), &["spring"]).await.unwrap();
    assert_eq!((order.discount, order.total), (usd(300), usd(700)));
    assert_eq!(counts(&school, &voucher).await, (1, 0));
    let second = order_with(&school, school.other_student, lines.clone(), &["SPRING"]).await;
    let used_up = |it: &Result<Order, OrderError>| {
        matches!(it, Err(OrderError::Voucher(VoucherRefusal::Exhausted { .. })))
    };
    assert!(used_up(&second), "{second:?}");

    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![PaymentFact::Fail { at: school.now() }]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Failed);
    assert_eq!(counts(&school, &voucher).await, (0, 0));

    let again = school.payment(&order, PaymentMethod::Gateway).await;
    assert_eq!(counts(&school, &voucher).await, (1, 0));
    tell(&school, again.id, vec![capture("a", 700, &school)]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    assert_eq!(counts(&school, &voucher).await, (0, 1));
    let third = order_with(&school, school.other_student, lines, &["SPRING"]).await;
    assert!(used_up(&third), "{third:?}");
    journal::check(&school).await;
}

#[tokio::test]
async fn cancelling_and_time_give_a_use_free() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let voucher = voucher(&school, "SPRING", |it| it.max_redemptions = Some(2)).await;
    let lines = vec![OrderLine::of(course)];
    let one = order_with(&school, school.student, lines.clone(), &["SPRING"]).await.unwrap();
    let two = order_with(&school, school.student, lines, &["SPRING"]).await.unwrap();
    assert_eq!(counts(&school, &voucher).await, (2, 0));
    let cx = school.cx_of(school.student);
    transact!(school, cx, |tx| tx.run(CancelOrder { order: one.id })).unwrap();
    assert_eq!(counts(&school, &voucher).await, (1, 0));
    let late = school.later(Order::OPEN_HOURS);
    let cx = late.cx();
    let moved =
        transact!(late, cx, |tx| tx.run(ExpireOrdersDue { due: PageSize::MAX.into() })).unwrap();
    assert_eq!(moved, 1);
    assert_eq!(school.checked(&two).await.status, OrderStatus::Expired);
    assert_eq!(counts(&school, &voucher).await, (0, 0));
    let uses = school.all(Query::<VoucherRedemption>::all()).await;
    assert!(uses.iter().all(|it| it.status == RedemptionStatus::Released));
}

#[tokio::test]
async fn several_vouchers_never_take_more_than_everything() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(500)).await;
    voucher(&school, "THREE", |_| {}).await;
    voucher(&school, "FOUR", |it| it.reduction = Reduction::Fixed(usd(400))).await;
    let lines = vec![OrderLine::of(course)];
    let order = order_with(&school, school.student, lines, &["THREE", "FOUR"]).await.unwrap();
    assert_eq!((order.discount, order.total), (usd(500), usd(0)));
    assert_eq!(order.status, OrderStatus::Completed);
    assert!(school.has_access(course).await);
    let uses = school.all(VoucherRedemption::of_order(order.id)).await;
    let taken = Money::sum(uses.iter().map(|it| it.discount), Currency::USD).unwrap();
    assert_eq!(taken, usd(500));
    journal::check(&school).await;
}

#[tokio::test]
async fn a_voucher_is_made_once_by_those_who_may() {
    let school = School::open().await;
    let made = voucher(&school, "SPRING", |_| {}).await;
    assert_eq!(made.status, VoucherStatus::Active);
    let make = |change: fn(&mut NewVoucher)| {
        let mut voucher = NewVoucher::new(code("OTHER"), Reduction::Fixed(usd(300)));
        change(&mut voucher);
        voucher
    };
    let cx = school.cx();
    let again = make(|it| it.code = code("SPRING"));
    let taken = transact!(school, cx, |tx| tx.run(CreateVoucher { voucher: again }));
    assert!(matches!(taken, Err(VoucherError::CodeTaken { .. })), "{taken:?}");
    for senseless in [
        make(|it| it.reduction = Reduction::Fixed(usd(0))),
        make(|it| {
            it.starts_at = Some("2025-01-01T00:00:00Z".parse().unwrap());
            it.ends_at = it.starts_at;
        }),
    ] {
        let refused = transact!(school, cx, |tx| tx.run(CreateVoucher { voucher: senseless }));
        assert!(matches!(refused, Err(VoucherError::Senseless)), "{refused:?}");
    }
    let cx = school.cx_of(school.student);
    let sly = make(|_| {});
    let denied = transact!(school, cx, |tx| tx.run(CreateVoucher { voucher: sly }));
    assert!(matches!(denied, Err(VoucherError::Denied(_))), "{denied:?}");
    let event = VoucherEvent::Archive;
    let denied = transact!(school, cx, |tx| tx.run(ChangeVoucher { voucher: made.id, event }));
    assert!(matches!(denied, Err(VoucherError::Denied(_))), "{denied:?}");
    assert_eq!(school.denials().await, 2);
}

#[tokio::test]
async fn what_a_voucher_took_off_goes_back_by_the_same_part_as_the_money() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    voucher(&school, "SPRING", |it| it.scope = DiscountScope::Item(course)).await;
    let lines = vec![OrderLine::of(course)];
    let order = order_with(&school, school.student, lines, &["SPRING"]).await.unwrap();
    let payment = school.payment(&order, PaymentMethod::Cash).await;
    tell(&school, payment.id, vec![capture("r", 700, &school)]).await;
    let item = school.items(&order).await[0].id;
    let cx = school.cx_of(school.finance);
    for (amount, reversed) in [(233, 100), (467, 300)] {
        let lines = vec![RefundLine { amount: Some(usd(amount)), ..RefundLine::all_of(item) }];
        let command = lms::commerce::RequestRefund { order: order.id, lines, note: None };
        let refunds = transact!(school, cx, |tx| tx.run(command)).unwrap();
        let refund = refunds[0].id;
        transact!(school, cx, |tx| tx.run(CompleteRefundByHand { refund })).unwrap();
        let uses = school.all(VoucherRedemption::of_order(order.id)).await;
        assert_eq!(uses[0].reversed, usd(reversed));
        assert_eq!(uses[0].status, RedemptionStatus::Confirmed);
    }
    journal::check(&school).await;
}

#[tokio::test]
async fn a_pack_of_seats_lets_one_person_in_per_code_and_a_refund_takes_them_back() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let lines = vec![OrderLine::seats(course, 3)];
    let order = order_with(&school, school.finance, lines.clone(), &[]).await;
    assert!(matches!(order, Err(OrderError::Denied(_))), "finance buys nothing: {order:?}");
    let order = order_with(&school, school.student, lines, &[]).await.unwrap();
    assert_eq!(order.total, usd(3_000));
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![capture("a", 3_000, &school)]).await;
    let item = school.items(&order).await[0].id;
    let seats = school.all(Seat::of_order_item(item)).await;
    assert_eq!(seats.len(), 3);
    assert!(!school.has_access(course).await, "the buyer has codes, not access");

    let take = |person: Person, code: VoucherCode| {
        let school = &school;
        async move {
            let cx = school.cx_of(person);
            transact!(school, cx, |tx| tx.run(RedeemSeat { code, holder: person.id }))
        }
    };
    for _ in 0..2 {
        let seat = take(school.student, seats[0].code.clone()).await.unwrap();
        assert_eq!(seat.holder_id, Some(school.student.id));
    }
    assert!(school.has_access(course).await);
    let taken = take(school.other_student, seats[0].code.clone()).await;
    assert!(matches!(taken, Err(SeatError::NotFree)), "{taken:?}");
    let unknown = take(school.student, code("NO-SUCH-CODE")).await;
    assert!(matches!(unknown, Err(SeatError::Unknown)), "{unknown:?}");

    let reverse =
        PaymentFact::Reverse { key: "d".into(), amount: usd(3_000), of: Some("a".into()) };
    tell(&school, payment.id, vec![reverse]).await;
    assert!(!school.has_access(course).await);
    let seats = school.all(Seat::of_order_item(item)).await;
    assert!(seats.iter().all(|it| it.status == SeatStatus::Revoked));
    let grants = school.all(Query::<lms::commerce::Grant>::all()).await;
    assert!(grants.iter().all(|it| it.status == GrantStatus::Revoked));

    let again = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, again.id, vec![capture("b", 3_000, &school)]).await;
    assert!(school.has_access(course).await, "new money gives the seats back to who had them");
    let free = school.all(Seat::of_order_item(item)).await;
    assert_eq!(free.iter().filter(|it| it.status == SeatStatus::Free).count(), 2);
}

#[derive(Clone, Debug)]
enum Move {
    Place { buyer: bool, first: bool, second: bool },
    Fail(usize),
    Retry(usize),
    Pay(usize),
    Cancel(usize),
    Expire,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => any::<(bool, bool, bool)>()
            .prop_map(|(buyer, first, second)| Move::Place { buyer, first, second }),
        1 => (0..9_usize).prop_map(Move::Fail),
        1 => (0..9_usize).prop_map(Move::Retry),
        2 => (0..9_usize).prop_map(Move::Pay),
        1 => (0..9_usize).prop_map(Move::Cancel),
        1 => Just(Move::Expire),
    ];
    proptest::collection::vec(one, 1..25)
}

/// However orders come and go, the counts on a voucher are those of its uses, never above its
/// limit and never above a buyer's.
async fn play(moves: Vec<Move>) {
    let mut school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let limited = voucher(&school, "LIMITED", |it| it.max_redemptions = Some(3)).await;
    let personal = voucher(&school, "PERSONAL", |it| it.max_per_buyer = Some(2)).await;
    let mut orders: Vec<Order> = Vec::new();
    for (number, step) in moves.into_iter().enumerate() {
        let at = |orders: &[Order], at: usize| orders.get(at % orders.len().max(1)).cloned();
        match step {
            Move::Place { buyer, first, second } => {
                let buyer = if buyer { school.student } else { school.other_student };
                let codes: Vec<&str> = [(first, "LIMITED"), (second, "PERSONAL")]
                    .into_iter()
                    .filter_map(|(used, code)| used.then_some(code))
                    .collect();
                let lines = vec![OrderLine::of(course)];
                orders.extend(order_with(&school, buyer, lines, &codes).await);
            }
            Move::Fail(which) | Move::Pay(which) | Move::Retry(which) => {
                let Some(order) = at(&orders, which) else { continue };
                let cx = school.cx();
                let start = lms::commerce::StartPayment::of(order.id, PaymentMethod::Cash);
                let Ok(payment) = transact!(school, cx, |tx| tx.run(start)) else {
                    continue;
                };
                let fact = match step {
                    Move::Fail(_) => PaymentFact::Fail { at: school.now() },
                    Move::Retry(_) => PaymentFact::Authorise { at: school.now() },
                    _ => capture(&format!("c{number}"), payment.amount.minor(), &school),
                };
                tell(&school, payment.id, vec![fact]).await;
            }
            Move::Cancel(which) => {
                let Some(order) = at(&orders, which) else { continue };
                let cx = school.cx();
                let _ = transact!(school, cx, |tx| tx.run(CancelOrder { order: order.id }));
            }
            Move::Expire => {
                school = school.later(Order::OPEN_HOURS);
                let cx = school.cx();
                transact!(school, cx, |tx| tx.run(ExpireOrdersDue { due: PageSize::MAX.into() }))
                    .unwrap();
            }
        }
        check_counts(&school, &limited, &personal).await;
    }
    journal::check(&school).await;
}

async fn check_counts(school: &School, limited: &Voucher, personal: &Voucher) {
    let uses = school.all(Query::<VoucherRedemption>::all()).await;
    for voucher in [limited, personal] {
        let own = || uses.iter().filter(|it| it.voucher_id == voucher.id);
        let count = |status| u32::try_from(own().filter(|it| it.status == status).count()).unwrap();
        let stored = counts(school, voucher).await;
        let real = (count(RedemptionStatus::Reserved), count(RedemptionStatus::Confirmed));
        assert_eq!(stored, real, "{}", voucher.code);
        assert!(voucher.max_redemptions.is_none_or(|most| stored.0 + stored.1 <= most));
        let mut by_buyer = BTreeMap::new();
        for it in own().filter(|it| it.status.counts()) {
            *by_buyer.entry(it.buyer_id).or_insert(0) += 1;
        }
        assert!(voucher.max_per_buyer.is_none_or(|most| by_buyer.values().all(|it| *it <= most)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn uses_are_counted_and_limits_hold_whatever_happens(moves in moves()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(moves));
    }
}
