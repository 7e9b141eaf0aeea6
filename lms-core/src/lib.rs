//! A multi-tenant learning domain: values, rules, state machines and the storage port.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout
    )
)]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

extern crate self as lms_core;

pub mod kernel;
pub mod store;

pub mod audit;
pub mod outbox;

pub mod assessment;
pub mod authorization;
pub mod commerce;
pub mod content;
pub mod delivery;
pub mod engagement;
pub mod governance;
pub mod identity;
pub mod learning;
pub mod notification;
pub mod operations;
pub mod recognition;
pub mod tenancy;

use store::RecordType;

/// Every record the library persists. Backends, migrations and tests iterate this list.
///
/// Referred-to records come before those that refer to them, so that tables can be made in order.
pub fn record_types() -> Vec<RecordType> {
    [
        vec![RecordType::of::<store::IdempotencyRecord>()],
        audit::record_types(),
        outbox::record_types(),
        authorization::record_types(),
        tenancy::record_types(),
        identity::record_types(),
        content::record_types(),
        delivery::record_types(),
        learning::record_types(),
        assessment::record_types(),
        commerce::record_types(),
        recognition::record_types(),
        engagement::record_types(),
        notification::record_types(),
        operations::record_types(),
        governance::record_types(),
    ]
    .concat()
}
