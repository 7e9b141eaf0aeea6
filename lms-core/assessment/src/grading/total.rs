//! From what questions earned to sections, a total, and passing.

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, Section,
    scoring::{Clamp, PassRule, ScoreRounding, ScoringType},
};
use lms_kernel::{Id, NumberError, Percent, Points, Ratio};

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
        let maxima: Vec<Ratio> = sections.iter().map(|section| section.maximum).collect();
        let composition = self.composition(frames, &maxima)?;
        let mut sum = Ratio::ZERO;
        for (section, factor) in sections.iter().zip(&composition.factors) {
            if !section.exact.is_zero() {
                sum = sum.add(section.exact.mul(*factor)?)?;
            }
        }
        self.finish(sum, &composition)
    }

    /// What each section's exact score is multiplied with to make the total.
    pub(crate) fn composition(
        &self,
        frames: &[&SectionFrame],
        maxima: &[Ratio],
    ) -> Result<Composition, NumberError> {
        let whole = Ratio::sum(maxima.iter().copied())?;
        let hundred = Ratio::from(100);
        let spread = |maximum: Ratio| -> Result<Vec<Ratio>, NumberError> {
            let factor = if whole.is_zero() { Ratio::ZERO } else { maximum.div(whole)? };
            Ok(vec![factor; maxima.len()])
        };
        let (factors, maximum) = match self.scoring {
            ScoringType::PerQuestion | ScoringType::PerSection => {
                (vec![Ratio::ONE; maxima.len()], whole)
            }
            ScoringType::Fixed => {
                let maximum = self.max_score.map_or(whole, Ratio::from);
                (spread(maximum)?, maximum)
            }
            ScoringType::Percentage => (spread(hundred)?, hundred),
            ScoringType::Weighted => {
                let maximum = self.max_score.map_or(hundred, Ratio::from);
                (weighted(frames, maxima, maximum)?, maximum)
            }
        };
        Ok(Composition { factors, maximum, counts: !whole.is_zero() && !maximum.is_zero() })
    }

    /// The test's score from the sum of its parts.
    pub(crate) fn finish(
        &self,
        sum: Ratio,
        composition: &Composition,
    ) -> Result<TestScore, NumberError> {
        let maximum = composition.maximum;
        let exact = self.test_clamp.apply(sum, maximum);
        let percent = if composition.counts {
            Some(exact.mul(Ratio::from(100))?.div(maximum)?)
        } else {
            None
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
            PassRule::AllSections(_) => {
                let mut all = true;
                for (frame, section) in frames.iter().zip(sections) {
                    all &= self.section_passes(frame, section)?;
                }
                all
            }
        };
        Ok(if passed { PassDecision::Passed } else { PassDecision::Failed })
    }

    /// Whether a section reaches its passing share, where every section has to.
    pub(crate) fn section_passes(
        &self,
        frame: &SectionFrame,
        section: &SectionScore,
    ) -> Result<bool, NumberError> {
        let PassRule::AllSections(usual) = self.passing else { return Ok(true) };
        if section.maximum.is_zero() {
            return Ok(true);
        }
        let percent = section.exact.mul(Ratio::from(100))?.div(section.maximum)?;
        let needed = in_percent(frame.passing_percent.unwrap_or(usual));
        Ok(self.rounding.deciding(percent)? >= needed)
    }
}

/// How the sections' exact scores make the total.
#[derive(Clone, Debug)]
pub(crate) struct Composition {
    /// What each section's score is multiplied with.
    pub(crate) factors: Vec<Ratio>,
    /// The most the total could be.
    pub(crate) maximum: Ratio,
    /// Whether anything counts at all.
    pub(crate) counts: bool,
}

/// 70 for 70 percent.
fn in_percent(percent: Percent) -> Ratio {
    Ratio::from(Points::from_ten_thousandths(percent.ten_thousandths()))
}

/// The worth of one point of each section when its share has its weight in `maximum`. A section
/// in which nothing counts weighs nothing.
fn weighted(
    frames: &[&SectionFrame],
    maxima: &[Ratio],
    maximum: Ratio,
) -> Result<Vec<Ratio>, NumberError> {
    let weight = |frame: &SectionFrame, of: Ratio| {
        if of.is_zero() { Ratio::ZERO } else { frame.weight.map_or(Ratio::ONE, Ratio::from) }
    };
    let weights: Vec<Ratio> =
        frames.iter().zip(maxima).map(|(frame, of)| weight(frame, *of)).collect();
    let whole = Ratio::sum(weights.iter().copied())?;
    let factor = |(weight, of): (&Ratio, &Ratio)| {
        if weight.is_zero() || whole.is_zero() {
            return Ok(Ratio::ZERO);
        }
        maximum.mul(*weight)?.div(whole)?.div(*of)
    };
    weights.iter().zip(maxima).map(factor).collect()
}
