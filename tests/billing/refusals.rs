//! Whoever may not is refused by every service, and the refusal is kept.
use lms::{
    commerce::{
        ArchivePlan, CancelSubscription, Cancellation, ChangePlan, CreatePlan, Interval, KeepPlan,
        PauseSubscription, PlanChangeTime, PlanTerms, Resubscribe, ResumeSubscription,
        SetPlanItems, Subscribe, UndoCancellation, tick,
    },
    kernel::{DomainError, ErrorKind},
};

use crate::{
    transact,
    world::{World, title, usd},
};

/// That the body is refused to another student, to an instructor and to somebody of another tenant, each with a
/// note in the audit trail.
#[macro_export]
macro_rules! refused {
    ($world:expr, |$tx:ident| $work:expr) => {{
        for cx in [
            $world.cx_of($world.other_student),
            $world.cx_of($world.instructor),
            $world.cx_of_stranger(),
        ] {
            let before = $world.denials().await;
            let done = transact!($world, cx, |$tx| $work);
            let error = done.map(|_| ()).unwrap_err();
            let kind = lms::kernel::DomainError::kind(&error);
            assert_eq!(kind, lms::kernel::ErrorKind::Forbidden, "{error}");
            assert_eq!($world.denials().await, before + 1, "the refusal of {error} is kept");
        }
    }};
}

#[tokio::test]
async fn plans_are_kept_by_those_who_may() {
    let world = World::open().await;
    let month = Some(Interval::MONTH);
    let plan = world.plan("monthly", month, 9_99, PlanTerms::default()).await;
    let new = || CreatePlan::new(title("New"), "new".parse().unwrap(), month, usd(1));
    refused!(world, |tx| tx.run(new()));
    refused!(world, |tx| tx.run(SetPlanItems { plan: plan.id, items: Vec::new() }));
    refused!(world, |tx| tx.run(ArchivePlan { plan: plan.id }));
}

#[tokio::test]
async fn subscriptions_are_their_owners() {
    let world = World::open().await;
    let month = Some(Interval::MONTH);
    let plan = world.plan("monthly", month, 9_99, PlanTerms::default()).await;
    let other = world.plan("other", month, 19_99, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await.id;
    let (subscriber, payer) = (world.student.id, world.student.id);
    let command = Subscribe { subscriber, payer, plan: other.id };
    refused!(world, |tx| tx.run(command));
    for how in [Cancellation::AtPeriodEnd, Cancellation::Now, Cancellation::NowWithRefund] {
        refused!(world, |tx| tx.run(CancelSubscription { subscription: it, how }));
    }
    refused!(world, |tx| tx.run(UndoCancellation { subscription: it }));
    refused!(world, |tx| tx.run(PauseSubscription { subscription: it, until: None }));
    refused!(world, |tx| tx.run(ResumeSubscription { subscription: it }));
    refused!(world, |tx| tx.run(Resubscribe { subscription: it }));
    let now = PlanChangeTime::Now;
    refused!(world, |tx| tx.run(ChangePlan { subscription: it, plan: other.id, time: now }));
    refused!(world, |tx| tx.run(KeepPlan { subscription: it }));
}

#[tokio::test]
async fn time_is_for_workers_and_those_who_may() {
    let world = World::open().await;
    for cx in [world.cx_of(world.student), world.cx_of_stranger()] {
        let before = world.denials().await;
        let refused = tick(&world.store, &cx).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
        assert!(world.denials().await > before);
    }
    for person in [world.finance, world.second_finance] {
        tick(&world.store, &world.cx_of(person)).await.unwrap();
    }
}
