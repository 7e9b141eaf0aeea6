//! Roles of a tenant.
use std::{fmt, str::FromStr};

use lms_derive::TextEnum;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::authorization::BuiltinRole;
use lms_kernel::{Context, EntityKind, Id, TextError, Title};
use lms_store::{Field, FieldError, Query, Record, Sortable, Stamp, Type, Value};

/// A role's name for programs, unique in its tenant: snake_case, at most 64 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleKey(EntityKind);

impl RoleKey {
    /// Checks a key.
    ///
    /// # Errors
    /// [`TextError::Malformed`] if it is not snake_case of at most 64 characters.
    pub fn new(key: impl Into<String>) -> Result<Self, TextError> {
        EntityKind::new(key.into()).map(Self).map_err(|_| TextError::Malformed {
            what: "role key",
            remedy: "use a snake_case name of at most 64 characters, such as `head_of_year`",
        })
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<BuiltinRole> for RoleKey {
    fn from(role: BuiltinRole) -> Self {
        Self(EntityKind::from_static(role.as_str()))
    }
}

impl fmt::Display for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RoleKey {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl Serialize for RoleKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RoleKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Field for RoleKey {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(64);
    fn to_value(&self) -> Value {
        Value::Text(self.as_str().to_owned())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        Self::new(String::from_value(value)?).map_err(|e| FieldError::invalid("RoleKey", e))
    }
}

impl Sortable for RoleKey {}

/// The narrowest place that a role can be given for; it can always be given for a wider one,
/// except that a unit's role needs a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, TextEnum)]
#[non_exhaustive]
pub enum RoleLevel {
    /// On the platform only.
    Platform,
    /// For the tenant only.
    Tenant,
    /// For the tenant or a unit.
    #[text("unit", "branch", "org_unit")]
    Unit,
    /// For the tenant, a unit or a course.
    Course,
    /// For the tenant, a unit, a course or a class.
    Class,
}

/// A tenant's role: a name for what some people may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "roles", unique(key))]
pub struct Role {
    /// The role's id.
    pub id: Id<Role>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its name for programs.
    pub key: RoleKey,
    /// Its name for people.
    pub name: Title,
    /// What it is for.
    pub description: Option<String>,
    /// The narrowest place that it can be given for.
    pub scope: RoleLevel,
    /// Whether it can be given only for a place inside the tenant, never for the whole tenant:
    /// a branch-level role.
    pub needs_place: bool,
    /// Whether the library brought it; such a role can be changed but not deleted.
    pub is_builtin: bool,
}

impl Role {
    /// A tenant's own role.
    pub fn new(cx: &Context, key: RoleKey, name: Title, scope: RoleLevel) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            key,
            name,
            description: None,
            scope,
            needs_place: false,
            is_builtin: false,
        }
    }

    /// The role with that key.
    pub fn by_key(key: impl Into<RoleKey>) -> Query<Self> {
        Query::filter(Self::KEY.eq(key.into()))
    }
}
