//! From a percentage to a grade.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use lms_kernel::{BigRatio, Percent};

/// A grade and the least percentage that gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeBand {
    /// The grade, such as `B+`.
    pub grade: String,
    /// The least percentage, which is inside.
    pub from: Percent,
}

/// Grades by their least percentages: a percentage has the grade with the greatest bound that is
/// not above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    fn faulty_scales_are_refused() {
        assert_eq!(GradeScale::new(vec![band("A", "90")]), Err(GradeScaleError::NoLowest));
        assert_eq!(GradeScale::new(vec![]), Err(GradeScaleError::NoLowest));
        let twice = GradeScale::new(vec![band("A", "0"), band("B", "0")]);
        assert!(matches!(twice, Err(GradeScaleError::Repeated { .. })));
    }
}
