//! The proof of a permission check.
use crate::{
    authorization::{Permission, Place, Places},
    identity::Membership,
};
use lms_kernel::Id;

/// The proof that the actor of an operation may do one thing to a thing.
///
/// Only [`authorize_on`](crate::authorization::authorize_on) makes one, so a rule that takes a permit
/// cannot be reached by a path that forgot to ask.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    permission: Permission,
    places: Places,
    member: Option<Id<Membership>>,
}

impl Permit {
    pub(super) fn new(
        permission: Permission,
        places: Places,
        member: Option<Id<Membership>>,
    ) -> Self {
        Self { permission, places, member }
    }

    /// A permit that no one asked for, for tests of rules that take one.
    #[cfg(test)]
    pub(crate) fn for_tests(permission: Permission, place: Place) -> Self {
        Self::new(permission, place.into(), None)
    }

    /// What is permitted.
    pub fn permission(&self) -> &Permission {
        &self.permission
    }

    /// Where it is permitted, as it was asked.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The place that was named first.
    pub fn place(&self) -> Place {
        self.places.main()
    }

    /// The member who acts; no one where the system acts, or the platform's own people who are not
    /// members of the tenant.
    pub fn member(&self) -> Option<Id<Membership>> {
        self.member
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_says_what_and_where() {
        let permit = Permit::for_tests(Permission::TESTS_GRADE, Place::Tenant);
        assert_eq!(permit.permission(), &Permission::TESTS_GRADE);
        assert_eq!((permit.place(), permit.member()), (Place::Tenant, None));
        assert!(permit.places().contains(Place::Tenant));
    }
}
