//! The access decision.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    content::{NodeAccess, Pricing},
    learning::{
        AccessFacts, EnrollmentFact, EnrollmentStatus, Entitlement, GrantSource, Offer, Unmet,
    },
};

/// Whether a learner may open a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Access {
    /// The learner may.
    Granted {
        /// By what right.
        reason: Reason,
    },
    /// The learner has the right to the course, and the node is not open yet.
    Locked {
        /// What is missing.
        unmet: Vec<Unmet>,
    },
    /// The learner has no right to the course, and may get one.
    Offered {
        /// The offers that give access.
        offers: Vec<Offer>,
    },
    /// The learner may not, and cannot change it alone.
    Denied {
        /// The reason.
        because: Denial,
    },
}

impl Access {
    /// Whether the learner may open the node.
    pub const fn is_granted(&self) -> bool {
        matches!(self, Self::Granted { .. })
    }
}

/// By what right a person may open a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// They write or review the course.
    Author,
    /// It is a sample for everyone.
    Preview,
    /// It is free for everyone in the tenant.
    FreeNode,
    /// They are enrolled.
    Enrollment,
    /// Something gives them the right, such as a subscription.
    Entitlement {
        /// The kind of right.
        source: GrantSource,
    },
}

/// Why a person may not open a node.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, DomainError,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Denial {
    /// Learners do not see it; to them it looks as if it did not exist.
    #[error("there is no such lesson")]
    #[fault(not_found)]
    NotVisible,
    /// No one is signed in.
    #[error("sign in first")]
    #[fault(forbidden)]
    SignInFirst,
    /// Their enrollment is suspended.
    #[error("the enrollment is suspended; ask your teacher")]
    #[fault(forbidden)]
    Suspended,
    /// Their enrollment waits for a decision or a payment.
    #[error("the enrollment waits for a decision or a payment")]
    #[fault(forbidden)]
    Pending,
    /// They wait for a seat.
    #[error("the course is full; you are on the waiting list")]
    #[fault(forbidden)]
    Waitlisted,
    /// Nothing is offered that would give the right.
    #[error("the course is not offered; ask your teacher")]
    #[fault(forbidden)]
    NothingOffered,
}

/// Whether a learner may open a node: the first that applies of
///
/// 1. authors see everything, others only what is visible;
/// 2. samples are for everyone, free nodes for everyone who is signed in;
/// 3. an enrollment or an entitlement that is valid gives the right to the course, and then the
///    node's release rule decides whether it is open;
/// 4. a learner without any right gets the offers, or the reason why there are none.
///
/// Rights only add up: taking one away never takes what another gives. A suspended enrollment is
/// not a right, and keeps no one from a sample, a free node or another right.
pub fn decide(facts: &AccessFacts<'_>) -> Access {
    if facts.is_author {
        return Access::Granted { reason: Reason::Author };
    }
    if !facts.is_visible {
        return Access::Denied { because: Denial::NotVisible };
    }
    match facts.node_access {
        NodeAccess::Preview => return Access::Granted { reason: Reason::Preview },
        NodeAccess::Free if facts.is_member => {
            return Access::Granted { reason: Reason::FreeNode };
        }
        NodeAccess::Free | NodeAccess::Inherit | NodeAccess::Paid => {}
    }
    if !facts.is_member {
        return Access::Denied { because: Denial::SignInFirst };
    }
    match right(facts) {
        Some(_) if !facts.release.is_open() => {
            Access::Locked { unmet: facts.release.unmet.clone() }
        }
        Some(reason) => Access::Granted { reason },
        None => without_right(facts),
    }
}

/// By what right the learner has the course.
fn right(facts: &AccessFacts<'_>) -> Option<Reason> {
    if facts.enrollment.is_some_and(|it| it.is_valid(facts.now)) {
        return Some(Reason::Enrollment);
    }
    let valid = |it: &&Entitlement| it.is_valid(facts.now);
    let source = facts.entitlements.iter().find(valid)?.source;
    Some(Reason::Entitlement { source })
}

fn without_right(facts: &AccessFacts<'_>) -> Access {
    let denied = |because| Access::Denied { because };
    let is_over = match facts.enrollment.map(|it: EnrollmentFact| it.status) {
        Some(EnrollmentStatus::Suspended) => return denied(Denial::Suspended),
        Some(EnrollmentStatus::Waitlisted) => return denied(Denial::Waitlisted),
        // A pending enrollment for something that is paid waits for the payment: the offers stay.
        Some(EnrollmentStatus::Pending) if facts.pricing.is_free() => {
            return denied(Denial::Pending);
        }
        Some(
            EnrollmentStatus::Active | EnrollmentStatus::Completed | EnrollmentStatus::Expired,
        ) => true,
        Some(EnrollmentStatus::Pending | EnrollmentStatus::Dropped | EnrollmentStatus::Retaken)
        | None => false,
    };
    let mut offers = Vec::new();
    match facts.pricing {
        pricing if pricing.is_free() => {
            offers.push(if is_over { Offer::Renew } else { Offer::Enroll });
        }
        Pricing::Paid { .. } => {
            offers.extend(facts.pricing.price_due().map(|price| Offer::Buy { price }));
        }
        Pricing::Free | Pricing::Subscription => {}
    }
    offers.extend_from_slice(facts.products);
    if offers.is_empty() {
        return denied(Denial::NothingOffered);
    }
    Access::Offered { offers }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::learning::{ProductKind, Verdict};
    use lms_kernel::Timestamp;

    static OPEN: Verdict = Verdict::OPEN;

    fn at(day: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::days(day))
    }

    fn paid() -> Pricing {
        Pricing::paid("49.00 USD".parse().unwrap(), Some("39.00 USD".parse().unwrap())).unwrap()
    }

    fn enrolled(status: EnrollmentStatus, expires: Option<i64>) -> Option<EnrollmentFact> {
        Some(EnrollmentFact { status, expires_at: expires.map(at) })
    }

    fn subscription(from: i64, to: Option<i64>) -> Entitlement {
        Entitlement {
            source: GrantSource::Subscription,
            source_id: Some(Uuid::from_u128(5)),
            starts_at: at(from),
            ends_at: to.map(at),
        }
    }

    fn facts(pricing: &Pricing) -> AccessFacts<'_> {
        AccessFacts {
            now: at(10),
            is_member: true,
            is_author: false,
            is_visible: true,
            pricing,
            node_access: NodeAccess::Paid,
            enrollment: None,
            entitlements: &[],
            release: &OPEN,
            products: &[],
        }
    }

    #[test]
    fn the_paywall_of_a_unit() {
        // The flow of the source: a free unit opens, then a subscription, else the plans.
        let pricing = Pricing::Subscription;
        let plan = Offer::Product {
            product: ProductKind::Plan,
            product_id: Uuid::from_u128(9),
            price: Some("9.00 USD".parse().unwrap()),
        };
        let mut facts = AccessFacts { products: &[plan], ..facts(&pricing) };
        assert_eq!(decide(&facts), Access::Offered { offers: vec![plan] });
        let active = [subscription(0, Some(11))];
        facts.entitlements = &active;
        let reason = Reason::Entitlement { source: GrantSource::Subscription };
        assert_eq!(decide(&facts), Access::Granted { reason });
        facts.now = at(11);
        assert_eq!(decide(&facts), Access::Offered { offers: vec![plan] });
        facts.node_access = NodeAccess::Free;
        assert_eq!(decide(&facts), Access::Granted { reason: Reason::FreeNode });
        facts.is_member = false;
        assert_eq!(decide(&facts), Access::Denied { because: Denial::SignInFirst });
        facts.node_access = NodeAccess::Preview;
        assert_eq!(decide(&facts), Access::Granted { reason: Reason::Preview });
        facts.is_visible = false;
        assert_eq!(decide(&facts), Access::Denied { because: Denial::NotVisible });
        facts.is_author = true;
        assert_eq!(decide(&facts), Access::Granted { reason: Reason::Author });
    }

    #[test]
    fn each_enrollment_status_in_a_paid_course() {
        let pricing = paid();
        let price = "39.00 USD".parse().unwrap();
        let offered = Access::Offered { offers: vec![Offer::Buy { price }] };
        let granted = Access::Granted { reason: Reason::Enrollment };
        for (status, expected) in [
            (EnrollmentStatus::Pending, offered.clone()),
            (EnrollmentStatus::Waitlisted, Access::Denied { because: Denial::Waitlisted }),
            (EnrollmentStatus::Active, granted.clone()),
            (EnrollmentStatus::Suspended, Access::Denied { because: Denial::Suspended }),
            (EnrollmentStatus::Completed, granted),
            (EnrollmentStatus::Dropped, offered.clone()),
            (EnrollmentStatus::Expired, offered.clone()),
            (EnrollmentStatus::Retaken, offered.clone()),
        ] {
            let facts = AccessFacts { enrollment: enrolled(status, Some(11)), ..facts(&pricing) };
            assert_eq!(decide(&facts), expected, "{status}");
        }
        for status in [EnrollmentStatus::Active, EnrollmentStatus::Completed] {
            // Its time is over, whatever its status still says.
            let over = AccessFacts { enrollment: enrolled(status, Some(10)), ..facts(&pricing) };
            assert_eq!(decide(&over), offered);
        }
    }

    #[test]
    fn a_free_course_is_enrolled_in() {
        let pricing = Pricing::Free;
        let offers = |offer| Access::Offered { offers: vec![offer] };
        assert_eq!(decide(&facts(&pricing)), offers(Offer::Enroll));
        let expired = enrolled(EnrollmentStatus::Expired, Some(1));
        let over = AccessFacts { enrollment: expired, ..facts(&pricing) };
        assert_eq!(decide(&over), offers(Offer::Renew));
        let pending = enrolled(EnrollmentStatus::Pending, None);
        let waits = AccessFacts { enrollment: pending, ..facts(&pricing) };
        assert_eq!(decide(&waits), Access::Denied { because: Denial::Pending });
        let subscription = Pricing::Subscription;
        let nothing = decide(&facts(&subscription));
        assert_eq!(nothing, Access::Denied { because: Denial::NothingOffered });
    }

    #[test]
    fn a_right_waits_for_the_release_rule() {
        let pricing = paid();
        let release = Verdict { unmet: vec![Unmet::NotBefore { at: at(12) }] };
        let active = enrolled(EnrollmentStatus::Active, None);
        let facts = AccessFacts { enrollment: active, release: &release, ..facts(&pricing) };
        assert_eq!(decide(&facts), Access::Locked { unmet: release.unmet.clone() });
        let sample = AccessFacts { node_access: NodeAccess::Preview, ..facts };
        assert!(decide(&sample).is_granted());
    }

    fn statuses() -> impl Strategy<Value = Option<EnrollmentFact>> {
        let some = (0..EnrollmentStatus::ALL.len(), proptest::option::of(0_i64..20));
        proptest::option::of(
            some.prop_map(|(at, end)| enrolled(EnrollmentStatus::ALL[at], end).unwrap()),
        )
    }

    proptest! {
        #[test]
        fn taking_a_right_away_never_takes_what_another_gives(
            enrollment in statuses(),
            rights in proptest::collection::vec((0_i64..20, proptest::option::of(0_i64..20)), 0..4),
            gone in 0_usize..4,
            access in 0..NodeAccess::ALL.len(),
            is_open: bool,
        ) {
            let pricing = paid();
            let locked = Verdict { unmet: vec![Unmet::MustNot] };
            let rights: Vec<_> = rights.into_iter().map(|(a, b)| subscription(a, b)).collect();
            let mut fewer = rights.clone();
            if gone < fewer.len() {
                fewer.remove(gone);
            }
            let of = |entitlements| AccessFacts {
                enrollment,
                entitlements,
                node_access: NodeAccess::ALL[access],
                release: if is_open { &OPEN } else { &locked },
                ..facts(&pricing)
            };
            // Fewer rights give at most what more give.
            prop_assert!(!decide(&of(&fewer)).is_granted() || decide(&of(&rights)).is_granted());
            // And what one of the others gives is still given.
            if fewer.iter().any(|it| it.is_valid(at(10))) && is_open {
                prop_assert!(decide(&of(&fewer)).is_granted());
            }
            let without = AccessFacts { enrollment: None, ..of(&rights) };
            prop_assert!(!decide(&without).is_granted() || decide(&of(&rights)).is_granted());
        }
    }
}
