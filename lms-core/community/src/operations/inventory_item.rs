//! Items of a unit's inventory.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::{Context, EntityKind, Id, Title};
use lms_people::tenancy::OrgUnit;
use lms_store::{Direction, Query, Record, Stamp};

/// The category of an inventory item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum InventoryCategory {
    /// Computers to carry about.
    Laptop,
    /// Tables, chairs, boards.
    Furniture,
    /// Paper, pens, books.
    Stationery,
    /// Routers, cables.
    Network,
    /// Anything else.
    Misc,
}

/// In what condition things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum Condition {
    /// They work.
    Good,
    /// They should be mended.
    NeedsRepair,
    /// They cannot be used.
    Broken,
}

/// A kind of thing that a unit has, in one condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "inventory_items", index(org_unit_id, category))]
pub struct InventoryItem {
    /// The item's id.
    pub id: Id<InventoryItem>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Whose it is.
    pub org_unit_id: Id<OrgUnit>,
    /// What it is called.
    pub name: Title,
    /// What kind of thing it is.
    pub category: InventoryCategory,
    /// How many there are.
    pub quantity: u32,
    /// In what condition.
    pub condition: Condition,
}

impl InventoryItem {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("inventory_item");

    /// Things in good condition.
    pub fn new(
        cx: &Context,
        unit: Id<OrgUnit>,
        name: Title,
        category: InventoryCategory,
        quantity: u32,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            org_unit_id: unit,
            name,
            category,
            quantity,
            condition: Condition::Good,
        }
    }

    /// What a unit has, by name.
    pub fn of_unit(unit: Id<OrgUnit>) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.eq(unit)).order_by(Self::NAME, Direction::Asc)
    }
}
