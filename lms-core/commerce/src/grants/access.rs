//! Deciding whether a person has access to an item.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Grant, Item};
use lms_kernel::{Id, Timestamp};

/// Why a person may use a thing, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessDecision {
    /// This grant gives it, and the first of several that do.
    Granted(Id<Grant>),
    /// There are grants, and none of them gives access at this time.
    Lapsed,
    /// There never was a grant.
    NotGranted,
}

impl AccessDecision {
    /// Whether access is given.
    pub const fn is_granted(self) -> bool {
        matches!(self, Self::Granted(_))
    }
}

/// Whether any of someone's grants gives access to `target` at `now`.
///
/// Access is *any* active grant: taking one away never takes what another one gives.
pub fn access_to(grants: &[Grant], target: Item, now: Timestamp) -> AccessDecision {
    let mut covering = grants.iter().filter(|it| it.target == target).peekable();
    if covering.peek().is_none() {
        return AccessDecision::NotGranted;
    }
    match covering.find(|it| it.gives_access(now)) {
        Some(grant) => AccessDecision::Granted(grant.id),
        None => AccessDecision::Lapsed,
    }
}

/// The things that a person may use at `now`, each once.
pub fn accessible(grants: &[Grant], now: Timestamp) -> BTreeSet<Item> {
    grants.iter().filter(|it| it.gives_access(now)).map(|it| it.target).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{AccessSource, AccessSourceKind, GrantStatus, ItemKind};
    use lms_kernel::{Actor, Context, SequentialIds, TenantId};

    fn day(day: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(chrono::TimeDelta::days(day))
    }

    fn grant(target: u128, status: GrantStatus, end: Option<i64>) -> Grant {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), day(0), ids);
        let source = AccessSource::new(AccessSourceKind::Manual, Uuid::from_u128(9));
        let target = Item::new(ItemKind::Course, Uuid::from_u128(target));
        let holder = Id::from_uuid(Uuid::from_u128(1));
        Grant { status, ..Grant::new(&cx, holder, target, source).until(end.map(day)) }
    }

    #[test]
    fn a_grant_ends_without_anybody_marking_it() {
        let grants = [grant(1, GrantStatus::Active, Some(3))];
        let target = grants[0].target;
        assert!(access_to(&grants, target, day(2)).is_granted());
        assert_eq!(access_to(&grants, target, day(3)), AccessDecision::Lapsed);
        assert_eq!(access_to(&grants, target, day(-1)), AccessDecision::Lapsed);
        assert_eq!(access_to(&[], target, day(2)), AccessDecision::NotGranted);
    }

    fn any_grant() -> impl Strategy<Value = Grant> {
        let end = proptest::option::of(0_i64..10);
        let status = proptest::sample::select(GrantStatus::ALL);
        (0_u128..4, status, end).prop_map(|(target, status, end)| grant(target, status, end))
    }

    proptest! {
        #[test]
        fn removing_one_grant_never_removes_what_another_gives(
            grants in proptest::collection::vec(any_grant(), 1..8),
            removed: proptest::sample::Index,
            now in 0_i64..10,
        ) {
            let at = removed.index(grants.len());
            let mut rest = grants.clone();
            let gone = rest.remove(at);
            for kept in &rest {
                if kept.gives_access(day(now)) {
                    prop_assert!(access_to(&rest, kept.target, day(now)).is_granted());
                }
            }
            let mut left = accessible(&rest, day(now));
            left.insert(gone.target);
            prop_assert!(accessible(&grants, day(now)).is_subset(&left));
        }
    }
}
