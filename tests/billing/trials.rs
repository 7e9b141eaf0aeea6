//! Plans that are tried for nothing before they are paid.
use lms::{
    commerce::{
        CancelSubscription, Cancellation, ChangePlan, Interval, OrderStatus, Plan, PlanChangeTime,
        PlanTerms, Subscribe, Subscription, SubscriptionError, SubscriptionPeriod,
        SubscriptionStatus,
    },
    kernel::Money,
};

use crate::{
    transact,
    world::{World, at, usd},
};

crate::on_both!(
    a_trial_that_is_paid_goes_on_where_it_ended,
    a_trial_that_is_not_paid_ends_without_grace_and_is_not_given_twice,
    a_trial_is_cancelled_and_changed_with_its_end,
    a_plan_without_a_trial_is_paid_first,
);

/// A plan of 9.99 a month with a trial of 14 days, taken on 31 January 2024.
async fn tried(world: &World) -> (Plan, Subscription) {
    let terms = PlanTerms { trial_days: 14, ..PlanTerms::default() };
    let plan = world.plan("monthly", Some(Interval::MONTH), 9_99, terms).await;
    let order = world.order(&plan).await;
    assert_eq!((order.status, order.total), (OrderStatus::Completed, usd(0)));
    let it = world.all(Subscription::of_plan(plan.id)).await.remove(0);
    assert_eq!(it.status, SubscriptionStatus::Active);
    assert_eq!(it.trial_ends_at, Some(at("2024-02-14T09:00:00Z")));
    assert_eq!(it.current_period_end, it.trial_ends_at);
    assert!(world.has_access(plan.item()).await);
    (plan, it)
}

async fn a_trial_that_is_paid_goes_on_where_it_ended(mut world: World) {
    let (plan, it) = tried(&world).await;
    world.tick_at("2024-02-11T08:59:59Z").await;
    assert!(world.waiting(&it).await.is_none());
    world.tick_at("2024-02-11T09:00:00Z").await;
    let bill = world.waiting(&it).await.unwrap();
    assert_eq!(bill.total, usd(9_99), "three days before, as every period");
    world.pay(bill.id).await;
    world.tick_at("2024-02-14T09:00:00Z").await;
    let paid = world.get(it.id).await;
    assert_eq!((paid.status, paid.period_number), (SubscriptionStatus::Active, 1));
    assert_eq!(paid.current_period_start, at("2024-02-14T09:00:00Z"));
    assert_eq!(paid.current_period_end, Some(at("2024-03-14T09:00:00Z")));
    // From here on it has the plan's grace.
    world.tick_at("2024-03-15T09:00:00Z").await;
    assert_eq!(world.get(it.id).await.status, SubscriptionStatus::PastDue);
    assert!(world.has_access(plan.item()).await);
    let prices: Vec<Money> =
        world.all(SubscriptionPeriod::of(it.id)).await.iter().map(|it| it.price).collect();
    assert_eq!(prices, [usd(0), usd(9_99), usd(9_99)]);
}

async fn a_trial_that_is_not_paid_ends_without_grace_and_is_not_given_twice(mut world: World) {
    let (plan, it) = tried(&world).await;
    world.tick_at("2024-02-12T09:00:00Z").await;
    let bill = world.waiting(&it).await.unwrap();
    world.set(at("2024-02-14T08:59:59Z"));
    assert!(world.has_access(plan.item()).await);
    world.set(at("2024-02-14T09:00:00Z"));
    assert!(!world.has_access(plan.item()).await, "it ends without a worker");
    world.tick_at("2024-02-14T09:00:00Z").await;
    assert_eq!(world.get(it.id).await.status, SubscriptionStatus::Expired);
    assert!(!world.has_access(plan.item()).await);

    // Its bill still brings it back, from when it is paid.
    world.tick_at("2024-02-20T09:00:00Z").await;
    world.pay(bill.id).await;
    let back = world.get(it.id).await;
    assert_eq!(back.status, SubscriptionStatus::Active);
    assert_eq!(back.current_period_end, Some(at("2024-03-20T09:00:00Z")));
    world.tick_at("2025-02-20T09:00:00Z").await;
    let again = world.order(&plan).await;
    assert_eq!((again.status, again.total), (OrderStatus::Pending, usd(9_99)));
}

async fn a_trial_is_cancelled_and_changed_with_its_end(mut world: World) {
    let (_, it) = tried(&world).await;
    let dearer = world.plan("dearer", Some(Interval::MONTH), 19_99, PlanTerms::default()).await;
    let cx = world.cx_of(world.student);
    let change = |time| ChangePlan { subscription: it.id, plan: dearer.id, time };
    let now = transact!(world, cx, |tx| tx.run(change(PlanChangeTime::Now))).unwrap_err();
    assert!(matches!(now, SubscriptionError::OnTrial), "{now}");
    transact!(world, cx, |tx| tx.run(change(PlanChangeTime::PeriodEnd))).unwrap();
    world.tick_at("2024-02-12T09:00:00Z").await;
    assert_eq!(world.waiting(&it).await.unwrap().total, usd(19_99));
    let cx = world.cx_of(world.student);
    let how = Cancellation::AtPeriodEnd;
    transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: it.id, how })).unwrap();
    world.tick_at("2024-02-14T09:00:00Z").await;
    assert_eq!(world.get(it.id).await.status, SubscriptionStatus::Cancelled);
}

async fn a_plan_without_a_trial_is_paid_first(world: World) {
    let plan = world.plan("monthly", Some(Interval::MONTH), 9_99, PlanTerms::default()).await;
    let cx = world.cx_of(world.student);
    let (subscriber, payer) = (world.student.id, world.student.id);
    let command = Subscribe { subscriber, payer, plan: plan.id };
    let order = transact!(world, cx, |tx| tx.run(command)).unwrap();
    assert_eq!((order.status, order.total), (OrderStatus::Pending, usd(9_99)));
}
