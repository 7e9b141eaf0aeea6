//! One right of one person to one thing.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    commerce::{GrantStatus, Item, ItemKind, OrderItem, RevokeReason},
    kernel::{Context, EntityKind, Id, Timestamp},
    store::{Col, Query, Record, Stamp},
};

/// One right of one person to one thing, and where it comes from.
///
/// There is one grant per order item and thing, and one per subscription and thing, so that
/// granting twice is impossible. A package or program gives a grant for itself and one for each
/// thing in it, which refer to it as their parent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[record(
    table = "grants",
    unique(order_item_id, target_kind, target_id),
    unique(subscription_id, target_kind, target_id),
    index(holder_id, target_kind, target_id),
    index(parent_id),
    index(ends_at)
)]
pub struct Grant {
    /// The grant's id.
    pub id: Id<Grant>,
    /// What the library keeps about the record.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who may use it.
    pub holder_id: Uuid,
    /// What it gives access to.
    #[record(prefixed)]
    pub target: Item,
    /// The order item that gave it.
    pub order_item_id: Option<Id<OrderItem>>,
    /// The subscription that gave it.
    pub subscription_id: Option<Uuid>,
    /// The grant of the package or program that it is a part of.
    pub parent_id: Option<Id<Grant>>,
    /// Where it stands.
    pub status: GrantStatus,
    /// Why it was taken away, if it was.
    pub revoke_reason: Option<RevokeReason>,
    /// From when it gives access.
    pub starts_at: Timestamp,
    /// Up to when it gives access; for ever when there is none.
    pub ends_at: Option<Timestamp>,
}

impl Grant {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("grant");

    /// The column `target_kind`.
    pub const TARGET_KIND: Col<Self, ItemKind> = Col::new("target_kind");
    /// The column `target_id`.
    pub const TARGET_ID: Col<Self, Uuid> = Col::new("target_id");

    /// The grant of `target` to `holder` from now on, for ever, from nowhere in particular.
    pub fn new(cx: &Context, holder: Uuid, target: Item) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            holder_id: holder,
            target,
            order_item_id: None,
            subscription_id: None,
            parent_id: None,
            status: GrantStatus::Active,
            revoke_reason: None,
            starts_at: cx.now(),
            ends_at: None,
        }
    }

    /// Whether it gives access at that time. It does not wait for anybody to mark it as expired.
    pub fn gives_access(&self, now: Timestamp) -> bool {
        self.status == GrantStatus::Active
            && self.starts_at <= now
            && self.ends_at.is_none_or(|end| now < end)
    }

    /// What an order item gave.
    pub fn of_order_item(item: Id<OrderItem>) -> Query<Self> {
        Query::filter(Self::ORDER_ITEM_ID.is(item))
    }

    /// What the items of an order gave.
    pub fn of_order_items(items: impl IntoIterator<Item = Id<OrderItem>>) -> Query<Self> {
        Query::filter(Self::ORDER_ITEM_ID.is_some_in(items))
    }

    /// What that person has, or had, of that thing.
    pub fn held(holder: Uuid, target: Item) -> Query<Self> {
        Query::filter(
            Self::HOLDER_ID
                .eq(holder)
                .and(Self::TARGET_KIND.eq(target.kind))
                .and(Self::TARGET_ID.eq(target.id)),
        )
    }

    /// What that person has, or had.
    pub fn of_holder(holder: Uuid) -> Query<Self> {
        Query::filter(Self::HOLDER_ID.eq(holder))
    }
}
