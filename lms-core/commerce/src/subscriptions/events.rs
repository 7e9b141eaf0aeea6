//! Events of subscriptions.
use serde::{Deserialize, Serialize};

use crate::{Order, Plan, Subscription, SubscriptionStatus};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A subscription started, or its status changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.subscription_changed", subject = Subscription::ENTITY, id = subscription_id)]
pub struct SubscriptionChanged {
    /// The subscription.
    pub subscription_id: Id<Subscription>,
    /// Who has it.
    pub subscriber_id: Id<Membership>,
    /// The plan.
    pub plan_id: Id<Plan>,
    /// Its earlier status; `None` when it started.
    pub from: Option<SubscriptionStatus>,
    /// Its status.
    pub to: SubscriptionStatus,
    /// When the current period ends.
    pub current_period_end: Option<Timestamp>,
    /// Whether it is cancelled then.
    pub cancel_at_period_end: bool,
}

/// A period of a subscription was billed: the order waits for money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.subscription_billed", subject = Subscription::ENTITY, id = subscription_id)]
pub struct SubscriptionBilled {
    /// The subscription.
    pub subscription_id: Id<Subscription>,
    /// Who pays.
    pub payer_id: Id<Membership>,
    /// The number of the period.
    pub number: i64,
    /// The order.
    pub order_id: Id<Order>,
    /// What is to be paid.
    pub total: Money,
}

/// A period is not paid, and the payer is to be reminded or charged again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.subscription_reminder", subject = Subscription::ENTITY, id = subscription_id)]
pub struct SubscriptionReminder {
    /// The subscription.
    pub subscription_id: Id<Subscription>,
    /// Who pays.
    pub payer_id: Id<Membership>,
    /// How often they were reminded, with this time.
    pub reminder: u16,
    /// Up to when access goes on.
    pub grace_until: Option<Timestamp>,
}
