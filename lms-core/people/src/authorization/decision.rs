//! The decision: may a person with these grants do this there?
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    authorization::{Effect, Grant, Permission, Subject},
    tenancy::OrgUnit,
};
use lms_kernel::Id;

/// The decision, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is permitted by this grant, and nothing forbids it.
    Allowed {
        /// The grant.
        by: Grant,
    },
    /// This grant forbids it, whatever permits it.
    Denied {
        /// The grant.
        by: Grant,
    },
    /// No grant permits it there.
    NotGranted {
        /// A grant that permits it, but somewhere else or for other people's things.
        elsewhere: Option<Grant>,
    },
}

impl Decision {
    /// Whether it is permitted.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed { by } | Self::Denied { by } => write!(f, "{by}"),
            Self::NotGranted { elsewhere: None } => f.write_str("no role allows it"),
            Self::NotGranted { elsewhere: Some(grant) } => write!(f, "not here: {grant}"),
        }
    }
}

/// Whether a person with `grants` may do what `permission` says to a thing; `units` are the thing's
/// unit with those above it, and those of its owner.
///
/// A denial that covers the thing wins over every permission; without either the answer is no. A
/// grant for a unit covers the units below it, which is why the units above the thing are given.
///
/// ```
/// use lms_people::authorization::{
///     Effect, Grant, GrantOrigin, GrantScope, Permission, PermissionPattern, Reach, Subject, decide,
/// };
///
/// let grant = Grant {
///     effect: Effect::Allow,
///     pattern: PermissionPattern::from_static("classes.*"),
///     scope: GrantScope::Tenant,
///     reach: Reach::All,
///     members: None,
///     origin: GrantOrigin::Role("supervisor".into()),
/// };
/// let decision = decide(&[grant], &Permission::CLASSES_MANAGE, &Subject::default(), &[]);
/// assert!(decision.is_allowed());
/// assert_eq!(decision.to_string(), "role `supervisor` allows `classes.*` in the tenant");
/// ```
pub fn decide(
    grants: &[Grant],
    permission: &Permission,
    subject: &Subject,
    units: &[Id<OrgUnit>],
) -> Decision {
    let covers = |it: &&Grant| it.covers(permission, subject, units);
    let covering = |effect| grants.iter().filter(covers).find(|it| it.effect == effect);
    if let Some(by) = covering(Effect::Deny) {
        return Decision::Denied { by: by.clone() };
    }
    if let Some(by) = covering(Effect::Allow) {
        return Decision::Allowed { by: by.clone() };
    }
    let elsewhere =
        grants.iter().find(|it| it.effect == Effect::Allow && it.pattern.matches(permission));
    Decision::NotGranted { elsewhere: elsewhere.cloned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        authorization::{GrantOrigin, GrantScope, PermissionPattern, Reach, RoleLine},
        identity::Membership,
    };

    fn id<T>(number: u128) -> Id<T> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn me() -> Id<Membership> {
        id(1)
    }

    fn grant(effect: Effect, pattern: &'static str, scope: GrantScope, reach: Reach) -> Grant {
        let line = RoleLine { effect, pattern: PermissionPattern::from_static(pattern), reach };
        Grant::of_line(&line, scope, me(), &[id(7)], GrantOrigin::Role("some".into()))
    }

    fn allows(grants: &[Grant], permission: &Permission, subject: &Subject) -> bool {
        decide(grants, permission, subject, &[]).is_allowed()
    }

    fn tenant() -> Subject {
        Subject::default()
    }

    #[test]
    fn nothing_is_permitted_without_a_grant() {
        let decision = decide(&[], &Permission::COURSES_VIEW, &tenant(), &[]);
        assert_eq!(decision, Decision::NotGranted { elsewhere: None });
        assert_eq!(decision.to_string(), "no role allows it");
    }

    #[test]
    fn a_unit_covers_itself_and_what_is_below_it() {
        let region = [grant(Effect::Allow, "classes.*", GrantScope::Unit(id(10)), Reach::All)];
        let manage = &Permission::CLASSES_MANAGE;
        let within = |units: &[Id<OrgUnit>]| decide(&region, manage, &tenant(), units);
        assert!(within(&[id(10)]).is_allowed());
        assert!(within(&[id(11), id(10)]).is_allowed());
        assert!(!within(&[id(11)]).is_allowed());
        let unit = id::<Membership>(10);
        assert_eq!(
            within(&[]).to_string(),
            format!("not here: role `some` allows `classes.*` in unit {unit}")
        );
    }

    #[test]
    fn a_denial_wins_wherever_it_covers() {
        let grants = [
            grant(Effect::Allow, "*", GrantScope::Tenant, Reach::All),
            grant(Effect::Deny, "payments.refund", GrantScope::Unit(id(10)), Reach::All),
        ];
        let refund = &Permission::PAYMENTS_REFUND;
        assert!(allows(&grants, refund, &tenant()));
        assert!(!decide(&grants, refund, &tenant(), &[id(10)]).is_allowed());
        assert!(decide(&grants, &Permission::PAYMENTS_RECORD, &tenant(), &[id(10)]).is_allowed());
    }

    #[test]
    fn the_platform_is_nobodys_but_its_own() {
        let manage = &Permission::PLATFORM_MANAGE_TENANTS;
        let key = "platform.manage_tenants";
        let by_tenant = [grant(Effect::Allow, key, GrantScope::Tenant, Reach::All)];
        assert!(!allows(&by_tenant, manage, &Subject::platform()));
        let by_platform = [grant(Effect::Allow, key, GrantScope::Platform, Reach::All)];
        assert!(allows(&by_platform, manage, &Subject::platform()));
    }

    fn any_grant() -> impl Strategy<Value = Grant> {
        let effect = prop::sample::select(Effect::ALL);
        let pattern = prop::sample::select(vec!["*", "courses.*", "courses.manage", "tests.grade"]);
        let scope = prop::sample::select(vec![
            GrantScope::Platform,
            GrantScope::Tenant,
            GrantScope::Unit(id(10)),
            GrantScope::Course(Uuid::from_u128(20)),
            GrantScope::Class(Uuid::from_u128(30)),
        ]);
        let reach = prop::sample::select(Reach::ALL);
        (effect, pattern, scope, reach).prop_map(|(e, p, s, r)| grant(e, p, s, r))
    }

    /// A thing, and the units that it is in.
    fn any_thing() -> impl Strategy<Value = (Subject, Vec<Id<OrgUnit>>)> {
        let people = || prop::sample::select(vec![None, Some(me()), Some(id(7)), Some(id(8))]);
        let (course, class) = (any::<bool>(), any::<bool>());
        let units = prop::collection::vec(prop::sample::select(vec![id(10), id(11)]), 0..3);
        (people(), people(), course, class, units).prop_map(
            |(owner, leader, course, class, units)| {
                let subject = Subject {
                    owner,
                    leaders: leader.into_iter().collect(),
                    courses: course.then_some(Uuid::from_u128(20)).into_iter().collect(),
                    classes: class.then_some(Uuid::from_u128(30)).into_iter().collect(),
                    ..Subject::default()
                };
                (subject, units)
            },
        )
    }

    fn any_permission() -> impl Strategy<Value = Permission> {
        prop::sample::select(vec![
            Permission::COURSES_MANAGE,
            Permission::COURSES_VIEW,
            Permission::TESTS_GRADE,
            Permission::MEMBERS_VIEW_SENSITIVE,
        ])
    }

    proptest! {
        #[test]
        fn another_denial_never_opens_and_another_permission_never_closes(
            grants in prop::collection::vec(any_grant(), 0..6),
            more in any_grant(),
            permission in any_permission(),
            (subject, units) in any_thing(),
        ) {
            let before = decide(&grants, &permission, &subject, &units).is_allowed();
            let mut with = grants.clone();
            let effect = more.effect;
            with.push(more);
            let after = decide(&with, &permission, &subject, &units).is_allowed();
            match effect {
                Effect::Allow => prop_assert!(after || !before),
                Effect::Deny => prop_assert!(before || !after),
            }
        }

        #[test]
        fn the_order_of_grants_does_not_matter(
            grants in prop::collection::vec(any_grant(), 0..6),
            permission in any_permission(),
            (subject, units) in any_thing(),
        ) {
            let backwards: Vec<_> = grants.iter().rev().cloned().collect();
            prop_assert_eq!(
                decide(&grants, &permission, &subject, &units).is_allowed(),
                decide(&backwards, &permission, &subject, &units).is_allowed()
            );
        }

        #[test]
        fn the_grant_that_a_decision_names_covers_the_thing(
            grants in prop::collection::vec(any_grant(), 0..6),
            permission in any_permission(),
            (subject, units) in any_thing(),
        ) {
            match decide(&grants, &permission, &subject, &units) {
                Decision::Allowed { by } => {
                    prop_assert_eq!(by.effect, Effect::Allow);
                    prop_assert!(by.covers(&permission, &subject, &units));
                }
                Decision::Denied { by } => {
                    prop_assert_eq!(by.effect, Effect::Deny);
                    prop_assert!(by.covers(&permission, &subject, &units));
                }
                Decision::NotGranted { .. } => {
                    prop_assert!(!grants.iter().any(|it| it.covers(&permission, &subject, &units)));
                }
            }
        }
    }
}
