//! Events of instalments.
use serde::{Deserialize, Serialize};

use crate::{Instalment, InstalmentStatus, Order};
use lms_kernel::{Id, Money};
use lms_store::outbox::DomainEvent;

/// A part of what an order costs was paid, is open again, or is overdue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.instalment_changed", subject = Instalment::ENTITY, id = instalment_id)]
pub struct InstalmentChanged {
    /// The part.
    pub instalment_id: Id<Instalment>,
    /// The order.
    pub order_id: Id<Order>,
    /// Its number, from 1.
    pub number: u16,
    /// The amount.
    pub amount: Money,
    /// Its status.
    pub status: InstalmentStatus,
}
