//! Restoring deleted records.
use lms_store::operation::{Access, Described as _, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::GovernanceError;
use lms_community::{notification::Template, operations::InventoryItem};
use lms_kernel::Id;
use lms_learning::{
    content::{Category, Material, RestoreFile, RestoreNode, UndeleteCourse},
    delivery::{Program, Room},
};
use lms_people::authorization::{Permission, Protected, Role, TheTenant, authorize_on};
use lms_store::{Record, RecordStamp as _, StoreError, Transaction};

/// A record that people delete, and may have back until it is purged. Courses are restored by
/// `content.undelete_course`, their parts by `content.restore_node`, files by `content.restore_file`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Restorable {
    /// A category of courses.
    Category(Id<Category>),
    /// A material of the library.
    Material(Id<Material>),
    /// A program.
    Program(Id<Program>),
    /// A room.
    Room(Id<Room>),
    /// An item of the inventory.
    InventoryItem(Id<InventoryItem>),
    /// A message template of the tenant's own.
    Template(Id<Template>),
    /// A role of the tenant's own, with what it allows.
    Role(Id<Role>),
}

/// The operation that restores deleted records of a table; none where they are made again instead.
pub fn restored_by(table: &str) -> Option<&'static str> {
    match table {
        "categories"
        | "materials"
        | "programs"
        | "rooms"
        | "inventory_items"
        | "notification_templates"
        | "roles" => Some(RestoreRecord::NAME),
        "courses" => Some(UndeleteCourse::NAME),
        "content_nodes" => Some(RestoreNode::NAME),
        "file_assets" => Some(RestoreFile::NAME),
        _ => None,
    }
}

/// Restores a record that was deleted and not purged yet, as it was. What it is part of must be
/// there: a subcategory is restored after its category.
///
/// # Permission
/// The one that deletes such a record: `categories.manage`, `materials.manage`, `programs.manage`,
/// `rooms.manage`, `inventory.manage`, `templates.manage` or `roles.manage`.
///
/// # Errors
/// [`GovernanceError`]; `not_found` where there is no such deleted record, and a conflict where its
/// name or web address was taken by another since.
#[operation("governance.restore_record")]
#[derive(Copy, PartialEq, Eq)]
pub struct RestoreRecord {
    /// The deleted record.
    pub record: Restorable,
}

impl Operation for RestoreRecord {
    const ACCESS: Access = Access::Asks(&[
        Permission::CATEGORIES_MANAGE,
        Permission::MATERIALS_MANAGE,
        Permission::PROGRAMS_MANAGE,
        Permission::ROOMS_MANAGE,
        Permission::INVENTORY_MANAGE,
        Permission::TEMPLATES_MANAGE,
        Permission::ROLES_MANAGE,
    ]);
    type Answer = ();
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<(), GovernanceError> {
        match self.record {
            Restorable::Category(id) => {
                authorize_on(tx, Permission::CATEGORIES_MANAGE, &TheTenant).await?;
                let mut category = deleted(tx, id).await?;
                present(tx, category.parent_id).await?;
                Ok(tx.restore(&mut category).await?)
            }
            Restorable::Material(id) => {
                authorize_on(tx, Permission::MATERIALS_MANAGE, &TheTenant).await?;
                let mut material = deleted(tx, id).await?;
                Ok(tx.restore(&mut material).await?)
            }
            Restorable::Program(id) => {
                authorize_on(tx, Permission::PROGRAMS_MANAGE, &TheTenant).await?;
                let mut program = deleted(tx, id).await?;
                present(tx, program.parent_id).await?;
                Ok(tx.restore(&mut program).await?)
            }
            Restorable::Room(id) => placed(tx, Permission::ROOMS_MANAGE, id).await,
            Restorable::InventoryItem(id) => placed(tx, Permission::INVENTORY_MANAGE, id).await,
            Restorable::Template(id) => {
                authorize_on(tx, Permission::TEMPLATES_MANAGE, &TheTenant).await?;
                let mut template = deleted(tx, id).await?;
                Ok(tx.restore(&mut template).await?)
            }
            Restorable::Role(id) => {
                authorize_on(tx, Permission::ROLES_MANAGE, &TheTenant).await?;
                let mut role = deleted(tx, id).await?;
                Ok(tx.restore(&mut role).await?)
            }
        }
    }
}

/// Restores a record that is somewhere, with permission there.
async fn placed<R: Record + Protected>(
    tx: &mut Transaction,
    permission: Permission,
    id: Id<R>,
) -> Result<(), GovernanceError> {
    match deleted(tx, id).await {
        Ok(mut record) => {
            authorize_on(tx, permission, &record).await?;
            Ok(tx.restore(&mut record).await?)
        }
        // Missing and not one's own look the same.
        Err(missing) => {
            authorize_on(tx, permission, &TheTenant).await?;
            Err(missing)
        }
    }
}

async fn deleted<R: Record>(tx: &mut Transaction, id: Id<R>) -> Result<R, GovernanceError> {
    let found = tx.require_even_deleted(id).await?;
    match found.stamp().deleted_at() {
        Some(_) => Ok(found),
        None => Err(StoreError::NotFound { table: R::TABLE, id: id.uuid() }.into()),
    }
}

/// Refuses a part of what is still deleted.
async fn present<R: Record>(
    tx: &mut Transaction,
    whole: Option<Id<R>>,
) -> Result<(), GovernanceError> {
    if let Some(whole) = whole {
        tx.require(whole).await?;
    }
    Ok(())
}
