//! A class that a learner may be placed in.
use chrono::{TimeDelta, TimeZone as _, Timelike as _, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::placement::ScoreBand;
use lms_kernel::{Id, Slug, Timestamp, Title};
use lms_learning::delivery::{ClassGroup, ClassMode, ClassSchedule, PlacementBand, Seating};
use lms_people::tenancy::OrgUnit;

/// The id of a class.
pub type ClassId = Id<ClassGroup>;

/// The id of a branch: the unit that a class belongs to.
pub type BranchId = Id<OrgUnit>;

/// Hours that repeat every week, in the local time of the school.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WeeklySlot {
    /// The day.
    pub day: Weekday,
    /// The first minute, counted from midnight.
    pub from_minute: u16,
    /// The first minute after.
    pub to_minute: u16,
}

impl WeeklySlot {
    /// The hours of a class's schedule; a meeting that ends on the next day gives two.
    pub fn of(schedule: &ClassSchedule) -> Vec<Self> {
        const EVERY_DAY: [Weekday; 7] = [
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
            Weekday::Sat,
            Weekday::Sun,
        ];
        let days = match schedule.weekdays() {
            [] => &EVERY_DAY[..],
            days => days,
        };
        let minute = |at: chrono::NaiveTime| {
            u16::try_from(at.num_seconds_from_midnight() / 60).unwrap_or(Self::MIDNIGHT)
        };
        let (from_minute, to_minute) = (minute(schedule.starts_at()), minute(schedule.ends_at()));
        let mut slots = Vec::with_capacity(days.len());
        for day in days.iter().copied() {
            if from_minute < to_minute {
                slots.push(Self { day, from_minute, to_minute });
                continue;
            }
            slots.push(Self { day, from_minute, to_minute: Self::MIDNIGHT });
            if to_minute > 0 {
                slots.push(Self { day: day.succ(), from_minute: 0, to_minute });
            }
        }
        slots
    }

    /// The end of a day.
    pub const MIDNIGHT: u16 = 24 * 60;

    /// Whether the two have a minute in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.day == other.day
            && self.from_minute < other.to_minute
            && other.from_minute < self.to_minute
    }
}

impl std::fmt::Display for WeeklySlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, to) = (self.from_minute, self.to_minute);
        write!(f, "{} ", self.day)?;
        write!(f, "{:02}:{:02} to {:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// Scores of a measure with which a class takes a learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassBand {
    /// The measure.
    pub measure: Slug,
    /// Its scores: half-open, but for the topmost of the class's level group.
    #[serde(flatten)]
    pub band: ScoreBand,
}

/// A class that a learner may be placed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassOption {
    /// The class.
    pub class: ClassId,
    /// Its level.
    pub level: Title,
    /// The classes whose levels form one ladder, such as a program; bands of different levels of
    /// one group may not overlap.
    pub group: Option<Slug>,
    /// The scores with which it takes a learner, any one of them; none where only the level
    /// counts.
    pub bands: Vec<ClassBand>,
    /// How many more learners it takes; any number when there is none.
    pub seats_left: Option<u32>,
    /// How many more learners may wait for a seat.
    pub waitlist_left: u32,
    /// Where it is taught; nowhere in particular when there is none.
    pub branch: Option<BranchId>,
    /// How it is taught.
    pub mode: ClassMode,
    /// When it meets.
    pub schedule: Vec<WeeklySlot>,
    /// When it first meets.
    pub starts_at: Option<Timestamp>,
}

impl ClassOption {
    /// An online class of a level with seats, without bands, branch or hours.
    pub const fn new(class: ClassId, level: Title, seats_left: u32) -> Self {
        Self {
            class,
            level,
            group: None,
            bands: Vec::new(),
            seats_left: Some(seats_left),
            waitlist_left: 0,
            branch: None,
            mode: ClassMode::Online,
            schedule: Vec::new(),
            starts_at: None,
        }
    }

    /// A class of the tenant, with its bands on `measure` and the seats it has left.
    ///
    /// A class without a level of its own is its own level. While someone waits for a seat, no seat
    /// is left for others.
    pub fn of(
        class: &ClassGroup,
        measure: &Slug,
        bands: &[PlacementBand],
        seating: &Seating,
    ) -> Self {
        let level = class.level.as_deref().and_then(|level| level.parse().ok());
        let own = bands.iter().filter(|band| band.class_id == class.id);
        let waiting = u32::try_from(seating.waiting).unwrap_or(u32::MAX);
        let seats_left = match seating.seats_left() {
            Some(_) if waiting > 0 => Some(0),
            left => left,
        };
        Self {
            class: class.id,
            level: level.unwrap_or_else(|| class.name.clone()),
            group: class.placement_group.clone(),
            bands: own
                .map(|it| ClassBand {
                    measure: measure.clone(),
                    band: ScoreBand::new(it.min_score, it.max_score),
                })
                .collect(),
            seats_left,
            waitlist_left: seating.waitlist_capacity.unwrap_or(0).saturating_sub(waiting),
            branch: class.org_unit_id,
            mode: class.mode,
            schedule: class.schedule.as_ref().map_or_else(Vec::new, WeeklySlot::of),
            starts_at: class.schedule.as_ref().and_then(first_meeting),
        }
    }

    /// The same, taking scores of that band, too.
    #[must_use]
    pub fn with_band(mut self, measure: Slug, band: ScoreBand) -> Self {
        self.bands.push(ClassBand { measure, band });
        self
    }

    /// The same, taught there and so.
    #[must_use]
    pub const fn taught(mut self, branch: BranchId, mode: ClassMode) -> Self {
        self.branch = Some(branch);
        self.mode = mode;
        self
    }
}

/// When a class may first meet. A local time that the clocks skip is taken an hour later.
fn first_meeting(schedule: &ClassSchedule) -> Option<Timestamp> {
    let local = schedule.first_day().and_time(schedule.starts_at());
    let zone = schedule.time_zone().tz();
    [local, local + TimeDelta::hours(1)]
        .iter()
        .find_map(|local| zone.from_local_datetime(local).earliest())
        .map(|at| Timestamp::from_utc(at.with_timezone(&Utc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(from: &str, to: &str, days: &[Weekday]) -> ClassSchedule {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        let zone = "Europe/Berlin".parse().unwrap();
        let days_of = ("2026-03-29".parse().unwrap(), "2026-06-30".parse().unwrap());
        ClassSchedule::new(days.iter().copied(), (from, to), zone, days_of).unwrap()
    }

    #[test]
    fn the_last_schedule_that_there_is_has_a_first_meeting() {
        let (from, to) = ("23:30:00".parse().unwrap(), "23:45:00".parse().unwrap());
        let day = "9999-12-31".parse().unwrap();
        for zone in ["UTC", "Pacific/Honolulu", "Pacific/Kiritimati"] {
            let zone = zone.parse().unwrap();
            let schedule = ClassSchedule::new([], (from, to), zone, (day, day)).unwrap();
            assert!(first_meeting(&schedule).is_some(), "{zone}");
        }
    }

    #[test]
    fn a_schedule_becomes_weekly_hours() {
        let texts = |schedule| -> Vec<String> {
            WeeklySlot::of(&schedule).iter().map(ToString::to_string).collect()
        };
        let evening = schedule("19:00:00", "20:30:00", &[Weekday::Mon, Weekday::Wed]);
        assert_eq!(texts(evening), ["Mon 19:00 to 20:30", "Wed 19:00 to 20:30"]);
        let night = schedule("23:00:00", "01:00:00", &[Weekday::Sun]);
        assert_eq!(texts(night), ["Sun 23:00 to 24:00", "Mon 00:00 to 01:00"]);
        assert_eq!(WeeklySlot::of(&schedule("08:00:00", "09:00:00", &[])).len(), 7);
    }

    #[test]
    fn the_first_meeting_is_in_local_time_also_where_clocks_skip() {
        let at = |from| first_meeting(&schedule(from, "23:59:00", &[])).unwrap().to_string();
        assert_eq!(at("19:00:00"), "2026-03-29T17:00:00Z");
        assert_eq!(at("02:30:00"), "2026-03-29T01:30:00Z");
    }
}
