//! The ids of people and units, until their records stand.
pub(crate) type PersonId = uuid::Uuid;
pub(crate) type UnitId = uuid::Uuid;
