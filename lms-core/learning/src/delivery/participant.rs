//! Participants of a session, and their attendance.
use chrono::TimeDelta;
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::delivery::Session;
use lms_kernel::{Context, Id, Percent, Ratio, TimeRange, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp};

/// The part of a participant in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum ParticipantRole {
    /// Leads it.
    Host,
    /// Speaks beside the host.
    Presenter,
    /// Learns.
    #[text("learner", "student", "participant", "attendee")]
    Learner,
    /// Watches.
    Observer,
}

/// Whether someone was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum AttendanceStatus {
    /// From the start to the end.
    Present,
    /// Came late.
    Late,
    /// Went early.
    LeftEarly,
    /// Not at all, or hardly.
    Absent,
    /// Not there, with a reason that staff accept.
    Excused,
}

impl AttendanceStatus {
    /// Whether it counts as having been there.
    pub const fn was_there(self) -> bool {
        match self {
            Self::Present | Self::Late | Self::LeftEarly => true,
            Self::Absent | Self::Excused => false,
        }
    }
}

/// How attendance follows from when someone came and went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttendancePolicy {
    /// How much later than the start is still on time.
    pub late_after_seconds: u32,
    /// How much earlier than the end is still to the end.
    pub early_before_seconds: u32,
    /// The least part of the session's time; with less someone counts as absent.
    pub least_presence: Percent,
}

impl Default for AttendancePolicy {
    /// Ten minutes at either end, and no least part.
    fn default() -> Self {
        Self { late_after_seconds: 600, early_before_seconds: 600, least_presence: Percent::ZERO }
    }
}

impl AttendancePolicy {
    /// Whether someone was there who first came at `joined_at`, last went at `left_at` (nothing
    /// while still there) and was there for `present_seconds`.
    ///
    /// Who came late and went early is late.
    pub fn status(
        &self,
        session: TimeRange,
        (joined_at, left_at): (Option<Timestamp>, Option<Timestamp>),
        present_seconds: i64,
    ) -> AttendanceStatus {
        let Some(joined_at) = joined_at.filter(|it| *it < session.end()) else {
            return AttendanceStatus::Absent;
        };
        let whole = session.duration().num_seconds().max(1);
        let presence = Ratio::new(i128::from(present_seconds.max(0)), i128::from(whole));
        if presence.is_ok_and(|it| it < self.least_presence.to_ratio()) {
            return AttendanceStatus::Absent;
        }
        let late = TimeDelta::seconds(i64::from(self.late_after_seconds));
        if joined_at > session.start().saturating_add(late) {
            return AttendanceStatus::Late;
        }
        let early = TimeDelta::seconds(i64::from(self.early_before_seconds));
        if left_at.is_some_and(|it| it < session.end().saturating_sub(early)) {
            return AttendanceStatus::LeftEarly;
        }
        AttendanceStatus::Present
    }
}

/// A participant of a session: invited, and perhaps present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "session_participants", unique(session_id, participant_id), index(participant_id))]
pub struct SessionParticipant {
    /// The record's id.
    pub id: Id<SessionParticipant>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The session.
    pub session_id: Id<Session>,
    /// The person.
    pub participant_id: Id<Membership>,
    /// What they do in it.
    pub role: ParticipantRole,
    /// When they first came.
    pub joined_at: Option<Timestamp>,
    /// When they last came; nothing while they are not there.
    pub present_since: Option<Timestamp>,
    /// When they last went.
    pub left_at: Option<Timestamp>,
    /// How long they were there, not counted while they still are.
    pub present_seconds: i64,
    /// Whether they were there; nothing before it was said or worked out.
    pub attendance: Option<AttendanceStatus>,
    /// Who said so; no one where it was worked out.
    pub marked_by: Option<Id<Membership>>,
}

impl SessionParticipant {
    /// That `person` is to take part.
    pub fn new(
        cx: &Context,
        session: Id<Session>,
        person: Id<Membership>,
        role: ParticipantRole,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            session_id: session,
            participant_id: person,
            role,
            joined_at: None,
            present_since: None,
            left_at: None,
            present_seconds: 0,
            attendance: None,
            marked_by: None,
        }
    }

    /// The person comes.
    pub fn arrive(&mut self, at: Timestamp) {
        self.joined_at = Some(self.joined_at.map_or(at, |first| first.min(at)));
        self.present_since = Some(self.present_since.map_or(at, |since| since.min(at)));
        self.left_at = None;
    }

    /// The person goes. Going without having come, or before, changes nothing.
    pub fn depart(&mut self, at: Timestamp) {
        let Some(since) = self.present_since.filter(|since| *since <= at) else { return };
        self.present_seconds = self.present_seconds.saturating_add(at.since(since).num_seconds());
        self.present_since = None;
        self.left_at = Some(at);
    }

    /// Those who take part in a session.
    pub fn of(session: Id<Session>) -> Query<Self> {
        Query::filter(Self::SESSION_ID.eq(session))
    }

    /// One person's part in a session.
    pub fn one(session: Id<Session>, person: Id<Membership>) -> Query<Self> {
        Query::filter(Self::SESSION_ID.eq(session).and(Self::PARTICIPANT_ID.eq(person)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::content::tree::tests::context;

    fn at(minute: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::minutes(minute))
    }

    fn hour() -> TimeRange {
        TimeRange::new(at(0), at(60)).unwrap()
    }

    #[test]
    fn attendance_follows_from_coming_and_going() {
        use AttendanceStatus::{Absent, Late, LeftEarly, Present};
        let policy = AttendancePolicy {
            least_presence: "50".parse().unwrap(),
            ..AttendancePolicy::default()
        };
        for (joined, left, present, expected) in [
            (None, None, 0, Absent),
            (Some(0), None, 60, Present),
            (Some(-5), Some(60), 60, Present),
            (Some(10), Some(50), 40, Present),
            (Some(11), Some(60), 49, Late),
            (Some(0), Some(49), 49, LeftEarly),
            (Some(11), Some(45), 34, Late),
            (Some(0), Some(29), 29, Absent),
            (Some(0), Some(30), 30, LeftEarly),
            (Some(60), Some(61), 1, Absent),
        ] {
            let times = (joined.map(at), left.map(at));
            let status = policy.status(hour(), times, present * 60);
            assert_eq!(status, expected, "{joined:?} {left:?} {present}");
        }
    }

    #[test]
    fn coming_again_adds_up() {
        let mut part = SessionParticipant::new(
            &context(),
            Id::from_uuid(Uuid::from_u128(1)),
            Id::from_uuid(Uuid::from_u128(2)),
            ParticipantRole::Learner,
        );
        part.depart(at(1));
        assert_eq!((part.left_at, part.present_seconds), (None, 0));
        part.arrive(at(2));
        part.arrive(at(3));
        part.depart(at(10));
        part.arrive(at(20));
        part.depart(at(19));
        assert_eq!(part.left_at, None);
        part.depart(at(30));
        assert_eq!((part.joined_at, part.left_at), (Some(at(2)), Some(at(30))));
        assert_eq!(part.present_seconds, 18 * 60);
    }

    proptest! {
        #[test]
        fn nobody_is_there_longer_than_from_first_to_last(
            moves in proptest::collection::vec((any::<bool>(), 0_i64..100), 0..20),
        ) {
            let mut part = SessionParticipant::new(
                &context(),
                Id::from_uuid(Uuid::from_u128(1)),
                Id::from_uuid(Uuid::from_u128(2)),
                ParticipantRole::Learner,
            );
            let mut times: Vec<_> = moves.iter().map(|(_, minute)| *minute).collect();
            times.sort_unstable();
            for ((comes, _), minute) in moves.iter().zip(times) {
                if *comes { part.arrive(at(minute)) } else { part.depart(at(minute)) }
            }
            prop_assert!(part.present_seconds >= 0);
            if let (Some(first), Some(last)) = (part.joined_at, part.left_at) {
                prop_assert!(part.present_seconds <= last.since(first).num_seconds());
            }
        }
    }
}
