//! Plans and subscriptions.
use serde::Serialize;

use crate::{
    Cancellation, CreatePlan, Item, MoneyCommand, Order, Plan, PlanChangeTime, PlanChanged,
    PlanError, PlanItem, Returned, Subscribe, Subscription, SubscriptionError, archive_plan,
    cancel_subscription, change_plan_of, create_plan, keep_plan_of, pause_subscription,
    resubscribe, resume_subscription, set_plan_items, subscribe, undo_cancellation,
};
use lms_kernel::{Id, Timestamp};
use lms_store::{Transaction, Work};

/// Somebody lists what a plan gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetPlanItems {
    /// The plan.
    pub plan: Id<Plan>,
    /// What it gives from now on.
    pub items: Vec<Item>,
}

/// Somebody takes a plan off the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ArchivePlan {
    /// The plan.
    pub plan: Id<Plan>,
}

/// A subscriber wants a subscription back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Resubscribe {
    /// The subscription.
    pub subscription: Id<Subscription>,
}

/// A subscriber ends a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CancelSubscription {
    /// The subscription.
    pub subscription: Id<Subscription>,
    /// When, and whether money goes back.
    pub how: Cancellation,
}

/// A subscriber takes back that the subscription ends with its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UndoCancellation {
    /// The subscription.
    pub subscription: Id<Subscription>,
}

/// A subscriber lets a subscription rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PauseSubscription {
    /// The subscription.
    pub subscription: Id<Subscription>,
    /// When it goes on by itself; none until somebody says so or the plan's limit is reached.
    pub until: Option<Timestamp>,
}

/// A subscriber lets a subscription go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ResumeSubscription {
    /// The subscription.
    pub subscription: Id<Subscription>,
}

/// A subscriber goes over to another plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChangePlan {
    /// The subscription.
    pub subscription: Id<Subscription>,
    /// The other plan.
    pub plan: Id<Plan>,
    /// When.
    pub time: PlanChangeTime,
}

/// A subscriber stays with the plan after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KeepPlan {
    /// The subscription.
    pub subscription: Id<Subscription>,
}

commands! {
    CreatePlan = "create_plan", Plan, PlanError, |tx, it| create_plan(tx, it);
    SetPlanItems = "set_plan_items", Vec<PlanItem>, PlanError,
        |tx, it| set_plan_items(tx, it.plan, it.items);
    ArchivePlan = "archive_plan", Plan, PlanError, |tx, it| archive_plan(tx, it.plan);
    Subscribe = "subscribe", Order, SubscriptionError, |tx, it| subscribe(tx, it);
    Resubscribe = "resubscribe", Returned, SubscriptionError,
        |tx, it| resubscribe(tx, it.subscription);
    CancelSubscription = "cancel_subscription", Subscription, SubscriptionError,
        |tx, it| cancel_subscription(tx, it.subscription, it.how);
    UndoCancellation = "undo_cancellation", Subscription, SubscriptionError,
        |tx, it| undo_cancellation(tx, it.subscription);
    PauseSubscription = "pause_subscription", Subscription, SubscriptionError,
        |tx, it| pause_subscription(tx, it.subscription, it.until);
    ResumeSubscription = "resume_subscription", Subscription, SubscriptionError,
        |tx, it| resume_subscription(tx, it.subscription);
    ChangePlan = "change_plan_of", PlanChanged, SubscriptionError,
        |tx, it| change_plan_of(tx, it.subscription, it.plan, it.time);
    KeepPlan = "keep_plan_of", Subscription, SubscriptionError,
        |tx, it| keep_plan_of(tx, it.subscription);
}
