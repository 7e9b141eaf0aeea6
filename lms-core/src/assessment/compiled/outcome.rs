//! What a cell of a column leads to.

use crate::{
    assessment::{
        grading::{AnswerState, QuestionResult},
        question::Question,
    },
    kernel::{NumberError, Points, Ratio},
};

/// What one answer to one question adds to an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outcome {
    /// What it earns; nothing while it is pending.
    pub(super) earned: Ratio,
    /// How it counts.
    pub(super) standing: Standing,
}

/// How an answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is part of the score.
    Counts,
    /// It is not.
    Left,
    /// It is still to be marked.
    Pending,
}

impl Outcome {
    pub(super) fn of(result: &QuestionResult) -> Self {
        let standing = if result.state == AnswerState::Pending {
            Standing::Pending
        } else if result.counts(true) {
            Standing::Counts
        } else {
            Standing::Left
        };
        let earned = match standing {
            Standing::Counts => result.earned.unwrap_or(Ratio::ZERO),
            Standing::Left | Standing::Pending => Ratio::ZERO,
        };
        Self { earned, standing }
    }
}

/// What a question adds to the most that can be earned when it counts.
pub(super) fn possible(question: &Question) -> Points {
    if question.treatment == crate::assessment::question::Treatment::Bonus {
        Points::ZERO
    } else {
        question.score
    }
}

/// The unit of which every value is a whole multiple: one part in this many.
///
/// `None` when there is no such unit up to `most`.
pub(super) fn common_unit(values: impl IntoIterator<Item = Ratio>, most: i64) -> Option<i64> {
    let mut unit: i128 = 1;
    for value in values {
        let under = value.denominator();
        if under != 1 && unit % under != 0 {
            // Reducing under/unit leaves the factor that the unit still lacks.
            let lacking = Ratio::new(unit, under).ok()?.denominator();
            unit = unit.checked_mul(lacking).filter(|unit| *unit <= i128::from(most))?;
        }
    }
    i64::try_from(unit).ok()
}

/// A value in units of one part in `unit`.
///
/// # Errors
/// [`NumberError::Overflow`] when it is no whole number of them or does not fit.
pub(super) fn in_units(value: Ratio, unit: i64) -> Result<i64, NumberError> {
    let unit = i128::from(unit);
    let times = match value.denominator() {
        1 => unit,
        under if under == unit => 1,
        under if unit % under == 0 => unit / under,
        _ => return Err(NumberError::Overflow),
    };
    value
        .numerator()
        .checked_mul(times)
        .and_then(|units| i64::try_from(units).ok())
        .ok_or(NumberError::Overflow)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn the_unit_divides_everything() {
        let ratios = ["1/3", "2/7", "-5/6", "1/80000"].map(|text| text.parse::<Ratio>().unwrap());
        let unit = common_unit(ratios, 1 << 40).unwrap();
        assert_eq!(unit, 80_000 * 21);
        assert_eq!(common_unit([Ratio::ONE, Ratio::ZERO], 1 << 40), Some(1), "no finer than asked");
        for ratio in ratios {
            let units = in_units(ratio, unit).unwrap();
            assert_eq!(Ratio::new(i128::from(units), i128::from(unit)).unwrap(), ratio);
        }
        let huge = Ratio::new(1, 1_000_000_007).unwrap();
        let other = Ratio::new(1, 1_000_000_009).unwrap();
        assert_eq!(common_unit([huge, other], 1 << 40), None);
        assert!(in_units(huge, 10_000).is_err());
    }
}
