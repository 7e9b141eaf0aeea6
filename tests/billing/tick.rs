//! It does not matter how often a tick comes: everything that is stored is the same in the end.
use chrono::TimeDelta;
use lms::{
    commerce::{
        CancelSubscription, Cancellation, Grant, Interval, Order, OrderStatus, PauseSubscription,
        PlanTerms, Resubscribe, ResumeSubscription, Subscription, SubscriptionPeriod,
        UndoCancellation, tick,
    },
    kernel::Timestamp,
    outbox::Message,
    store::Query,
};
use proptest::prelude::*;

use crate::{
    transact,
    world::{World, at},
};

#[derive(Clone, Copy, Debug)]
enum Deed {
    Pay,
    CancelAtEnd,
    Undo,
    CancelNow,
    Pause(i64),
    Resume,
    Return,
}

fn start() -> Timestamp {
    at("2024-01-31T09:00:00Z")
}

fn hour(hours: i64) -> Timestamp {
    start().saturating_add(TimeDelta::hours(hours))
}

async fn act(world: &World, subscription: &Subscription, deed: Deed) {
    let cx = world.cx_of(world.student);
    let id = subscription.id;
    // What is refused changes nothing.
    match deed {
        Deed::Pay => {
            if let Some(order) = world.waiting(subscription).await
                && matches!(order.status, OrderStatus::Pending | OrderStatus::Failed)
                && order.deadline > world.now()
            {
                world.pay(order.id).await;
            }
        }
        Deed::CancelAtEnd => {
            let how = Cancellation::AtPeriodEnd;
            let _ = transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: id, how }));
        }
        Deed::CancelNow => {
            let how = Cancellation::Now;
            let _ = transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: id, how }));
        }
        Deed::Undo => {
            let _ = transact!(world, cx, |tx| tx.run(UndoCancellation { subscription: id }));
        }
        Deed::Pause(hours) => {
            let until = Some(world.now().saturating_add(TimeDelta::hours(hours)));
            let _ =
                transact!(world, cx, |tx| tx.run(PauseSubscription { subscription: id, until }));
        }
        Deed::Resume => {
            let _ = transact!(world, cx, |tx| tx.run(ResumeSubscription { subscription: id }));
        }
        Deed::Return => {
            let now = world.get(id).await;
            if now.can_return(world.now()) && !now.status.is_live() {
                let _ = transact!(world, cx, |tx| tx.run(Resubscribe { subscription: id }));
            }
        }
    }
}

/// Everything that is stored and means something, without ids and versions.
async fn ending(world: &World) -> Vec<String> {
    let mut told = Vec::new();
    for it in world.all(Query::<Subscription>::all()).await {
        told.push(format!(
            "{:?} {:?} {} {}..{:?} paid {} billed {} credit {} next {:?} closed {:?}",
            it.plan_id,
            it.status,
            it.period_number,
            it.current_period_start,
            it.current_period_end,
            it.paid_number,
            it.billed_number,
            it.credit,
            it.next_action_at,
            it.closed_at,
        ));
        for row in world.all(SubscriptionPeriod::of(it.id)).await {
            let (number, status) = (row.number, row.status);
            told.push(format!("{number} {status} {}..{:?}", row.starts_at, row.ends_at));
        }
    }
    for it in world.all(Query::<Order>::all()).await {
        let (placed, total) = (it.stamp.created_at, it.total);
        let closed = (it.completed_at, it.expired_at, it.cancelled_at);
        told.push(format!("#{} {} {placed} {total} {closed:?}", it.number, it.status));
    }
    for it in world.all(Query::<Grant>::all()).await {
        told.push(format!("{} {} {:?} {:?}", it.target, it.status, it.ends_at, it.revoke_reason));
    }
    let mut events = world.all(Query::<Message>::all()).await;
    events.sort_by_key(|it| (it.occurred_at, it.id));
    told.extend(events.iter().map(|it| format!("{} {}", it.occurred_at, it.kind)));
    told
}

async fn live(deeds: &[(i64, Deed)], looks: &[i64]) -> Vec<String> {
    let mut world = World::open().await;
    let plan = world.plan("monthly", Some(Interval::MONTH), 9_99, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    let mut looks = looks.iter().copied().peekable();
    for (when, deed) in deeds {
        while let Some(look) = looks.next_if(|look| look <= when) {
            world.tick_at(&hour(look).to_string()).await;
        }
        // A bill that nobody has made cannot be paid: somebody looks before each deed.
        world.tick_at(&hour(*when).to_string()).await;
        act(&world, &it, *deed).await;
    }
    for look in looks {
        world.tick_at(&hour(look).to_string()).await;
    }
    world.tick_at("2026-06-01T00:00:00Z").await;
    let again = tick(&world.store, &world.cx()).await.unwrap();
    assert_eq!(again.steps, 0, "calling it again does nothing more");
    ending(&world).await
}

fn any_deed() -> impl Strategy<Value = (i64, Deed)> {
    let deed = prop_oneof![
        8 => Just(Deed::Pay),
        1 => Just(Deed::CancelAtEnd),
        1 => Just(Deed::Undo),
        1 => Just(Deed::CancelNow),
        1 => (1_i64..1_500).prop_map(Deed::Pause),
        1 => Just(Deed::Resume),
        1 => Just(Deed::Return),
    ];
    (1_i64..400 * 24, deed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn yearly_daily_or_at_random_it_ends_the_same(
        mut deeds in proptest::collection::vec(any_deed(), 0..16),
        mut looks in proptest::collection::vec(1_i64..500 * 24, 0..25),
    ) {
        deeds.sort_by_key(|(when, _)| *when);
        looks.sort_unstable();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let seldom = live(&deeds, &[]).await;
            let daily: Vec<i64> = (1..500).map(|day| day * 24).collect();
            let daily = live(&deeds, &daily).await;
            let at_random = live(&deeds, &looks).await;
            assert_eq!(daily, seldom);
            assert_eq!(at_random, seldom);
        });
    }
}

#[tokio::test]
async fn what_fails_holds_up_no_other_subscription() {
    let mut world = World::open().await;
    let month = Some(Interval::MONTH);
    let broken = world.plan("broken", month, 9_99, PlanTerms::default()).await;
    let fine = world.plan("fine", month, 9_99, PlanTerms::default()).await;
    let one = world.subscribed(&broken).await;
    world.set(hour(1));
    let two = world.subscribed(&fine).await;
    // Nobody can bill a plan that is gone.
    let mut tx = world.begin().await;
    let mut plan = tx.require(broken.id).await.unwrap();
    tx.delete(&mut plan).await.unwrap();
    tx.commit().await.unwrap();
    world.set(at("2024-02-27T00:00:00Z"));
    let report = tick(&world.store, &world.cx()).await.unwrap();
    assert_eq!(report.failed.len(), 1);
    assert_eq!(report.failed[0].id, Some(one.id.uuid()));
    assert!(world.waiting(&two).await.is_some());
    let mut tx = world.begin().await;
    tx.restore(&mut plan).await.unwrap();
    tx.commit().await.unwrap();
    world.tick_at("2024-02-27T00:00:00Z").await;
    assert!(world.waiting(&one).await.is_some(), "the next tick tries again");
}
