//! A grant: one permission or denial of a person, with its place.
use std::{borrow::Cow, fmt};

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    authorization::{Permission, PermissionPattern, Subject},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_kernel::Id;

/// Whether a line of a role permits or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum Effect {
    /// It permits.
    Allow,
    /// It forbids, whatever else permits.
    Deny,
}

/// Whose things a line of a role reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum Reach {
    /// Everyone's.
    All,
    /// What the person leads: everything in the unit, course or class that the role was given
    /// for; in a role given for the whole tenant, what is in the courses and classes whose owner,
    /// teacher or tutor they are. Never a thing because it is their own.
    Led,
    /// What is the person's own: their attempts, orders, certificates.
    Own,
    /// Those of the learners whose guardian the person is.
    Wards,
}

/// The place for which a role was given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GrantScope {
    /// On the platform: in every tenant, and what belongs to none.
    Platform,
    /// In the whole tenant.
    Tenant,
    /// In a unit and all units below it.
    Unit(Id<OrgUnit>),
    /// In a course.
    Course(Uuid),
    /// In a class.
    Class(Uuid),
}

impl fmt::Display for GrantScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("on the platform"),
            Self::Tenant => f.write_str("in the tenant"),
            Self::Unit(unit) => write!(f, "in unit {unit}"),
            Self::Course(course) => write!(f, "in course {course}"),
            Self::Class(class) => write!(f, "in class {class}"),
        }
    }
}

impl fmt::Debug for GrantScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The origin of a grant, for the explanation of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GrantOrigin {
    /// A role, by its key.
    Role(String),
    /// The permissions that the membership itself lists.
    Membership,
    /// The person administers their unit.
    UnitAdmin,
    /// A role on the platform, by its name.
    Platform(Cow<'static, str>),
}

impl fmt::Display for GrantOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(key) => write!(f, "role `{key}`"),
            Self::Membership => f.write_str("the membership's own permissions"),
            Self::UnitAdmin => f.write_str("the administration of the unit"),
            Self::Platform(role) => write!(f, "platform role `{role}`"),
        }
    }
}

/// One thing that a person may or may not do somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Grant {
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// What it is about.
    pub pattern: PermissionPattern,
    /// Where it holds.
    pub scope: GrantScope,
    /// Whose things it reaches.
    pub reach: Reach,
    /// The people whose things it reaches, or who lead them; empty for everyone's.
    pub members: Option<Vec<Id<Membership>>>,
    /// Where it comes from.
    pub origin: GrantOrigin,
}

impl Grant {
    /// The grant that a line of a role becomes for a person: `member` holds it for `scope` and is
    /// responsible for `wards`.
    pub fn of_line(
        line: &RoleLine,
        scope: GrantScope,
        member: Id<Membership>,
        wards: &[Id<Membership>],
        origin: GrantOrigin,
    ) -> Self {
        let wide = matches!(scope, GrantScope::Platform | GrantScope::Tenant);
        let members = match line.reach {
            Reach::All => None,
            Reach::Led if !wide => None,
            Reach::Led | Reach::Own => Some(vec![member]),
            Reach::Wards => Some(wards.to_vec()),
        };
        let (effect, reach, pattern) = (line.effect, line.reach, line.pattern.clone());
        Self { effect, pattern, scope, reach, members, origin }
    }

    /// Whether it speaks of that permission on that thing; `units` are the thing's unit with those
    /// above it, and those of its owner.
    pub(super) fn covers(
        &self,
        permission: &Permission,
        subject: &Subject,
        units: &[Id<OrgUnit>],
    ) -> bool {
        let is_inside = match self.scope {
            GrantScope::Platform => true,
            GrantScope::Tenant => !subject.is_platform,
            GrantScope::Unit(own) => units.contains(&own),
            GrantScope::Course(own) => subject.courses.contains(&own),
            GrantScope::Class(own) => subject.classes.contains(&own),
        };
        let has = |member: &Id<Membership>| {
            self.members.as_ref().is_none_or(|members| members.contains(member))
        };
        let reaches = match self.reach {
            Reach::All => true,
            Reach::Led => self.members.is_none() || subject.leaders.iter().any(has),
            Reach::Own | Reach::Wards => subject.owner.as_ref().is_some_and(has),
        };
        is_inside && reaches && self.pattern.matches(permission)
    }

    /// Whether it reaches everything in the tenant.
    pub(super) fn is_everything(&self) -> bool {
        let wide = matches!(self.scope, GrantScope::Platform | GrantScope::Tenant);
        wide && self.members.is_none()
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { effect, pattern, scope, members, origin, reach: _ } = self;
        let verb = match effect {
            Effect::Allow => "allows",
            Effect::Deny => "denies",
        };
        write!(f, "{origin} {verb} `{pattern}` {scope}")?;
        match members {
            Some(_) => f.write_str(", for some people's things only"),
            None => Ok(()),
        }
    }
}

/// One line of a role: what it permits or forbids, and whose things that reaches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoleLine {
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// What it is about.
    pub pattern: PermissionPattern,
    /// Whose things it reaches.
    pub reach: Reach,
}
