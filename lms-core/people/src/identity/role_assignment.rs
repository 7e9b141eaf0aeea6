//! A role given to a member, for a place.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    authorization::{GrantScope, Role},
    identity::Membership,
};
use lms_kernel::{Context, Id};
use lms_store::{Query, Record, Stamp};

/// For what kind of place a role is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, TextEnum)]
#[non_exhaustive]
pub enum AssignmentScope {
    /// For the whole tenant.
    Tenant,
    /// For a unit and all units below it.
    Unit,
    /// For a course.
    Course,
    /// For a class.
    Class,
}

impl AssignmentScope {
    /// Where the grants of a role hold that is given for that place.
    pub const fn grant_scope(self, place: Uuid) -> GrantScope {
        match self {
            Self::Tenant => GrantScope::Tenant,
            Self::Unit => GrantScope::Unit(Id::from_uuid(place)),
            Self::Course => GrantScope::Course(place),
            Self::Class => GrantScope::Class(place),
        }
    }
}

/// A role given to a member, for a place. A member may have several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "role_assignments",
    unique(membership_id, role_id, scope, scope_id),
    index(scope, scope_id)
)]
pub struct RoleAssignment {
    /// The assignment's id.
    pub id: Id<RoleAssignment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who has the role.
    pub membership_id: Id<Membership>,
    /// The role.
    pub role_id: Id<Role>,
    /// For what kind of place.
    pub scope: AssignmentScope,
    /// The unit, course or class; the tenant's own id where it is for the whole tenant.
    pub scope_id: Uuid,
}

impl RoleAssignment {
    /// A role for the whole tenant.
    pub fn new(cx: &Context, membership_id: Id<Membership>, role_id: Id<Role>) -> Self {
        let scope_id = cx.tenant().uuid();
        let scope = AssignmentScope::Tenant;
        Self { id: cx.id(), stamp: Stamp::new(cx), membership_id, role_id, scope, scope_id }
    }

    /// The same, for that unit, course or class.
    #[must_use]
    pub fn at(mut self, scope: AssignmentScope, scope_id: Uuid) -> Self {
        self.scope = scope;
        self.scope_id = scope_id;
        self
    }

    /// Where the role holds.
    pub const fn grant_scope(&self) -> GrantScope {
        self.scope.grant_scope(self.scope_id)
    }

    /// The roles of a member.
    pub fn of_member(member: Id<Membership>) -> Query<Self> {
        Query::filter(Self::MEMBERSHIP_ID.eq(member))
    }

    /// Who has that role.
    pub fn of_role(role: Id<Role>) -> Query<Self> {
        Query::filter(Self::ROLE_ID.eq(role))
    }

    /// Who has a role for that unit, course or class.
    pub fn at_place(scope: AssignmentScope, scope_id: Uuid) -> Query<Self> {
        Query::filter(Self::SCOPE.eq(scope).and(Self::SCOPE_ID.eq(scope_id)))
    }
}
