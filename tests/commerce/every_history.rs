//! Every set of facts from a list, heard in every order and cut into deliveries in every way, ends
//! in one state of the rows.
//!
//! Instead of playing each history, the test walks the states between them. For each set of facts
//! two orders are told it, one in a single delivery and one fact by fact the other way round. From
//! either, every further set of facts is delivered in one transaction, with one fact heard before
//! once more, its rows are compared with those of the union, and it is rolled back, as by a crash.
//! When each delivery from each set leads to the rows of the union, so does every history.
//!
//! `LMS_SETTLEMENT_FACTS=6` takes the sets of up to six; without it they have at most five.
use lms::{
    commerce::{
        Account, AccountBalance, Earning, Grant, GrantStatus, Instalment, InstalmentStatus,
        InstalmentTerms, Interval, Item, ItemKind, Order, OrderItem, OrderLine, OrderStatus,
        Payment, PaymentFact, PaymentMethod, PaymentStatus, PeriodStatus, PlaceOrder, Plan,
        RecordPaymentFacts, Refund, RefundAccess, RefundItem, RefundReason, RefundRegister,
        RefundStatus, Seat, SeatStatus, Subscribe, Subscription, SubscriptionPeriod,
        SubscriptionStatus,
    },
    kernel::{Currency, Id},
    store::Transaction,
};

use crate::{
    journal,
    school::{School, title, usd},
    settlement::{at, back, reversed, taken, two_courses},
    transact,
};

/// What is sold.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sale {
    Courses,
    Seats,
    Parts,
    Plan,
}

/// What a refund has come to, with its lines.
type RefundEnd = (i64, RefundStatus, RefundReason, Vec<(u16, i64, i64, RefundAccess)>);

/// All that an order has come to, without names, versions and times.
#[derive(Clone, Debug, PartialEq)]
struct Rows {
    order: (OrderStatus, bool, bool, bool),
    payments: Vec<(PaymentStatus, i64, i64, i64)>,
    lines: Vec<(i64, i64, i64)>,
    refunds: Vec<RefundEnd>,
    grants: Vec<GrantStatus>,
    seats: Vec<SeatStatus>,
    parts: Vec<InstalmentStatus>,
    periods: Vec<(SubscriptionStatus, PeriodStatus, i64)>,
    deposits: i64,
}

impl Rows {
    async fn read(tx: &mut Transaction, order: Id<Order>) -> Self {
        let order = tx.require(order).await.unwrap();
        let mut payments = tx.all(Payment::of_order(order.id)).await.unwrap();
        payments.sort_by_key(|it| it.id);
        let (mut lines, mut grants) = (Vec::new(), Vec::new());
        let (mut seats, mut periods) = (Vec::new(), Vec::new());
        for item in tx.all(OrderItem::of_order(order.id)).await.unwrap() {
            let earned = tx.all(Earning::of_order_item(item.id)).await.unwrap();
            let earned = earned.iter().map(|it| it.amount.minor()).sum();
            lines.push((item.refunded.minor(), item.earned.minor(), earned));
            let given = tx.all(Grant::from_source(item.id.uuid())).await.unwrap();
            grants.extend(given.iter().map(|it| it.status));
            let own = tx.all(Seat::of_order_item(item.id)).await.unwrap();
            seats.extend(own.iter().map(|it| it.status));
            for row in tx.all(SubscriptionPeriod::of_line(item.id)).await.unwrap() {
                let subscription: Subscription = tx.require(row.subscription_id).await.unwrap();
                periods.push((subscription.status, row.status, subscription.credit.minor()));
                let given = tx.all(Grant::from_source(subscription.id.uuid())).await.unwrap();
                grants.extend(given.iter().map(|it| it.status));
            }
        }
        let parts = tx.all(Instalment::of_order(order.id)).await.unwrap();
        let deposits =
            tx.part(AccountBalance { account: Account::deposits(order.id) }).await.unwrap();
        Self {
            order: (
                order.status,
                order.completed_at.is_some(),
                order.reversed_at.is_some(),
                order.refunded_at.is_some(),
            ),
            payments: payments
                .iter()
                .map(|it| {
                    let (c, r, v) = (it.captured, it.refunded, it.reversed);
                    (it.status, c.minor(), r.minor(), v.minor())
                })
                .collect(),
            lines,
            refunds: refunds(tx, &order).await,
            grants,
            seats,
            parts: parts.iter().map(|it| it.status).collect(),
            periods,
            deposits: deposits.iter().map(|it| it.minor()).sum(),
        }
    }
}

async fn refunds(tx: &mut Transaction, order: &Order) -> Vec<RefundEnd> {
    let mut refunds = Vec::new();
    for refund in tx.all(Refund::of_order(order.id)).await.unwrap() {
        // What was withdrawn and never sent leaves nothing but its row.
        if refund.status == RefundStatus::Withdrawn {
            continue;
        }
        let mut parts = Vec::new();
        for part in tx.all(RefundItem::of_refund(refund.id)).await.unwrap() {
            let line: OrderItem = tx.require(part.order_item_id).await.unwrap();
            parts.push((line.position, part.amount.minor(), part.tax.minor(), part.access));
        }
        parts.sort_by_key(|it| it.0);
        refunds.push((refund.amount.minor(), refund.status, refund.reason, parts));
    }
    refunds.sort_by_key(|it| (it.0, it.1, it.2));
    refunds
}

/// The facts, each with the attempt that it is about. All amounts are of an order of 125.00.
fn facts() -> Vec<(usize, PaymentFact)> {
    use RefundRegister::{Failed, Succeeded};
    vec![
        (0, taken("c1", 12_500)),
        (0, reversed("d1", 12_500, "c1")),
        (0, back("r1", 2_500, Succeeded)),
        (0, back("r1", 2_500, Failed)),
        (0, PaymentFact::Fail { at: at(2) }),
        (1, taken("c2", 12_500)),
        (1, back("r2", 12_500, Succeeded)),
        (1, reversed("d2", 1_111, "c2")),
        (1, PaymentFact::Authorise { at: at(0) }),
    ]
}

/// An order with its two attempts.
struct Told {
    order: Id<Order>,
    attempts: [Id<Payment>; 2],
}

/// Tells the chosen facts in one transaction, in the order of the list or the other way round.
async fn deliver(
    tx: &mut Transaction,
    told: &Told,
    facts: &[(usize, PaymentFact)],
    (chosen, backwards): (u32, bool),
) {
    for turn in 0..2 {
        let attempt = if backwards { 1 - turn } else { turn };
        let own = facts.iter().enumerate();
        let own = own.filter(|(at, fact)| chosen & (1 << at) != 0 && fact.0 == attempt);
        let mut own: Vec<_> = own.map(|(_, fact)| fact.1.clone()).collect();
        if backwards {
            own.reverse();
        }
        if !own.is_empty() {
            let payment = told.attempts[attempt];
            let source = "test".to_owned();
            tx.run(RecordPaymentFacts { payment, facts: own, source }).await.unwrap();
        }
    }
}

struct World {
    school: School,
    sale: Sale,
    items: Vec<Item>,
    plan: Option<Id<Plan>>,
}

impl World {
    async fn open(sale: Sale) -> Self {
        let school = School::open().await;
        let cx = school.cx();
        let mut world = Self { items: Vec::new(), plan: None, sale, school };
        match sale {
            Sale::Courses => world.items = two_courses(&world.school).await.to_vec(),
            Sale::Seats | Sale::Parts => {
                let seats = if sale == Sale::Seats { 5 } else { 1 };
                world.items = vec![world.school.sells(ItemKind::Course, usd(12_500 / seats)).await];
            }
            Sale::Plan => {
                let slug = "plan".parse().unwrap();
                let month = Some(Interval::MONTH);
                let plan = Plan::new(&cx, title("Plan"), slug, month, usd(12_500));
                world.school.save(&plan).await;
                world.plan = Some(plan.id);
            }
        }
        world
    }

    async fn order(&self) -> Told {
        let school = &self.school;
        let (student, cx) = (school.student.id, school.cx_of(school.student));
        let order = match self.sale {
            Sale::Courses => school.order(&self.items).await,
            Sale::Seats | Sale::Parts => {
                let mut line = OrderLine::of(self.items[0]);
                let mut terms = None;
                match self.sale {
                    Sale::Seats => line.seats = 5,
                    _ => {
                        let every = Interval::MONTH;
                        let weights = vec![1, 1];
                        terms = Some(InstalmentTerms { weights, every, grace_days: 3 });
                    }
                }
                let mut command = PlaceOrder::new(student, vec![line], Currency::USD);
                command.instalments = terms;
                transact!(school, cx, |tx| tx.run(command)).unwrap()
            }
            Sale::Plan => {
                // Each order is another learner's: no one subscribes twice to one plan.
                let learner = lms::identity::Membership::new(
                    &school.cx(),
                    lms::identity::MembershipKind::Student,
                    title("Learner"),
                );
                school.save(&learner).await;
                let plan = self.plan.unwrap();
                let command = Subscribe { subscriber: learner.id, payer: student, plan };
                transact!(school, cx, |tx| tx.run(command)).unwrap()
            }
        };
        let first = school.payment(&order, PaymentMethod::Gateway).await.id;
        let second = school.payment(&order, PaymentMethod::Gateway).await.id;
        Told { order: order.id, attempts: [first, second] }
    }

    /// An order that was told the chosen facts: in one delivery, or one by one the other way round.
    async fn told(
        &self,
        facts: &[(usize, PaymentFact)],
        (chosen, one_by_one): (u32, bool),
    ) -> Told {
        let told = self.order().await;
        let parts: Vec<u32> = match one_by_one {
            true => (0..32).rev().map(|at| chosen & (1 << at)).filter(|it| *it != 0).collect(),
            false => vec![chosen],
        };
        for part in parts {
            let mut tx = self.school.begin().await;
            deliver(&mut tx, &told, facts, (part, one_by_one)).await;
            tx.commit().await.unwrap();
        }
        told
    }
}

/// What a walk has seen: sets of facts, different states of the rows, deliveries, and the histories
/// that they stand for.
#[derive(Debug, Default)]
struct Seen {
    sets: usize,
    states: std::collections::BTreeSet<String>,
    deliveries: usize,
    histories: usize,
}

/// Walks all sets of at most `most` of the facts.
async fn walk(sale: Sale, most: u32, seen: &mut Seen) {
    let (facts, world) = (facts(), World::open(sale).await);
    let sets = (0..1_u32 << facts.len()).filter(|it| it.count_ones() <= most);
    let sets: Vec<u32> = sets.collect();
    let mut states = std::collections::BTreeMap::new();
    for chosen in &sets {
        let told = world.told(&facts, (*chosen, false)).await;
        let mut tx = world.school.begin().await;
        let rows = Rows::read(&mut tx, told.order).await;
        seen.states.insert(format!("{rows:?}"));
        states.insert(*chosen, (rows, told));
        let size = chosen.count_ones() as usize;
        seen.histories += (1..=size).product::<usize>() << size.saturating_sub(1);
    }
    seen.sets += sets.len();
    for chosen in sets.iter().filter(|it| it.count_ones() < most) {
        let other = match chosen.count_ones() {
            0 | 1 => None,
            _ => Some(world.told(&facts, (*chosen, true)).await),
        };
        let (rows, told) = &states[chosen];
        if let Some(other) = &other {
            let mut tx = world.school.begin().await;
            assert_eq!(&Rows::read(&mut tx, other.order).await, rows, "{sale:?} {chosen:b}");
        }
        let further = sets.iter().filter(|it| *it & chosen == *chosen && *it != chosen);
        for union in further {
            let backwards = seen.deliveries % 2 == 1;
            let from = other.as_ref().filter(|_| backwards).unwrap_or(told);
            // One fact that was heard before is heard again.
            let again = chosen & chosen.wrapping_neg();
            let mut tx = world.school.begin().await;
            deliver(&mut tx, from, &facts, (union & !chosen | again, backwards)).await;
            let found = Rows::read(&mut tx, from.order).await;
            tx.rollback().await.unwrap();
            assert_eq!(found, states[union].0, "{sale:?}: {chosen:b} and then up to {union:b}");
            seen.deliveries += 1;
        }
    }
    journal::every_entry_balances(&world.school).await;
}

/// See the head of this file.
#[tokio::test]
async fn every_history_of_a_set_of_facts_ends_in_the_same_rows() {
    let most = std::env::var("LMS_SETTLEMENT_FACTS").ok().and_then(|it| it.parse().ok());
    let most = most.unwrap_or(5);
    let mut seen = Seen::default();
    walk(Sale::Courses, most, &mut seen).await;
    for sale in [Sale::Seats, Sale::Parts, Sale::Plan] {
        walk(sale, most.min(3), &mut seen).await;
    }
    lms_testkit::figure("sets of facts heard in every order and cut in every way", seen.sets);
    lms_testkit::figure("different ends of those sets", seen.states.len());
    lms_testkit::figure("deliveries that lead from one set to the next", seen.deliveries);
    lms_testkit::figure("histories that those deliveries are made of", seen.histories);
}
