//! The rights that an enrollment rests on: one for each thing that lets the learner learn.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::learning::{Enrollment, GrantSource};
use lms_kernel::{Context, Id, Timestamp};
use lms_store::{LogStamp, Query, Record};

/// Whether a right may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum RightStatus {
    /// It gives access from its start until its end.
    Held,
    /// It gives no access for a while, such as that of a paused subscription.
    Resting,
    /// It was revoked before its end.
    Ended,
}

/// A right to learn in a course, from one source: an order, a class, staff. An enrollment has one
/// for each source, and the learner learns for as long as any of them gives access.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "enrollment_rights",
    unique(enrollment_id, source, source_id),
    index(source, source_id)
)]
pub struct EnrollmentRight {
    /// The right's id.
    pub id: Id<EnrollmentRight>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The enrollment that rests on it.
    pub enrollment_id: Id<Enrollment>,
    /// What kind of thing gives it.
    pub source: GrantSource,
    /// The record that gives it, such as the order's line or the class; none for staff.
    pub source_id: Option<Uuid>,
    /// From when on it gives access.
    pub starts_at: Timestamp,
    /// From when on it gives no access any more; never when there is none.
    pub ends_at: Option<Timestamp>,
    /// How many days it lasts from the seat on, where the learner still waits for one.
    pub days_from_seat: Option<u32>,
    /// Whether it may be used.
    pub status: RightStatus,
}

/// A right that a source gives, as that source says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GivenRight {
    /// What kind of thing gives it.
    pub source: GrantSource,
    /// The record that gives it; none for staff.
    pub source_id: Option<Uuid>,
    /// From when on it gives access.
    pub starts_at: Timestamp,
    /// From when on it gives no access any more; never when there is none.
    pub ends_at: Option<Timestamp>,
    /// Whether it gives no access for a while.
    pub is_resting: bool,
}

impl GivenRight {
    /// A right from that record that gives access from `starts_at` on and never ends.
    pub const fn new(source: GrantSource, source_id: Option<Uuid>, starts_at: Timestamp) -> Self {
        Self { source, source_id, starts_at, ends_at: None, is_resting: false }
    }

    /// The same, until then.
    #[must_use]
    pub const fn until(mut self, ends_at: Option<Timestamp>) -> Self {
        self.ends_at = ends_at;
        self
    }

    /// The same, giving no access for a while, or giving it again.
    #[must_use]
    pub const fn resting(mut self, is_resting: bool) -> Self {
        self.is_resting = is_resting;
        self
    }

    /// What names the right within an enrollment.
    pub const fn origin(&self) -> (GrantSource, Option<Uuid>) {
        (self.source, self.source_id)
    }

    const fn status(&self) -> RightStatus {
        if self.is_resting { RightStatus::Resting } else { RightStatus::Held }
    }
}

/// What the rights of an enrollment give together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Standing {
    /// Access.
    Open {
        /// Until when, without a gap; for ever when there is no end.
        until: Option<Timestamp>,
    },
    /// No access for a while: what would give it rests, or begins later.
    Resting,
    /// No access, because the time of what gave it is over.
    Over,
    /// No access, because what gave it was revoked.
    Ended,
}

impl EnrollmentRight {
    /// The right that an enrollment has from a source.
    pub fn new(cx: &Context, enrollment: Id<Enrollment>, given: &GivenRight) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            enrollment_id: enrollment,
            source: given.source,
            source_id: given.source_id,
            starts_at: given.starts_at,
            ends_at: given.ends_at,
            days_from_seat: None,
            status: given.status(),
        }
    }

    /// The right that an enrollment without any in the store has: the one that its own fields name.
    pub fn implied(cx: &Context, enrollment: &Enrollment) -> Self {
        let given =
            GivenRight::new(enrollment.source, enrollment.source_id, enrollment.enrolled_at)
                .until(enrollment.expires_at);
        let mut right = Self::new(cx, enrollment.id, &given);
        if !enrollment.status.is_live() {
            right.status = RightStatus::Ended;
        }
        right
    }

    /// The rights of an enrollment.
    pub fn of(enrollment: Id<Enrollment>) -> Query<Self> {
        Query::filter(Self::ENROLLMENT_ID.eq(enrollment))
    }

    /// What names the right within its enrollment.
    pub const fn origin(&self) -> (GrantSource, Option<Uuid>) {
        (self.source, self.source_id)
    }

    /// Whether it gives access at `now`: from its start on, until before its end.
    pub fn gives_access(&self, now: Timestamp) -> bool {
        self.status == RightStatus::Held && self.starts_at <= now && !self.is_over(now)
    }

    /// Whether its time is over at `now`.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }

    /// Takes over what its source says now; tells whether anything changed.
    pub fn follow(&mut self, given: &GivenRight) -> bool {
        let before = self.clone();
        self.status = given.status();
        self.ends_at = given.ends_at;
        self.days_from_seat = None;
        self.starts_at = match before.status {
            RightStatus::Ended => given.starts_at,
            _ => self.starts_at.min(given.starts_at),
        };
        *self != before
    }
}

/// What rights give together at `now`. One that begins before or when another ends goes on where
/// that one stops.
///
/// ```
/// use lms_learning::learning::{Standing, standing};
///
/// let now = "2024-03-31T12:00:00Z".parse().unwrap();
/// assert_eq!(standing(&[], now), Standing::Ended);
/// ```
pub fn standing(rights: &[EnrollmentRight], now: Timestamp) -> Standing {
    let mut held: Vec<_> = rights
        .iter()
        .filter(|it| it.status == RightStatus::Held && !it.is_over(now))
        .map(|it| (it.starts_at, it.ends_at))
        .collect();
    held.sort_unstable();
    let mut until = now;
    for (from, end) in held {
        if from > until {
            break;
        }
        match end {
            None => return Standing::Open { until: None },
            Some(end) => until = until.max(end),
        }
    }
    if until > now {
        return Standing::Open { until: Some(until) };
    }
    // What begins later gives nothing yet, and is not lost either.
    let waits = |it: &EnrollmentRight| it.status != RightStatus::Ended && !it.is_over(now);
    if rights.iter().any(waits) {
        return Standing::Resting;
    }
    let ran_out = |it: &EnrollmentRight| it.status != RightStatus::Ended && it.is_over(now);
    if rights.iter().any(ran_out) { Standing::Over } else { Standing::Ended }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::content::tree::tests::context;

    fn at(day: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::days(day))
    }

    fn right(from: i64, to: Option<i64>, status: RightStatus) -> EnrollmentRight {
        let given = GivenRight::new(GrantSource::Order, None, at(from)).until(to.map(at));
        EnrollmentRight { status, ..EnrollmentRight::new(&context(), context().id(), &given) }
    }

    #[test]
    fn rights_that_follow_each_other_are_one_time() {
        let held = |from, to| right(from, to, RightStatus::Held);
        let rights = [held(8, Some(12)), held(0, Some(5)), held(5, Some(8)), held(20, None)];
        assert_eq!(standing(&rights, at(3)), Standing::Open { until: Some(at(12)) });
        assert_eq!(standing(&rights, at(12)), Standing::Resting, "one begins on day 20");
        assert_eq!(standing(&rights, at(20)), Standing::Open { until: None });
        assert_eq!(standing(&rights[..3], at(12)), Standing::Over);
    }

    #[test]
    fn what_rests_gives_nothing_and_ends_nothing() {
        let resting = right(0, Some(9), RightStatus::Resting);
        assert_eq!(standing(std::slice::from_ref(&resting), at(3)), Standing::Resting);
        assert_eq!(standing(std::slice::from_ref(&resting), at(9)), Standing::Over);
        let other = right(0, Some(5), RightStatus::Held);
        assert_eq!(standing(&[resting, other], at(3)), Standing::Open { until: Some(at(5)) });
        let ended = right(0, None, RightStatus::Ended);
        assert_eq!(standing(&[ended], at(3)), Standing::Ended);
    }

    fn rights() -> impl Strategy<Value = Vec<EnrollmentRight>> {
        let one = (0..RightStatus::ALL.len(), 0_i64..20, proptest::option::of(1_i64..20));
        let one = one.prop_map(|(status, from, days)| {
            right(from, days.map(|it| from + it), RightStatus::ALL[status])
        });
        proptest::collection::vec(one, 0..6)
    }

    proptest! {
        #[test]
        fn a_standing_is_what_any_right_gives_at_each_time(rights in rights(), day in 0_i64..25) {
            let gives = |day| rights.iter().any(|it| it.gives_access(at(day)));
            match standing(&rights, at(day)) {
                Standing::Open { until: None } => prop_assert!((day..60).all(gives)),
                Standing::Open { until: Some(end) } => {
                    let end = (day..60).find(|it| at(*it) == end).unwrap();
                    prop_assert!((day..end).all(gives) && !gives(end));
                }
                _ => prop_assert!(!gives(day)),
            }
        }
    }
}
