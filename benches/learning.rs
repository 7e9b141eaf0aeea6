//! Learning: progress of 1,000 learners in a course of 1,000 nodes, the decision whether a node
//! opens, and the dashboard of a class of 500.
//!
//! `cargo bench --bench learning`. Beside the timings it prints how the access decision compares
//! with its limit of 5 µs, and how many statements the dashboard takes: as many for 500 learners
//! as for 5. For PostgreSQL it starts a throw-away server.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#[path = "support/classes.rs"]
mod classes;

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lms::{
    content::{ContentNode, CourseTree, NodeAccess, NodeKind, Pricing, PublicationStatus},
    kernel::{Actor, Context, Id, SequentialIds, TenantId, Timestamp},
    learning::{
        AccessFacts, EnrollmentFact, EnrollmentStatus, Entitlement, GrantSource, Offer,
        ProductKind, ProgressPlan, Share, Verdict, ViewClassDashboard, decide,
    },
    memory::MemoryStore,
    store::{
        Backend, Store,
        testing::{CallCounts, Counting},
    },
};
use lms_store_postgres::{PgStore, testing::TestServer};
use uuid::Uuid;

const NODES: usize = 1_000;
const LEARNERS: usize = 1_000;
const ACCESS_LIMIT: Duration = Duration::from_micros(5);

/// Ten modules of nine lessons, each with ten activities: 1,000 nodes.
fn tree() -> CourseTree {
    let ids = Arc::new(SequentialIds::new());
    let cx = Context::new(TenantId::SINGLE, Actor::system("bench"), Timestamp::EPOCH, ids);
    let course = cx.id();
    let mut nodes: Vec<ContentNode> = Vec::with_capacity(NODES);
    let mut add = |kind, parent: Option<Id<ContentNode>>, position: u32| {
        let slug = format!("node-{}", nodes.len()).parse().unwrap();
        let node = ContentNode::top(&cx, course, kind, "Node".parse().unwrap(), slug).under(parent);
        let weight = 1 + position % 3;
        let status = PublicationStatus::Published;
        nodes.push(ContentNode { status, position, weight, ..node.clone() });
        node.id
    };
    for module in 0..10 {
        let top = add(NodeKind::Module, None, module);
        for lesson in 0..9 {
            let middle = add(NodeKind::Lesson, Some(top), lesson);
            for activity in 0..10 {
                add(NodeKind::Activity, Some(middle), activity);
            }
        }
    }
    assert_eq!(nodes.len(), NODES);
    CourseTree::new(nodes)
}

/// Whether each learner is done with each node: half of them, in no order.
fn done() -> Vec<Vec<bool>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut flip = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state & 1 == 1
    };
    (0..LEARNERS).map(|_| (0..NODES).map(|_| flip()).collect()).collect()
}

fn roll_up(c: &mut Criterion) {
    let (tree, done) = (tree(), done());
    let plan = ProgressPlan::new(&tree);
    let mut group = c.benchmark_group("roll_up");
    group.sample_size(20);
    group.throughput(Throughput::Elements((NODES * LEARNERS) as u64));
    group.bench_function("1000_nodes_1000_learners", |b| {
        b.iter(|| -> u128 {
            let shares = done.iter().map(|done| plan.roll_up(|at| done[at]));
            shares.map(|(_, whole): (Vec<Share>, Share)| whole.done).sum()
        });
    });
    group.throughput(Throughput::Elements(NODES as u64));
    group.bench_function("plan_of_1000_nodes", |b| {
        b.iter(|| ProgressPlan::new(black_box(&tree)));
    });
    group.finish();
}

/// A learner with an enrollment that is over, three rights of which the last is valid, and offers.
fn with_facts<T>(work: impl FnOnce(&AccessFacts<'_>) -> T) -> T {
    let day = |day: i64| Timestamp::from_micros(day * 86_400_000_000).unwrap();
    let right = |from, to| Entitlement {
        source: GrantSource::Subscription,
        source_id: Some(Uuid::from_u128(1)),
        starts_at: day(from),
        ends_at: Some(day(to)),
    };
    let pricing = Pricing::paid("49.00 USD".parse().unwrap(), None).unwrap();
    let entitlements = [right(0, 5), right(20, 30), right(5, 15)];
    let products = [Offer::Product {
        product: ProductKind::Plan,
        product_id: Uuid::from_u128(2),
        price: None,
    }];
    work(&AccessFacts {
        now: day(10),
        is_member: true,
        is_author: false,
        is_visible: true,
        pricing: &pricing,
        node_access: NodeAccess::Paid,
        enrollment: Some(EnrollmentFact {
            status: EnrollmentStatus::Active,
            expires_at: Some(day(9)),
        }),
        entitlements: &entitlements,
        release: &Verdict::OPEN,
        products: &products,
    })
}

fn access(c: &mut Criterion) {
    with_facts(|facts| {
        let paywall = AccessFacts { entitlements: &[], ..facts.clone() };
        let mut group = c.benchmark_group("access");
        group.bench_function("granted", |b| b.iter(|| decide(black_box(facts))));
        group.bench_function("offers", |b| b.iter(|| decide(black_box(&paywall))));
        group.finish();
        for (name, facts) in [("granted", facts), ("offers", &paywall)] {
            let taken = median(|| {
                black_box(decide(black_box(facts)));
            });
            let limit = ACCESS_LIMIT.as_nanos() as f64;
            println!(
                "access/{name}: {taken:.1} ns, {:.4} of the limit of {ACCESS_LIMIT:?}",
                taken / limit
            );
            assert!(taken <= limit, "the access decision takes longer than its limit");
        }
    });
}

/// The dashboards of a class of 5 and one of 500, on both stores.
fn dashboard(_: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        dashboard_on("memory", MemoryStore::new()).await;
        let database = match TestServer::shared().await {
            Ok(server) => server.database().await.unwrap(),
            Err(error) => {
                println!("class_dashboard/postgres: not measured: {error}");
                return;
            }
        };
        dashboard_on("postgres", PgStore::new(database.app_pool_of(2))).await;
    });
}

async fn dashboard_on<B: Backend>(name: &str, backend: B) {
    let (backend, counts) = Counting::new(backend);
    let store = Store::new(backend);
    let (few, _) = looks(&store, &counts, 5).await;
    let (many, taken) = looks(&store, &counts, 500).await;
    let lessons = classes::LESSONS;
    println!(
        "class_dashboard/{name}: {many} statements for 500 learners and {few} for 5, in a course \
         of {lessons} lessons; {taken:.1} ms for 500"
    );
    assert_eq!(few, many, "the dashboard takes more statements for a larger class");
}

/// How many statements a look at the dashboard of a class of so many takes, and the median of
/// the milliseconds.
async fn looks(store: &Store, counts: &CallCounts, size: i64) -> (u64, f64) {
    let (cx, class) = classes::class_of(store, size).await;
    let (mut statements, mut times) = (0, Vec::new());
    for _ in 0..21 {
        let mut tx = store.begin(&cx).await.unwrap();
        let (before, start) = (counts.statements(), Instant::now());
        black_box(tx.run(ViewClassDashboard { class_id: class }).await.unwrap());
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        statements = counts.statements() - before;
    }
    times.sort_by(f64::total_cmp);
    (statements, times[times.len() / 2])
}

/// The median time of one call in nanoseconds, over batches of a thousand.
fn median(mut work: impl FnMut()) -> f64 {
    const CALLS: u32 = 1_000;
    let mut batches: Vec<f64> = (0..101)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(|_| work());
            start.elapsed().as_nanos() as f64 / f64::from(CALLS)
        })
        .collect();
    batches.sort_by(f64::total_cmp);
    batches[batches.len() / 2]
}

criterion_group!(benches, roll_up, access, dashboard);
criterion_main!(benches);
