//! Subscriptions: what is had again and again for as long as it is paid.
//!
//! A **subscription** begins when the first order for a **plan** completes. Before each period ends
//! the next one is billed by an order; it is paid, or the subscription goes past due, bears a
//! **grace** with reminders, and expires. It can be cancelled, paused, and changed to another plan.
//! Its access follows from its status. Time is advanced step by step, each as of its own instant,
//! so that it does not matter how often the job runs.
mod access;
mod advance;
mod bill;
mod boundary;
mod cancel;
mod change_plan;
mod error;
mod events;
#[cfg(test)]
mod laws;
mod lifecycle;
mod list_subscriptions;
mod pause;
mod period;
mod retry;
mod settled;
mod status;
mod subscribe;
mod subscription;

pub(crate) use advance::subscription_due;
use boundary::boundary;
pub use cancel::{CancelSubscription, Cancellation, UndoCancellation};
pub use change_plan::{
    ChangePlan, KeepPlan, PlanChangeQuote, PlanChangeTime, PlanChanged, plan_change_quote,
};
pub use error::SubscriptionError;
pub use events::{SubscriptionBilled, SubscriptionChanged, SubscriptionReminder};
pub use lifecycle::SubscriptionDue;
pub use list_subscriptions::{
    ListSubscriptions, SubscriptionFilter, SubscriptionNextStep, SubscriptionView,
};
pub use pause::{PauseSubscription, ResumeSubscription};
pub use period::{PeriodStatus, PlanChange, PlanChangeStatus, SubscriptionPeriod};
pub use retry::{Decline, RetryError, RetrySchedule};
pub(crate) use settled::{line_paid, line_refunded, line_reversed};
pub use status::{SubscriptionEvent, SubscriptionStatus};
pub use subscribe::{Resubscribe, Returned, Subscribe};
pub use subscription::{Agreement, Subscription};
