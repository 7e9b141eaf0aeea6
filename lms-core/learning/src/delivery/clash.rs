//! Clashes: no one and no room is at two sessions at once.
use std::{collections::BTreeSet, fmt};

use chrono::{NaiveTime, TimeDelta, Timelike as _};
use serde::{Deserialize, Serialize};

use crate::delivery::{ClassGroup, Room, Session};
use lms_kernel::{Id, TimeRange, TimeZone};
use lms_people::identity::{Membership, StaffProfile};

/// The people and the room of a session, with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Booking {
    /// The session; none for one that is not planned yet.
    pub session_id: Option<Id<Session>>,
    /// The start and the end.
    pub range: TimeRange,
    /// Who teaches or speaks.
    pub host_id: Id<Membership>,
    /// The room.
    pub room_id: Option<Id<Room>>,
    /// The class.
    pub class_id: Option<Id<ClassGroup>>,
    /// Who learns.
    pub students: BTreeSet<Id<Membership>>,
}

/// A person or a room that would be in two sessions at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Clash {
    /// Who teaches.
    Tutor {
        /// The person.
        member_id: Id<Membership>,
        /// The other session.
        session_id: Option<Id<Session>>,
        /// When both take place.
        range: TimeRange,
    },
    /// The room.
    Room {
        /// The room.
        room_id: Id<Room>,
        /// The other session.
        session_id: Option<Id<Session>>,
        /// When both take place.
        range: TimeRange,
    },
    /// The class.
    Class {
        /// The class.
        class_id: Id<ClassGroup>,
        /// The other session.
        session_id: Option<Id<Session>>,
        /// When both take place.
        range: TimeRange,
    },
    /// Students.
    Students {
        /// The students.
        member_ids: BTreeSet<Id<Membership>>,
        /// The other session.
        session_id: Option<Id<Session>>,
        /// When both take place.
        range: TimeRange,
    },
    /// The tutor has said that they cannot then.
    TutorUnavailable {
        /// The person.
        member_id: Id<Membership>,
        /// When the session would take place.
        range: TimeRange,
    },
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tutor { range, .. } => {
                write!(f, "the tutor is at another session from {}", range.start())
            }
            Self::Room { range, .. } => write!(f, "the room is taken from {}", range.start()),
            Self::Class { range, .. } => write!(f, "the class meets from {}", range.start()),
            Self::Students { member_ids, range, .. } => write!(
                f,
                "{} students are at another session from {}",
                member_ids.len(),
                range.start()
            ),
            Self::TutorUnavailable { range, .. } => {
                write!(f, "the tutor is not available at {}", range.start())
            }
        }
    }
}

/// What `wanted` would take that `others` have, session by session; a session does not clash with
/// itself, and sessions that follow each other without a break do not clash.
pub fn clashes(wanted: &Booking, others: &[Booking]) -> Vec<Clash> {
    let mut found = Vec::new();
    for other in others {
        let is_same = wanted.session_id.is_some() && wanted.session_id == other.session_id;
        let Some(range) = wanted.range.intersection(&other.range).filter(|_| !is_same) else {
            continue;
        };
        let session_id = other.session_id;
        if wanted.host_id == other.host_id {
            found.push(Clash::Tutor { member_id: wanted.host_id, session_id, range });
        }
        if let Some(room_id) = wanted.room_id.filter(|it| other.room_id == Some(*it)) {
            found.push(Clash::Room { room_id, session_id, range });
        }
        if let Some(class_id) = wanted.class_id.filter(|it| other.class_id == Some(*it)) {
            found.push(Clash::Class { class_id, session_id, range });
            continue;
        }
        let member_ids: BTreeSet<_> =
            wanted.students.intersection(&other.students).copied().collect();
        if !member_ids.is_empty() {
            found.push(Clash::Students { member_ids, session_id, range });
        }
    }
    found
}

/// Whether someone can be booked for all of `range`, by the clocks of `zone`. Over midnight each
/// day is asked for its own part.
pub fn is_available(profile: &StaffProfile, range: TimeRange, zone: TimeZone) -> bool {
    let last_minute = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or(NaiveTime::MIN);
    let (mut start, end) =
        (zone.local(range.start()).naive_local(), zone.local(range.end()).naive_local());
    while start < end {
        let next_day = (start.date() + TimeDelta::days(1)).and_time(NaiveTime::MIN);
        let until = if next_day < end || end.time().num_seconds_from_midnight() == 0 {
            last_minute
        } else {
            end.time()
        };
        let day = chrono::Datelike::weekday(&start);
        let from = start.time().min(until);
        if !profile.is_available(day, from, until) {
            return false;
        }
        start = next_day;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::content::tree::tests::context;
    use lms_kernel::Timestamp;
    use lms_people::identity::WeeklySlot;

    fn id<T>(number: u128) -> Id<T> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn range(from: i64, to: i64) -> TimeRange {
        let at = |minute| Timestamp::EPOCH.saturating_add(TimeDelta::minutes(minute));
        TimeRange::new(at(from), at(to)).unwrap()
    }

    fn booking(session: u128, from: i64, to: i64) -> Booking {
        Booking {
            session_id: Some(id(session)),
            range: range(from, to),
            host_id: id(session + 100),
            room_id: Some(id(session + 200)),
            class_id: None,
            students: [id(session + 300)].into(),
        }
    }

    #[test]
    fn each_sort_of_clash_is_named() {
        let wanted = Booking { class_id: Some(id(400)), ..booking(1, 0, 60) };
        let others = [
            Booking { host_id: id(101), ..booking(2, 30, 90) },
            Booking { room_id: Some(id(201)), ..booking(3, 30, 90) },
            Booking { class_id: Some(id(400)), ..booking(4, 30, 90) },
            Booking { students: [id(301), id(302)].into(), ..booking(5, 30, 90) },
            booking(6, 30, 90),
            // After, before, and the session itself.
            Booking { host_id: id(101), ..booking(7, 60, 90) },
            Booking { host_id: id(101), ..booking(8, -60, 0) },
            Booking { host_id: id(101), ..booking(1, 0, 60) },
        ];
        let both = range(30, 60);
        assert_eq!(
            clashes(&wanted, &others),
            [
                Clash::Tutor { member_id: id(101), session_id: Some(id(2)), range: both },
                Clash::Room { room_id: id(201), session_id: Some(id(3)), range: both },
                Clash::Class { class_id: id(400), session_id: Some(id(4)), range: both },
                Clash::Students {
                    member_ids: [id(301)].into(),
                    session_id: Some(id(5)),
                    range: both
                },
            ]
        );
    }

    fn tutor(slots: &[(chrono::Weekday, &str, &str)]) -> StaffProfile {
        let time = |text: &str| text.parse::<NaiveTime>().unwrap();
        let slots = slots
            .iter()
            .map(|(day, from, until)| WeeklySlot::new(*day, time(from), time(until)).unwrap());
        StaffProfile { availability: slots.collect(), ..StaffProfile::new(&context(), id(1)) }
    }

    #[test]
    fn availability_is_by_the_wall_clock() {
        use chrono::Weekday::{Mon, Tue};
        let berlin = TimeZone::new("Europe/Berlin").unwrap();
        let from = |start: &str, end: &str| {
            TimeRange::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
        };
        let mornings = tutor(&[(Mon, "09:00:00", "12:00:00")]);
        // 09:00 in Berlin is 08:00 UTC in winter and 07:00 in summer.
        let winter = from("2024-03-25T08:00:00Z", "2024-03-25T11:00:00Z");
        let summer = from("2024-04-01T07:00:00Z", "2024-04-01T10:00:00Z");
        assert!(is_available(&mornings, winter, berlin));
        assert!(is_available(&mornings, summer, berlin));
        let early = from("2024-04-01T06:59:00Z", "2024-04-01T10:00:00Z");
        assert!(!is_available(&mornings, early, berlin));
        assert!(is_available(&tutor(&[]), early, berlin));
        // From Monday 22:00 to Tuesday 02:00.
        let night = from("2024-04-01T20:00:00Z", "2024-04-02T00:00:00Z");
        let nights = tutor(&[(Mon, "20:00:00", "23:59:00"), (Tue, "00:00:00", "02:00:00")]);
        assert!(is_available(&nights, night, berlin));
        assert!(!is_available(&tutor(&[(Mon, "20:00:00", "23:59:00")]), night, berlin));
        // To midnight.
        let evening = from("2024-04-01T20:00:00Z", "2024-04-01T22:00:00Z");
        assert!(is_available(&tutor(&[(Mon, "20:00:00", "23:59:00")]), evening, berlin));
    }

    proptest! {
        #[test]
        fn clashing_is_mutual(
            (a, b) in ((0_i64..20, 1_i64..20), (0_i64..20, 1_i64..20)),
            hosts in (0_u128..2, 0_u128..2),
            rooms in (0_u128..2, 0_u128..2),
        ) {
            let of = |number: u128, (from, length): (i64, i64), host, room| Booking {
                host_id: id(host),
                room_id: Some(id(room)),
                ..booking(number, from, from + length)
            };
            let (first, second) = (of(1, a, hosts.0, rooms.0), of(2, b, hosts.1, rooms.1));
            let there = clashes(&first, std::slice::from_ref(&second)).len();
            let back = clashes(&second, std::slice::from_ref(&first)).len();
            prop_assert_eq!(there, back);
            let meet = first.range.overlaps(&second.range);
            let shares = hosts.0 == hosts.1 || rooms.0 == rooms.1;
            prop_assert_eq!(there > 0, meet && shares);
        }
    }
}
