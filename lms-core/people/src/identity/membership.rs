//! Memberships: the tenant's records of people.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{BuiltinRole, Permission},
    identity::{Absence, User},
    tenancy::{OrgUnit, Resource},
};
use lms_kernel::{Context, EmailAddress, EntityKind, Id, PhoneNumber, Timestamp, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// The kind of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, TextEnum)]
#[non_exhaustive]
pub enum MembershipKind {
    /// Works for it: instructors, tutors, assessors, finance, support.
    #[text("staff", "tenant_staff", "teacher", "tutor", "instructor")]
    Staff,
    /// Learns there.
    #[text("student", "learner")]
    Student,
    /// Is responsible for learners.
    #[text("guardian", "parent")]
    Guardian,
    /// Runs it.
    Admin,
}

impl MembershipKind {
    /// The role that such a member has from the start.
    pub const fn first_role(self) -> BuiltinRole {
        match self {
            Self::Staff => BuiltinRole::Staff,
            Self::Student => BuiltinRole::Student,
            Self::Guardian => BuiltinRole::Guardian,
            Self::Admin => BuiltinRole::Admin,
        }
    }

    /// What such a member counts as in the tenant's plan; guardians count as nothing.
    pub const fn resource(self) -> Option<Resource> {
        match self {
            Self::Staff | Self::Admin => Some(Resource::Staff),
            Self::Student => Some(Resource::Students),
            Self::Guardian => None,
        }
    }
}

/// The status of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum MembershipStatus {
    /// Waits for the person to accept, or to verify an address.
    Pending,
    /// The person may act.
    Active,
    /// The tenant has stopped the person from acting.
    #[text("suspended", "inactive")]
    Suspended,
    /// The person has left; what they did stays.
    Left,
}

/// A tenant's own record of a person: how the tenant knows them, apart from their login.
///
/// Everything in a tenant that refers to a person refers to a membership. A person without a login,
/// such as a young child on the roster, has one too.
///
/// # Lifecycle
///
/// ```
/// use lms_people::identity::{MembershipEvent, MembershipStatus};
///
/// let suspended = MembershipStatus::Active.apply(MembershipEvent::Suspend)?;
/// assert_eq!(suspended.apply(MembershipEvent::Reinstate)?, MembershipStatus::Active);
/// let left = suspended.apply(MembershipEvent::Leave)?;
/// assert_eq!(left.apply(MembershipEvent::Rejoin)?, MembershipStatus::Active);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - It is not a [`User`](crate::identity::User): one user may be a learner here and staff
///   elsewhere.
/// - Its kind gives the first role; what the person may do follows from roles, units and
///   guardianship.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "memberships",
    unique(user_id),
    index(kind, status),
    index(org_unit_id),
    index(email),
    index(full_name)
)]
pub struct Membership {
    /// The membership's id.
    pub id: Id<Membership>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The login the person acts with; none for a person who is only on the roster.
    pub user_id: Option<Id<User>>,
    /// What the person is to the tenant.
    pub kind: MembershipKind,
    /// The person's name on the tenant's roster.
    #[record(personal)]
    pub full_name: Title,
    /// How the tenant writes to them, in lower case.
    pub email: Option<EmailAddress>,
    /// How the tenant calls them.
    pub phone: Option<PhoneNumber>,
    /// The unit they belong to.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Whether they run their unit and all units below it.
    pub is_unit_admin: bool,
    /// The status of the membership.
    pub status: MembershipStatus,
    /// What they may do in the tenant beside what their roles allow.
    #[record(json)]
    pub permissions: Vec<Permission>,
    /// When they became active for the first time.
    pub joined_at: Option<Timestamp>,
}

impl Membership {
    /// What a membership is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("membership");

    /// An active member without a login.
    pub fn new(cx: &Context, kind: MembershipKind, full_name: Title) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            user_id: None,
            kind,
            full_name,
            email: None,
            phone: None,
            org_unit_id: None,
            is_unit_admin: false,
            status: MembershipStatus::Active,
            permissions: Vec::new(),
            joined_at: Some(cx.now()),
        }
    }

    /// The person's name, for views that show it beside the id.
    pub fn name(&self) -> String {
        self.full_name.to_string()
    }

    /// The same, acting with that login.
    #[must_use]
    pub fn with_user(mut self, user: Id<User>) -> Self {
        self.user_id = Some(user);
        self
    }

    /// The same, in that unit.
    #[must_use]
    pub fn in_unit(mut self, unit: Id<OrgUnit>) -> Self {
        self.org_unit_id = Some(unit);
        self
    }

    /// Whether the person may act.
    pub fn is_active(&self) -> bool {
        self.status == MembershipStatus::Active
    }

    /// Whether the person has left. Nothing new begins for them until they are readmitted; their
    /// past stays, and what runs is ended by its own rules.
    pub fn has_left(&self) -> bool {
        self.status == MembershipStatus::Left
    }

    /// The same, unless the person has left.
    ///
    /// # Errors
    /// [`Absence::HasLeft`].
    pub fn present(self) -> Result<Self, Absence> {
        if self.has_left() { Err(Absence::HasLeft) } else { Ok(self) }
    }

    /// The membership of a user.
    pub fn of_user(user: Id<User>) -> Query<Self> {
        Query::filter(Self::USER_ID.is(user))
    }

    /// The members of those kinds who count as present: active and not deleted.
    pub fn active(kinds: impl IntoIterator<Item = MembershipKind>) -> Query<Self> {
        let active = Self::STATUS.eq(MembershipStatus::Active);
        Query::filter(Self::KIND.is_in(kinds).and(active))
    }

    /// The members of those kinds who count against the plan: active, or with a place kept for
    /// them.
    pub fn taking_places(kinds: impl IntoIterator<Item = MembershipKind>) -> Query<Self> {
        let taking = [MembershipStatus::Active, MembershipStatus::Pending];
        Query::filter(Self::KIND.is_in(kinds).and(Self::STATUS.is_in(taking)))
    }

    /// The members of a unit, by name.
    pub fn in_org_unit(unit: Id<OrgUnit>) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.is(unit)).order_by(Self::FULL_NAME, Direction::Asc)
    }

    /// The members with that address.
    pub fn by_email(email: &EmailAddress) -> Query<Self> {
        Query::filter(Self::EMAIL.is(super::user::lower_case(email)))
    }
}
