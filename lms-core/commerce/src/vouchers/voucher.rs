//! Vouchers and their redemptions.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    Discount, DiscountScope, Item, ItemKind, NextAction, RedemptionStatus, Reduction, VoucherCode,
    VoucherStatus,
};
use lms_kernel::{Context, Currency, EntityKind, Id, Money, Percent, Timestamp};
use lms_people::identity::Membership;
use lms_store::{
    Column, Direction, Field as _, FieldError, Fields, Query, Record, Stamp, Value, Values,
};

/// A code that takes something off an order.
///
/// Its reserved and redeemed uses are counted in its row, so that taking one use is one write; the
/// counts never exceed its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "vouchers", unique_always(code))]
pub struct Voucher {
    /// The voucher's id.
    pub id: Id<Voucher>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// What people type.
    pub code: VoucherCode,
    /// Whether it can be used.
    pub status: VoucherStatus,
    /// How much it takes off.
    #[record(prefixed)]
    pub reduction: Reduction,
    /// What it is good for.
    #[record(prefixed)]
    pub scope: DiscountScope,
    /// The least sum of list prices of an order.
    #[record(prefixed)]
    pub minimum: Option<Money>,
    /// How often it can be used in all; without limit when there is none.
    pub max_redemptions: Option<u32>,
    /// How often one buyer can use it; without limit when there is none.
    pub max_per_buyer: Option<u32>,
    /// From when it can be used.
    pub starts_at: Option<Timestamp>,
    /// Up to when it can be used.
    pub ends_at: Option<Timestamp>,
    /// How many uses are kept for orders that may still be paid.
    pub reserved: u32,
    /// How many uses were paid.
    pub confirmed: u32,
}

impl Voucher {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("voucher");

    /// A voucher for whole orders, without limits, that is being prepared.
    pub fn new(cx: &Context, code: VoucherCode, reduction: Reduction) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            code,
            status: VoucherStatus::Draft,
            reduction,
            scope: DiscountScope::Order,
            minimum: None,
            max_redemptions: None,
            max_per_buyer: None,
            starts_at: None,
            ends_at: None,
            reserved: 0,
            confirmed: 0,
        }
    }

    /// What it takes off, for pricing.
    pub fn discount(&self) -> Discount {
        let code = self.code.as_str().to_owned();
        Discount { code, scope: self.scope, reduction: self.reduction }
    }

    /// How many uses are left; `None` for no limit.
    pub fn left(&self) -> Option<u32> {
        let used = self.reserved.saturating_add(self.confirmed);
        self.max_redemptions.map(|most| most.saturating_sub(used))
    }

    /// The voucher with that code.
    pub fn by_code(code: VoucherCode) -> Query<Self> {
        Query::filter(Self::CODE.eq(code))
    }
}

/// The use of a voucher by an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "voucher_redemptions",
    unique(voucher_id, order_id),
    index(voucher_id, buyer_id; covers(status, deleted_at)),
    index(order_id),
    index(buyer_id),
    index(next_action_at)
)]
pub struct VoucherRedemption {
    /// The use's id.
    pub id: Id<VoucherRedemption>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The voucher.
    pub voucher_id: Id<Voucher>,
    /// The order.
    pub order_id: Id<crate::Order>,
    /// Who orders.
    pub buyer_id: Id<Membership>,
    /// Its status.
    pub status: RedemptionStatus,
    /// How much it took off.
    #[record(prefixed)]
    pub discount: Money,
    /// How much of that went back with refunds, by the same ratio as the money.
    #[record(prefixed)]
    pub reversed: Money,
    /// When it is released unless it is paid.
    pub next_action_at: NextAction,
}

impl VoucherRedemption {
    /// The vouchers that an order uses.
    pub fn of_order(order: Id<crate::Order>) -> Query<Self> {
        Query::filter(Self::ORDER_ID.eq(order))
    }

    /// The uses of a voucher by a buyer that count against its limits.
    pub fn counting(voucher: Id<Voucher>, buyer: Id<Membership>) -> Query<Self> {
        let counts = RedemptionStatus::ALL.iter().copied().filter(|it| it.counts());
        Query::filter(
            Self::VOUCHER_ID
                .eq(voucher)
                .and(Self::BUYER_ID.eq(buyer))
                .and(Self::STATUS.is_in(counts)),
        )
    }

    /// The uses that are to be released.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }
}

/// Fills `{field}_percent`, `{field}_minor` and `{field}_currency`.
impl Fields for Reduction {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        out.push(Column::prefixed::<Option<Percent>>(prefix, "percent"));
        out.push(Column::prefixed::<Option<i64>>(prefix, "minor"));
        out.push(Column::prefixed::<Option<Currency>>(prefix, "currency"));
    }
    fn write(&self, out: &mut Vec<Value>) {
        let (percent, amount) = match self {
            Self::Percent(percent) => (Some(*percent), None),
            Self::Fixed(amount) => (None, Some(*amount)),
        };
        out.push(percent.to_value());
        out.push(amount.map(Money::minor).to_value());
        out.push(amount.map(Money::currency).to_value());
    }
    fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
        let percent: Option<Percent> = values.take()?;
        let minor: Option<i64> = values.take()?;
        let currency: Option<Currency> = values.take()?;
        match (percent, minor, currency) {
            (Some(percent), None, None) => Ok(Self::Percent(percent)),
            (None, Some(minor), Some(currency)) if minor >= 0 => {
                Ok(Self::Fixed(Money::from_minor(minor, currency)))
            }
            _ => Err(FieldError::invalid("Reduction", "it is a percentage or an amount")),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, TextEnum)]
enum ScopeKind {
    Order,
    Kind,
    Item,
}

/// Fills `{field}_of`, `{field}_item_kind` and `{field}_item_id`.
impl Fields for DiscountScope {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        out.push(Column::prefixed::<ScopeKind>(prefix, "of"));
        out.push(Column::prefixed::<Option<ItemKind>>(prefix, "item_kind"));
        out.push(Column::prefixed::<Option<uuid::Uuid>>(prefix, "item_id"));
    }
    fn write(&self, out: &mut Vec<Value>) {
        let (of, kind, id) = match self {
            Self::Order => (ScopeKind::Order, None, None),
            Self::Kind(kind) => (ScopeKind::Kind, Some(*kind), None),
            Self::Item(item) => (ScopeKind::Item, Some(item.kind), Some(item.id)),
        };
        out.push(of.to_value());
        out.push(kind.to_value());
        out.push(id.to_value());
    }
    fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
        let of: ScopeKind = values.take()?;
        let kind: Option<ItemKind> = values.take()?;
        let id: Option<uuid::Uuid> = values.take()?;
        match (of, kind, id) {
            (ScopeKind::Order, None, None) => Ok(Self::Order),
            (ScopeKind::Kind, Some(kind), None) => Ok(Self::Kind(kind)),
            (ScopeKind::Item, Some(kind), Some(id)) => Ok(Self::Item(Item::new(kind, id))),
            _ => Err(FieldError::invalid("DiscountScope", "the columns do not fit each other")),
        }
    }
}
