//! One rule for every way of granting rights: no one grants more than they have.
use std::collections::HashMap;

use crate::{
    authorization::{
        Effect, Grant, GrantScope, Permission, PermissionPattern, Principal, Reach, RoleLine,
        authorize::line_of,
    },
    tenancy::OrgUnit,
};
use lms_kernel::{Actor, Id};
use lms_store::{StoreError, Transaction};

/// Units, each with itself and those above it.
type UnitLines = HashMap<Id<OrgUnit>, Vec<Id<OrgUnit>>>;

/// The first of some lines of a role that the actor could not give for `scope`, because they may
/// not do as much there themselves. The system may give everything, and so may the platform's
/// people who open tenants.
///
/// Every service by which rights are given asks it: for roles and their lines, for units that a
/// person is to run, for extra permissions, for invitations, and for denials that are taken away.
pub(crate) async fn beyond_own(
    tx: &mut Transaction,
    lines: &[RoleLine],
    scope: GrantScope,
) -> Result<Option<PermissionPattern>, StoreError> {
    let actor = match tx.actor() {
        Actor::System { .. } => return Ok(None),
        Actor::User(actor) => Some(*actor),
        Actor::Anonymous => None,
    };
    let principal = match actor {
        Some(actor) => Some(Principal::of(tx, actor).await?),
        None => None,
    };
    let grants = principal.as_deref().map_or(&[][..], Principal::grants);
    let opens_tenants = |it: &Grant| {
        it.scope == GrantScope::Platform
            && it.effect == Effect::Allow
            && it.pattern.matches(&Permission::PLATFORM_MANAGE_TENANTS)
    };
    if grants.iter().any(opens_tenants) {
        return Ok(None);
    }
    let mut units = UnitLines::new();
    for scope in grants.iter().map(|it| it.scope).chain([scope]) {
        if let GrantScope::Unit(unit) = scope
            && !units.contains_key(&unit)
        {
            let line = line_of(tx, unit).await?.iter().map(|(unit, _)| *unit).collect();
            units.insert(unit, line);
        }
    }
    let beyond = lines.iter().find(|it| !may_give(grants, it, scope, &units));
    Ok(beyond.map(|it| it.pattern.clone()))
}

/// Whether a person with `grants` may give others what a line of a role allows for `scope`: they
/// have it there themselves, for the same people's things or for everyone's, and no denial takes
/// any of it from them there. A denial gives nothing and may always be given.
fn may_give(grants: &[Grant], line: &RoleLine, scope: GrantScope, units: &UnitLines) -> bool {
    if line.effect == Effect::Deny {
        return true;
    }
    // What is led in a unit, a course or a class is everything there.
    let is_placed = !matches!(scope, GrantScope::Platform | GrantScope::Tenant);
    let reaches_all = line.reach == Reach::All || line.reach == Reach::Led && is_placed;
    let has = |own: &Grant| {
        let reaches = own.members.is_none() || !reaches_all && own.reach == line.reach;
        reaches && own.pattern.includes(&line.pattern) && spans(own.scope, scope, units)
    };
    let lacks = |own: &Grant| {
        let overlaps = own.pattern.includes(&line.pattern) || line.pattern.includes(&own.pattern);
        overlaps && meet(own.scope, scope, units)
    };
    grants.iter().any(|own| own.effect == Effect::Allow && has(own))
        && !grants.iter().any(|own| own.effect == Effect::Deny && lacks(own))
}

/// Whether everything at `inner` is at `outer` too, as far as it is known.
fn spans(outer: GrantScope, inner: GrantScope, units: &UnitLines) -> bool {
    match (outer, inner) {
        (GrantScope::Platform, _) => true,
        (GrantScope::Tenant, inner) => inner != GrantScope::Platform,
        (GrantScope::Unit(outer), GrantScope::Unit(inner)) => {
            units.get(&inner).is_some_and(|line| line.contains(&outer))
        }
        (outer, inner) => outer == inner,
    }
}

/// Whether something may be at both places. Only two units beside each other, two courses and two
/// classes are known to have nothing in common.
fn meet(one: GrantScope, other: GrantScope, units: &UnitLines) -> bool {
    match (one, other) {
        (GrantScope::Unit(_), GrantScope::Unit(_)) => {
            spans(one, other, units) || spans(other, one, units)
        }
        (GrantScope::Course(one), GrantScope::Course(other))
        | (GrantScope::Class(one), GrantScope::Class(other)) => one == other,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::authorization::{BuiltinRole, GrantOrigin, Subject, decide};

    fn id<T>(number: u128) -> Id<T> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    /// Unit 11 is below unit 10, unit 12 beside it.
    fn units() -> UnitLines {
        [(10, vec![10]), (11, vec![11, 10]), (12, vec![12])]
            .map(|(unit, line): (u128, Vec<u128>)| (id(unit), line.into_iter().map(id).collect()))
            .into()
    }

    fn line(effect: Effect, pattern: &'static str, reach: Reach) -> RoleLine {
        RoleLine { effect, pattern: PermissionPattern::from_static(pattern), reach }
    }

    fn grant(line: &RoleLine, scope: GrantScope) -> Grant {
        Grant::of_line(line, scope, id(1), &[id(7)], GrantOrigin::Role("some".into()))
    }

    const TENANT: GrantScope = GrantScope::Tenant;

    #[test]
    fn a_line_is_given_where_the_giver_has_it_and_not_elsewhere() {
        let (above, below, beside) = (id(10), id(11), id(12));
        let unit = GrantScope::Unit;
        let own = [
            grant(&line(Effect::Allow, "classes.*", Reach::All), unit(above)),
            grant(&line(Effect::Deny, "classes.create", Reach::All), unit(above)),
        ];
        let gives = |pattern, scope| {
            may_give(&own, &line(Effect::Allow, pattern, Reach::All), scope, &units())
        };
        assert!(gives("classes.manage", unit(above)));
        assert!(gives("classes.manage", unit(below)));
        assert!(!gives("classes.manage", unit(beside)));
        assert!(!gives("classes.manage", TENANT));
        assert!(!gives("classes.create", unit(above)));
        assert!(!gives("classes.*", unit(above)));
    }

    #[test]
    fn a_line_about_ones_own_things_is_given_by_those_who_have_it() {
        let own = [grant(&line(Effect::Allow, "tests.grade", Reach::Own), TENANT)];
        let gives =
            |pattern, reach| may_give(&own, &line(Effect::Allow, pattern, reach), TENANT, &units());
        assert!(gives("tests.grade", Reach::Own));
        for reach in [Reach::All, Reach::Led, Reach::Wards] {
            assert!(!gives("tests.grade", reach), "{reach}");
        }
        for reach in Reach::ALL {
            assert!(!gives("wallets.adjust", *reach), "{reach}");
        }
    }

    #[test]
    fn a_denial_in_a_part_takes_the_right_to_give_it_for_the_whole() {
        let own = [
            grant(&line(Effect::Allow, "*", Reach::All), TENANT),
            grant(&line(Effect::Deny, "payments.refund", Reach::All), GrantScope::Unit(id(10))),
        ];
        let refund = line(Effect::Allow, "payments.refund", Reach::All);
        assert!(!may_give(&own, &refund, TENANT, &units()));
        assert!(!may_give(&own, &refund, GrantScope::Unit(id(11)), &units()));
        assert!(may_give(&own, &refund, GrantScope::Unit(id(12)), &units()));
    }

    #[test]
    fn an_administrator_gives_every_built_in_role_and_a_supervisor_does_not() {
        let of = |role: BuiltinRole| -> Vec<Grant> {
            role.lines().iter().map(|it| grant(it, TENANT)).collect()
        };
        let gives = |giver: &[Grant], role: BuiltinRole| {
            role.lines().iter().all(|it| may_give(giver, it, TENANT, &units()))
        };
        let admin = of(BuiltinRole::Admin);
        for role in BuiltinRole::of_tenants() {
            assert!(gives(&admin, role), "{role}");
            assert!(gives(&of(role), role), "{role} gives what it has");
        }
        assert!(!gives(&of(BuiltinRole::Supervisor), BuiltinRole::Admin));
    }

    fn any_line() -> impl Strategy<Value = RoleLine> {
        let patterns = vec!["*", "courses.*", "courses.manage", "tests.grade"];
        let pattern = prop::sample::select(patterns);
        let (effect, reach) = (prop::sample::select(Effect::ALL), prop::sample::select(Reach::ALL));
        (effect, pattern, reach).prop_map(|(effect, pattern, reach)| line(effect, pattern, reach))
    }

    fn any_scope() -> impl Strategy<Value = GrantScope> {
        prop::sample::select(vec![
            TENANT,
            GrantScope::Unit(id(10)),
            GrantScope::Unit(id(11)),
            GrantScope::Unit(id(12)),
            GrantScope::Course(Uuid::from_u128(20)),
            GrantScope::Class(Uuid::from_u128(30)),
        ])
    }

    fn any_subject() -> impl Strategy<Value = (Subject, Vec<Id<OrgUnit>>)> {
        let owner = prop::option::of(prop::sample::select(vec![1, 7, 8]));
        let leader = prop::option::of(prop::sample::select(vec![1, 8]));
        let unit = prop::option::of(prop::sample::select(vec![10, 11, 12]));
        let (course, class) = (any::<bool>(), any::<bool>());
        (owner, leader, unit, course, class).prop_map(|(owner, leader, unit, course, class)| {
            let unit: Option<Id<OrgUnit>> = unit.map(id);
            let subject = Subject {
                owner: owner.map(id),
                leaders: leader.map(id).into_iter().collect(),
                courses: course.then(|| Uuid::from_u128(20)).into_iter().collect(),
                classes: class.then(|| Uuid::from_u128(30)).into_iter().collect(),
                unit,
                ..Subject::default()
            };
            let line = unit.and_then(|it| units().get(&it).cloned());
            (subject, line.unwrap_or_default())
        })
    }

    proptest! {
        /// What a person could give themselves, they could do before: no gift adds to the giver.
        #[test]
        fn a_gift_to_oneself_adds_nothing(
            own in prop::collection::vec((any_line(), any_scope()), 0..6),
            gift in any_line(),
            scope in any_scope(),
            (subject, units_of_it) in any_subject(),
        ) {
            let own: Vec<_> = own.iter().map(|(line, scope)| grant(line, *scope)).collect();
            prop_assume!(may_give(&own, &gift, scope, &units()));
            let mut with = own.clone();
            with.push(grant(&gift, scope));
            for permission in [Permission::COURSES_MANAGE, Permission::TESTS_GRADE] {
                let can = |grants: &[Grant]| {
                    decide(grants, &permission, &subject, &units_of_it).is_allowed()
                };
                prop_assert!(can(&own) || !can(&with));
            }
        }
    }
}
