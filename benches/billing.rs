//! Subscriptions through ten years, and a month of bills.
//!
//! `cargo bench --bench billing`. Each figure is printed with its ratio to what is allowed: 60 s
//! for 100,000 subscriptions ticked daily through 10 simulated years, 1 s for the bills of 10,000
//! tenants with 100 usage rows each. Both are the pure rules on values in memory; below them the
//! same machine through the services on the memory store, with orders, grants and books, per
//! subscription and year.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use criterion::{Criterion, criterion_group, criterion_main};
use lms::{
    commerce::{
        Agreement, BillDraft, ChargeModel, Interval, Item, ItemKind, Plan, PlanTerms, Subscribe,
        Subscription, SubscriptionDue, Tier, UsagePrice, UsageRecord, draft_bill, tick,
    },
    identity::{Membership, MembershipKind},
    kernel::{
        Actor, Context, Currency, Id, Money, Scope, SequentialIds, TenantId, TimeZone, Timestamp,
    },
    memory::MemoryStore,
    store::Store,
    tenancy::{CreateTenant, Month, PlanLimits, TenantPlan},
};
use uuid::Uuid;

const SUBSCRIPTIONS: u64 = 100_000;
const DAYS: i64 = 3_652;
const TENANTS: usize = 10_000;
const ROWS: usize = 100;

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

fn start() -> Timestamp {
    "2024-01-31T09:00:00Z".parse().unwrap()
}

fn context(now: Timestamp) -> Context {
    let ids = Arc::new(SequentialIds::new());
    Context::new(TenantId::SINGLE, Actor::system("bench"), now, ids)
}

/// Numbers that look random and are the same in every run.
fn scramble(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
}

fn agreement(number: u64) -> Agreement {
    let interval = match number % 10 {
        0 => Interval::YEAR,
        1 => Interval::QUARTER,
        2 => Interval::Days(28),
        _ => Interval::MONTH,
    };
    let plan = Id::from_uuid(Uuid::from_u128(1));
    Agreement {
        plan,
        subject: Item::of(ItemKind::Plan, plan),
        interval: Some(interval),
        price: usd(999),
        tax: None,
        terms: PlanTerms::default(),
    }
}

/// Subscriptions that began on different days, in two zones.
fn subscriptions() -> Vec<Subscription> {
    let cx = context(start());
    let person = Id::from_uuid(Uuid::from_u128(2));
    let zones = [TimeZone::UTC, TimeZone::new("Europe/Paris").unwrap()];
    (0..SUBSCRIPTIONS)
        .map(|number| {
            let later = TimeDelta::hours(i64::try_from(scramble(number) % 720).unwrap());
            let cx = cx.clone().at(start().saturating_add(later));
            let zone = zones[usize::from(number % 2 == 1)];
            Subscription::new(&cx, person, person, agreement(number), zone)
        })
        .collect()
}

/// One day of everybody: nine bills of ten are paid when they are made, one in forty is never
/// paid, the rest is paid in its grace. Returns how many steps were taken.
fn one_day(all: &mut [Subscription], day: i64, steps: &mut u64) {
    let now = start().saturating_add(TimeDelta::days(day));
    for (it, number) in all.iter_mut().zip(0_u64..) {
        if !it.next_action_at.is_due(now) {
            continue;
        }
        it.advance(now, |it, at, due| {
            *steps += 1;
            let period = it.period_number.unsigned_abs();
            let fate = scramble(number * 1_000 + period) % 400;
            match due {
                SubscriptionDue::Bill if fate < 360 => {
                    it.take(due, at).unwrap();
                    it.paid(it.paid_number + 1, at).unwrap();
                    true
                }
                SubscriptionDue::Remind if fate < 390 => {
                    it.take(due, at).unwrap();
                    it.paid(it.paid_number + 1, at).unwrap();
                    true
                }
                // Who let it lapse comes back before the time to do so is over.
                SubscriptionDue::WindowEnd => {
                    let before = at.saturating_sub(TimeDelta::hours(1));
                    it.paid(it.paid_number + 1, before).unwrap();
                    true
                }
                _ => false,
            }
        })
        .unwrap();
    }
}

fn ten_years() -> (Duration, u64) {
    let mut all = subscriptions();
    let mut steps = 0;
    let begun = Instant::now();
    for day in 0..=DAYS {
        one_day(&mut all, day, &mut steps);
    }
    let taken = begun.elapsed();
    let live = all.iter().filter(|it| it.status.is_live()).count();
    assert!(live > all.len() / 2, "{live} live on");
    black_box(all);
    (taken, steps)
}

fn tick_ten_years(c: &mut Criterion) {
    let (taken, steps) = ten_years();
    let allowed = 60.0;
    println!(
        "{SUBSCRIPTIONS} subscriptions, daily for 10 years, {steps} steps: {:.2} s, {:.3} of {allowed} s",
        taken.as_secs_f64(),
        taken.as_secs_f64() / allowed,
    );
    let mut group = c.benchmark_group("subscriptions");
    group.sample_size(10);
    group.bench_function("100000_through_a_month", |b| {
        b.iter_batched(
            subscriptions,
            |mut all| {
                let mut steps = 0;
                for day in 0..31 {
                    one_day(&mut all, day, &mut steps);
                }
                (all, steps)
            },
            criterion::BatchSize::LargeInput,
        );
    });
    group.finish();
}

/// What a tenant used, and its prices.
struct Used {
    plans: Vec<TenantPlan>,
    prices: Vec<UsagePrice>,
    rows: Vec<UsageRecord>,
}

fn tenants() -> Vec<Used> {
    let cx = context("2024-01-01T00:00:00Z".parse().unwrap());
    let tier = |up_to: Option<i64>, rate: &str| Tier {
        up_to: up_to.map(Into::into),
        rate: rate.parse().unwrap(),
        flat: 0.into(),
    };
    let models = [
        ("calls", ChargeModel::Standard { rate: "0.05".parse().unwrap() }),
        (
            "storage",
            ChargeModel::Package { size: 100.into(), amount: 5.into(), free_units: 100.into() },
        ),
        (
            "minutes",
            ChargeModel::Graduated {
                tiers: vec![tier(Some(100), "1"), tier(Some(200), "0.5"), tier(None, "0.1")],
            },
        ),
        (
            "sales",
            ChargeModel::Percentage {
                rate: "1.2".parse().unwrap(),
                fixed: "0.10".parse().unwrap(),
                free_events: Some(3),
                free_units: Some(500.into()),
                minimum: None,
                maximum: None,
            },
        ),
    ];
    (0..TENANTS)
        .map(|tenant| {
            let name = "Pro".parse().unwrap();
            let plan = TenantPlan::new(&cx, name, usd(2_900), PlanLimits::UNLIMITED);
            let price = |(metric, model): &(&str, ChargeModel)| {
                UsagePrice::new(&cx, metric, "Usage".parse().unwrap(), model.clone())
            };
            let row = |at: usize| {
                let quantity = i64::try_from(scramble((tenant * ROWS + at) as u64) % 10_000);
                let quantity = rust_decimal::Decimal::new(quantity.unwrap(), 1);
                let (metric, _) = models[at % models.len()];
                let when = cx.now().saturating_add(TimeDelta::hours((at * 7) as i64));
                UsageRecord::new(&cx, metric, &at.to_string(), quantity, when)
            };
            let rows = (0..ROWS).map(row).collect();
            Used { plans: vec![plan], prices: models.iter().map(price).collect(), rows }
        })
        .collect()
}

fn bill_all(tenants: &[Used], month: Month) -> Vec<BillDraft> {
    let bill = |it: &Used| {
        let usage = (&it.prices[..], &it.rows[..]);
        draft_bill(month, TimeZone::UTC, Currency::USD, &it.plans, usage, &[]).unwrap()
    };
    tenants.iter().map(bill).collect()
}

fn bill_tenants(c: &mut Criterion) {
    let tenants = tenants();
    let month: Month = "2024-01".parse().unwrap();
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        let bills = bill_all(&tenants, month);
        best = best.min(begun.elapsed());
        assert!(bills.iter().all(|it| it.total_fee.minor() > 2_900));
    }
    println!(
        "{TENANTS} tenants × {ROWS} usage rows: {:.3} s, {:.3} of 1 s",
        best.as_secs_f64(),
        best.as_secs_f64(),
    );
    let mut group = c.benchmark_group("bills");
    group.sample_size(10);
    group.bench_function("10000_tenants_100_rows", |b| b.iter(|| bill_all(&tenants, month)));
    group.finish();
}

/// Free subscriptions through a year on the memory store, with orders, grants and events.
fn tick_on_a_store(_: &mut Criterion) {
    const COUNT: usize = 20;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = Store::new(MemoryStore::new());
        let cx = context(start());
        let scope = Scope::TenantAndPlatform(cx.tenant());
        let mut tx = store.begin_in(&cx, scope).await.unwrap();
        let slug = "school".parse().unwrap();
        let opened = CreateTenant::new("School".parse().unwrap(), slug, "en".parse().unwrap());
        tx.run(opened).await.unwrap();
        let name = "Free".parse().unwrap();
        let plan = Plan::new(&cx, name, "free".parse().unwrap(), Some(Interval::MONTH), usd(0));
        tx.insert(&plan).await.unwrap();
        for _ in 0..COUNT {
            let member = Membership::new(&cx, MembershipKind::Student, "Ada".parse().unwrap());
            tx.insert(&member).await.unwrap();
            let (subscriber, payer) = (member.id, member.id);
            let command = Subscribe { subscriber, payer, plan: plan.id };
            tx.run(command).await.unwrap();
        }
        tx.commit().await.unwrap();
        let begun = Instant::now();
        let year = cx.at(start().saturating_add(TimeDelta::days(365)));
        let report = tick(&store, &year).await.unwrap();
        assert!(report.failed.is_empty());
        let each = begun.elapsed().as_secs_f64() / COUNT as f64;
        println!(
            "memory store: {} steps, {:.2} ms for one subscription's year of bills",
            report.steps,
            each * 1_000.0,
        );
    });
}

criterion_group!(benches, tick_ten_years, bill_tenants, tick_on_a_store);
criterion_main!(benches);
