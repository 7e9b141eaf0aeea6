//! Sessions: one meeting of a class or a live lesson, and the series they come from.
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    content::{Course, Prose},
    delivery::{ClassGroup, Meeting, Recurrence, Room, SessionStatus, local_instant},
};
use lms_kernel::{
    Context, EntityKind, EntityRef, Id, Link, LocalDate, LocalDateTime, TimeRange, TimeZone,
    Timestamp, Title,
};
use lms_people::{identity::Membership, tenancy::OrgUnit};
use lms_store::{Direction, Filter, Query, Record, Stamp};

/// When the sessions of a series take place, in the local time of the place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesTiming {
    /// When the first one starts, by the wall clock.
    pub first_start: LocalDateTime,
    /// How long each takes by the wall clock.
    pub duration_minutes: u16,
    /// Whose wall clock it is.
    pub time_zone: TimeZone,
    /// How they repeat.
    pub recurrence: Recurrence,
}

impl SeriesTiming {
    /// When the session takes place that starts at that local time. It ends when the wall clock
    /// says so, also in a night when clocks change.
    pub fn range(&self, local_start: LocalDateTime) -> Option<TimeRange> {
        // A day past the year 9999 is still a day to `chrono`.
        let local_end = local_start.naive() + TimeDelta::minutes(i64::from(self.duration_minutes));
        let start = local_instant(local_start.naive(), self.time_zone);
        let end = local_instant(local_end, self.time_zone);
        // A session within an hour that clocks repeat or skip would end before it starts.
        let least = start.saturating_add(TimeDelta::minutes(1));
        TimeRange::new(start, end.max(least)).ok()
    }
}

/// Sessions that repeat: a template from which each is planned ahead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "session_series", index(class_id), index(host_id))]
pub struct SessionSeries {
    /// The series' id.
    pub id: Id<SessionSeries>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The class that meets.
    pub class_id: Option<Id<ClassGroup>>,
    /// The course it is about.
    pub course_id: Option<Id<Course>>,
    /// The unit it belongs to.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Who teaches or speaks.
    pub host_id: Id<Membership>,
    /// The room it takes place in.
    pub room_id: Option<Id<Room>>,
    /// What it is called.
    pub title: Title,
    /// Where it takes place on the network.
    #[record(json)]
    pub meeting: Option<Meeting>,
    /// When its sessions take place.
    #[record(json)]
    pub timing: SeriesTiming,
    /// Until when its sessions have been planned; nothing when none have.
    pub planned_until: Option<Timestamp>,
}

impl SessionSeries {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("session_series");

    /// The series of a class.
    pub fn of_class(class: Id<ClassGroup>) -> Query<Self> {
        Query::filter(Self::CLASS_ID.is(class))
    }
}

/// One meeting of a class, or one live lesson of a course.
///
/// # Lifecycle
///
/// ```
/// use lms_learning::delivery::{SessionEvent, SessionStatus};
///
/// let live = SessionStatus::Scheduled.apply(SessionEvent::Start)?;
/// assert!(live.apply(SessionEvent::Cancel).is_err(), "a live session is ended, not cancelled");
/// assert_eq!(live.apply(SessionEvent::End)?, SessionStatus::Ended);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - Its times are instants. A weekly series is planned in local time, so sessions move in UTC when
///   clocks change.
/// - Attendance is computed when it ends; marks by staff take precedence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "sessions",
    unique(series_id, occurrence_on),
    index(class_id, starts_at),
    index(course_id, starts_at),
    index(host_id, starts_at),
    index(room_id, starts_at),
    index(org_unit_id)
)]
pub struct Session {
    /// The session's id.
    pub id: Id<Session>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The class that meets.
    pub class_id: Option<Id<ClassGroup>>,
    /// The course it is about.
    pub course_id: Option<Id<Course>>,
    /// The unit it belongs to.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The series it was planned from.
    pub series_id: Option<Id<SessionSeries>>,
    /// The local day on which the series has it, also when it was moved.
    pub occurrence_on: Option<LocalDate>,
    /// Who teaches or speaks.
    pub host_id: Id<Membership>,
    /// The room it takes place in.
    pub room_id: Option<Id<Room>>,
    /// What it is called.
    pub title: Title,
    /// What it is about.
    pub description: Option<Prose>,
    /// When it starts, as planned.
    pub starts_at: Timestamp,
    /// When it ends, as planned.
    pub ends_at: Timestamp,
    /// Its status.
    pub status: SessionStatus,
    /// When it really started.
    pub started_at: Option<Timestamp>,
    /// When it really ended.
    pub ended_at: Option<Timestamp>,
    /// Where it takes place on the network.
    #[record(json)]
    pub meeting: Option<Meeting>,
    /// Where it can be watched afterwards.
    pub recording_url: Option<Link>,
}

impl Session {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("session");
    /// The longest that a session takes.
    pub const MAX_HOURS: i64 = 24;

    /// A session that will take place then.
    pub fn new(cx: &Context, host: Id<Membership>, title: Title, range: TimeRange) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            class_id: None,
            course_id: None,
            org_unit_id: None,
            series_id: None,
            occurrence_on: None,
            host_id: host,
            room_id: None,
            title,
            description: None,
            starts_at: range.start(),
            ends_at: range.end(),
            status: SessionStatus::Scheduled,
            started_at: None,
            ended_at: None,
            meeting: None,
            recording_url: None,
        }
    }

    /// A reference to the session.
    pub const fn reference(&self) -> EntityRef {
        EntityRef::to(Self::ENTITY, self.id)
    }

    /// When it takes place, as planned; nothing if what is stored ends before it starts.
    pub fn range(&self) -> Option<TimeRange> {
        TimeRange::new(self.starts_at, self.ends_at).ok()
    }

    /// The sessions that take time within `window`, by start. No session is longer than
    /// [`MAX_HOURS`](Self::MAX_HOURS), so earlier ones need not be looked at.
    pub fn within(window: TimeRange) -> Query<Self> {
        let earliest = window.start().saturating_sub(TimeDelta::hours(Self::MAX_HOURS));
        let taking = SessionStatus::ALL.iter().copied().filter(|it| it.takes_time());
        Query::filter(Self::STARTS_AT.ge(earliest))
            .and(Self::STARTS_AT.lt(window.end()))
            .and(Self::ENDS_AT.gt(window.start()))
            .and(Self::STATUS.is_in(taking))
            .order_by(Self::STARTS_AT, Direction::Asc)
    }

    /// The same, of those that match `filter`.
    pub fn within_where(window: TimeRange, filter: Filter<Self>) -> Query<Self> {
        Self::within(window).and(filter)
    }

    /// The sessions of a class, by start.
    pub fn of_class(class: Id<ClassGroup>) -> Query<Self> {
        Query::filter(Self::CLASS_ID.is(class)).order_by(Self::STARTS_AT, Direction::Asc)
    }

    /// The sessions of a series, by start.
    pub fn of_series(series: Id<SessionSeries>) -> Query<Self> {
        Query::filter(Self::SERIES_ID.is(series)).order_by(Self::STARTS_AT, Direction::Asc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(start: &str, minutes: u16) -> SeriesTiming {
        SeriesTiming {
            first_start: start.parse().unwrap(),
            duration_minutes: minutes,
            time_zone: TimeZone::new("Europe/Berlin").unwrap(),
            recurrence: "FREQ=DAILY".parse().unwrap(),
        }
    }

    #[test]
    fn a_session_ends_when_the_wall_clock_says_so() {
        let timing = timing("2024-03-30T23:00:00", 300);
        // From 23:00 to 04:00 in the night when clocks skip an hour: four hours.
        let range = timing.range(timing.first_start).unwrap();
        assert_eq!(range.duration(), TimeDelta::hours(4));
        let later = timing.range("2024-03-31T23:00:00".parse().unwrap()).unwrap();
        assert_eq!(later.duration(), TimeDelta::hours(5));
    }

    #[test]
    fn a_series_outside_the_years_of_the_stores_is_not_read() {
        let json = |start: &str| {
            format!(
                "{{\"first_start\":\"{start}\",\"duration_minutes\":60,\"time_zone\":\"UTC\",\
                 \"recurrence\":\"FREQ=DAILY\"}}"
            )
        };
        for start in ["+262142-12-31T23:30:00", "-262143-01-01T00:00:00", "0000-12-31T23:59:59"] {
            assert!(serde_json::from_str::<SeriesTiming>(&json(start)).is_err(), "{start}");
        }
        // The last hours that there are: nothing panics, and nothing ends after them.
        let last: SeriesTiming = serde_json::from_str(&json("9999-12-31T23:30:00")).unwrap();
        assert_eq!(last.range(last.first_start).map(|it| it.end()), Some(Timestamp::MAX));
    }

    #[test]
    fn a_session_in_a_repeated_hour_still_takes_time() {
        // 02:50 to 03:10 on 27 October 2024: 02:50 is twice, the first one counts.
        let timing = timing("2024-10-27T02:50:00", 20);
        let range = timing.range(timing.first_start).unwrap();
        assert_eq!(range.duration(), TimeDelta::minutes(80));
    }
}
