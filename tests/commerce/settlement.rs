//! One end for one set of facts: whatever is heard first, and however it is cut into deliveries,
//! the same rows remain.
//!
//! Of sets of more than three facts it plays a sample; `every_history.rs` walks them all.
use std::collections::BTreeMap;

use lms::{
    commerce::{
        Account, AccountBalance, CompleteRefundByHand, Earning, Grant, GrantStatus,
        InstalmentTerms, Interval, ItemKind, Order, OrderItem, OrderLine, OrderStatus, Payment,
        PaymentFact, PaymentMethod, PaymentStatus, PlaceOrder, Price, Refund, RefundAccess,
        RefundItem, RefundLine, RefundReason, RefundRegister, RefundStatus, RequestRefund,
        RevenueShare, SendRefund, ShareRole, ShareRule, StartPayment, TaxRate,
    },
    kernel::{Currency, Timestamp},
};

use crate::{
    journal,
    orders::{capture, tell},
    school::{Person, School, title, usd},
    transact,
};

/// A school that sells two courses with 25 % tax, of one of which the teacher has half: 80.00 and
/// 20.00, together 125.00.
pub(crate) async fn two_courses(school: &School) -> [lms::commerce::Item; 2] {
    let cx = school.cx();
    let mut items = Vec::new();
    for price in [8_000, 2_000] {
        let item = lms::commerce::Item::new(ItemKind::Course, cx.id::<Price>().uuid());
        let mut price = Price::new(&cx, item, title("Taxed"), usd(price));
        price.tax = Some(TaxRate::on_top("25".parse().unwrap()));
        school.save(&price).await;
        items.push(item);
    }
    let rule = ShareRule {
        beneficiary: school.instructor.id,
        role: ShareRole::Instructor,
        percent: "50".parse().unwrap(),
    };
    school.save(&RevenueShare::new(&cx, items[0], rule)).await;
    [items[0], items[1]]
}

/// What a refund has come to, with its lines.
type RefundEnd = (i64, RefundStatus, RefundReason, Vec<(u16, i64, i64, RefundAccess)>);

/// A name, the status that the order must come to, and the facts of its payments.
type FactSet = (&'static str, OrderStatus, Vec<(usize, PaymentFact)>);

/// What an order has come to, without names, versions and times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct End {
    pub(crate) order: (OrderStatus, bool, bool, bool),
    pub(crate) payments: Vec<(PaymentStatus, i64, i64, i64)>,
    lines: Vec<(i64, i64, i64)>,
    refunds: Vec<RefundEnd>,
    pub(crate) grants: Vec<GrantStatus>,
    deposits: i64,
}

async fn end_of(school: &School, order: &Order) -> End {
    let order = school.checked(order).await;
    let payments = school.all(Payment::of_order(order.id)).await;
    let items = school.items(&order).await;
    let (mut lines, mut grants) = (Vec::new(), Vec::new());
    for item in &items {
        let earned = school.all(Earning::of_order_item(item.id)).await;
        let earned = earned.iter().map(|it| it.amount.minor()).sum();
        lines.push((item.refunded.minor(), item.earned.minor(), earned));
        let given = school.all(Grant::from_source(item.id.uuid())).await;
        grants.extend(given.iter().map(|it| it.status));
    }
    let mut refunds = Vec::new();
    for refund in school.all(Refund::of_order(order.id)).await {
        // What was withdrawn and never sent leaves nothing but its row.
        if refund.status == RefundStatus::Withdrawn {
            continue;
        }
        let mut parts = Vec::new();
        for part in school.all(RefundItem::of_refund(refund.id)).await {
            let line: OrderItem = school.get(part.order_item_id).await;
            parts.push((line.position, part.amount.minor(), part.tax.minor(), part.access));
        }
        parts.sort_by_key(|it| it.0);
        refunds.push((refund.amount.minor(), refund.status, refund.reason, parts));
    }
    refunds.sort_by_key(|it| (it.0, it.1, it.2));
    let mut tx = school.begin().await;
    let deposits = tx.part(AccountBalance { account: Account::deposits(order.id) }).await.unwrap();
    let marks = (
        order.status,
        order.completed_at.is_some(),
        order.reversed_at.is_some(),
        order.refunded_at.is_some(),
    );
    End {
        order: marks,
        payments: payments
            .iter()
            .map(|it| {
                let (c, r, v) = (it.captured, it.refunded, it.reversed);
                (it.status, c.minor(), r.minor(), v.minor())
            })
            .collect(),
        lines,
        refunds,
        grants,
        deposits: deposits.iter().map(|it| it.minor()).sum(),
    }
}

pub(crate) fn at(minute: i64) -> Timestamp {
    crate::school::at("2024-01-31T09:00:00Z").saturating_add(chrono::TimeDelta::minutes(minute))
}

pub(crate) fn taken(key: &str, minor: i64) -> PaymentFact {
    PaymentFact::Capture { key: key.into(), amount: usd(minor), at: at(1) }
}

pub(crate) fn back(key: &str, minor: i64, register: RefundRegister) -> PaymentFact {
    PaymentFact::Refund { key: key.into(), amount: usd(minor), register }
}

pub(crate) fn reversed(key: &str, minor: i64, of: &str) -> PaymentFact {
    PaymentFact::Reverse { key: key.into(), amount: usd(minor), of: Some(of.into()) }
}

/// Calls `visit` with every order of `facts`.
fn permutations<T: Clone>(facts: &mut [T], length: usize, visit: &mut dyn FnMut(&[T])) {
    if length <= 1 {
        return visit(facts);
    }
    for at in 0..length {
        permutations(facts, length - 1, visit);
        facts.swap(if length.is_multiple_of(2) { at } else { 0 }, length - 1);
    }
}

/// Every order of the facts, cut into deliveries in every way.
fn deliveries(facts: &[(usize, PaymentFact)]) -> Vec<Vec<Vec<(usize, PaymentFact)>>> {
    let mut all = Vec::new();
    permutations(&mut facts.to_vec(), facts.len(), &mut |order| {
        for cuts in 0_u32..1 << (order.len() - 1) {
            let mut parts = vec![Vec::new()];
            for (at, fact) in order.iter().enumerate() {
                parts.last_mut().unwrap().push(fact.clone());
                if at + 1 < order.len() && cuts & (1 << at) != 0 {
                    parts.push(Vec::new());
                }
            }
            all.push(parts);
        }
    });
    all
}

/// Places the order, tells it the facts of its attempts in those deliveries, and tells its end.
pub(crate) async fn play(
    school: &School,
    items: &[lms::commerce::Item],
    attempts: usize,
    told: &[Vec<(usize, PaymentFact)>],
) -> End {
    let order = school.order(items).await;
    let mut payments = Vec::new();
    for _ in 0..attempts {
        payments.push(school.payment(&order, PaymentMethod::Gateway).await);
    }
    for delivery in told {
        for (attempt, payment) in payments.iter().enumerate() {
            let own = delivery.iter().filter(|it| it.0 == attempt);
            let own: Vec<_> = own.map(|it| it.1.clone()).collect();
            if !own.is_empty() {
                tell(school, payment.id, own).await;
            }
        }
    }
    journal::check_order(school, &order).await;
    end_of(school, &order).await
}

/// Sets of facts, each with the status that its order must come to.
fn sets() -> Vec<FactSet> {
    use OrderStatus::{Completed, Failed, Pending, Refunded};
    use RefundRegister::{Failed as Fails, Pending as Waits, Succeeded};
    let one = |facts: Vec<PaymentFact>| facts.into_iter().map(|it| (0, it)).collect::<Vec<_>>();
    let (authorised, failed) =
        (PaymentFact::Authorise { at: at(0) }, PaymentFact::Fail { at: at(2) });
    vec![
        ("a refund", Completed, one(vec![taken("c", 12_500), back("r", 2_500, Succeeded)])),
        (
            "two refunds",
            Completed,
            one(vec![
                taken("c", 12_500),
                back("r1", 2_500, Succeeded),
                back("r2", 777, Succeeded),
                authorised.clone(),
            ]),
        ),
        (
            "all refunded",
            Refunded,
            one(vec![
                taken("c", 12_500),
                back("r1", 2_500, Succeeded),
                back("r2", 10_000, Succeeded),
            ]),
        ),
        (
            "a part charged back",
            Completed,
            one(vec![taken("c", 12_500), reversed("d", 2_500, "c")]),
        ),
        (
            "all charged back",
            Failed,
            one(vec![taken("c", 12_500), reversed("d", 12_500, "c"), failed.clone()]),
        ),
        (
            "refunded and charged back",
            Refunded,
            one(vec![
                taken("c", 12_500),
                back("r", 1_000, Succeeded),
                reversed("d", 11_500, "c"),
                failed.clone(),
            ]),
        ),
        (
            "back twice",
            Refunded,
            one(vec![taken("c", 12_500), back("r", 12_500, Succeeded), reversed("d", 12_500, "c")]),
        ),
        (
            "a refund that came back",
            Completed,
            one(vec![
                taken("c", 12_500),
                back("r", 12_500, Waits),
                back("r", 12_500, Succeeded),
                back("r", 12_500, Fails),
            ]),
        ),
        ("too little", Pending, one(vec![taken("c", 12_000), back("r", 500, Succeeded)])),
        (
            "too much",
            Completed,
            one(vec![taken("c", 13_000), back("r", 300, Succeeded), reversed("d", 100, "c")]),
        ),
        (
            "paid twice",
            Completed,
            vec![(0, taken("c1", 12_500)), (1, taken("c2", 12_500)), (1, authorised.clone())],
        ),
        (
            "paid twice, one charged back",
            Completed,
            vec![
                (0, taken("c1", 12_500)),
                (1, taken("c2", 12_500)),
                (0, reversed("d", 12_500, "c1")),
            ],
        ),
        (
            "paid twice, one refunded",
            Completed,
            vec![
                (0, taken("c1", 12_500)),
                (1, taken("c2", 12_500)),
                (0, back("r", 12_500, Succeeded)),
            ],
        ),
        (
            "paid twice, both gone",
            Refunded,
            vec![
                (0, taken("c1", 12_500)),
                (1, taken("c2", 12_500)),
                (0, back("r", 12_500, Succeeded)),
                (1, reversed("d", 12_500, "c2")),
            ],
        ),
        (
            "charged back, paid in part",
            Pending,
            vec![(0, taken("c1", 12_500)), (0, reversed("d", 12_500, "c1")), (1, taken("c2", 100))],
        ),
        (
            "two halves, one charged back",
            Pending,
            vec![
                (0, taken("c1", 6_000)),
                (1, taken("c2", 6_500)),
                (0, reversed("d", 6_000, "c1")),
                (1, failed.clone()),
            ],
        ),
        (
            "two halves, one refunded",
            Completed,
            vec![
                (0, taken("c1", 6_000)),
                (1, taken("c2", 6_500)),
                (0, back("r", 6_000, Succeeded)),
            ],
        ),
        (
            "many things",
            Completed,
            vec![
                (0, taken("c1", 12_500)),
                (1, taken("c2", 6_000)),
                (0, back("r1", 3_333, Succeeded)),
                (1, back("r2", 1_000, Succeeded)),
                (0, reversed("d", 1_111, "c1")),
            ],
        ),
        (
            "more things",
            Completed,
            vec![
                (0, taken("c1", 12_500)),
                (0, back("r1", 12_500, Succeeded)),
                (0, back("r1", 12_500, Fails)),
                (1, taken("c2", 12_500)),
                (1, back("r2", 4_000, Succeeded)),
                (0, reversed("d", 1_111, "c1")),
            ],
        ),
    ]
}

/// Every set in every order, cut into deliveries in every way, leaves the same rows.
#[tokio::test]
async fn one_set_of_facts_has_one_end() {
    let most = std::env::var("LMS_SETTLEMENT_FACTS").ok().and_then(|it| it.parse().ok());
    let most: usize = most.unwrap_or(3);
    let (mut ways, mut ends) = (0, std::collections::BTreeSet::new());
    for (name, status, facts) in sets() {
        let attempts = facts.iter().map(|it| it.0 + 1).max().unwrap();
        let school = School::open().await;
        let items = two_courses(&school).await;
        let mut all = deliveries(&facts);
        if facts.len() > most {
            // Of the longer ones a sample, the same in every run.
            all = all.into_iter().step_by(97).collect();
        }
        let wanted = play(&school, &items, attempts, &all[0]).await;
        assert_eq!(wanted.order.0, status, "{name}: {wanted:#?}");
        for told in &all[1..] {
            let found = play(&school, &items, attempts, told).await;
            assert_eq!(found, wanted, "{name}: {told:#?}");
        }
        journal::every_entry_balances(&school).await;
        ways += all.len();
        ends.insert(format!("{wanted:?}"));
    }
    lms_testkit::figure("ways to hear a set of facts", ways);
    lms_testkit::figure("different ends of those sets", ends.len());
}

async fn ask(
    school: &School,
    person: Person,
    order: &Order,
    lines: Vec<RefundLine>,
) -> Vec<Refund> {
    let cx = school.cx_of(person);
    let command = RequestRefund { order: order.id, lines, note: None };
    transact!(school, cx, |tx| tx.run(command)).unwrap()
}

async fn goodwill(school: &School, order: &Order, line: &OrderItem, minor: i64) {
    let lines = vec![RefundLine { amount: Some(usd(minor)), ..RefundLine::all_of(line.id) }];
    let refund = ask(school, school.finance, order, lines).await.remove(0);
    let cx = school.cx_of(school.finance);
    transact!(school, cx, |tx| tx.run(CompleteRefundByHand { refund: refund.id })).unwrap();
}

/// A goodwill refund with the usual access, or one at the gateway, and then a chargeback of the
/// rest: nothing is kept, so nothing gives access.
#[tokio::test]
async fn when_all_money_is_gone_no_access_stays() {
    for at_gateway in [false, true] {
        let school = School::open().await;
        let items = two_courses(&school).await;
        let order = school.order(&items).await;
        let payment = school.payment(&order, PaymentMethod::Cash).await;
        tell(&school, payment.id, vec![capture("c", 12_500, &school)]).await;
        if at_gateway {
            tell(&school, payment.id, vec![back("r", 1_000, RefundRegister::Succeeded)]).await;
        } else {
            goodwill(&school, &order, &school.items(&order).await[0], 1_000).await;
        }
        assert!(school.has_access(items[0]).await && school.has_access(items[1]).await);
        tell(&school, payment.id, vec![reversed("d", 11_500, "c")]).await;
        assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
        assert!(!school.has_access(items[0]).await && !school.has_access(items[1]).await);
        journal::check(&school).await;
    }
}

/// A line keeps access when refunds alone took its money and all of them say so.
#[tokio::test]
async fn access_stays_when_every_refund_says_so() {
    for (first, second, stays) in [
        (RefundAccess::Keep, RefundAccess::Keep, true),
        (RefundAccess::Keep, RefundAccess::EndNow, false),
    ] {
        let school = School::open().await;
        let course = school.sells(ItemKind::Course, usd(5_000)).await;
        let order = school.order(&[course]).await;
        let payment = school.payment(&order, PaymentMethod::Cash).await;
        tell(&school, payment.id, vec![capture("c", 5_000, &school)]).await;
        let line = school.items(&order).await[0].clone();
        for (amount, access) in [(2_000, first), (3_000, second)] {
            let (amount, access) = (Some(usd(amount)), Some(access));
            let lines = vec![RefundLine { amount, access, ..RefundLine::all_of(line.id) }];
            let refund = ask(&school, school.finance, &order, lines).await.remove(0);
            let cx = school.cx_of(school.finance);
            transact!(school, cx, |tx| tx.run(CompleteRefundByHand { refund: refund.id })).unwrap();
        }
        assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
        assert_eq!(school.has_access(course).await, stays);
        journal::check(&school).await;
    }
}

/// Three parts of 40.00, of which the first was paid and goes back: all that was kept, though not
/// all that the line costs. Named by amount or not named at all, access ends.
#[tokio::test]
async fn what_was_kept_of_an_order_in_parts_is_the_whole() {
    for amount in [Some(usd(4_000)), None] {
        let school = School::open().await;
        let course = school.sells(ItemKind::Course, usd(12_000)).await;
        let cx = school.cx_of(school.student);
        let lines = vec![OrderLine::of(course)];
        let mut command = PlaceOrder::new(school.student.id, lines, Currency::USD);
        command.instalments =
            Some(InstalmentTerms { weights: vec![1, 1, 1], every: Interval::MONTH, grace_days: 3 });
        let order = transact!(school, cx, |tx| tx.run(command)).unwrap();
        let mut start = StartPayment::of(order.id, PaymentMethod::Cash);
        start.amount = Some(usd(4_000));
        let payment = transact!(school, cx, |tx| tx.run(start)).unwrap();
        tell(&school, payment.id, vec![capture("c", 4_000, &school)]).await;
        assert!(school.has_access(course).await);
        let line = school.items(&order).await[0].clone();
        let lines = match amount {
            Some(_) => vec![RefundLine { amount, ..RefundLine::all_of(line.id) }],
            None => Vec::new(),
        };
        let refund = ask(&school, school.finance, &order, lines).await.remove(0);
        assert_eq!(refund.amount, usd(4_000));
        let desk = school.cx_of(school.finance);
        transact!(school, desk, |tx| tx.run(CompleteRefundByHand { refund: refund.id })).unwrap();
        assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
        assert!(!school.has_access(course).await);
        journal::check(&school).await;
    }
}

/// Two tabs pay one order; before the surplus is sent back, the bank takes the first payment back.
#[tokio::test]
async fn a_refund_whose_surplus_is_gone_is_withdrawn() {
    let school = School::open().await;
    let items = two_courses(&school).await;
    let order = school.order(&items).await;
    let first = school.payment(&order, PaymentMethod::Gateway).await;
    let second = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, first.id, vec![taken("c1", 12_500)]).await;
    tell(&school, second.id, vec![taken("c2", 12_500)]).await;
    let refund = school.all(Refund::of_order(order.id)).await.remove(0);
    assert_eq!((refund.status, refund.reason), (RefundStatus::Approved, RefundReason::Overpaid));
    tell(&school, first.id, vec![reversed("d", 12_500, "c1")]).await;
    assert_eq!(school.get(refund.id).await.status, RefundStatus::Withdrawn);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    assert!(school.has_access(items[0]).await);
    let cx = school.cx_of(school.finance);
    assert!(transact!(school, cx, |tx| tx.run(SendRefund { refund: refund.id })).is_err());
    // A third payment is a surplus again: the same refund is taken up, of what gave it.
    let third = school.all(Payment::of_order(order.id)).await.remove(1);
    tell(&school, third.id, vec![taken("c3", 500)]).await;
    let refund = school.get(refund.id).await;
    assert_eq!((refund.status, refund.amount), (RefundStatus::Approved, usd(500)));
    journal::check(&school).await;
}

/// What a person approved is not sent once the bank has taken the money.
#[tokio::test]
async fn an_approved_refund_is_withdrawn_when_the_bank_takes_the_money() {
    for (taken_back, holds) in [(12_500, false), (100, false), (0, true)] {
        let school = School::open().await;
        let items = two_courses(&school).await;
        let order = school.order(&items).await;
        let payment = school.payment(&order, PaymentMethod::Gateway).await;
        tell(&school, payment.id, vec![taken("c", 12_500)]).await;
        let refund = ask(&school, school.finance, &order, Vec::new()).await.remove(0);
        assert_eq!(refund.status, RefundStatus::Approved);
        if taken_back > 0 {
            tell(&school, payment.id, vec![reversed("d", taken_back, "c")]).await;
        }
        let cx = school.cx_of(school.finance);
        let sent = transact!(school, cx, |tx| tx.run(SendRefund { refund: refund.id }));
        assert_eq!(sent.is_ok(), holds, "{sent:?}");
        let status = if holds { RefundStatus::Processing } else { RefundStatus::Withdrawn };
        assert_eq!(school.get(refund.id).await.status, status);
        journal::check(&school).await;
    }
}

/// A refund that succeeded and later fails at the bank leaves a paid line with its access.
#[tokio::test]
async fn a_refund_that_fails_after_it_succeeded_gives_access_back() {
    let school = School::open().await;
    let items = two_courses(&school).await;
    let order = school.order(&items).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![taken("c", 12_500)]).await;
    let line = school.items(&order).await[0].clone();
    let lines = vec![RefundLine::all_of(line.id)];
    let refund = ask(&school, school.finance, &order, lines).await.remove(0);
    let cx = school.cx_of(school.finance);
    let sent = transact!(school, cx, |tx| tx.run(SendRefund { refund: refund.id })).unwrap();
    let key = sent.fact_key();
    tell(&school, payment.id, vec![back(&key, 10_000, RefundRegister::Succeeded)]).await;
    assert!(!school.has_access(items[0]).await);
    tell(&school, payment.id, vec![back(&key, 10_000, RefundRegister::Failed)]).await;
    assert!(school.has_access(items[0]).await);
    assert_eq!(school.get(refund.id).await.status, RefundStatus::Failed);
    let sums: BTreeMap<_, _> =
        school.items(&order).await.iter().map(|it| (it.position, it.refunded.minor())).collect();
    assert_eq!(sums, BTreeMap::from([(0, 0), (1, 0)]));
    journal::check(&school).await;
}
