//! Subscriptions, bills and payouts on a store, through simulated time.
mod access;
mod bills;
mod diagram;
mod once;
mod payer;
mod payouts;
mod paywall;
mod plan_state;
mod refusals;
#[expect(dead_code, reason = "the tests of sales use the rest of it")]
#[path = "../commerce/school.rs"]
mod school;
mod subscriptions;
mod tick;
mod trials;
mod world;

/// The gateways whose webhooks the school takes: none.
fn adapters() -> lms::commerce::WebhookAdapters {
    lms::commerce::WebhookAdapters::default()
}
