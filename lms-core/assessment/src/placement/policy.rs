//! How learners are placed.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{conversion::RoundTo, placement::BandTable};
use lms_kernel::{Points, Slug, Title};

/// Which measures decide on the level, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LevelRule {
    /// No table: the bands of the classes themselves decide.
    #[default]
    ClassBands,
    /// The first of the measures for which there is a score.
    First {
        /// The measures, in order.
        measures: Vec<Slug>,
    },
    /// The highest level that any of the measures gives.
    Best {
        /// The measures.
        measures: Vec<Slug>,
    },
    /// The mean of the measures, all of which are needed, read in the bands of one of them.
    Average {
        /// The measures.
        measures: Vec<Slug>,
        /// The measure whose bands are read.
        read_as: Slug,
        /// How the mean is rounded.
        round: RoundTo,
    },
    /// The level of the main measure, but no higher than any of the others allows.
    Veto {
        /// The main measure.
        main: Slug,
        /// The measures that may lower it, all of which are needed.
        vetoes: Vec<Slug>,
    },
}

/// The least score of a skill that a level asks for, whatever the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SkillMinimum {
    /// The level.
    pub level: Title,
    /// The measure of the skill.
    pub skill: Slug,
    /// The least score.
    pub least: Points,
}

/// How a learner is treated who misses a skill minimum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum Shortfall {
    /// The next lower level whose minimums are met.
    #[default]
    LowerLevel,
    /// No placement.
    Refuse,
}

/// How "I don't know" counts, so that luck does not lift a learner over a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnsureRule {
    /// So many change nothing.
    pub allowed: u16,
    /// What each further one takes off the score before the bands are read; not below zero.
    pub deduction: Points,
}

/// Which of several sittings of one measure counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum SittingChoice {
    /// The latest.
    #[default]
    Latest,
    /// The best.
    Best,
}

/// One key by which suitable classes with seats are put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum Preference {
    /// The learner's own order of branches.
    WishedBranch,
    /// The learner's own order of ways of teaching.
    WishedMode,
    /// The class with the most seats left.
    MostSeats,
    /// The class with the fewest seats left: fill one before the next.
    FewestSeats,
    /// The class that starts first; one without a known start is last.
    StartsFirst,
    /// The lowest level, where bands of two groups contain the score.
    LowestLevel,
    /// The highest level.
    HighestLevel,
    /// The order in which the classes are listed.
    Listed,
}

/// How a learner is treated when every suitable class is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum WhenFull {
    /// The waitlist of the class that comes first.
    #[default]
    Waitlist,
    /// No placement.
    Refuse,
}

/// The rules by which learners are placed into classes.
///
/// A policy is data: levels, the score bands that lead to them, minimums for single skills, the
/// order of suitable classes, and what happens when they are full. Together with the classes it
/// makes a [`PlacementDesign`](super::PlacementDesign), which is checked once;
/// [`place`](super::place) then decides without any store, and gives a reason for every class that
/// was not chosen.
///
/// ```
/// use lms_assessment::placement::{
///     BandTable, ClassOption, LevelBand, LevelRule, MeasureScore, PlacementDesign, PlacementOutcome,
///     PlacementPolicy, PlacementProfile, place,
/// };
/// use lms_kernel::{Id, Points, Timestamp};
/// use uuid::Uuid;
///
/// let points = |text: &str| text.parse::<Points>();
/// let bands = vec![
///     LevelBand::level(points("0")?, points("50")?, "A1".parse()?),
///     LevelBand::level(points("50")?, points("100")?, "A2".parse()?),
/// ];
/// let policy = PlacementPolicy {
///     levels: vec!["A1".parse()?, "A2".parse()?],
///     tables: vec![BandTable::half_open("total".parse()?, bands)?],
///     level_rule: LevelRule::First { measures: vec!["total".parse()?] },
///     ..PlacementPolicy::default()
/// };
/// let class = ClassOption::new(Id::from_uuid(Uuid::from_u128(7)), "A2".parse()?, 12);
/// let design = PlacementDesign::new(policy, vec![class])?;
///
/// let now = Timestamp::EPOCH;
/// let scores = vec![MeasureScore::new("total".parse()?, points("50")?, now)];
/// let learner = PlacementProfile::new(Id::from_uuid(Uuid::from_u128(1)), scores, now);
/// let placement = place(&design, &learner, now);
/// assert!(matches!(placement.outcome, PlacementOutcome::Placed { .. }), "50 belongs to A2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - Bands include their lowest score and exclude the highest, except at the top. Gaps and overlaps
///   are refused when the design is made.
/// - Scores older than `expires_after_days` do not count, and a learner may end without any.
/// - Preview a changed policy before using it: it says who would be placed elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlacementPolicy {
    /// The levels, lowest first.
    pub levels: Vec<Title>,
    /// The bands of each measure that decides.
    pub tables: Vec<BandTable>,
    /// Which measures decide, and how.
    pub level_rule: LevelRule,
    /// The least score of a skill that a level asks for.
    pub minimums: Vec<SkillMinimum>,
    /// What happens to a learner who misses one.
    pub shortfall: Shortfall,
    /// How "I don't know" counts; not at all when there is none.
    pub unsure: Option<UnsureRule>,
    /// Which of several sittings counts.
    pub sitting: SittingChoice,
    /// After how many days a score no longer counts; never when there is none.
    pub expires_after_days: Option<u32>,
    /// The keys that put suitable classes in order, the strongest first; then by id.
    pub order: Vec<Preference>,
    /// What happens to a learner when every suitable class is full.
    pub when_full: WhenFull,
}

impl PlacementPolicy {
    /// The bands of a measure.
    pub fn table(&self, measure: &Slug) -> Option<&BandTable> {
        self.tables.iter().find(|table| table.measure() == measure)
    }

    /// The rank of a level, from 0.
    pub fn rank(&self, level: &Title) -> Option<usize> {
        self.levels.iter().position(|it| it == level)
    }
}
