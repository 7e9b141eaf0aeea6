//! A part of a tenant: a country, region, centre, branch or department.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::tenancy::UnitPath;
use lms_kernel::{Context, EmailAddress, EntityKind, Id, PhoneNumber, Slug, TimeZone, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// The kind of a unit, from the widest to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, TextEnum)]
#[non_exhaustive]
pub enum OrgUnitKind {
    /// A country.
    Country,
    /// A region of a country.
    Region,
    /// A centre.
    #[text("centre", "center")]
    Centre,
    /// A branch of a business.
    Branch,
    /// A department.
    Department,
}

/// Whether a unit works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum UnitStatus {
    /// It works.
    Active,
    /// It is closed: it can be read, and nothing in it or below it can be changed.
    Inactive,
}

/// A part of a tenant. Units form trees without cycles, at most [`UnitPath::MAX_DEPTH`] levels
/// deep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "org_units", unique(slug), index(path), index(parent_id))]
pub struct OrgUnit {
    /// The unit's id.
    pub id: Id<OrgUnit>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The unit above it; none at the top.
    pub parent_id: Option<Id<OrgUnit>>,
    /// The ids of the units above it, and its own: what a look-up of a subtree needs.
    pub path: UnitPath,
    /// What kind of part it is.
    pub kind: OrgUnitKind,
    /// Its name.
    pub name: Title,
    /// Its part of a web address, unique in the tenant.
    pub slug: Option<Slug>,
    /// Where it is.
    pub location: Option<Title>,
    /// How to write to it.
    pub contact_email: Option<EmailAddress>,
    /// How to call it.
    pub contact_phone: Option<PhoneNumber>,
    /// By whose clocks it works; the tenant's where it has none of its own.
    pub time_zone: Option<TimeZone>,
    /// Whether it works.
    pub status: UnitStatus,
}

impl OrgUnit {
    /// What a unit is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("org_unit");

    /// An active unit at the top of a tree.
    pub fn new(cx: &Context, kind: OrgUnitKind, name: Title) -> Self {
        let id = cx.id();
        Self {
            id,
            stamp: Stamp::new(cx),
            parent_id: None,
            path: UnitPath::root(id),
            kind,
            name,
            slug: None,
            location: None,
            contact_email: None,
            contact_phone: None,
            time_zone: None,
            status: UnitStatus::Active,
        }
    }

    /// The units directly below `parent`, or at the top, by name.
    pub fn below(parent: Option<Id<Self>>) -> Query<Self> {
        let below = match parent {
            Some(parent) => Self::PARENT_ID.is(parent),
            None => Self::PARENT_ID.is_null(),
        };
        Query::filter(below).order_by(Self::NAME, Direction::Asc)
    }

    /// The unit and all units below it, at any depth.
    pub fn subtree(path: &UnitPath) -> Query<Self> {
        Query::filter(Self::PATH.starts_with(path.as_str()))
    }
}
