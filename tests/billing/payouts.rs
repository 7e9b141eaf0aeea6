//! Paying instructors, and the books of it.
use lms::{
    commerce::{
        Account, AccountBalance, AccountKind, DecidePayout, Earning, InstalmentTerms, Interval,
        Item, ItemKind, LedgerKind, OrderLine, PaymentFact, PaymentMethod, PayoutAnswer,
        PayoutError, PayoutStatus, PlaceOrder, Price, RecordFinance, RecordPayoutAnswer,
        RequestPayout, RevenueShare, SendPayout, ShareRole, ShareRule, UnitFinances,
        ViewPayoutBalance,
    },
    kernel::{Currency, Money, TimeRange},
    store::Query,
    tenancy::{CreateUnit, OrgUnitKind},
};
use proptest::{prelude::*, strategy::ValueTree as _};

use crate::{
    refused, transact,
    world::{World, at, title, usd},
};

crate::on_both!(
    earnings_are_held_paid_once_and_clawed_back,
    a_sale_that_goes_back_while_it_is_held_takes_nothing_off_what_is_free,
    what_failed_or_was_refused_is_paid_again,
    the_book_of_a_centre_balances,
    payouts_are_for_those_who_may,
    the_next_payment_of_a_disputed_order_is_held_too,
    fees_of_gateways_are_in_the_book_once,
    a_payout_that_comes_back_is_owed_again,
    who_requested_a_payout_does_not_decide_on_it,
);

/// A course of which the instructor gets so much.
async fn sold_course(world: &World, price: i64, percent: &str) -> Item {
    let cx = world.cx();
    let item = Item::new(ItemKind::Course, cx.id::<Item>().uuid());
    world.save(&Price::new(&cx, item, title("Course"), usd(price))).await;
    let role = ShareRole::Instructor;
    let rule =
        ShareRule { beneficiary: world.instructor.id, role, percent: percent.parse().unwrap() };
    world.save(&RevenueShare::new(&cx, item, rule)).await;
    item
}

/// Somebody buys it and pays; the payment.
async fn sell(world: &World, item: Item) -> lms::commerce::Payment {
    let cx = world.cx_of(world.student);
    let lines = vec![OrderLine::of(item)];
    let command = PlaceOrder::new(world.student.id, lines, Currency::USD);
    let order = transact!(world, cx, |tx| tx.run(command)).unwrap();
    world.pay(order.id).await
}

async fn ask(world: &World) -> Result<lms::commerce::Payout, PayoutError> {
    let cx = world.cx_of(world.instructor);
    let payee = world.instructor.id;
    let method = PaymentMethod::BankTransfer;
    transact!(world, cx, |tx| tx.run(RequestPayout { payee, currency: Currency::USD, method }))
}

async fn balance(world: &World) -> [i64; 3] {
    let cx = world.cx_of(world.finance);
    let payee = world.instructor.id;
    let found = transact!(world, cx, |tx| tx
        .run(ViewPayoutBalance { payee, currency: Currency::USD }))
    .unwrap();
    [found.available, found.held, found.paid_out].map(|it| it.minor())
}

async fn booked(world: &World, account: Account) -> i64 {
    let mut tx = world.begin().await;
    tx.part(AccountBalance { account }).await.unwrap().iter().map(|it| it.minor()).sum()
}

async fn earnings_are_held_paid_once_and_clawed_back(mut world: World) {
    let course = sold_course(&world, 10_000, "70").await;
    let payment = sell(&world, course).await;
    assert_eq!(balance(&world).await, [0, 7_000, 0]);
    let early = ask(&world).await;
    assert!(matches!(early, Err(PayoutError::Nothing { .. })), "{early:?}");
    world.set(at("2024-03-01T09:00:00Z"));
    let payout = ask(&world).await.unwrap();
    assert_eq!((payout.amount, payout.number), (usd(7_000), 1));
    let again = ask(&world).await;
    assert!(matches!(again, Err(PayoutError::Nothing { .. })), "a line is in one: {again:?}");

    let cx = world.cx_of(world.finance);
    let id = payout.id;
    transact!(world, cx, |tx| tx.run(DecidePayout { payout: id, approve: true })).unwrap();
    transact!(world, cx, |tx| tx.run(SendPayout { payout: id })).unwrap();
    let lost = PayoutAnswer::NoAnswer;
    transact!(world, cx, |tx| tx.run(RecordPayoutAnswer { payout: id, answer: lost })).unwrap();
    assert!(ask(&world).await.is_err(), "no answer is not a failure");
    let paid = PayoutAnswer::Paid { reference: "TX-9".into() };
    let done =
        transact!(world, cx, |tx| tx.run(RecordPayoutAnswer { payout: id, answer: paid })).unwrap();
    assert_eq!(done.status, PayoutStatus::Paid);
    let account = Account::of_person(AccountKind::Instructor, world.instructor.id);
    assert_eq!(booked(&world, account).await, 0, "nothing is owed any more");

    // The bank takes the sale back: the instructor owes it, until a later sale makes up for it.
    let of = Some(format!("ch:{}", payment.id));
    let reverse = PaymentFact::Reverse { key: "d".into(), amount: usd(10_000), of };
    world.tell(payment.id, reverse).await;
    assert_eq!(balance(&world).await, [-7_000, 0, 7_000]);
    assert_eq!(booked(&world, account).await, 7_000);
    sell(&world, course).await;
    sell(&world, course).await;
    world.set(at("2024-04-10T09:00:00Z"));
    let next = ask(&world).await.unwrap();
    assert_eq!(next.amount, usd(7_000), "two sales less the one that was reversed");
}

/// What goes back of a sale that is still held is taken off what is held, not off what others
/// brought.
async fn a_sale_that_goes_back_while_it_is_held_takes_nothing_off_what_is_free(mut world: World) {
    let course = sold_course(&world, 10_000, "70").await;
    sell(&world, course).await;
    world.set(at("2024-03-01T09:00:00Z"));
    let payment = sell(&world, course).await;
    assert_eq!(balance(&world).await, [7_000, 7_000, 0]);
    let of = Some(format!("ch:{}", payment.id));
    let reverse = PaymentFact::Reverse { key: "d".into(), amount: usd(10_000), of };
    world.tell(payment.id, reverse).await;
    assert_eq!(balance(&world).await, [7_000, 0, 0]);
    assert_eq!(ask(&world).await.unwrap().amount, usd(7_000));
    world.set(at("2024-05-01T09:00:00Z"));
    assert_eq!(balance(&world).await, [0, 0, 7_000], "the two lines of the other sale are nothing");
}

async fn what_failed_or_was_refused_is_paid_again(mut world: World) {
    let course = sold_course(&world, 10_000, "70").await;
    sell(&world, course).await;
    world.set(at("2024-03-01T09:00:00Z"));
    let cx = world.cx_of(world.finance);
    let payout = ask(&world).await.unwrap();
    transact!(world, cx, |tx| tx.run(DecidePayout { payout: payout.id, approve: false })).unwrap();
    let payout = ask(&world).await.unwrap();
    transact!(world, cx, |tx| tx.run(DecidePayout { payout: payout.id, approve: true })).unwrap();
    transact!(world, cx, |tx| tx.run(SendPayout { payout: payout.id })).unwrap();
    world.tick_at("2024-03-02T10:00:00Z").await;
    assert_eq!(world.get(payout.id).await.status, PayoutStatus::Unknown, "nobody has heard");
    let failed = PayoutAnswer::Failed;
    transact!(world, cx, |tx| tx.run(RecordPayoutAnswer { payout: payout.id, answer: failed }))
        .unwrap();
    assert_eq!(ask(&world).await.unwrap().amount, usd(7_000));
    let lines = world.all(Query::<Earning>::all()).await;
    assert!(lines.iter().all(|it| it.payout_id.is_some()));
}

/// Tax, what instructors are owed and what the tenant keeps sum to what was captured.
#[tokio::test]
async fn shares_sum_to_what_was_captured() {
    let runner = |price: i64, percent: i64| async move {
        let world = World::open().await;
        let percent = format!("{}.{}", percent / 10, percent % 10);
        let course = sold_course(&world, price, &percent).await;
        let mut captured = 0;
        for _ in 0..3 {
            captured += sell(&world, course).await.captured.minor();
        }
        let person = world.instructor.id;
        let mut sum = 0;
        for account in [
            Account::own(AccountKind::Tax),
            Account::own(AccountKind::Revenue),
            Account::of_person(AccountKind::Instructor, person),
        ] {
            sum -= booked(&world, account).await;
        }
        assert_eq!(sum, captured);
        assert_eq!(booked(&world, Account::own(AccountKind::Clearing)).await, captured);
    };
    let mut cases = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..8 {
        let case = (1_i64..100_000, 0_i64..1_000).new_tree(&mut cases).unwrap().current();
        runner(case.0, case.1).await;
    }
}

async fn the_book_of_a_centre_balances(world: World) {
    let cx = world.cx();
    let centre = CreateUnit {
        parent_id: None,
        kind: OrgUnitKind::Centre,
        name: title("Centre"),
        slug: None,
        location: None,
        contact_email: None,
        contact_phone: None,
        time_zone: None,
    };
    let centre = transact!(world, cx, |tx| tx.run(centre)).unwrap();
    let entry = |kind, minor: i64, reference: &str| RecordFinance {
        org_unit: Some(centre.id),
        kind,
        amount: usd(minor),
        method: PaymentMethod::Cash,
        reference: reference.to_owned(),
        student: None,
        tutor: Some(world.instructor.id),
        occurred_at: world.now(),
    };
    let book = [
        (LedgerKind::Payment, 50_000),
        (LedgerKind::Salary, 20_000),
        (LedgerKind::Expense, 5_000),
        (LedgerKind::Reimbursement, 1_500),
    ];
    for (kind, minor) in book {
        let new = entry(kind, minor, kind.as_str());
        transact!(world, cx, |tx| tx.run(new)).unwrap();
        let again = entry(kind, minor, kind.as_str());
        let again = transact!(world, cx, |tx| tx.run(again));
        assert!(again.is_err(), "a reference is entered once");
    }
    assert_eq!(booked(&world, Account::own(AccountKind::Clearing)).await, 23_500);
    assert_eq!(booked(&world, Account::own(AccountKind::Salaries)).await, 20_000);
    let during = TimeRange::new(at("2024-01-01T00:00:00Z"), at("2025-01-01T00:00:00Z")).unwrap();
    let report = UnitFinances { org_unit_id: centre.id, during };
    let totals = world.begin().await.report(report).await.unwrap();
    let total = |kind| totals.iter().find(|it| it.kind == kind).map(|it| it.total);
    for (kind, minor) in book {
        let sign = if kind.is_outgoing() { -1 } else { 1 };
        assert_eq!(total(kind), Some(Money::from_minor(sign * minor, Currency::USD)));
    }
    refused!(world, |tx| tx.run(entry(LedgerKind::Expense, 1, "x")));
}

async fn payouts_are_for_those_who_may(mut world: World) {
    let course = sold_course(&world, 10_000, "70").await;
    sell(&world, course).await;
    world.set(at("2024-03-01T09:00:00Z"));
    let payout = ask(&world).await.unwrap().id;
    let answer = || PayoutAnswer::Failed;
    refused!(world, |tx| tx.run(DecidePayout { payout, approve: true }));
    refused!(world, |tx| tx.run(SendPayout { payout }));
    refused!(world, |tx| tx.run(RecordPayoutAnswer { payout, answer: answer() }));
    let (payee, usd) = (world.finance.id, Currency::USD);
    refused!(world, |tx| tx.run(ViewPayoutBalance { payee, currency: usd }));
    let cash = PaymentMethod::Cash;
    refused!(world, |tx| tx.run(RequestPayout { payee, currency: usd, method: cash }));
}

/// While a bank decides on a dispute, what the sale earned is not paid out.
#[tokio::test]
async fn a_disputed_sale_is_held_until_the_bank_has_decided() {
    for lost in [false, true] {
        let mut world = World::open().await;
        let course = sold_course(&world, 10_000, "70").await;
        sell(&world, course).await;
        let payment = sell(&world, course).await;
        world.set(at("2024-02-10T09:00:00Z"));
        let (key, amount) = ("dp_1".to_owned(), usd(10_000));
        let of = Some(format!("ch:{}", payment.id));
        let opened = PaymentFact::DisputeOpened { key: key.clone(), amount, of: of.clone() };
        world.tell(payment.id, opened).await;
        world.set(at("2024-04-01T09:00:00Z"));
        assert_eq!(balance(&world).await, [7_000, 7_000, 0], "the other sale is free");
        assert_eq!(ask(&world).await.unwrap().amount, usd(7_000));
        let decided = match lost {
            false => PaymentFact::DisputeWon { key: key.clone(), amount, of },
            true => PaymentFact::Reverse { key: key.clone(), amount, of },
        };
        world.tell(payment.id, decided).await;
        assert_eq!(balance(&world).await, [if lost { 0 } else { 7_000 }, 0, 7_000]);
        let messages = world.all(Query::<lms::outbox::Message>::all()).await;
        let told: Vec<_> = messages
            .iter()
            .filter(|it| it.kind == "commerce.dispute_changed")
            .map(|it| it.payload["status"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(told, ["open", if lost { "lost" } else { "won" }]);
    }
}

/// What another payment of a disputed order brings is held with the rest, and set free with it.
async fn the_next_payment_of_a_disputed_order_is_held_too(mut world: World) {
    let course = sold_course(&world, 10_000, "70").await;
    let cx = world.cx_of(world.student);
    let mut command = PlaceOrder::new(world.student.id, vec![OrderLine::of(course)], Currency::USD);
    command.instalments =
        Some(InstalmentTerms { weights: vec![1, 1], every: Interval::MONTH, grace_days: 90 });
    let order = transact!(world, cx, |tx| tx.run(command)).unwrap();
    let first = world.pay_part(order.id, usd(5_000)).await;
    let (key, amount) = ("dp_1".to_owned(), usd(5_000));
    let of = Some(format!("ch:{}", first.id));
    let opened = PaymentFact::DisputeOpened { key: key.clone(), amount, of: of.clone() };
    world.tell(first.id, opened).await;
    world.pay_part(order.id, usd(5_000)).await;
    world.set(at("2024-04-01T09:00:00Z"));
    assert_eq!(balance(&world).await, [0, 7_000, 0]);
    assert!(ask(&world).await.is_err());
    world.tell(first.id, PaymentFact::DisputeWon { key, amount, of }).await;
    assert_eq!(balance(&world).await, [7_000, 0, 0]);
}

/// Fees of gateways are an expense of the tenant: booked once by name, however often they are told.
async fn fees_of_gateways_are_in_the_book_once(world: World) {
    let course = sold_course(&world, 10_000, "70").await;
    let payment = sell(&world, course).await;
    let fees = Account::own(AccountKind::GatewayFees);
    let clearing = booked(&world, Account::own(AccountKind::Clearing)).await;
    for (key, minor, sum) in [("txn_1", 320, 320), ("txn_1", 320, 320), ("dp_1", 1_500, 1_820)] {
        let fee = PaymentFact::Fee { key: key.into(), amount: usd(minor), of: None };
        world.tell(payment.id, fee).await;
        assert_eq!(booked(&world, fees).await, sum);
        assert_eq!(booked(&world, Account::own(AccountKind::Clearing)).await, clearing - sum);
    }
}

/// A payout that the bank sends back is owed again, and paid again by the next one.
async fn a_payout_that_comes_back_is_owed_again(mut world: World) {
    let course = sold_course(&world, 10_000, "70").await;
    sell(&world, course).await;
    world.set(at("2024-03-01T09:00:00Z"));
    let id = ask(&world).await.unwrap().id;
    let cx = world.cx_of(world.finance);
    transact!(world, cx, |tx| tx.run(DecidePayout { payout: id, approve: true })).unwrap();
    transact!(world, cx, |tx| tx.run(SendPayout { payout: id })).unwrap();
    let early = RecordPayoutAnswer { payout: id, answer: PayoutAnswer::Returned };
    assert!(transact!(world, cx, |tx| tx.run(early)).is_err(), "it has not arrived");
    let paid = PayoutAnswer::Paid { reference: "TX-9".into() };
    transact!(world, cx, |tx| tx.run(RecordPayoutAnswer { payout: id, answer: paid })).unwrap();
    let account = Account::of_person(AccountKind::Instructor, world.instructor.id);
    assert_eq!(booked(&world, account).await, 0);
    for _ in 0..2 {
        let back = RecordPayoutAnswer { payout: id, answer: PayoutAnswer::Returned };
        let back = transact!(world, cx, |tx| tx.run(back)).unwrap();
        assert_eq!(back.status, PayoutStatus::Returned);
        assert_eq!(booked(&world, account).await, -7_000, "owed once, however often it is told");
        assert_eq!(balance(&world).await, [7_000, 0, 0]);
    }
    assert_eq!(ask(&world).await.unwrap().amount, usd(7_000));
}

/// Who asked for a payout in the payee's place is not the one who approves it.
async fn who_requested_a_payout_does_not_decide_on_it(mut world: World) {
    let course = sold_course(&world, 10_000, "70").await;
    sell(&world, course).await;
    world.set(at("2024-03-01T09:00:00Z"));
    let payout = ask(&world).await.unwrap();
    assert_eq!(payout.requested_by, Some(world.instructor.id));
    let mut asked = payout.clone();
    asked.requested_by = Some(world.finance.id);
    let cx = world.cx();
    transact!(world, cx, |tx| tx.update(&mut asked)).unwrap();
    let (cx, other) = (world.cx_of(world.finance), world.cx_of(world.second_finance));
    let decide = DecidePayout { payout: payout.id, approve: true };
    let refused = transact!(world, cx, |tx| tx.run(decide.clone())).unwrap_err();
    assert!(matches!(refused, PayoutError::Denied(_)), "{refused}");
    transact!(world, other, |tx| tx.run(decide)).unwrap();
}
