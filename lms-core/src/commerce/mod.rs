//! Money: orders, payments, grants, subscriptions, vouchers, billing.
//!
//! A buyer places an **order** of **items**, priced once. Each attempt to pay is a **payment**,
//! and what it is told (by a gateway, a reviewer, the desk) are **facts**: its status is what its
//! facts come to, in whatever order and however often they arrive. A completed order gives
//! **grants**, and access is any active grant. A bank transfer is shown by a **proof** that
//! somebody other than the payer reviews.
//!
//! Every machine here is one total function from a state and an event to a [`Step`] or a
//! refusal, time comes from the caller, and what is not final has a `next_action_at`.

mod grants;
mod item;
mod number_series;
mod orders;
mod payments;
mod pricing;
mod transition;

pub use grants::{Grant, GrantEvent, GrantStatus, RevokeReason};
pub use item::{Item, ItemKind};
pub use number_series::{NumberSeries, Series, next_number};
pub use orders::{
    Order, OrderEvent, OrderItem, OrderKind, OrderMoney, OrderStatus, OrderStep, Package,
    PackageItem, SaleStatus,
};
pub use payments::{
    FactKey, FactKind, GatewayOutcome, GatewayTransaction, Payment, PaymentFact, PaymentFactRecord,
    PaymentFacts, PaymentFailure, PaymentMethod, PaymentProof, PaymentStatus, ProofEvent,
    ProofStatus, RefundRegister,
};
pub use pricing::Price;
pub use transition::{NoOpReason, Rejected, Step, Transition};

use crate::store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<NumberSeries>(),
        RecordType::of::<Price>(),
        RecordType::of::<Package>(),
        RecordType::of::<PackageItem>(),
        RecordType::of::<Order>(),
        RecordType::of::<OrderItem>(),
        RecordType::of::<Payment>(),
        RecordType::of::<PaymentFactRecord>(),
        RecordType::of::<PaymentProof>(),
        RecordType::of::<GatewayTransaction>(),
        RecordType::of::<Grant>(),
    ]
}
