//! Rooms, in which sessions take place.
use serde::{Deserialize, Serialize};

use lms_kernel::{Context, EntityKind, Id, Title};
use lms_people::tenancy::OrgUnit;
use lms_store::{Direction, Query, Record, Stamp};

/// A room, in which one session takes place at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "rooms", index(org_unit_id))]
pub struct Room {
    /// The room's id.
    pub id: Id<Room>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The unit it belongs to.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Its name.
    pub name: Title,
    /// How many people it holds; no one counts when there is no number.
    pub capacity: Option<u32>,
}

impl Room {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("room");

    /// A room of a unit.
    pub fn new(cx: &Context, org_unit_id: Option<Id<OrgUnit>>, name: Title) -> Self {
        Self { id: cx.id(), stamp: Stamp::new(cx), org_unit_id, name, capacity: None }
    }

    /// The rooms of a unit, by name.
    pub fn at(unit: Id<OrgUnit>) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.is(unit)).order_by(Self::NAME, Direction::Asc)
    }
}
