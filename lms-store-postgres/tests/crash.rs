//! The server is killed while orders are placed and paid: every acknowledged commit is there
//! afterwards, nothing is half-done, and repeating every command leads to the same end.
//!
//! `LMS_CRASH_CHECKOUTS` says how many checkouts are run (60 otherwise), `LMS_CRASH_KILLS` how
//! often the server is killed meanwhile (3 otherwise).
use std::{
    collections::{BTreeMap, HashSet},
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use lms_core::{
    commerce::{
        Grant, Item, ItemKind, Order, OrderItem, OrderLine, OrderStatus, Payment, PaymentFact,
        PaymentFactRecord, PaymentStatus, PlaceOrder, Price, RecordPaymentFacts, StartPayment,
        place_order, record_payment_facts, start_payment,
    },
    content::{Course, PublicationStatus},
    identity::{Membership, MembershipKind},
    kernel::{Context, Id, Money},
    outbox::Message,
    store::{Applied, IdempotencyKey, Query, Store, StoreError},
};
use lms_store_postgres::{PgStore, testing::TestServer};
use lms_testkit::TestContext;
use serde::{Deserialize, Serialize};

fn number(name: &str, otherwise: usize) -> usize {
    env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

/// What a checkout answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Receipt {
    order: Id<Order>,
    payment: Id<Payment>,
    number: i64,
}

struct School {
    cx: Context,
    buyer: Id<Membership>,
    course: Id<Course>,
}

async fn found(store: &Store) -> School {
    let cx = TestContext::new("crash").build();
    let owner = Membership::new(&cx, MembershipKind::Staff, "Ada".parse().unwrap());
    let buyer = Membership::new(&cx, MembershipKind::Student, "Ben".parse().unwrap());
    let mut course =
        Course::new(&cx, "Course".parse().unwrap(), "course".parse().unwrap(), owner.id);
    course.status = PublicationStatus::Published;
    let item = Item { kind: ItemKind::Course, id: course.id.uuid() };
    let amount = Money::from_minor(4_900, "EUR".parse().unwrap());
    let price = Price::new(&cx, item, "Course".parse().unwrap(), amount);
    let mut tx = store.begin(&cx).await.unwrap();
    tx.insert_all(&[owner, buyer.clone()]).await.unwrap();
    tx.insert(&course).await.unwrap();
    tx.insert(&price).await.unwrap();
    tx.commit().await.unwrap();
    School { cx, buyer: buyer.id, course: course.id }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One checkout, by its key: an order and the attempt to pay it, in one transaction.
async fn check_out(store: &Store, school: &School, number: usize) -> Result<Receipt, Failure> {
    let key = IdempotencyKey::new(format!("checkout-{number}"), "v1")?;
    let (cx, buyer, course) = (&school.cx, school.buyer, school.course);
    let mut tx = store.begin(cx).await?;
    let done: Applied<Receipt> = tx
        .once(cx, &key, |tx| {
            Box::pin(async move {
                let item = Item { kind: ItemKind::Course, id: course.uuid() };
                let command = PlaceOrder {
                    buyer,
                    lines: vec![OrderLine::of(item)],
                    currency: "EUR".parse()?,
                    deadline: None,
                };
                let order = place_order(cx, tx, command).await?;
                let start = StartPayment::through(order.id, "stripe", &format!("pi_{number}"));
                let payment = start_payment(cx, tx, start).await?;
                let receipt =
                    Receipt { order: order.id, payment: payment.id, number: order.number };
                Ok::<_, Failure>(receipt)
            })
        })
        .await?;
    tx.commit().await?;
    Ok(done.into_answer())
}

/// The gateway's message that the money came, which arrives at least once.
async fn pay(store: &Store, school: &School, receipt: &Receipt) -> Result<(), Failure> {
    let cx = &school.cx;
    let mut tx = store.begin(cx).await?;
    let amount = tx.require(receipt.payment).await?.amount;
    let fact = PaymentFact::Capture { key: format!("ch_{}", receipt.number), amount, at: cx.now() };
    let command = RecordPaymentFacts {
        payment: receipt.payment,
        facts: vec![fact],
        source: "evt".to_owned(),
    };
    record_payment_facts(cx, &mut tx, command).await?;
    Ok(tx.commit().await?)
}

/// Lost races are repeated; a server that is gone ends the attempt.
fn lost_a_race(failure: &Failure) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(failure.as_ref());
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<StoreError>() {
            return found.is_retryable();
        }
        cause = error.source();
    }
    false
}

/// What was acknowledged.
#[derive(Default)]
struct Acknowledged {
    placed: Mutex<BTreeMap<usize, Receipt>>,
    paid: Mutex<HashSet<usize>>,
}

/// Works through the checkouts until told to stop; whoever fails goes on with the next number.
async fn work(
    store: Store,
    school: Arc<School>,
    next: Arc<AtomicUsize>,
    all: usize,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Acknowledged>,
) {
    while !stop.load(Ordering::SeqCst) {
        let number = next.fetch_add(1, Ordering::SeqCst);
        if number >= all {
            return;
        }
        loop {
            match check_out(&store, &school, number).await {
                Ok(receipt) => {
                    acknowledged.placed.lock().unwrap().insert(number, receipt.clone());
                    if pay(&store, &school, &receipt).await.is_ok() {
                        acknowledged.paid.lock().unwrap().insert(number);
                    }
                }
                Err(failure) if lost_a_race(&failure) => continue,
                Err(_) => {}
            }
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_server_loses_nothing_and_leaves_nothing_half_done() {
    let checkouts = number("LMS_CRASH_CHECKOUTS", 60);
    let kills = number("LMS_CRASH_KILLS", 3);
    let server = TestServer::start(true).await.unwrap();
    let database = server.database().await.unwrap();
    let store = Store::new(PgStore::new(database.app_pool()));
    let school = Arc::new(found(&store).await);
    let acknowledged = Arc::new(Acknowledged::default());
    let next = Arc::new(AtomicUsize::new(0));
    let per_kill = checkouts / (kills + 1);
    for kill in 1..=kills {
        let stop = Arc::new(AtomicBool::new(false));
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let (store, school) = (store.clone(), Arc::clone(&school));
                let (next, stop) = (Arc::clone(&next), Arc::clone(&stop));
                let acknowledged = Arc::clone(&acknowledged);
                tokio::spawn(work(store, school, next, checkouts, stop, acknowledged))
            })
            .collect();
        // In the middle of the work, at a moment that differs each time.
        while next.load(Ordering::SeqCst) < per_kill * kill {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(700 * u64::try_from(kill).unwrap())).await;
        server.kill().unwrap();
        stop.store(true, Ordering::SeqCst);
        for worker in workers {
            worker.await.unwrap();
        }
        server.start_again().await.unwrap();
    }
    every_acknowledged_commit_is_there(&store, &school, &acknowledged).await;
    nothing_is_half_done(&store, &school).await;
    let survived = store.begin(&school.cx).await.unwrap();
    drop(survived);

    // Everything is sent again, whether it was acknowledged or not.
    let mut receipts = Vec::new();
    for number in 0..checkouts {
        let receipt = check_out(&store, &school, number).await.unwrap();
        pay(&store, &school, &receipt).await.unwrap();
        pay(&store, &school, &receipt).await.unwrap();
        receipts.push(receipt);
    }
    nothing_is_half_done(&store, &school).await;
    let mut numbers: Vec<i64> = receipts.iter().map(|it| it.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..).take(checkouts).collect::<Vec<i64>>());
    let mut tx = store.begin(&school.cx).await.unwrap();
    assert_eq!(tx.count(Query::<Order>::all()).await.unwrap(), checkouts as u64);
    for order in tx.all(Query::<Order>::all()).await.unwrap() {
        assert_eq!(order.status, OrderStatus::Completed);
    }
    let acknowledged = acknowledged.placed.lock().unwrap();
    for (number, receipt) in acknowledged.iter() {
        assert_eq!(receipts[*number], *receipt, "checkout {number} was executed twice");
    }
    println!("{kills} kills, {} of {checkouts} acknowledged before", acknowledged.len());
}

async fn every_acknowledged_commit_is_there(
    store: &Store,
    school: &School,
    acknowledged: &Acknowledged,
) {
    let placed = acknowledged.placed.lock().unwrap().clone();
    let paid = acknowledged.paid.lock().unwrap().clone();
    assert!(!placed.is_empty(), "the server died before anything was done");
    let mut tx = store.begin(&school.cx).await.unwrap();
    for (number, receipt) in placed {
        assert_eq!(tx.require(receipt.order).await.unwrap().number, receipt.number);
        let payment = tx.require(receipt.payment).await.unwrap();
        if paid.contains(&number) {
            assert_eq!(payment.status, PaymentStatus::Completed, "checkout {number}");
        }
    }
}

/// What holds between the rows of one transaction, and after every command.
async fn nothing_is_half_done(store: &Store, school: &School) {
    let mut tx = store.begin(&school.cx).await.unwrap();
    let orders = tx.all(Query::<Order>::all()).await.unwrap();
    let items = tx.all(Query::<OrderItem>::all()).await.unwrap();
    let payments = tx.all(Query::<Payment>::all()).await.unwrap();
    let facts = tx.all(Query::<PaymentFactRecord>::all()).await.unwrap();
    let grants = tx.all(Query::<Grant>::all()).await.unwrap();
    let messages = tx.all(Query::<Message>::all()).await.unwrap();
    // Numbers have no gaps: who did not commit has given its number back.
    let mut numbers: Vec<i64> = orders.iter().map(|it| it.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..).take(orders.len()).collect::<Vec<i64>>());
    for order in &orders {
        let own: Vec<_> = items.iter().filter(|it| it.order_id == order.id).collect();
        assert_eq!(own.len(), 1, "an order without its item");
        let paying: Vec<_> = payments.iter().filter(|it| it.order_id == order.id).collect();
        assert_eq!(paying.len(), 1, "an order without its payment");
        let payment = paying[0];
        let told: Vec<_> = facts.iter().filter(|it| it.payment_id == payment.id).collect();
        // The stored status is the one that the facts mean.
        let derived = payment.facts(told.iter().map(|it| &it.fact)).status();
        assert_eq!(payment.status, derived);
        // Completed if and only if its grant exists, and exactly one for the item.
        let given = grants.iter().filter(|it| it.order_item_id == Some(own[0].id)).count();
        let completed = order.status == OrderStatus::Completed;
        assert_eq!(given, usize::from(completed), "{order:?}");
        assert_eq!(payment.captured.is_positive(), completed);
        // What happened was announced, and once.
        let announced = messages.iter().filter(|it| it.subject_id == order.id.uuid()).count();
        assert!(announced >= 1, "an order that nobody was told of");
    }
    let mut told: Vec<_> = messages.iter().map(|it| (&it.kind, it.subject_id)).collect();
    let all = told.len();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), all, "something was announced twice");
}
