//! Subscriptions, bills and payouts on a store, through simulated time.

/// Makes two tests of each scenario, one for each backend.
#[macro_export]
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario($crate::world::World::open().await).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $scenario() {
                let database = $crate::world::database().await;
                super::$scenario($crate::world::World::in_database(&database).await).await;
            })+
        }
    };
}

mod absent;
mod access;
mod bills;
mod caught_up;
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
