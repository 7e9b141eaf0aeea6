//! From what questions earned to sections, a total, and passing.

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    assessment::{
        Assessment, Section,
        scoring::{Clamp, PassRule, ScoreRounding, ScoringType},
    },
    kernel::{Id, NumberError, Percent, Points, Ratio},
};

/// How the parts of a test make a total.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreFrame {
    /// How question and section scores make the total.
    pub scoring: ScoringType,
    /// The most that can be earned, for the scoring types that ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_score: Option<Points>,
    /// What passing takes.
    pub passing: PassRule,
    /// The limits on a section's score.
    pub section_clamp: Clamp,
    /// The limits on the total.
    pub test_clamp: Clamp,
    /// How scores are rounded when they are shown.
    pub rounding: ScoreRounding,
}

impl ScoreFrame {
    /// The frame of an assessment.
    pub const fn of(assessment: &Assessment) -> Self {
        Self {
            scoring: assessment.scoring,
            max_score: assessment.max_score,
            passing: assessment.passing,
            section_clamp: assessment.rules.section_clamp,
            test_clamp: assessment.rules.test_clamp,
            rounding: assessment.rules.rounding,
        }
    }
}

/// What a section is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SectionFrame {
    /// Which section; none for questions outside all sections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<Id<Section>>,
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The most that can be earned in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_score: Option<Points>,
    /// What it weighs beside the others; 1 without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Points>,
    /// The share that passing it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passing_percent: Option<Percent>,
}

impl SectionFrame {
    /// The frame of a section.
    pub fn of(section: &Section) -> Self {
        Self {
            section: Some(section.id),
            title: section.title.as_str().to_owned(),
            max_score: section.max_score,
            weight: section.weight,
            passing_percent: section.passing_percent,
        }
    }

    /// The frame of the questions outside all sections.
    pub const fn unnamed() -> Self {
        Self {
            section: None,
            title: String::new(),
            max_score: None,
            weight: None,
            passing_percent: None,
        }
    }
}

/// What was earned of what could be earned, exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tally {
    pub(crate) earned: Ratio,
    pub(crate) possible: Ratio,
}

/// The score of a section.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SectionScore {
    /// What its questions earned, before the section's limits and scale.
    pub earned: Ratio,
    /// What they could have earned.
    pub possible: Ratio,
    /// The section's score, exactly.
    pub exact: Ratio,
    /// The most it could be.
    pub maximum: Ratio,
    /// The score as it is shown.
    pub shown: Points,
}

/// The score of a whole test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestScore {
    /// The score, exactly.
    pub exact: Ratio,
    /// The most it could be.
    pub maximum: Ratio,
    /// The score as it is shown.
    pub shown: Points,
    /// The exact share of the maximum, 100 for all of it; none where nothing could be earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Ratio>,
}

/// Whether an attempt passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PassDecision {
    /// The test is not passed or failed.
    NoRule,
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// Something is still to be marked, or nothing counted.
    Undecided,
}

impl ScoreFrame {
    /// The score of one section.
    pub(crate) fn section(
        &self,
        frame: &SectionFrame,
        tally: Tally,
    ) -> Result<SectionScore, NumberError> {
        let Tally { earned, possible } = tally;
        let scaled_to = match self.scoring {
            ScoringType::PerSection => frame.max_score.map(Ratio::from),
            ScoringType::Fixed
            | ScoringType::PerQuestion
            | ScoringType::Weighted
            | ScoringType::Percentage => None,
        };
        let (scaled, maximum) = match scaled_to {
            Some(maximum) if !possible.is_zero() => (earned.mul(maximum)?.div(possible)?, maximum),
            // Nothing but bonus questions, or nothing that counts: no scale can be taken.
            Some(_) | None => (earned, possible),
        };
        let exact = self.section_clamp.apply(scaled, maximum);
        Ok(SectionScore { earned, possible, exact, maximum, shown: self.rounding.show(exact)? })
    }

    /// The score of the whole test.
    pub(crate) fn total(
        &self,
        frames: &[&SectionFrame],
        sections: &[SectionScore],
    ) -> Result<TestScore, NumberError> {
        let sum = Ratio::sum(sections.iter().map(|section| section.exact))?;
        let maxima = Ratio::sum(sections.iter().map(|section| section.maximum))?;
        let hundred = Ratio::from(100);
        let of = |whole: Ratio| -> Result<Ratio, NumberError> {
            if maxima.is_zero() { Ok(Ratio::ZERO) } else { sum.mul(whole)?.div(maxima) }
        };
        let (score, maximum) = match self.scoring {
            ScoringType::PerQuestion | ScoringType::PerSection => (sum, maxima),
            ScoringType::Fixed => {
                let maximum = self.max_score.map_or(maxima, Ratio::from);
                (of(maximum)?, maximum)
            }
            ScoringType::Percentage => (of(hundred)?, hundred),
            ScoringType::Weighted => {
                let maximum = self.max_score.map_or(hundred, Ratio::from);
                (weighted(frames, sections)?.mul(maximum)?, maximum)
            }
        };
        let exact = self.test_clamp.apply(score, maximum);
        let percent = if maximum.is_zero() || maxima.is_zero() {
            None
        } else {
            Some(exact.mul(hundred)?.div(maximum)?)
        };
        Ok(TestScore { exact, maximum, shown: self.rounding.show(exact)?, percent })
    }

    /// Whether a score that is final passes.
    pub(crate) fn decide(
        &self,
        frames: &[&SectionFrame],
        sections: &[SectionScore],
        total: &TestScore,
    ) -> Result<PassDecision, NumberError> {
        let Some(percent) = total.percent else {
            let none = self.passing == PassRule::None;
            return Ok(if none { PassDecision::NoRule } else { PassDecision::Undecided });
        };
        let passed = match self.passing {
            PassRule::None => return Ok(PassDecision::NoRule),
            PassRule::Percent(needed) => self.rounding.deciding(percent)? >= in_percent(needed),
            PassRule::Marks(needed) => self.rounding.deciding(total.exact)? >= Ratio::from(needed),
            PassRule::AllSections(usual) => {
                let mut all = true;
                for (frame, section) in frames.iter().zip(sections) {
                    if section.maximum.is_zero() {
                        continue;
                    }
                    let percent = section.exact.mul(Ratio::from(100))?.div(section.maximum)?;
                    let needed = in_percent(frame.passing_percent.unwrap_or(usual));
                    all &= self.rounding.deciding(percent)? >= needed;
                }
                all
            }
        };
        Ok(if passed { PassDecision::Passed } else { PassDecision::Failed })
    }
}

/// 70 for 70 percent.
fn in_percent(percent: Percent) -> Ratio {
    Ratio::from(Points::from_ten_thousandths(percent.ten_thousandths()))
}

/// The weighted mean of the sections' shares. A section in which nothing counts weighs nothing.
fn weighted(frames: &[&SectionFrame], sections: &[SectionScore]) -> Result<Ratio, NumberError> {
    let (mut sum, mut weights) = (Ratio::ZERO, Ratio::ZERO);
    for (frame, section) in frames.iter().zip(sections) {
        if section.maximum.is_zero() {
            continue;
        }
        let weight = frame.weight.map_or(Ratio::ONE, Ratio::from);
        sum = sum.add(section.exact.div(section.maximum)?.mul(weight)?)?;
        weights = weights.add(weight)?;
    }
    if weights.is_zero() { Ok(Ratio::ZERO) } else { sum.div(weights) }
}
