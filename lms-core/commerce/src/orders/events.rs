//! Events of orders.
use serde::{Deserialize, Serialize};

use crate::{Item, Order, OrderStatus};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// Someone ordered something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.order_placed", subject = Order::ENTITY, id = order_id)]
pub struct OrderPlaced {
    /// The order.
    pub order_id: Id<Order>,
    /// Its number.
    pub number: i64,
    /// Who ordered.
    pub buyer_id: Id<Membership>,
    /// What is to be paid.
    pub total: Money,
    /// Until when.
    pub deadline: Timestamp,
}

/// The amount due is paid, and access is granted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.order_completed", subject = Order::ENTITY, id = order_id)]
pub struct OrderCompleted {
    /// The order.
    pub order_id: Id<Order>,
    /// Its number.
    pub number: i64,
    /// Who ordered.
    pub buyer_id: Id<Membership>,
    /// The amount due.
    pub total: Money,
    /// The items sold.
    pub items: Vec<Item>,
}

/// An order failed, expired, was cancelled, refunded, or waits again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.order_changed", subject = Order::ENTITY, id = order_id)]
pub struct OrderChanged {
    /// The order.
    pub order_id: Id<Order>,
    /// Its number.
    pub number: i64,
    /// Who ordered.
    pub buyer_id: Id<Membership>,
    /// Its earlier status.
    pub from: OrderStatus,
    /// Its status.
    pub to: OrderStatus,
}

/// Money went back twice for one order: a person has to look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.order_anomaly", subject = Order::ENTITY, id = order_id)]
pub struct OrderAnomaly {
    /// The order.
    pub order_id: Id<Order>,
    /// Its number.
    pub number: i64,
    /// The net amount received; below zero when more was refunded than taken.
    pub kept: Money,
}
