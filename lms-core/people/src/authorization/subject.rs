//! The owner, leaders and place of each record, declared once.
use uuid::Uuid;

use crate::{
    authorization::{Place, Places},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_kernel::Id;
use lms_store::{StoreError, Transaction};

/// The owner and the leaders of a record, and where it belongs: what a permission is asked on.
///
/// A role line of reach `Own` matches the owner, `Wards` the owner's guardians, `Led` the leaders
/// (or everything in the unit, course or class that the role was given for), `All` everything. A
/// permission that judges, grants or pays is refused to the owner and to the person who asked.
///
/// ```
/// use lms_people::authorization::Subject;
/// use lms_kernel::Id;
/// use uuid::Uuid;
///
/// let (learner, teacher) = (Id::from_uuid(Uuid::from_u128(1)), Id::from_uuid(Uuid::from_u128(2)));
/// let attempt = Subject::of(learner).led_by(teacher);
/// assert!(attempt.is_own_of(learner) && !attempt.is_own_of(teacher));
/// ```
///
/// # Pitfalls
/// - Operations do not build it by hand: every protected record has one, and loading asks in the
///   same step.
/// - Ask on the thing that is given away (the seat in a course), not on the record that results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Whose thing it is: the learner of an attempt, the buyer of an order.
    pub owner: Option<Id<Membership>>,
    /// Who asked for it, where that is another person: no one grants what they asked for.
    pub asked_by: Option<Id<Membership>>,
    /// Who leads it: the owner and teachers of its course, the teacher and tutors of its class.
    pub leaders: Vec<Id<Membership>>,
    /// The course that it belongs to; several for a program.
    pub courses: Vec<Uuid>,
    /// The classes that it belongs to.
    pub classes: Vec<Uuid>,
    /// The unit that it belongs to.
    pub unit: Option<Id<OrgUnit>>,
    /// Whether it belongs to the platform and to no tenant.
    pub is_platform: bool,
}

impl Subject {
    /// What belongs to a person.
    pub fn of(owner: Id<Membership>) -> Self {
        Self { owner: Some(owner), ..Self::default() }
    }

    /// What belongs to a course.
    pub fn in_course(course: Uuid) -> Self {
        Self { courses: vec![course], ..Self::default() }
    }

    /// What belongs to the platform.
    pub fn platform() -> Self {
        Self { is_platform: true, ..Self::default() }
    }

    /// The same, led by that person too.
    #[must_use]
    pub fn led_by(mut self, leader: Id<Membership>) -> Self {
        self.leaders.push(leader);
        self
    }

    /// The same, in that class too.
    #[must_use]
    pub fn in_class(mut self, class: Uuid) -> Self {
        self.classes.push(class);
        self
    }

    /// The same, in that unit, if it is in one.
    #[must_use]
    pub fn in_unit(mut self, unit: Option<Id<OrgUnit>>) -> Self {
        self.unit = unit.or(self.unit);
        self
    }

    /// The same, asked for by that person.
    #[must_use]
    pub fn asked_by(mut self, person: Option<Id<Membership>>) -> Self {
        self.asked_by = person;
        self
    }

    /// The same, as a part of a thing that is led: it has the leaders of the whole, and is where
    /// the whole is. It keeps its own owner.
    #[must_use]
    pub fn within(mut self, whole: Self) -> Self {
        self.leaders.extend(whole.leaders);
        self.courses.extend(whole.courses);
        self.classes.extend(whole.classes);
        self.unit = self.unit.or(whole.unit);
        self
    }

    /// Whether it is that person's own, or what they asked for.
    pub fn is_own_of(&self, member: Id<Membership>) -> bool {
        [self.owner, self.asked_by].contains(&Some(member))
    }

    /// What the audit trail and the permit say.
    pub(super) fn places(&self) -> Places {
        if self.is_platform {
            return Place::Platform.into();
        }
        let courses = self.courses.iter().copied().map(Place::Course);
        let classes = self.classes.iter().copied().map(Place::Class);
        let own = self.owner.map(Place::Own);
        let places = own.into_iter().chain(classes).chain(courses);
        Places::from(places.chain(self.unit.map(Place::Unit)).collect::<Vec<_>>())
    }
}

/// A record that permissions can be asked on: implemented once for each record.
pub trait Protected: Sync {
    /// Whose thing it is, who leads it, and where it is.
    fn subject(
        &self,
        tx: &mut Transaction,
    ) -> impl Future<Output = Result<Subject, StoreError>> + Send;
}

/// The tenant as a whole: what belongs to no person, course, class or unit in it.
#[derive(Clone, Copy, Debug)]
pub struct TheTenant;

impl Protected for TheTenant {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default())
    }
}

/// The platform: what belongs to no tenant.
#[derive(Clone, Copy, Debug)]
pub struct ThePlatform;

impl Protected for ThePlatform {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::platform())
    }
}

impl Protected for Subject {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(self.clone())
    }
}

impl Protected for Membership {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.id).in_unit(self.org_unit_id))
    }
}

impl Protected for OrgUnit {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default().in_unit(Some(self.id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorization::{
        Effect, Grant, GrantOrigin, GrantScope, Permission, PermissionPattern, Reach, RoleLine,
        decide,
    };

    fn id<T>(number: u128) -> Id<T> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn may(reach: Reach, scope: GrantScope, subject: &Subject) -> bool {
        let pattern = PermissionPattern::from_static("scores.view");
        let line = RoleLine { effect: Effect::Allow, pattern, reach };
        let origin = GrantOrigin::Role("some".into());
        let grant = Grant::of_line(&line, scope, id(1), &[id(7)], origin);
        decide(&[grant], &Permission::SCORES_VIEW, subject, &[id(10)]).is_allowed()
    }

    #[test]
    fn each_reach_means_what_it_says() {
        let tenant = GrantScope::Tenant;
        let (own, ward, other) = (Subject::of(id(1)), Subject::of(id(7)), Subject::of(id(8)));
        let led = other.clone().led_by(id(1));
        for (reach, expected) in [
            (Reach::All, [true, true, true, true]),
            (Reach::Own, [true, false, false, false]),
            (Reach::Wards, [false, true, false, false]),
            (Reach::Led, [false, false, false, true]),
        ] {
            let found = [&own, &ward, &other, &led].map(|it| may(reach, tenant, it));
            assert_eq!(found, expected, "{reach}");
        }
    }

    #[test]
    fn a_role_for_a_place_leads_all_that_is_there() {
        let class = Uuid::from_u128(20);
        let here = Subject::of(id(8)).in_class(class);
        assert!(may(Reach::Led, GrantScope::Class(class), &here));
        assert!(!may(Reach::Led, GrantScope::Class(class), &Subject::of(id(8))));
        assert!(may(Reach::Led, GrantScope::Unit(id(10)), &Subject::of(id(8))));
        assert!(!may(Reach::All, GrantScope::Tenant, &Subject::platform()));
    }

    #[test]
    fn what_judges_grants_or_pays_is_marked() {
        for permission in [
            Permission::TESTS_GRADE,
            Permission::SCORES_OVERRIDE,
            Permission::PAYMENTS_REFUND,
            Permission::ORDERS_REVIEW_PROOF,
            Permission::WALLETS_ADJUST,
            Permission::POINTS_AWARD,
        ] {
            assert!(permission.is_never_on_own(), "{permission}");
        }
        assert!(!Permission::ORDERS_PLACE.is_never_on_own());
    }
}
