//! Rubrics: criteria, levels, and the levels chosen by a marker.

use serde::{Deserialize, Serialize};

use lms_kernel::{Id, NumberError, Points};

/// The criteria by which a person marks an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rubric {
    /// The criteria, in order.
    pub criteria: Vec<Criterion>,
}

/// One criterion of a rubric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Criterion {
    /// The criterion's id.
    pub id: Id<Criterion>,
    /// What is looked at, such as "Use of sources".
    pub title: String,
    /// What a marker should look for.
    #[serde(default)]
    pub description: String,
    /// How well it can be met, and what that is worth.
    pub levels: Vec<Level>,
}

/// How well a criterion is met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Level {
    /// The level's id.
    pub id: Id<Level>,
    /// What it is called, such as "Good".
    pub title: String,
    /// What it is worth.
    pub points: Points,
}

/// The levels that a marker chose in a rubric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RubricMark {
    /// The level chosen for each criterion; at most one for each.
    pub levels: Vec<ChosenLevel>,
    /// Points given or taken beside the levels.
    #[serde(default)]
    pub adjustment: Points,
}

/// The level chosen for one criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChosenLevel {
    /// Which criterion.
    pub criterion: Id<Criterion>,
    /// Which level.
    pub level: Id<Level>,
    /// What the marker says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Why a marking by rubric was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, lms_derive::DomainError)]
pub enum RubricError {
    /// A criterion or level that the rubric does not have.
    #[error("choose criteria and levels of this rubric; one of those given is not in it")]
    #[fault(invalid, field = "levels")]
    Unknown,
    /// Two levels for one criterion.
    #[error("choose one level for each criterion")]
    #[fault(invalid, field = "levels")]
    Twice,
    /// A criterion without a level.
    #[error("choose a level for every criterion; {missing} are without one")]
    #[fault(invalid, field = "levels")]
    Incomplete {
        /// How many criteria have no level.
        missing: usize,
    },
    /// The sum is out of range.
    #[error(transparent)]
    #[fault(invalid, field = "adjustment")]
    Number(#[from] NumberError),
}

impl Rubric {
    /// The most points that the levels give.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] out of the range of points.
    pub fn maximum(&self) -> Result<Points, NumberError> {
        self.criteria.iter().try_fold(Points::ZERO, |sum, criterion| {
            let best = criterion.levels.iter().map(|level| level.points).max();
            sum.add(best.unwrap_or(Points::ZERO))
        })
    }

    /// The points of a complete marking: those of the chosen levels and the adjustment.
    ///
    /// # Errors
    /// [`RubricError`] when a level is unknown, chosen twice or missing.
    pub fn points(&self, mark: &RubricMark) -> Result<Points, RubricError> {
        let mut sum = mark.adjustment;
        for (at, chosen) in mark.levels.iter().enumerate() {
            let earlier = mark.levels.iter().take(at);
            if earlier.into_iter().any(|it| it.criterion == chosen.criterion) {
                return Err(RubricError::Twice);
            }
            let criterion = self.criteria.iter().find(|it| it.id == chosen.criterion);
            let level = criterion
                .and_then(|it| it.levels.iter().find(|level| level.id == chosen.level))
                .ok_or(RubricError::Unknown)?;
            sum = sum.add(level.points)?;
        }
        match self.criteria.len().checked_sub(mark.levels.len()) {
            Some(0) | None => Ok(sum),
            Some(missing) => Err(RubricError::Incomplete { missing }),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id<T>(n: u128) -> Id<T> {
        Id::from_uuid(Uuid::from_u128(n))
    }

    fn rubric() -> Rubric {
        let level = |n, points: &str| Level {
            id: id(n),
            title: format!("level {n}"),
            points: points.parse().unwrap(),
        };
        let criterion = |n, levels| Criterion {
            id: id(n),
            title: format!("criterion {n}"),
            description: String::new(),
            levels,
        };
        Rubric {
            criteria: vec![
                criterion(1, vec![level(11, "0"), level(12, "2.5"), level(13, "5")]),
                criterion(2, vec![level(21, "0"), level(22, "3")]),
            ],
        }
    }

    fn mark(levels: &[(u128, u128)], adjustment: &str) -> RubricMark {
        let chosen = |&(criterion, level): &(u128, u128)| ChosenLevel {
            criterion: id(criterion),
            level: id(level),
            comment: None,
        };
        RubricMark {
            levels: levels.iter().map(chosen).collect(),
            adjustment: adjustment.parse().unwrap(),
        }
    }

    #[test]
    fn chosen_levels_and_the_adjustment_add_up() {
        assert_eq!(rubric().maximum().unwrap().to_string(), "8");
        let points = rubric().points(&mark(&[(1, 12), (2, 22)], "-0.5")).unwrap();
        assert_eq!(points.to_string(), "5");
    }

    #[test]
    fn markings_that_do_not_fit_are_refused() {
        let points = |levels: &[_]| rubric().points(&mark(levels, "0"));
        assert_eq!(points(&[(1, 12)]), Err(RubricError::Incomplete { missing: 1 }));
        assert_eq!(points(&[(1, 12), (1, 13)]), Err(RubricError::Twice));
        assert_eq!(points(&[(1, 22), (2, 22)]), Err(RubricError::Unknown));
        assert_eq!(points(&[(1, 12), (9, 22)]), Err(RubricError::Unknown));
    }
}
