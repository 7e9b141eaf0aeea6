//! Moving, opening, closing and renaming units.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{Permission, Subject, authorize_on, forget_units},
    tenancy::{
        OrgUnit, TenantSettings, UnitError, UnitMoved, UnitPath, UnitStatus, UnitStatusChanged,
        create_unit::place_below,
    },
};
use lms_kernel::{EmailAddress, Id, PhoneNumber, TimeZone, Title};
use lms_store::Transaction;

/// Moves a unit, with all units below it, to another parent or to the top.
///
/// Needs permission to manage units where it is and where it goes.
///
/// # Locks
/// The tenant's settings row, so that two moves at the same time cannot make a cycle between them.
///
/// # Errors
/// [`UnitError::Tree`] if the unit would be below itself or too deep.
#[operation("tenancy.move_unit")]
pub struct MoveUnit {
    /// The unit to move.
    pub unit_id: Id<OrgUnit>,
    /// The new parent; `None` moves the unit to the top.
    pub parent_id: Option<Id<OrgUnit>>,
}

impl Operation for MoveUnit {
    const ACCESS: Access = Access::Asks(&[Permission::UNITS_MANAGE]);
    type Answer = OrgUnit;
    type Error = UnitError;

    async fn run(self, tx: &mut Transaction) -> Result<OrgUnit, UnitError> {
        let Self { unit_id, parent_id } = self;
        authorize_on(tx, Permission::UNITS_MANAGE, &Subject::default().in_unit(Some(unit_id)))
            .await?;
        authorize_on(tx, Permission::UNITS_MANAGE, &place_below(parent_id)).await?;
        tx.lock(TenantSettings::id_of(tx.cx())).await?;
        let unit = tx.require(unit_id).await?;
        let old = unit.path.clone();
        let new = match parent_id {
            None => UnitPath::root(unit_id),
            Some(parent) => tx.require(parent).await?.path.child(unit_id)?,
        };
        let mut subtree = tx.all(OrgUnit::subtree(&old).with_deleted()).await?;
        for below in &mut subtree {
            below.path = below.path.moved(&old, &new)?;
            if below.id == unit_id {
                below.parent_id = parent_id;
            }
        }
        tx.update_all(&mut subtree).await?;
        forget_units(tx);
        tx.emit(&UnitMoved { unit_id, parent_id });
        let moved = subtree.into_iter().find(|it| it.id == unit_id);
        Ok(moved.unwrap_or(unit))
    }
}

/// Opens or closes a unit. Nothing in a closed unit, or below it, can be changed.
///
/// # Errors
/// [`UnitError`].
#[operation("tenancy.set_unit_status")]
pub struct SetUnitStatus {
    /// The unit to open or close.
    pub unit_id: Id<OrgUnit>,
    /// The new status.
    pub status: UnitStatus,
}

impl Operation for SetUnitStatus {
    const ACCESS: Access = Access::Asks(&[Permission::UNITS_MANAGE]);
    type Answer = OrgUnit;
    type Error = UnitError;

    async fn run(self, tx: &mut Transaction) -> Result<OrgUnit, UnitError> {
        let Self { unit_id, status } = self;
        authorize_on(tx, Permission::UNITS_MANAGE, &Subject::default().in_unit(Some(unit_id)))
            .await?;
        let mut unit = tx.require(unit_id).await?;
        if unit.status != status {
            unit.status = status;
            tx.update(&mut unit).await?;
            forget_units(tx);
            tx.emit(&UnitStatusChanged { unit_id, status });
        }
        Ok(unit)
    }
}

/// The name and contact details of a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnitDetails {
    /// Its name.
    pub name: Title,
    /// Where it is.
    pub location: Option<Title>,
    /// How to write to it.
    pub contact_email: Option<EmailAddress>,
    /// How to call it.
    pub contact_phone: Option<PhoneNumber>,
    /// By whose clocks it works, where they are not the tenant's.
    pub time_zone: Option<TimeZone>,
}

/// Changes the name and contact details of a unit.
///
/// # Errors
/// [`UnitError`].
#[operation("tenancy.change_unit")]
pub struct ChangeUnit {
    /// The unit to change.
    pub unit_id: Id<OrgUnit>,
    /// The new details, which replace all earlier ones.
    pub details: UnitDetails,
}

impl Operation for ChangeUnit {
    const ACCESS: Access = Access::Asks(&[Permission::UNITS_MANAGE]);
    type Answer = OrgUnit;
    type Error = UnitError;

    async fn run(self, tx: &mut Transaction) -> Result<OrgUnit, UnitError> {
        let Self { unit_id, details } = self;
        authorize_on(tx, Permission::UNITS_MANAGE, &Subject::default().in_unit(Some(unit_id)))
            .await?;
        let mut unit = tx.require(unit_id).await?;
        unit.name = details.name;
        unit.location = details.location;
        unit.contact_email = details.contact_email;
        unit.contact_phone = details.contact_phone;
        unit.time_zone = details.time_zone;
        tx.update(&mut unit).await?;
        Ok(unit)
    }
}
