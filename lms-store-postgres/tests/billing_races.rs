//! Fifty at the same time bill, renew and ask to be paid: every number once, every period once,
//! every line once.
use std::time::Duration;

use chrono::TimeDelta;
use lms_core::{
    commerce::{
        Earning, GenerateInvoice, Interval, InvoiceStatus, IssueInvoice, Item, ItemKind, Order,
        OrderLine, OrderStatus, PayInvoice, Payment, PaymentFact, PaymentMethod, Payout,
        PayoutError, PlaceOrder, Plan, Price, RecordPaymentFacts, RequestPayout, RevenueShare,
        ShareRole, ShareRule, StartPayment, Subscribe, Subscription, SubscriptionPeriod,
        SubscriptionStatus, TenantInvoice, tick,
    },
    identity::{Membership, MembershipKind},
    kernel::{Context, Currency, DomainError, Id, Money, Scope},
    store::{Query, Store, StoreError, Transaction, Work},
    tenancy::{CreateTenant, Month, PlanLimits, PlanStanding, PlanState, TenantPlan},
};
use lms_store_memory::MemoryStore;
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::{TestContext, race};

const TASKS: usize = 50;

/// Both backends, and what must live as long as they.
async fn stores() -> (TestDatabase, Vec<Store>) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = PgStore::new(database.app_pool_of(30));
    (database, vec![Store::new(MemoryStore::new()), Store::new(store)])
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

/// A tenant with one member.
async fn found(store: &Store) -> (Context, Membership) {
    let cx = TestContext::new("billing_races").build();
    let mut tx = store.begin_in(&cx, Scope::TenantAndPlatform(cx.tenant())).await.unwrap();
    let slug = format!("school-{}", cx.tenant()).parse().unwrap();
    let opened = CreateTenant::new("School".parse().unwrap(), slug, "en".parse().unwrap());
    tx.run(opened).await.unwrap();
    let member = Membership::new(&cx, MembershipKind::Staff, "Ada".parse().unwrap());
    tx.insert(&member).await.unwrap();
    tx.commit().await.unwrap();
    (cx, member)
}

/// Does the work until it no longer loses its race, as a host does that does not give up.
async fn insist<T, E, F>(store: &Store, cx: &Context, mut work: F) -> Result<T, E>
where
    E: From<StoreError> + DomainError,
    F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
{
    for _ in 0..200 {
        match store.transact(cx, &mut work).await {
            Err(error) if error.is_lost_race() => {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            other => return other,
        }
    }
    store.transact(cx, work).await
}

async fn all<T: Send + 'static>(tasks: Vec<tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

async fn pay(tx: &mut Transaction, order: Id<Order>) -> Payment {
    let start = StartPayment::through(order, "stripe", &order.to_string());
    let payment = tx.run(start).await.unwrap();
    let (key, amount) = (order.to_string(), payment.amount);
    let fact = PaymentFact::Capture { key, amount, at: tx.now() };
    let facts = vec![fact];
    let command = RecordPaymentFacts { payment: payment.id, facts, source: "test".into() };
    tx.run(command).await.unwrap()
}

/// The drafts of so many months.
async fn drafts(store: &Store, cx: &Context, count: usize) -> Vec<Id<TenantInvoice>> {
    let mut tx = store.begin(cx).await.unwrap();
    let limits = PlanLimits::UNLIMITED;
    let mut plan = TenantPlan::new(cx, "Pro".parse().unwrap(), usd(2_900), limits);
    let mut month: Month = "2010-01".parse().unwrap();
    plan.started_at = "2010-01-01T00:00:00Z".parse().unwrap();
    tx.insert(&plan).await.unwrap();
    let mut drafts = Vec::new();
    for _ in 0..count {
        drafts.push(tx.run(GenerateInvoice { month }).await.unwrap().unwrap().id);
        month = month.next();
    }
    tx.commit().await.unwrap();
    drafts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_of_the_bills_that_are_paid_at_once_brings_the_plan_back() {
    let (_database, stores) = stores().await;
    for store in stores {
        let (cx, _) = found(&store).await;
        let drafts = drafts(&store, &cx, TASKS / 2).await;
        for (invoice, later) in drafts.iter().copied().zip(0..) {
            let cx = cx.clone().at(cx.now().saturating_add(TimeDelta::days(later)));
            let mut tx = store.begin(&cx).await.unwrap();
            tx.run(IssueInvoice { invoice }).await.unwrap();
            tx.commit().await.unwrap();
        }
        let later = cx.clone().at(cx.now().saturating_add(TimeDelta::days(60)));
        assert_eq!(tick(&store, &later).await.unwrap().failed, []);
        let standing = || async {
            let mut tx = store.begin(&later).await.unwrap();
            tx.require(PlanStanding::id_of(&later)).await.unwrap()
        };
        assert_eq!(standing().await.state, PlanState::Suspended);
        // Each payment is sent twice.
        let tasks = drafts.iter().chain(&drafts).copied().map(|invoice| {
            let (store, cx) = (store.clone(), later.clone());
            tokio::spawn(async move {
                let (reference, at) = (invoice.to_string(), cx.now());
                let command = PayInvoice { invoice, reference, amount: usd(2_900), at };
                insist(&store, &cx, |tx| {
                    let command = command.clone();
                    Box::pin(async move { tx.run(command).await })
                })
                .await
            })
        });
        for paid in all(tasks.collect()).await {
            assert_eq!(paid.unwrap().status, InvoiceStatus::Paid);
        }
        let after = standing().await;
        let name = store.backend().name();
        assert_eq!((after.state, after.bill_due_at), (PlanState::Active, None), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bills_have_every_number_once() {
    let (_database, stores) = stores().await;
    for store in stores {
        let (cx, _) = found(&store).await;
        let drafts = drafts(&store, &cx, TASKS / 2).await;
        // Each is issued twice.
        let tasks = drafts.iter().chain(&drafts).copied().map(|invoice| {
            let (store, cx) = (store.clone(), cx.clone());
            tokio::spawn(async move {
                insist(&store, &cx, |tx| Box::pin(tx.run(IssueInvoice { invoice }))).await
            })
        });
        for issued in all(tasks.collect()).await {
            assert_eq!(issued.unwrap().status, InvoiceStatus::Issued);
        }
        let mut tx = store.begin(&cx).await.unwrap();
        let bills = tx.all(Query::<TenantInvoice>::all()).await.unwrap();
        let mut numbers: Vec<_> = bills.iter().filter_map(|it| it.number).collect();
        numbers.sort_unstable();
        race(TASKS / 2, numbers.len());
        let wanted: Vec<i64> = (1..).take(TASKS / 2).collect();
        assert_eq!(numbers, wanted, "{:?}", store.backend().name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_period_is_billed_once_whoever_looks() {
    let (_database, stores) = stores().await;
    for store in stores {
        let (cx, member) = found(&store).await;
        let mut tx = store.begin(&cx).await.unwrap();
        let (name, slug) = ("Monthly".parse().unwrap(), "monthly".parse().unwrap());
        let plan = Plan::new(&cx, name, slug, Some(Interval::MONTH), usd(999));
        tx.insert(&plan).await.unwrap();
        let (subscriber, payer) = (member.id, member.id);
        let command = Subscribe { subscriber, payer, plan: plan.id };
        let order = tx.run(command).await.unwrap();
        pay(&mut tx, order.id).await;
        tx.commit().await.unwrap();
        let later = cx.clone().at(cx.now().saturating_add(TimeDelta::days(33)));
        let tasks = (0..TASKS).map(|_| {
            let (store, later) = (store.clone(), later.clone());
            tokio::spawn(async move {
                for _ in 0..200 {
                    if tick(&store, &later).await.unwrap().failed.is_empty() {
                        return true;
                    }
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                false
            })
        });
        assert!(all(tasks.collect()).await.into_iter().all(|it| it), "nobody is left behind");
        let mut tx = store.begin(&cx).await.unwrap();
        let it = tx.first(Subscription::of_plan(plan.id)).await.unwrap().unwrap();
        assert_eq!((it.status, it.billed_number), (SubscriptionStatus::PastDue, 1));
        let periods = tx.all(SubscriptionPeriod::of(it.id)).await.unwrap();
        race(2, periods.len());
        assert_eq!(periods.len(), 2, "{:?}", store.backend().name());
        let orders = tx.all(Query::<Order>::all()).await.unwrap();
        let mut numbers: Vec<_> = orders.iter().map(|it| it.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2]);
        assert!(orders.iter().any(|it| it.status == OrderStatus::Pending));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_line_is_in_one_payout() {
    let (_database, stores) = stores().await;
    for store in stores {
        let (cx, member) = found(&store).await;
        let mut tx = store.begin(&cx).await.unwrap();
        let item = Item::new(ItemKind::Course, cx.id::<Item>().uuid());
        tx.insert(&Price::new(&cx, item, "Course".parse().unwrap(), usd(1_000))).await.unwrap();
        let rule = ShareRule {
            beneficiary: member.id,
            role: ShareRole::Instructor,
            percent: "70".parse().unwrap(),
        };
        tx.insert(&RevenueShare::new(&cx, item, rule)).await.unwrap();
        for _ in 0..5 {
            let lines = vec![OrderLine::of(item)];
            let command = PlaceOrder::new(member.id, lines, Currency::USD);
            let order = tx.run(command).await.unwrap();
            pay(&mut tx, order.id).await;
        }
        tx.commit().await.unwrap();
        let later = cx.clone().at(cx.now().saturating_add(TimeDelta::days(40)));
        let tasks = (0..TASKS).map(|_| {
            let (store, cx, payee) = (store.clone(), later.clone(), member.id);
            tokio::spawn(async move {
                insist(&store, &cx, |tx| {
                    let method = PaymentMethod::BankTransfer;
                    Box::pin(async move {
                        tx.run(RequestPayout { payee, currency: Currency::USD, method }).await
                    })
                })
                .await
            })
        });
        let outcomes = all(tasks.collect()).await;
        let made = outcomes.iter().filter(|it| it.is_ok()).count();
        let nothing =
            outcomes.iter().filter(|it| matches!(it, Err(PayoutError::Nothing { .. }))).count();
        race(1, made);
        assert_eq!((made, nothing), (1, TASKS - 1), "{outcomes:?}");
        let mut tx = store.begin(&cx).await.unwrap();
        let payout = tx.all(Query::<Payout>::all()).await.unwrap().remove(0);
        assert_eq!((payout.amount, payout.number), (usd(3_500), 1));
        let lines = tx.all(Query::<Earning>::all()).await.unwrap();
        assert_eq!(lines.len(), 5);
        assert!(lines.iter().all(|it| it.payout_id == Some(payout.id.uuid())));
    }
}
