//! The server is killed while orders are placed and paid (through a gateway, or by a transfer whose
//! proof is reviewed), answers are saved and messages leave: every acknowledged commit is there
//! afterwards, nothing is half-done, every message arrives, and repeating every command leads to
//! the same end.
//!
//! `LMS_CRASH_COMMANDS` says how many checkouts, payments and saved answers there are of each (60
//! otherwise), `LMS_CRASH_KILLS` how often the server is killed meanwhile (3 otherwise).
mod commands;
mod invariants;
mod post;
mod school;

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
    commerce::{Order, OrderStatus, PaymentStatus},
    store::{Query, Store},
};
use lms_store_postgres::{PgStore, testing::TestServer};
use lms_testkit::figure;

use commands::{Receipt, check_out, pay, save};
use invariants::{acknowledged_answers_missing, nothing_is_half_done};
use post::Post;
use school::{School, Slot};

fn number(name: &str, otherwise: usize) -> usize {
    env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

/// What was acknowledged.
#[derive(Default)]
struct Acknowledged {
    placed: Mutex<BTreeMap<usize, Receipt>>,
    paid: Mutex<HashSet<usize>>,
    saved: Mutex<BTreeMap<Slot, i64>>,
}

/// What the workers share.
struct Run {
    store: Store,
    school: School,
    commands: usize,
    next: AtomicUsize,
    stop: AtomicBool,
    acknowledged: Acknowledged,
    post: Post,
}

/// Hands messages over until told to stop.
async fn relay(run: Arc<Run>) {
    while !run.stop.load(Ordering::SeqCst) {
        if !matches!(run.post.hand_over(&run.store, &run.school).await, Ok(1..)) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Works through the commands until it is stopped; after a failure it goes on with the next number.
async fn work(run: Arc<Run>) {
    while !run.stop.load(Ordering::SeqCst) {
        let number = run.next.fetch_add(1, Ordering::SeqCst);
        if number >= run.commands {
            return;
        }
        let (store, school, done) = (&run.store, &run.school, &run.acknowledged);
        if let Ok(receipt) = check_out(store, school, number).await {
            done.placed.lock().unwrap().insert(number, receipt.clone());
            if pay(store, school, &receipt).await.is_ok() {
                done.paid.lock().unwrap().insert(number);
            }
        }
        if save(store, school, number).await.is_ok() {
            let (slot, sequence) = (school.slot(number), School::sequence(number));
            let mut saved = done.saved.lock().unwrap();
            let last = saved.entry(slot).or_insert(sequence);
            *last = sequence.max(*last);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_server_loses_nothing_and_leaves_nothing_half_done() {
    let commands = number("LMS_CRASH_COMMANDS", 60);
    let kills = number("LMS_CRASH_KILLS", 3);
    let server = TestServer::start(true).await.unwrap();
    let database = server.database().await.unwrap();
    let store = Store::new(PgStore::new(database.app_pool()));
    let school = School::found(&store).await;
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let acknowledged = Acknowledged::default();
    let post = Post::default();
    let run = Arc::new(Run { store, school, commands, next, stop, acknowledged, post });
    for kill in 1..=kills {
        run.stop.store(false, Ordering::SeqCst);
        run.post.begin_anew();
        let mut workers: Vec<_> = (0..8).map(|_| tokio::spawn(work(Arc::clone(&run)))).collect();
        workers.extend((0..2).map(|_| tokio::spawn(relay(Arc::clone(&run)))));
        // In the middle of the work, at a moment that differs each time.
        while run.next.load(Ordering::SeqCst) < commands * kill / (kills + 1) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(700 * u64::try_from(kill).unwrap())).await;
        server.kill().unwrap();
        run.stop.store(true, Ordering::SeqCst);
        // Who was in the middle of something finds the server again, or fails.
        server.start_again().await.unwrap();
        for worker in workers {
            worker.await.unwrap();
        }
        figure("kills", 1);
        every_acknowledged_commit_is_there(&run).await;
        nothing_is_half_done(&run.store, &run.school).await;
    }
    everything_is_sent_again(&run).await;
    let (messages, again) = run.post.everything_arrives(&run.store, &run.school).await;
    let (placed, paid) = (&run.acknowledged.placed, &run.acknowledged.paid);
    println!(
        "{kills} kills in {commands} checkouts; acknowledged before them: {} orders, {} payments; \
         none lost, none half-done; {messages} messages, all arrived, {again} more than once",
        placed.lock().unwrap().len(),
        paid.lock().unwrap().len(),
    );
}

async fn every_acknowledged_commit_is_there(run: &Run) {
    let placed = run.acknowledged.placed.lock().unwrap().clone();
    let paid = run.acknowledged.paid.lock().unwrap().clone();
    let saved = run.acknowledged.saved.lock().unwrap().clone();
    assert!(!placed.is_empty() && !saved.is_empty(), "the server died before anything was done");
    let mut tx = run.store.begin(&run.school.cx).await.unwrap();
    let mut lost = Vec::new();
    for (number, receipt) in &placed {
        let order = tx.get(receipt.order).await.unwrap();
        if order.is_none_or(|it| it.number != receipt.number) {
            lost.push(format!("order {number}"));
        }
        let payment = tx.get(receipt.payment).await.unwrap();
        let wanted = |it| !paid.contains(number) || it == PaymentStatus::Completed;
        if payment.is_none_or(|it| !wanted(it.status)) {
            lost.push(format!("payment {number}"));
        }
    }
    drop(tx);
    figure("acknowledged commits", placed.len() + paid.len() + saved.len());
    let missed = acknowledged_answers_missing(&run.store, &run.school, &saved).await;
    figure("lost commits", lost.len() + missed.len());
    assert!(lost.is_empty() && missed.is_empty(), "{lost:?} {missed:?}");
}

/// Every command again, whether it was acknowledged or not, and some twice.
async fn everything_is_sent_again(run: &Run) {
    let (store, school) = (&run.store, &run.school);
    let mut receipts = Vec::new();
    let mut last = BTreeMap::new();
    for number in 0..run.commands {
        let receipt = check_out(store, school, number).await.unwrap();
        pay(store, school, &receipt).await.unwrap();
        pay(store, school, &receipt).await.unwrap();
        receipts.push(receipt);
        save(store, school, number).await.unwrap();
        last.insert(school.slot(number), School::sequence(number));
    }
    nothing_is_half_done(store, school).await;
    assert_eq!(acknowledged_answers_missing(store, school, &last).await, [""; 0]);
    let mut numbers: Vec<i64> = receipts.iter().map(|it| it.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..).take(run.commands).collect::<Vec<i64>>());
    let mut tx = store.begin(&school.cx).await.unwrap();
    let orders = tx.all(Query::<Order>::all()).await.unwrap();
    assert_eq!(orders.len(), run.commands);
    assert!(orders.iter().all(|it| it.status == OrderStatus::Completed));
    drop(tx);
    for (number, receipt) in run.acknowledged.placed.lock().unwrap().iter() {
        assert_eq!(receipts[*number], *receipt, "checkout {number} was executed twice");
    }
    school.hand_in_everything(store, &last).await;
}
