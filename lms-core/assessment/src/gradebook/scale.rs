//! From a percentage to a grade.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use lms_kernel::{BigRatio, Percent};

/// A grade and the least percentage that gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GradeBand {
    /// The grade, such as `B+`.
    pub grade: String,
    /// The least percentage, which is inside.
    pub from: Percent,
}

/// Grades by their least percentages: a percentage has the grade with the greatest bound that is
/// not above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<GradeBand>", into = "Vec<GradeBand>")]
pub struct GradeScale {
    /// From the greatest bound down to 0.
    bands: Vec<GradeBand>,
}

/// Why bands make no scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum GradeScaleError {
    /// Low percentages have no grade.
    #[error("the lowest grade must start at 0 percent")]
    #[fault(invalid, field = "bands")]
    NoLowest,
    /// Two grades start at the same percentage, or have the same name.
    #[error("grade `{grade}` repeats a name or a bound")]
    #[fault(invalid, field = "bands")]
    Repeated {
        /// The grade.
        grade: String,
    },
}

impl GradeScale {
    /// A scale of bands in any order.
    ///
    /// # Errors
    /// [`GradeScaleError`].
    pub fn new(mut bands: Vec<GradeBand>) -> Result<Self, GradeScaleError> {
        bands.sort_by_key(|band| std::cmp::Reverse(band.from));
        for (at, band) in bands.iter().enumerate() {
            let earlier = bands.iter().take(at);
            if earlier.into_iter().any(|it| it.from == band.from || it.grade == band.grade) {
                return Err(GradeScaleError::Repeated { grade: band.grade.clone() });
            }
        }
        match bands.last() {
            Some(lowest) if lowest.from == Percent::ZERO => Ok(Self { bands }),
            _ => Err(GradeScaleError::NoLowest),
        }
    }

    /// The bands, from the best grade.
    pub fn bands(&self) -> &[GradeBand] {
        &self.bands
    }

    /// The grade of a share of the whole, 1 for all of it. A share below nothing has the lowest
    /// grade.
    pub fn grade(&self, share: &BigRatio) -> &str {
        let reached = self.bands.iter().find(|band| BigRatio::from(band.from) <= *share);
        reached.or(self.bands.last()).map_or("", |band| &band.grade)
    }
}

/// The share of its band that a letter grade is worth when it was given as a letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "worth")]
pub enum LetterWorth {
    /// The least, which the band starts with.
    #[default]
    Lowest,
    /// The middle of the band.
    Middle,
    /// So much below the next better grade, at least the least of the band; 100 percent for the
    /// best grade. Canvas takes a tenth or a hundredth of a percent (`GradingStandard#grade_to_score`).
    Highest {
        /// How much below.
        step: Percent,
    },
}

impl GradeScale {
    /// The share of the whole that a letter grade is worth; `None` for a grade that the scale does
    /// not have. Case makes no difference where only one grade is meant.
    pub fn share_of(&self, grade: &str, worth: LetterWorth) -> Option<BigRatio> {
        let same = |band: &GradeBand| band.grade == grade;
        let alike = |band: &GradeBand| band.grade.to_lowercase() == grade.trim().to_lowercase();
        let at = self.bands.iter().position(same).or_else(|| {
            let mut found = self.bands.iter().enumerate().filter(|(_, band)| alike(band));
            found.next().filter(|_| found.next().is_none()).map(|(at, _)| at)
        })?;
        let least = BigRatio::from(self.bands.get(at)?.from);
        let above = at.checked_sub(1).and_then(|at| self.bands.get(at));
        let top = above.map_or(BigRatio::ONE, |band| BigRatio::from(band.from));
        Some(match worth {
            LetterWorth::Lowest => least,
            LetterWorth::Middle => least.add(&top).div(&BigRatio::from(2)).ok()?,
            LetterWorth::Highest { .. } if above.is_none() => BigRatio::ONE,
            LetterWorth::Highest { step } => top.sub(&BigRatio::from(step)).max(least),
        })
    }
}

impl TryFrom<Vec<GradeBand>> for GradeScale {
    type Error = GradeScaleError;

    fn try_from(bands: Vec<GradeBand>) -> Result<Self, GradeScaleError> {
        Self::new(bands)
    }
}

impl From<GradeScale> for Vec<GradeBand> {
    fn from(scale: GradeScale) -> Self {
        scale.bands
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(grade: &str, from: &str) -> GradeBand {
        GradeBand { grade: grade.into(), from: from.parse().unwrap() }
    }

    #[test]
    fn lower_bounds_are_inside() {
        let scale =
            GradeScale::new(vec![band("C", "0"), band("A", "90"), band("B", "79.5")]).unwrap();
        let grade = |share: &str| scale.grade(&share.parse().unwrap()).to_owned();
        for (share, expected) in [
            ("0.9", "A"),
            ("0.8999999", "B"),
            ("0.795", "B"),
            ("0.7949", "C"),
            ("-1", "C"),
            ("2", "A"),
        ] {
            assert_eq!(grade(share), expected, "{share}");
        }
    }

    #[test]
    fn a_grade_stands_for_a_share_of_its_band() {
        let bands = [("A", "90"), ("B+", "87"), ("B", "80"), ("F", "0"), ("f", "0.05")];
        let scale = GradeScale::new(bands.map(|(grade, from)| band(grade, from)).to_vec()).unwrap();
        let step = "0.1".parse().unwrap();
        let share = |grade: &str, worth| scale.share_of(grade, worth).map(|it| it.to_string());
        let all = |grade: &str| {
            [LetterWorth::Lowest, LetterWorth::Middle, LetterWorth::Highest { step }]
                .map(|worth| share(grade, worth).unwrap())
        };
        assert_eq!(all("A"), ["9/10", "19/20", "1"]);
        assert_eq!(all("B+"), ["87/100", "177/200", "899/1000"]);
        assert_eq!(all("b "), ["4/5", "167/200", "869/1000"]);
        // The band is narrower than the step.
        assert_eq!(all("F"), ["0", "1/4000", "0"]);
        assert_eq!(share("f", LetterWorth::Lowest), Some("1/2000".into()));
        for unknown in ["", "C", "A+"] {
            assert_eq!(share(unknown, LetterWorth::Lowest), None);
        }
        for (grade, _) in bands {
            for worth in [LetterWorth::Lowest, LetterWorth::Middle, LetterWorth::Highest { step }] {
                let found = scale.share_of(grade, worth).unwrap();
                assert_eq!(scale.grade(&found), grade, "{worth:?}");
            }
        }
    }

    #[test]
    fn faulty_scales_are_refused() {
        assert_eq!(GradeScale::new(vec![band("A", "90")]), Err(GradeScaleError::NoLowest));
        assert_eq!(GradeScale::new(vec![]), Err(GradeScaleError::NoLowest));
        let twice = GradeScale::new(vec![band("A", "0"), band("B", "0")]);
        assert!(matches!(twice, Err(GradeScaleError::Repeated { .. })));
    }
}
