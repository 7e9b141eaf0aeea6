//! Places of permissions: the tenant, a unit, a course, a class, or a person's own records.
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{identity::Membership, tenancy::OrgUnit};
use lms_kernel::Id;

/// Where something is done, or whose thing it is done to.
///
/// A thing may be at several places at once: a class is itself, belongs to a course and a unit, and
/// is its teacher's own. Anyone who asks names all that are known, as an array; a grant for any of
/// them is enough, and a denial for any of them refuses.
///
/// ```
/// use lms_people::authorization::{Place, Places};
/// use lms_kernel::Id;
/// use uuid::Uuid;
///
/// let (class, unit) = (Uuid::from_u128(1), Id::from_uuid(Uuid::from_u128(2)));
/// let places = Places::from([Place::Class(class), Place::Unit(unit)]);
/// assert_eq!(places.iter().count(), 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// The platform: what belongs to no tenant.
    Platform,
    /// The tenant as a whole.
    Tenant,
    /// A region, centre or branch; what covers a unit covers those below it.
    Unit(Id<OrgUnit>),
    /// A course and all that is in it.
    Course(Uuid),
    /// A class and all that belongs to it.
    Class(Uuid),
    /// What is a person's own: their profile, attempts and orders, the course they own, the
    /// class they teach.
    Own(Id<Membership>),
}

impl Place {
    /// A course, by its typed id.
    pub const fn course<C>(course: Id<C>) -> Self {
        Self::Course(course.uuid())
    }

    /// A class, by its typed id.
    pub const fn class<C>(class: Id<C>) -> Self {
        Self::Class(class.uuid())
    }

    /// The same thing, known to be at `place` too.
    #[must_use]
    pub fn and(self, place: Self) -> Places {
        Places::from(self).and(place)
    }

    /// The same thing, in the unit that it belongs to, if it belongs to one.
    #[must_use]
    pub fn in_unit(self, unit: Option<Id<OrgUnit>>) -> Places {
        Places::from(self).in_unit(unit)
    }

    /// What kind of record the place is, for the audit trail.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Tenant => "tenant",
            Self::Unit(_) => "org_unit",
            Self::Course(_) => "course",
            Self::Class(_) => "class_group",
            Self::Own(_) => "membership",
        }
    }

    /// The record's id, where the place is a record.
    pub const fn id(&self) -> Option<Uuid> {
        match self {
            Self::Platform | Self::Tenant => None,
            Self::Unit(unit) => Some(unit.uuid()),
            Self::Course(id) | Self::Class(id) => Some(*id),
            Self::Own(member) => Some(member.uuid()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("the platform"),
            Self::Tenant => f.write_str("the tenant"),
            Self::Unit(unit) => write!(f, "unit {unit}"),
            Self::Course(course) => write!(f, "course {course}"),
            Self::Class(class) => write!(f, "class {class}"),
            Self::Own(member) => write!(f, "what belongs to member {member}"),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// All the places at which one thing is; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places(Vec<Place>);

impl Places {
    /// One after the other, the most telling first.
    pub fn iter(&self) -> impl Iterator<Item = Place> + '_ {
        self.0.iter().copied()
    }

    /// Whether the thing is at `place`.
    pub fn contains(&self, place: Place) -> bool {
        self.0.contains(&place)
    }

    /// The same thing, known to be at `place` too.
    #[must_use]
    pub fn and(mut self, place: Place) -> Self {
        if !self.contains(place) {
            self.0.push(place);
        }
        self
    }

    /// The same thing, in the unit that it belongs to, if it belongs to one.
    #[must_use]
    pub fn in_unit(self, unit: Option<Id<OrgUnit>>) -> Self {
        match unit {
            Some(unit) => self.and(Place::Unit(unit)),
            None => self,
        }
    }

    /// The place that was named first.
    pub fn main(&self) -> Place {
        self.0.first().copied().unwrap_or(Place::Tenant)
    }
}

impl From<Place> for Places {
    fn from(place: Place) -> Self {
        Self(vec![place])
    }
}

/// No place at all means the tenant as a whole.
impl From<Vec<Place>> for Places {
    fn from(places: Vec<Place>) -> Self {
        if places.is_empty() { Self::from(Place::Tenant) } else { Self(places) }
    }
}

impl<const N: usize> From<[Place; N]> for Places {
    fn from(places: [Place; N]) -> Self {
        Self::from(places.to_vec())
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.main(), f)
    }
}
