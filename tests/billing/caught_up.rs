//! What time brings is the same whether a tick comes each day or one command catches up with three
//! months: the same rows, the same trail, the same events, at the same times.
use std::collections::BTreeSet;

use chrono::TimeDelta;
use lms::{
    commerce::{
        CancelSubscription, Cancellation, Interval, PauseSubscription, PlanTerms, Resubscribe,
        ResumeSubscription, Subscription, UndoCancellation, tick,
    },
    kernel::{Id, Timestamp},
    memory::MemoryStore,
    store::{Select, Store, Value},
};
use lms_store_postgres::testing::TestServer;

use crate::{
    transact,
    world::{World, at},
};

const DAYS: i64 = 90;

fn day(days: i64) -> Timestamp {
    at("2024-01-31T09:00:00Z").saturating_add(TimeDelta::days(days))
}

/// What a person does to a subscription that three months have passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Cancel,
    CancelAtEnd,
    Pause,
    Return,
}

/// What was done before the three months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// The first month was paid.
    Paid,
    /// It was paid, and then stopped for forty days.
    Paused,
    /// It was paid, and is not to go on.
    Cancelled,
    /// It was stopped and resumed, cancelled and not cancelled.
    Undecided,
}

async fn begin(world: &World, before: Before) -> Subscription {
    let plan = world.plan("monthly", Some(Interval::MONTH), 9_99, PlanTerms::default()).await;
    let known = world.subscribed(&plan).await;
    let (cx, subscription) = (world.cx(), known.id);
    let (until, how) = (Some(day(40)), Cancellation::AtPeriodEnd);
    let done = async |part: u8| match part {
        0 => transact!(world, cx, |tx| tx.run(PauseSubscription { subscription, until })).unwrap(),
        1 => transact!(world, cx, |tx| tx.run(ResumeSubscription { subscription })).unwrap(),
        2 => transact!(world, cx, |tx| tx.run(CancelSubscription { subscription, how })).unwrap(),
        _ => transact!(world, cx, |tx| tx.run(UndoCancellation { subscription })).unwrap(),
    };
    let parts: &[u8] = match before {
        Before::Paid => &[],
        Before::Paused => &[0],
        Before::Cancelled => &[2],
        Before::Undecided => &[0, 1, 2, 3],
    };
    for part in parts {
        done(*part).await;
    }
    world.get(subscription).await
}

/// The command as the school runs it; what is refused, by its code, changes nothing.
async fn run(world: &World, subscription: Id<Subscription>, command: Command) -> String {
    use lms::kernel::DomainError as _;
    let (cx, now) = (world.cx(), world.now());
    let done = match command {
        Command::Cancel => {
            let how = Cancellation::Now;
            transact!(world, cx, |tx| tx.run(CancelSubscription { subscription, how })).map(drop)
        }
        Command::CancelAtEnd => {
            let how = Cancellation::AtPeriodEnd;
            transact!(world, cx, |tx| tx.run(CancelSubscription { subscription, how })).map(drop)
        }
        Command::Pause => {
            let until = Some(now.saturating_add(TimeDelta::days(10)));
            transact!(world, cx, |tx| tx.run(PauseSubscription { subscription, until })).map(drop)
        }
        Command::Return => {
            transact!(world, cx, |tx| tx.run(Resubscribe { subscription })).map(drop)
        }
    };
    done.map_or_else(|error| error.code().to_owned(), |()| "done".to_owned())
}

/// A value as it is compared: ids differ from one history to the other.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Uuid(_) => "id".to_owned(),
        Value::Json(json) => json.document().to_string(),
        other => format!("{other:?}"),
    };
    let is_id = |it: &str| it.len() == 36 && it.matches('-').count() == 4;
    let parts = text.split_inclusive(|it: char| !it.is_ascii_hexdigit() && it != '-');
    let whole = |it: &str| it.trim_end_matches(|end: char| !end.is_ascii_hexdigit()).to_owned();
    parts
        .map(|it| if is_id(&whole(it)) { it.replace(&whole(it), "id") } else { it.into() })
        .collect()
}

/// Every row of the tenant, without what says which process did it.
async fn everything(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    let mut tx = world.begin().await;
    for record in lms::record_types() {
        let schema = record.schema();
        if schema.ownership != lms::store::Ownership::Tenant {
            continue;
        }
        for row in tx.all_rows(Select { limit: 200, ..Select::all(schema) }).await.unwrap() {
            let mut line = schema.table.to_owned();
            for column in schema.columns.iter().filter(|it| it.name != "operation") {
                let value = shown(schema.value(&row, column.name));
                line.push_str(&format!(" {}={value}", column.name));
            }
            found.push(line);
        }
    }
    found.sort();
    found
}

/// The whole history, with a tick on each of those days before the command comes.
async fn live(
    mut world: World,
    before: Before,
    command: Command,
    ticks: &BTreeSet<i64>,
) -> (String, Vec<String>) {
    let subscription = begin(&world, before).await.id;
    for it in ticks {
        world.tick_at(&day(*it).to_string()).await;
    }
    world.set(day(DAYS));
    let answer = run(&world, subscription, command).await;
    let report = tick(&world.store, &world.cx()).await.unwrap();
    assert_eq!(report.failed, []);
    (answer, everything(&world).await)
}

fn differences(left: &[String], right: &[String]) -> Vec<String> {
    let only = |mark: &str, these: &[String], others: &[String]| {
        let rest = these.iter().filter(|it| !others.contains(it));
        rest.map(|it| format!("{mark} {it}")).collect::<Vec<_>>()
    };
    [only("daily:", left, right), only("at once:", right, left)].concat()
}

async fn check(open: impl AsyncFn() -> World) {
    use {Before::*, Command::*};
    let mut answers = Vec::new();
    for before in [Paid, Paused, Cancelled, Undecided] {
        for command in [Cancel, CancelAtEnd, Pause, Return] {
            let daily = live(open().await, before, command, &(1..=DAYS).collect()).await;
            let at_once = live(open().await, before, command, &BTreeSet::new()).await;
            assert_eq!(daily.0, at_once.0, "{before:?}, {command:?}");
            let differ = differences(&daily.1, &at_once.1);
            assert!(differ.is_empty(), "{before:?}, {command:?}: {differ:#?}");
            assert_eq!(daily.1, at_once.1, "{before:?}, {command:?}");
            answers.push(daily.0);
        }
    }
    assert!(answers.iter().filter(|it| *it == "done").count() > 3, "{answers:?}");
}

#[tokio::test]
async fn a_command_catches_up_as_daily_ticks_do() {
    check(async || World::open_on(Store::new(MemoryStore::new()), "2024-01-31T09:00:00Z").await)
        .await;
}

#[tokio::test]
async fn on_postgresql_a_command_catches_up_as_daily_ticks_do() {
    let server = TestServer::shared().await.unwrap();
    let (one, two) = (server.database().await.unwrap(), server.database().await.unwrap());
    let (before, command) = (Before::Paused, Command::Pause);
    let daily = live(World::in_database(&one).await, before, command, &(1..=DAYS).collect()).await;
    let none = BTreeSet::new();
    let at_once = live(World::in_database(&two).await, before, command, &none).await;
    assert_eq!(daily, at_once);
}
