//! Managing the inventory of a unit.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::operations::{Condition, InventoryCategory, InventoryItem};
use lms_kernel::{Id, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    tenancy::{Feature, FeatureError, OrgUnit, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Why the inventory was not changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum InventoryError {
    /// More would be taken than there is, or more added than can be counted.
    #[error("the inventory has {quantity}; a change by {change:+} is not possible")]
    #[fault(invalid, field = "quantity")]
    OutOfRange {
        /// How many there are.
        quantity: u32,
        /// By how many they were to change.
        change: i32,
    },
    /// The tenant keeps no inventory.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Things to be taken into the inventory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeepItem {
    /// Whose they are.
    pub org_unit_id: Id<OrgUnit>,
    /// What they are called.
    pub name: Title,
    /// What kind of thing they are.
    pub category: InventoryCategory,
    /// How many there are.
    pub quantity: u32,
    /// In what condition.
    pub condition: Condition,
}

/// Adds an item to the inventory of a unit.
///
/// # Errors
/// [`InventoryError`].
#[operation("service_desk.add_item")]
pub struct AddItem {
    /// The item with its unit, quantity and condition.
    pub item: KeepItem,
}

impl Operation for AddItem {
    const ACCESS: Access = Access::Asks(&[Permission::INVENTORY_MANAGE]);
    type Answer = InventoryItem;
    type Error = InventoryError;

    async fn run(self, tx: &mut Transaction) -> Result<InventoryItem, InventoryError> {
        let Self { item: command } = self;
        let KeepItem { org_unit_id, name, category, quantity, condition } = command;
        require_feature(tx, Feature::Inventory).await?;
        authorize_on(
            tx,
            Permission::INVENTORY_MANAGE,
            &Subject::default().in_unit(Some(org_unit_id)),
        )
        .await?;
        let unit = tx.require(org_unit_id).await?;
        let mut item = InventoryItem::new(tx.cx(), unit.id, name, category, quantity);
        item.condition = condition;
        tx.insert(&item).await?;
        Ok(item)
    }
}

/// Adjusts the quantity of an inventory item. Quantities can only be lowered where the tenant has
/// switched the inventory off.
///
/// # Locks
/// The item's row is locked while it is counted.
///
/// # Errors
/// [`InventoryError::OutOfRange`] if there would be fewer than none.
#[operation("service_desk.adjust_quantity")]
pub struct AdjustQuantity {
    /// The item to adjust.
    pub item_id: Id<InventoryItem>,
    /// The number of pieces to add; negative to remove.
    pub change: i32,
}

impl Operation for AdjustQuantity {
    const ACCESS: Access = Access::Asks(&[Permission::INVENTORY_MANAGE]);
    type Answer = InventoryItem;
    type Error = InventoryError;

    async fn run(self, tx: &mut Transaction) -> Result<InventoryItem, InventoryError> {
        let Self { item_id: item, change } = self;
        if change > 0 {
            require_feature(tx, Feature::Inventory).await?;
        }
        let mut item = managed(tx, item).await?;
        let quantity = item.quantity;
        let left = quantity.checked_add_signed(change);
        item.quantity = left.ok_or(InventoryError::OutOfRange { quantity, change })?;
        tx.update(&mut item).await?;
        Ok(item)
    }
}

/// Sets the condition of an inventory item.
///
/// # Errors
/// [`InventoryError`].
#[operation("service_desk.set_condition")]
pub struct SetCondition {
    /// The item to change.
    pub item_id: Id<InventoryItem>,
    /// The new condition.
    pub condition: Condition,
}

impl Operation for SetCondition {
    const ACCESS: Access = Access::Asks(&[Permission::INVENTORY_MANAGE]);
    type Answer = InventoryItem;
    type Error = InventoryError;

    async fn run(self, tx: &mut Transaction) -> Result<InventoryItem, InventoryError> {
        let Self { item_id: item, condition } = self;
        require_feature(tx, Feature::Inventory).await?;
        let mut item = managed(tx, item).await?;
        item.condition = condition;
        tx.update(&mut item).await?;
        Ok(item)
    }
}

/// Renames an inventory item, or moves it to another category.
///
/// # Permission
/// `inventory.manage` in the unit of the item.
///
/// # Errors
/// [`InventoryError`].
#[operation("service_desk.rename_item")]
#[derive(PartialEq, Eq)]
pub struct RenameItem {
    /// The item to change.
    pub item_id: Id<InventoryItem>,
    /// The new name.
    pub name: Title,
    /// The category that it belongs to from now on.
    pub category: InventoryCategory,
}

impl Operation for RenameItem {
    const ACCESS: Access = Access::Asks(&[Permission::INVENTORY_MANAGE]);
    type Answer = InventoryItem;
    type Error = InventoryError;

    async fn run(self, tx: &mut Transaction) -> Result<InventoryItem, InventoryError> {
        let Self { item_id, name, category } = self;
        let mut item = managed(tx, item_id).await?;
        (item.name, item.category) = (name, category);
        tx.update(&mut item).await?;
        Ok(item)
    }
}

/// Removes an item from the inventory. `governance.restore_record` brings it back.
///
/// # Errors
/// [`InventoryError`].
#[operation("service_desk.remove_item")]
pub struct RemoveItem {
    /// The item to remove.
    pub item_id: Id<InventoryItem>,
}

impl Operation for RemoveItem {
    const ACCESS: Access = Access::Asks(&[Permission::INVENTORY_MANAGE]);
    type Answer = ();
    type Error = InventoryError;

    async fn run(self, tx: &mut Transaction) -> Result<(), InventoryError> {
        let Self { item_id: item } = self;
        let mut item = managed(tx, item).await?;
        Ok(tx.delete(&mut item).await?)
    }
}

async fn managed(
    tx: &mut Transaction,
    item: Id<InventoryItem>,
) -> Result<InventoryItem, InventoryError> {
    let item = tx.lock(item).await?;
    authorize_on(tx, Permission::INVENTORY_MANAGE, &item).await?;
    Ok(item)
}
