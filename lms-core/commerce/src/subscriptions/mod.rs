//! Subscriptions: access that is renewed for as long as it is paid.
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
mod error;
mod events;
#[cfg(test)]
mod laws;
mod lifecycle;
mod list_subscriptions;
mod order_work;
mod period;
mod plan_change;
mod retry;
mod settled;
mod status;
mod subscription;

pub(crate) use advance::{hold, manage, manage_paid, save, subscription_due};
pub(crate) use bill::{PlanOrder, bill_next, give_up_waiting, place};
use boundary::boundary;
pub use error::SubscriptionError;
pub use events::{SubscriptionBilled, SubscriptionChanged, SubscriptionReminder};
pub use lifecycle::SubscriptionDue;
pub use list_subscriptions::{
    ListSubscriptions, SubscriptionFilter, SubscriptionNextStep, SubscriptionView,
};
pub(crate) use order_work::OrderWork;
pub use period::{PeriodStatus, PlanChange, PlanChangeStatus, SubscriptionPeriod};
pub(crate) use plan_change::give_back_prepaid;
pub use plan_change::{PlanChangeQuote, plan_change_quote};
pub use retry::{Decline, RetryError, RetrySchedule};
pub(crate) use settled::{line_paid, line_refunded, line_reversed};
pub use status::{SubscriptionEvent, SubscriptionStatus};
pub use subscription::{Agreement, Subscription};
