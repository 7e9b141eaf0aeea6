//! Revenue shares of items, and the earnings from them.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Item, ItemKind, OrderItem, ShareRole, ShareRule};
use lms_kernel::{Context, Id, Money, Percent, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Col, LogStamp, Query, Record, Stamp};

/// A beneficiary's share of the revenue of an item. It holds for orders that are placed from now
/// on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "revenue_shares", unique(item_kind, item_id, beneficiary_id, role))]
pub struct RevenueShare {
    /// The share's id.
    pub id: Id<RevenueShare>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The thing.
    #[record(prefixed)]
    pub item: Item,
    /// The payee's membership.
    pub beneficiary_id: Id<Membership>,
    /// For what.
    pub role: ShareRole,
    /// How much of the net amount.
    pub percent: Percent,
}

impl RevenueShare {
    /// The column `item_kind`.
    pub const ITEM_KIND: Col<Self, ItemKind> = Col::new("item_kind");
    /// The column `item_id`.
    pub const ITEM_ID: Col<Self, Uuid> = Col::new("item_id");

    /// That `rule` holds for `item`.
    pub fn new(cx: &Context, item: Item, rule: ShareRule) -> Self {
        let ShareRule { beneficiary, role, percent } = rule;
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            item,
            beneficiary_id: beneficiary,
            role,
            percent,
        }
    }

    /// The rule that it states.
    pub const fn rule(&self) -> ShareRule {
        ShareRule { beneficiary: self.beneficiary_id, role: self.role, percent: self.percent }
    }

    /// The shares of a thing.
    pub fn of(item: Item) -> Query<Self> {
        Query::filter(Self::ITEM_KIND.eq(item.kind).and(Self::ITEM_ID.eq(item.id)))
    }
}

/// What someone earned by one change of one line: above zero when money came, below when it went
/// back. Paid out at most once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "earnings",
    unaudited,
    index(beneficiary_id, available_at),
    index(payout_id),
    index(order_item_id)
)]
pub struct Earning {
    /// The line's id.
    pub id: Id<Earning>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// Who earned it.
    pub beneficiary_id: Id<Membership>,
    /// For what.
    pub role: ShareRole,
    /// From which line of an order.
    pub order_item_id: Id<OrderItem>,
    /// The amount.
    #[record(prefixed)]
    pub amount: Money,
    /// The instant it was earned.
    pub earned_at: Timestamp,
    /// From when it may be paid out: the end of the refund window; for what went back, with what it
    /// is of, or at once where that is free already.
    pub available_at: Timestamp,
    /// The payout that it is in, if it is in one that has not failed.
    pub payout_id: Option<Uuid>,
}

impl Earning {
    /// What a line of an order earned, and lost again.
    pub fn of_order_item(item: Id<OrderItem>) -> Query<Self> {
        Query::filter(Self::ORDER_ITEM_ID.eq(item))
    }

    /// What a person may be paid out at that time.
    pub fn payable(beneficiary: Id<Membership>, now: Timestamp) -> Query<Self> {
        Query::filter(
            Self::BENEFICIARY_ID
                .eq(beneficiary)
                .and(Self::PAYOUT_ID.is_null())
                .and(Self::AVAILABLE_AT.le(now)),
        )
    }
}
