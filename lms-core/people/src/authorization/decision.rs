//! The decision: may a person with these grants do this there?
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    authorization::{Effect, Grant, Permission, Places, Subject},
    tenancy::OrgUnit,
};
use lms_kernel::Id;

/// The decision, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Whether a person with `grants` may do what `permission` says at `places`.
///
/// A denial that covers the place wins over every permission; without either the answer is no.
/// A grant for a unit covers the units below it: `places` names, beside each unit, the units
/// above it (see [`authorize`](crate::authorization::authorize), which adds them).
///
/// ```
/// use lms_people::authorization::{Effect, Grant, GrantOrigin, GrantScope, Permission, PermissionPattern, Place, Reach, decide };
///
/// let grant = Grant {
///     effect: Effect::Allow,
///     pattern: PermissionPattern::from_static("classes.*"),
///     scope: GrantScope::Tenant,
///     reach: Reach::All,
///     members: None,
///     origin: GrantOrigin::Role("supervisor".into()),
/// };
/// let decision = decide(&[grant], &Permission::CLASSES_MANAGE, &Place::Tenant.into());
/// assert!(decision.is_allowed());
/// assert_eq!(decision.to_string(), "role `supervisor` allows `classes.*` in the tenant");
/// ```
pub fn decide(grants: &[Grant], permission: &Permission, places: &Places) -> Decision {
    decide_by(grants, permission, &|it| it.covers(permission, places))
}

/// Whether a person with `grants` may do what `permission` says to a thing; `units` are the
/// thing's unit with those above it, and those of the people whose it is or who lead it.
pub fn decide_on(
    grants: &[Grant],
    permission: &Permission,
    subject: &Subject,
    units: &[Id<OrgUnit>],
) -> Decision {
    decide_by(grants, permission, &|it| it.covers_subject(permission, subject, units))
}

fn decide_by(
    grants: &[Grant],
    permission: &Permission,
    covers: &dyn Fn(&Grant) -> bool,
) -> Decision {
    let covering = |effect| grants.iter().find(|it| it.effect == effect && covers(it));
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
        authorization::{GrantOrigin, GrantScope, PermissionPattern, Place, Reach, RoleLine},
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

    fn allows(grants: &[Grant], permission: &Permission, places: impl Into<Places>) -> bool {
        decide(grants, permission, &places.into()).is_allowed()
    }

    #[test]
    fn nothing_is_permitted_without_a_grant() {
        let decision = decide(&[], &Permission::COURSES_VIEW, &Place::Tenant.into());
        assert_eq!(decision, Decision::NotGranted { elsewhere: None });
        assert_eq!(decision.to_string(), "no role allows it");
    }

    #[test]
    fn a_unit_covers_itself_and_what_is_below_it() {
        let region = [grant(Effect::Allow, "classes.*", GrantScope::Unit(id(10)), Reach::All)];
        let manage = &Permission::CLASSES_MANAGE;
        assert!(allows(&region, manage, Place::Unit(id(10))));
        assert!(allows(&region, manage, [Place::Unit(id(11)), Place::Unit(id(10))]));
        assert!(!allows(&region, manage, Place::Unit(id(11))));
        assert!(!allows(&region, manage, Place::Tenant));
        let decision = decide(&region, manage, &Place::Tenant.into());
        let unit = id::<Membership>(10);
        assert_eq!(
            decision.to_string(),
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
        assert!(allows(&grants, refund, Place::Tenant));
        assert!(!allows(&grants, refund, [Place::Tenant, Place::Unit(id(10))]));
        assert!(allows(&grants, &Permission::PAYMENTS_RECORD, Place::Unit(id(10))));
    }

    #[test]
    fn reach_says_whose_things() {
        let view = &Permission::SCORES_VIEW;
        let of = |reach, scope| [grant(Effect::Allow, "scores.view", scope, reach)];
        let (own, ward, other) = (Place::Own(me()), Place::Own(id(7)), Place::Own(id(8)));
        let tenant = GrantScope::Tenant;
        assert!(allows(&of(Reach::Own, tenant), view, own));
        assert!(!allows(&of(Reach::Own, tenant), view, ward));
        assert!(!allows(&of(Reach::Own, tenant), view, Place::Tenant));
        assert!(allows(&of(Reach::Wards, tenant), view, ward));
        assert!(!allows(&of(Reach::Wards, tenant), view, own));
        assert!(!allows(&of(Reach::Wards, tenant), view, other));
        assert!(allows(&of(Reach::All, tenant), view, other));
        let class = Uuid::from_u128(20);
        assert!(allows(&of(Reach::Led, tenant), view, [other, own]));
        assert!(!allows(&of(Reach::Led, tenant), view, other));
        assert!(allows(
            &of(Reach::Led, GrantScope::Class(class)),
            view,
            other.and(Place::Class(class))
        ));
        assert!(!allows(&of(Reach::Led, GrantScope::Class(class)), view, other));
    }

    #[test]
    fn the_platform_is_nobodys_but_its_own() {
        let manage = &Permission::PLATFORM_MANAGE_TENANTS;
        let key = "platform.manage_tenants";
        let tenant = [grant(Effect::Allow, key, GrantScope::Tenant, Reach::All)];
        assert!(!allows(&tenant, manage, Place::Platform));
        let platform = [grant(Effect::Allow, key, GrantScope::Platform, Reach::All)];
        assert!(allows(&platform, manage, Place::Platform));
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

    fn any_places() -> impl Strategy<Value = Places> {
        let place = prop::sample::select(vec![
            Place::Tenant,
            Place::Unit(id(10)),
            Place::Unit(id(11)),
            Place::Course(Uuid::from_u128(20)),
            Place::Class(Uuid::from_u128(30)),
            Place::Own(me()),
            Place::Own(id(7)),
            Place::Own(id(8)),
        ]);
        prop::collection::vec(place, 1..4).prop_map(Places::from)
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
            places in any_places(),
        ) {
            let before = decide(&grants, &permission, &places).is_allowed();
            let mut with = grants.clone();
            let effect = more.effect;
            with.push(more);
            let after = decide(&with, &permission, &places).is_allowed();
            match effect {
                Effect::Allow => prop_assert!(after || !before),
                Effect::Deny => prop_assert!(before || !after),
            }
        }

        #[test]
        fn the_order_of_grants_does_not_matter(
            grants in prop::collection::vec(any_grant(), 0..6),
            permission in any_permission(),
            places in any_places(),
        ) {
            let backwards: Vec<_> = grants.iter().rev().cloned().collect();
            prop_assert_eq!(
                decide(&grants, &permission, &places).is_allowed(),
                decide(&backwards, &permission, &places).is_allowed()
            );
        }

        #[test]
        fn the_grant_that_a_decision_names_covers_the_place(
            grants in prop::collection::vec(any_grant(), 0..6),
            permission in any_permission(),
            places in any_places(),
        ) {
            match decide(&grants, &permission, &places) {
                Decision::Allowed { by } => {
                    prop_assert_eq!(by.effect, Effect::Allow);
                    prop_assert!(by.covers(&permission, &places));
                }
                Decision::Denied { by } => {
                    prop_assert_eq!(by.effect, Effect::Deny);
                    prop_assert!(by.covers(&permission, &places));
                }
                Decision::NotGranted { .. } => {
                    prop_assert!(!grants.iter().any(|it| it.covers(&permission, &places)));
                }
            }
        }
    }
}
