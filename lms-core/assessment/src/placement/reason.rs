//! The reasons of a placement, as data and as sentences.
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::placement::{ClassId, Preference, ScoreBand, WeeklySlot};
use lms_kernel::{ActorId, Points, Slug, Timestamp, Title};
use lms_learning::delivery::ClassMode;

/// One step on the way to a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// A person decided.
    Overridden {
        /// The person who decided.
        by: ActorId,
        /// The reason, as given.
        reason: String,
    },
    /// No score was needed.
    Exempted {
        /// The reason, as given.
        reason: String,
    },
    /// Another test may lead higher.
    Advised {
        /// What the host calls the test.
        test: String,
    },
    /// Another measure decided between two levels.
    Confirmed {
        /// The level that was decided on.
        level: Title,
        /// The other measure.
        measure: Slug,
        /// The score of it.
        score: Points,
        /// The least score for the higher level.
        least: Points,
    },
    /// A score is too old to count.
    Expired {
        /// The measure.
        measure: Slug,
        /// When the test was taken.
        taken_at: Timestamp,
        /// After how many days a score no longer counts.
        after_days: u32,
    },
    /// One of several sittings was taken.
    Sitting {
        /// The measure.
        measure: Slug,
        /// The score that counts.
        score: Points,
        /// How many sittings there are.
        sittings: usize,
    },
    /// "I don't know" took something off a score.
    Deducted {
        /// The measure.
        measure: Slug,
        /// How many questions were answered so.
        unsure: u16,
        /// The score before.
        from: Points,
        /// The score after.
        to: Points,
    },
    /// The mean of several measures was taken.
    Averaged {
        /// The measures.
        measures: Vec<Slug>,
        /// The mean.
        mean: Points,
    },
    /// There is no score that counts.
    Missing {
        /// The measure.
        measure: Slug,
    },
    /// A score is in a band.
    InBand {
        /// The measure.
        measure: Slug,
        /// The score.
        score: Points,
        /// The band.
        band: ScoreBand,
        /// What the band means.
        means: String,
    },
    /// A score is in no band.
    InNoBand {
        /// The measure.
        measure: Slug,
        /// The score.
        score: Points,
    },
    /// Another measure lowered the level.
    Vetoed {
        /// The measure.
        measure: Slug,
        /// The level before.
        from: Title,
        /// The level after.
        to: Title,
    },
    /// A skill is below what the level asks for.
    SkillShort {
        /// The level.
        level: Title,
        /// The skill.
        skill: Slug,
        /// The score, if there is one.
        score: Option<Points>,
        /// The least score.
        least: Points,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overridden { reason, .. } => write!(f, "decided by a person: {reason}"),
            Self::Exempted { reason } => write!(f, "no score needed: {reason}"),
            Self::Advised { test } => write!(f, "{test} is advised as well"),
            Self::Confirmed { level, measure, score, least } => {
                write!(f, "{measure} {score}, where {least} is asked for, leads to {level}")
            }
            Self::Expired { measure, taken_at, after_days } => write!(
                f,
                "{measure} of {taken_at} no longer counts: it is older than {after_days} days"
            ),
            Self::Sitting { measure, score, sittings } => {
                write!(f, "{measure} was taken {sittings} times; {score} counts")
            }
            Self::Deducted { measure, unsure, from, to } => {
                write!(f, "{measure} is {to} instead of {from}: {unsure} times \"I don't know\"")
            }
            Self::Averaged { measures, mean } => {
                let names: Vec<&str> = measures.iter().map(Slug::as_str).collect();
                write!(f, "the mean of {} is {mean}", names.join(", "))
            }
            Self::Missing { measure } => write!(f, "there is no score for {measure}"),
            Self::InBand { measure, score, band, means } => {
                write!(f, "{measure} {score} is in the band {band}: {means}")
            }
            Self::InNoBand { measure, score } => write!(f, "{measure} {score} is in no band"),
            Self::Vetoed { measure, from, to } => {
                write!(f, "{measure} lowers the level from {from} to {to}")
            }
            Self::SkillShort { level, skill, score, least } => {
                write!(f, "{level} needs {skill} {least}; ")?;
                write_score(f, *score)
            }
        }
    }
}

/// Why a learner is not placed at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "because", rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotPlaced {
    /// None of the measures that decide has a score that counts.
    NoScore,
    /// The score is in no band.
    InNoBand {
        /// The measure.
        measure: Slug,
        /// The score.
        score: Points,
    },
    /// The band of the score says so.
    BandSays {
        /// What the band says.
        reason: String,
    },
    /// A skill is below what every possible level asks for.
    SkillShort,
    /// Measures refer to each other in a circle.
    CircularMeasures {
        /// The measure at which the circle closes.
        measure: Slug,
    },
    /// No class suits.
    NoClass,
    /// Every class that suits is full.
    AllFull,
}

impl fmt::Display for NotPlaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoScore => f.write_str("there is no score that counts"),
            Self::InNoBand { measure, score } => write!(f, "{measure} {score} is in no band"),
            Self::BandSays { reason } => f.write_str(reason),
            Self::SkillShort => f.write_str("a skill is below what every level asks for"),
            Self::CircularMeasures { measure } => {
                write!(f, "the bands of {measure} lead back to themselves")
            }
            Self::NoClass => f.write_str("no class suits"),
            Self::AllFull => f.write_str("every class that suits is full"),
        }
    }
}

/// Why a class was not chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "because", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rejection {
    /// A person chose another class.
    NotTheOneDecided,
    /// It belongs to another level group.
    OtherGroup,
    /// It has another level.
    OtherLevel {
        /// Its level.
        level: Title,
        /// The learner's.
        wanted: Title,
    },
    /// It has no bands, and nothing else tells the learner's level.
    NoBands,
    /// The score is in none of its bands.
    OutsideBands {
        /// The measure.
        measure: Slug,
        /// The score; none where there is no score that counts.
        score: Option<Points>,
        /// Its bands on that measure.
        bands: Vec<ScoreBand>,
    },
    /// A skill is below what its level asks for.
    SkillShort {
        /// The skill.
        skill: Slug,
        /// The score, if there is one.
        score: Option<Points>,
        /// The least score.
        least: Points,
    },
    /// It is taught in a branch that does not suit the learner.
    OtherBranch,
    /// It is taught in a way that does not suit the learner.
    OtherMode {
        /// How it is taught.
        mode: ClassMode,
    },
    /// It meets when the learner has no time.
    Clash {
        /// When it meets.
        meets: WeeklySlot,
        /// When the learner has no time.
        busy: WeeklySlot,
    },
    /// It has no seat left.
    Full,
    /// It suits, but another one comes first.
    ComesAfter {
        /// The one that comes first.
        first: ClassId,
        /// By which key; none where only the ids differ.
        by: Option<Preference>,
    },
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTheOneDecided => f.write_str("another class was decided on"),
            Self::OtherGroup => f.write_str("it belongs to another group of levels"),
            Self::OtherLevel { level, wanted } => write!(f, "its level is {level}, not {wanted}"),
            Self::NoBands => f.write_str("it has no bands"),
            Self::OutsideBands { measure, score, bands } => {
                let bands: Vec<String> = bands.iter().map(ToString::to_string).collect();
                write!(f, "it takes {measure} {}; ", bands.join(" or "))?;
                write_score(f, *score)
            }
            Self::SkillShort { skill, score, least } => {
                write!(f, "it needs {skill} {least}; ")?;
                write_score(f, *score)
            }
            Self::OtherBranch => f.write_str("it is taught in another branch"),
            Self::OtherMode { mode } => write!(f, "it is taught {mode}"),
            Self::Clash { meets, busy } => {
                write!(f, "it meets {meets}; the learner is busy {busy}")
            }
            Self::Full => f.write_str("it is full"),
            Self::ComesAfter { by: Some(by), .. } => write!(f, "another class comes first by {by}"),
            Self::ComesAfter { by: None, .. } => f.write_str("another class comes first by id"),
        }
    }
}

fn write_score(f: &mut fmt::Formatter<'_>, score: Option<Points>) -> fmt::Result {
    match score {
        Some(score) => write!(f, "the score is {score}"),
        None => f.write_str("there is no score"),
    }
}
