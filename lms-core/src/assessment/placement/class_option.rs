//! A class that a learner may be placed in.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    assessment::placement::ScoreBand,
    kernel::{Slug, Timestamp, Title},
};

/// The id of a class.
pub type ClassId = Uuid;

/// The id of a branch.
pub type BranchId = Uuid;

/// How a class is taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum StudyMode {
    /// Everybody is connected.
    Online,
    /// Everybody is in the room.
    Offline,
    /// Some are in the room and some are connected.
    Hybrid,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Hours that repeat every week, in the local time of the school.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WeeklySlot {
    /// The day.
    pub day: Day,
    /// The first minute, counted from midnight.
    pub from_minute: u16,
    /// The first minute after.
    pub to_minute: u16,
}

impl WeeklySlot {
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
pub struct ClassBand {
    /// The measure.
    pub measure: Slug,
    /// Its scores: half-open, but for the topmost of the class's level group.
    #[serde(flatten)]
    pub band: ScoreBand,
}

/// A class that a learner may be placed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How many more learners it takes.
    pub seats_left: u32,
    /// How many more learners may wait; any number when there is none.
    pub waitlist_left: Option<u32>,
    /// Where it is taught; nowhere in particular when there is none.
    pub branch: Option<BranchId>,
    /// How it is taught.
    pub mode: StudyMode,
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
            seats_left,
            waitlist_left: None,
            branch: None,
            mode: StudyMode::Online,
            schedule: Vec::new(),
            starts_at: None,
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
    pub const fn taught(mut self, branch: BranchId, mode: StudyMode) -> Self {
        self.branch = Some(branch);
        self.mode = mode;
        self
    }
}
