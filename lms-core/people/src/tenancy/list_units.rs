//! Regions, centres and branches.
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{AuthorizationError, Permission, authorize_list},
    tenancy::{OrgUnit, OrgUnitKind, UnitStatus},
};
use lms_kernel::{EmailAddress, Id, PhoneNumber, Title};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which units to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct UnitFilter {
    /// Those directly below this one.
    pub parent_id: Option<Id<OrgUnit>>,
    /// Those of this kind.
    pub kind: Option<OrgUnitKind>,
    /// Those with this status.
    pub status: Option<UnitStatus>,
    /// Those whose name starts like this, letter for letter.
    pub name: Option<String>,
}

/// A unit, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnitView {
    /// The unit's id.
    pub id: Id<OrgUnit>,
    /// Its name.
    pub name: Title,
    /// What kind of unit it is.
    pub kind: OrgUnitKind,
    /// The unit above it; none at the top.
    pub parent: Option<Named<OrgUnit>>,
    /// Where it is.
    pub location: Option<Title>,
    /// How to write to it.
    pub contact_email: Option<EmailAddress>,
    /// How to call it.
    pub contact_phone: Option<PhoneNumber>,
    /// Whether it works.
    pub status: UnitStatus,
}

/// Lists units by name.
///
/// # Permission
/// `units.view`; the list holds the units on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("tenancy.list_units")]
pub struct ListUnits {
    /// Which units.
    pub filter: UnitFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListUnits {
    const ACCESS: Access = Access::Asks(&[Permission::UNITS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<UnitView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<UnitView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<OrgUnit>(tx, Permission::UNITS_VIEW)
            .await?
            .and_some(filter.parent_id, |parent| OrgUnit::PARENT_ID.is(parent))
            .and_some(filter.kind, |kind| OrgUnit::KIND.eq(kind))
            .and_some(filter.status, |status| OrgUnit::STATUS.eq(status))
            .and_some(filter.name, |start| OrgUnit::NAME.starts_with(start));
        let query = query.order_by(OrgUnit::NAME, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let above = items.iter().filter_map(|it| it.parent_id);
        let above = Names::read(tx, above, |it: &OrgUnit| it.name.to_string()).await?;
        let views = items.into_iter().map(|it| UnitView {
            id: it.id,
            name: it.name,
            kind: it.kind,
            parent: it.parent_id.map(|id| above.of(id)),
            location: it.location,
            contact_email: it.contact_email,
            contact_phone: it.contact_phone,
            status: it.status,
        });
        Ok(Page { items: views.collect(), next })
    }
}
