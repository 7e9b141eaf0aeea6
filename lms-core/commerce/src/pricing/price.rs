//! The price list.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Item, ItemKind, SaleStatus, TaxRate};
use lms_kernel::{Context, Currency, Id, Money, Title};
use lms_store::{Col, Query, Record, Stamp};

/// The price of one thing in one currency.
///
/// Packages, plans and courses carry a price of their own and are sold at it in its currency; the
/// price list has what packages and courses cost in other currencies. Programs, classes,
/// placements and certificates are sold by the price list only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "prices", unique(item_kind, item_id, amount_currency))]
pub struct Price {
    /// The entry's id.
    pub id: Id<Price>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// What it is the price of.
    #[record(prefixed)]
    pub item: Item,
    /// What buyers see it called.
    pub title: Title,
    /// What it costs.
    #[record(prefixed)]
    pub amount: Money,
    /// The tax on it, if any.
    #[record(prefixed)]
    pub tax: Option<TaxRate>,
    /// For how many days it gives access; for ever when there is none.
    pub access_days: Option<u32>,
    /// Whether it can be bought.
    pub status: SaleStatus,
}

impl Price {
    /// The column `item_kind`.
    pub const ITEM_KIND: Col<Self, ItemKind> = Col::new("item_kind");
    /// The column `item_id`.
    pub const ITEM_ID: Col<Self, Uuid> = Col::new("item_id");
    /// The column `amount_currency`.
    pub const AMOUNT_CURRENCY: Col<Self, Currency> = Col::new("amount_currency");

    /// The price of `item`, for access without end.
    pub fn new(cx: &Context, item: Item, title: Title, amount: Money) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            item,
            title,
            amount,
            tax: None,
            access_days: None,
            status: SaleStatus::Active,
        }
    }

    /// The entries for a thing, one for each currency.
    pub fn of_item(item: Item) -> Query<Self> {
        Query::filter(Self::ITEM_KIND.eq(item.kind).and(Self::ITEM_ID.eq(item.id)))
    }

    /// The entry for a thing in a currency.
    pub fn of(item: Item, currency: Currency) -> Query<Self> {
        Query::filter(
            Self::ITEM_KIND
                .eq(item.kind)
                .and(Self::ITEM_ID.eq(item.id))
                .and(Self::AMOUNT_CURRENCY.eq(currency)),
        )
    }
}
