//! Adding a unit.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    tenancy::{OrgUnit, OrgUnitKind, TenantSettings, UnitCreated, UnitTreeError},
};
use lms_kernel::{EmailAddress, Id, PhoneNumber, Slug, TimeZone, Title};
use lms_store::{StoreError, Transaction};

/// Creates a unit. Managers of a unit add units below it; the tenant's administrators add them
/// anywhere.
///
/// # Locks
/// The tenant's settings row, under which the tree is changed by one at a time.
///
/// # Errors
/// [`UnitError`]; [`StoreError::NotFound`] for a parent that is not there.
#[operation("tenancy.create_unit")]
#[derive(PartialEq)]
pub struct CreateUnit {
    /// The unit above it; `None` creates it at the top.
    pub parent_id: Option<Id<OrgUnit>>,
    /// The kind of unit, such as a centre or a branch.
    pub kind: OrgUnitKind,
    /// The unit's name.
    pub name: Title,
    /// The unit's part of web addresses, unique in the tenant; `None` for a unit without one.
    pub slug: Option<Slug>,
    /// The place or address of the unit, if known.
    pub location: Option<Title>,
    /// The e-mail address of the unit, if it has one.
    pub contact_email: Option<EmailAddress>,
    /// The telephone number of the unit, if it has one.
    pub contact_phone: Option<PhoneNumber>,
    /// The unit's time zone; `None` uses the tenant's.
    pub time_zone: Option<TimeZone>,
}

impl CreateUnit {
    /// A unit with a name and nothing else.
    pub const fn new(kind: OrgUnitKind, name: Title, parent_id: Option<Id<OrgUnit>>) -> Self {
        Self {
            parent_id,
            kind,
            name,
            slug: None,
            location: None,
            contact_email: None,
            contact_phone: None,
            time_zone: None,
        }
    }
}

/// Why a unit could not be added or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum UnitError {
    /// Another unit has the same slug.
    #[error("the slug is taken by another unit; choose another")]
    #[fault(conflict, field = "slug")]
    SlugTaken,
    /// The unit cannot be placed there.
    #[error(transparent)]
    #[fault(transparent)]
    Tree(#[from] UnitTreeError),
    /// The actor may not manage units there.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(StoreError),
}

impl From<StoreError> for UnitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { columns, .. } if columns.contains(&"slug") => Self::SlugTaken,
            error => Self::Store(error),
        }
    }
}

/// Where a unit below `parent` is managed.
pub(super) fn place_below(parent: Option<Id<OrgUnit>>) -> Subject {
    Subject::default().in_unit(parent)
}

impl Operation for CreateUnit {
    const ACCESS: Access = Access::Asks(&[Permission::UNITS_MANAGE]);
    type Answer = OrgUnit;
    type Error = UnitError;

    async fn run(self, tx: &mut Transaction) -> Result<OrgUnit, UnitError> {
        let command = self;
        authorize_on(tx, Permission::UNITS_MANAGE, &place_below(command.parent_id)).await?;
        tx.lock(TenantSettings::id_of(tx.cx())).await?;
        let mut unit = OrgUnit::new(tx.cx(), command.kind, command.name);
        if let Some(parent) = command.parent_id {
            unit.path = tx.require(parent).await?.path.child(unit.id)?;
            unit.parent_id = Some(parent);
        }
        unit.slug = command.slug;
        unit.location = command.location;
        unit.contact_email = command.contact_email;
        unit.contact_phone = command.contact_phone;
        unit.time_zone = command.time_zone;
        tx.insert(&unit).await?;
        tx.emit(&UnitCreated { unit_id: unit.id, parent_id: unit.parent_id });
        Ok(unit)
    }
}
