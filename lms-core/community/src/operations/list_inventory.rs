//! The inventory of a unit.
use serde::{Deserialize, Serialize};

use crate::operations::{Condition, InventoryCategory, InventoryItem};
use lms_kernel::{Id, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    tenancy::OrgUnit,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which items to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct InventoryFilter {
    /// Those of this unit.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Those of this category.
    pub category: Option<InventoryCategory>,
    /// Those whose name starts like this, letter for letter.
    pub name: Option<String>,
}

/// An item of inventory, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InventoryView {
    /// The item's id.
    pub id: Id<InventoryItem>,
    /// The unit that has it.
    pub org_unit: Named<OrgUnit>,
    /// What it is.
    pub name: Title,
    /// What kind of thing it is.
    pub category: InventoryCategory,
    /// How many there are.
    pub quantity: u32,
    /// In which condition they are.
    pub condition: Condition,
}

/// Lists items of inventory by name.
///
/// # Permission
/// `inventory.view`; the list holds the items of the units in which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("service_desk.list_inventory")]
pub struct ListInventory {
    /// Which items.
    pub filter: InventoryFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListInventory {
    const ACCESS: Access = Access::Asks(&[Permission::INVENTORY_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<InventoryView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<InventoryView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<InventoryItem>(tx, Permission::INVENTORY_VIEW)
            .await?
            .and_some(filter.org_unit_id, |unit| InventoryItem::ORG_UNIT_ID.eq(unit))
            .and_some(filter.category, |category| InventoryItem::CATEGORY.eq(category))
            .and_some(filter.name, |start| InventoryItem::NAME.starts_with(start));
        let query = query.order_by(InventoryItem::NAME, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let units = items.iter().map(|it| it.org_unit_id);
        let units = Names::read(tx, units, |it: &OrgUnit| it.name.to_string()).await?;
        let views = items.into_iter().map(|it| InventoryView {
            id: it.id,
            org_unit: units.of(it.org_unit_id),
            name: it.name,
            category: it.category,
            quantity: it.quantity,
            condition: it.condition,
        });
        Ok(Page { items: views.collect(), next })
    }
}
