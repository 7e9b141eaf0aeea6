//! From question scores to sections, a total, and passing.

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, Section,
    scoring::{Clamp, PassRule, ScoreRounding, ScoringType},
};
use lms_kernel::{BigRatio, Id, Percent, Points, Ratio};

/// How the parts of a test make a total.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// The weight and the worth of a section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// Points earned divided by points possible, exactly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tally {
    pub(crate) earned: BigRatio,
    pub(crate) possible: BigRatio,
}

/// The score of a section, exactly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExactSection {
    pub(crate) tally: Tally,
    pub(crate) exact: BigRatio,
    pub(crate) maximum: BigRatio,
}

/// The score of a whole test, exactly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExactTotal {
    pub(crate) exact: BigRatio,
    pub(crate) maximum: BigRatio,
    pub(crate) percent: Option<BigRatio>,
}

impl ExactSection {
    /// The score as it is stored.
    pub(crate) fn kept(&self, rounding: ScoreRounding) -> SectionScore {
        SectionScore {
            earned: self.tally.earned.nearby(),
            possible: self.tally.possible.nearby(),
            exact: self.exact.nearby(),
            maximum: self.maximum.nearby(),
            shown: rounding.show_within_range(&self.exact),
        }
    }
}

impl ExactTotal {
    /// The score as it is stored.
    pub(crate) fn kept(&self, rounding: ScoreRounding) -> TestScore {
        TestScore {
            exact: self.exact.nearby(),
            maximum: self.maximum.nearby(),
            shown: rounding.show_within_range(&self.exact),
            percent: self.percent.as_ref().map(BigRatio::nearby),
        }
    }
}

/// The score of a section.
///
/// Everything is computed exactly. What needs more than 128 bits, as a sum of questions with very
/// different numbers of parts may, is kept as a fraction beside it ([`BigRatio::nearby`]), from which
/// no comparison or rounding comes out otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// The score of a whole test, kept as that of a section is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    pub(crate) fn section(&self, frame: &SectionFrame, tally: Tally) -> ExactSection {
        let scaled_to = match self.scoring {
            ScoringType::PerSection => frame.max_score.map(BigRatio::from),
            ScoringType::Fixed
            | ScoringType::PerQuestion
            | ScoringType::Weighted
            | ScoringType::Percentage => None,
        };
        let scaled = scaled_to.and_then(|maximum| {
            // Nothing but bonus questions, or nothing that counts: no scale can be taken.
            Some((tally.earned.mul(&maximum).div(&tally.possible).ok()?, maximum))
        });
        let (scaled, maximum) =
            scaled.unwrap_or_else(|| (tally.earned.clone(), tally.possible.clone()));
        let exact = self.section_clamp.apply_exact(scaled, &maximum);
        ExactSection { tally, exact, maximum }
    }

    /// The score of the whole test.
    pub(crate) fn total(&self, frames: &[&SectionFrame], sections: &[ExactSection]) -> ExactTotal {
        let maxima: Vec<BigRatio> = sections.iter().map(|it| it.maximum.clone()).collect();
        let composition = self.composition(frames, &maxima);
        let added = sections.iter().zip(&composition.factors);
        let added = added.filter(|(section, _)| !section.exact.is_zero());
        let sum = BigRatio::sum(added.map(|(section, factor)| section.exact.mul(factor)));
        self.finish(sum, &composition)
    }

    /// What each section's exact score is multiplied with to make the total.
    pub(crate) fn composition(&self, frames: &[&SectionFrame], maxima: &[BigRatio]) -> Composition {
        let whole = BigRatio::sum(maxima.iter().cloned());
        let hundred = BigRatio::from(100);
        let spread = |maximum: &BigRatio| {
            let factor = maximum.div(&whole).unwrap_or(BigRatio::ZERO);
            vec![factor; maxima.len()]
        };
        let (factors, maximum) = match self.scoring {
            ScoringType::PerQuestion | ScoringType::PerSection => {
                (vec![BigRatio::ONE; maxima.len()], whole.clone())
            }
            ScoringType::Fixed => {
                let maximum = self.max_score.map_or_else(|| whole.clone(), BigRatio::from);
                (spread(&maximum), maximum)
            }
            ScoringType::Percentage => (spread(&hundred), hundred),
            ScoringType::Weighted => {
                let maximum = self.max_score.map_or(hundred, BigRatio::from);
                (weighted(frames, maxima, &maximum), maximum)
            }
        };
        let counts = !whole.is_zero() && !maximum.is_zero();
        Composition { factors, maximum, counts }
    }

    /// The test's score from the sum of its parts.
    pub(crate) fn finish(&self, sum: BigRatio, composition: &Composition) -> ExactTotal {
        let maximum = composition.maximum.clone();
        let exact = self.test_clamp.apply_exact(sum, &maximum);
        let percent = in_hundredths(&exact, &maximum).filter(|_| composition.counts);
        ExactTotal { exact, maximum, percent }
    }

    /// Whether a score that is final passes.
    pub(crate) fn decide(
        &self,
        frames: &[&SectionFrame],
        sections: &[ExactSection],
        total: &ExactTotal,
    ) -> PassDecision {
        let Some(percent) = &total.percent else {
            let none = self.passing == PassRule::None;
            return if none { PassDecision::NoRule } else { PassDecision::Undecided };
        };
        let reaches =
            |score: &BigRatio, needed: Ratio| self.rounding.deciding_exact(score) >= needed.into();
        let passed = match self.passing {
            PassRule::None => return PassDecision::NoRule,
            PassRule::Percent(needed) => reaches(percent, in_percent(needed)),
            PassRule::Marks(needed) => reaches(&total.exact, Ratio::from(needed)),
            PassRule::AllSections(_) => (frames.iter().zip(sections))
                .all(|(frame, section)| self.section_passes(frame, section)),
        };
        if passed { PassDecision::Passed } else { PassDecision::Failed }
    }

    /// Whether a section reaches its passing share, where every section has to.
    pub(crate) fn section_passes(&self, frame: &SectionFrame, section: &ExactSection) -> bool {
        let PassRule::AllSections(usual) = self.passing else { return true };
        let Some(percent) = in_hundredths(&section.exact, &section.maximum) else { return true };
        let needed = in_percent(frame.passing_percent.unwrap_or(usual));
        self.rounding.deciding_exact(&percent) >= needed.into()
    }
}

/// How the sections' exact scores make the total.
#[derive(Clone, Debug)]
pub(crate) struct Composition {
    /// What each section's score is multiplied with.
    pub(crate) factors: Vec<BigRatio>,
    /// The most the total could be.
    pub(crate) maximum: BigRatio,
    /// Whether anything counts at all.
    pub(crate) counts: bool,
}

/// The percentage that a score is of a maximum; none of nothing.
fn in_hundredths(score: &BigRatio, maximum: &BigRatio) -> Option<BigRatio> {
    score.mul(&BigRatio::from(100)).div(maximum).ok()
}

/// 70 for 70 percent.
fn in_percent(percent: Percent) -> Ratio {
    Ratio::from(Points::from_ten_thousandths(percent.ten_thousandths()))
}

/// The worth of one point of each section when its share has its weight in `maximum`. A section
/// in which nothing counts weighs nothing.
fn weighted(frames: &[&SectionFrame], maxima: &[BigRatio], maximum: &BigRatio) -> Vec<BigRatio> {
    let weight = |(frame, of): (&&SectionFrame, &BigRatio)| {
        if of.is_zero() {
            BigRatio::ZERO
        } else {
            frame.weight.map_or(BigRatio::ONE, BigRatio::from)
        }
    };
    let weights: Vec<BigRatio> = frames.iter().zip(maxima).map(weight).collect();
    let whole = BigRatio::sum(weights.iter().cloned());
    let factor = |(weight, of): (&BigRatio, &BigRatio)| {
        let share = maximum.mul(weight).div(&whole).and_then(|it| it.div(of));
        share.unwrap_or(BigRatio::ZERO)
    };
    weights.iter().zip(maxima).map(factor).collect()
}
