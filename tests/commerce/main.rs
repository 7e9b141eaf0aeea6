//! Commerce on a store: what is sold, paid, granted, refunded and booked.
mod deliveries;
mod edges;
mod enrollment;
mod every_history;
mod faults;
mod gateways;
mod guide;
mod histories;
mod importing;
mod instalments;
mod journal;
mod machines;
mod model;
mod once;
mod orders;
mod own_money;
mod plain;
mod proofs;
mod random_history;
mod refunds;
mod school;
mod settlement;
mod statements;
mod time;
mod vouchers;
mod webhooks;

use std::sync::Arc;

use lms::commerce::{WebhookAdapter, WebhookAdapters};

/// The gateways whose webhooks the school takes.
fn adapters() -> WebhookAdapters {
    let of = |name| -> Arc<dyn WebhookAdapter> { Arc::new(lms::gateways::gateway(name).unwrap()) };
    WebhookAdapters::of([Arc::new(plain::Plain), of("midtrans"), of("xendit")])
}
