//! The payer says what costs the payer's money; the subscriber does not.
use lms::{
    commerce::{
        CancelSubscription, Cancellation, ChangePlan, Interval, Order, PauseSubscription,
        PlanChangeTime, PlanTerms, Resubscribe, ResumeSubscription, Subscribe, Subscription,
        SubscriptionStatus, UndoCancellation,
    },
    kernel::DomainError as _,
    store::Query,
};

use crate::world::World;

/// A subscription of the student that the other student pays, as a mother pays for her child.
async fn paid_by_another(world: &World) -> (Subscription, lms::commerce::Plan) {
    let month = Some(Interval::MONTH);
    let cheap = world.plan("cheap", month, 9_99, PlanTerms::default()).await;
    let dear = world.plan("dear", month, 19_99, PlanTerms::default()).await;
    let (subscriber, payer) = (world.student.id, world.other_student.id);
    let subscribe = Subscribe { subscriber, payer, plan: cheap.id };
    let order = world.store.run(&world.cx(), subscribe).await.unwrap();
    world.pay(order.id).await;
    (world.all(Subscription::of_subscriber(subscriber)).await.remove(0), dear)
}

#[tokio::test]
async fn a_subscriber_never_spends_the_payers_money() {
    let world = World::open().await;
    let (subscription, dear) = paid_by_another(&world).await;
    let (subscriber, payer) = (world.cx_of(world.student), world.cx_of(world.other_student));
    let orders = world.all(Query::<Order>::all()).await.len();
    for time in [PlanChangeTime::Now, PlanChangeTime::PeriodEnd] {
        let upgrade = ChangePlan { subscription: subscription.id, plan: dear.id, time };
        let refused = world.store.run(&subscriber, upgrade).await.unwrap_err();
        assert_eq!(refused.code(), "authorization.not_permitted");
    }
    assert_eq!(world.all(Query::<Order>::all()).await.len(), orders, "no order in another's name");
    let stop = CancelSubscription { subscription: subscription.id, how: Cancellation::AtPeriodEnd };
    world.store.run(&payer, stop).await.unwrap();
    assert!(world.get(subscription.id).await.cancel_at_period_end);
    let now = CancelSubscription { subscription: subscription.id, how: Cancellation::Now };
    world.store.run(&payer, now).await.unwrap();
    let again = Resubscribe { subscription: subscription.id };
    let refused = world.store.run(&subscriber, again.clone()).await.unwrap_err();
    assert_eq!(refused.code(), "authorization.not_permitted");
    world.store.run(&payer, again).await.unwrap();
    assert_eq!(world.get(subscription.id).await.status, SubscriptionStatus::Active);
}

#[tokio::test]
async fn a_subscriber_may_pause_what_another_pays() {
    let world = World::open().await;
    let (subscription, _) = paid_by_another(&world).await;
    let pause = PauseSubscription { subscription: subscription.id, until: None };
    let subscriber = world.cx_of(world.student);
    world.store.run(&subscriber, pause).await.unwrap();
    assert_eq!(world.get(subscription.id).await.status, SubscriptionStatus::Paused);
}

#[tokio::test]
async fn a_subscriber_never_takes_back_that_the_payer_stops_paying() {
    let world = World::open().await;
    let (subscription, _) = paid_by_another(&world).await;
    let (subscriber, payer) = (world.cx_of(world.student), world.cx_of(world.other_student));
    let stop = CancelSubscription { subscription: subscription.id, how: Cancellation::AtPeriodEnd };
    world.store.run(&payer, stop).await.unwrap();
    let undo = UndoCancellation { subscription: subscription.id };
    let refused = world.store.run(&subscriber, undo.clone()).await.unwrap_err();
    assert_eq!(refused.code(), "authorization.not_permitted");
    assert!(world.get(subscription.id).await.cancel_at_period_end);
    world.store.run(&payer, undo).await.unwrap();
    let pause = PauseSubscription { subscription: subscription.id, until: None };
    world.store.run(&payer, pause).await.unwrap();
    let resume = ResumeSubscription { subscription: subscription.id };
    let refused = world.store.run(&subscriber, resume.clone()).await.unwrap_err();
    assert_eq!(refused.code(), "authorization.not_permitted");
    world.store.run(&payer, resume).await.unwrap();
}
