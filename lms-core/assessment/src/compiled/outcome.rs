//! The outcome of a cell of a column.

use crate::{
    grading::{AnswerState, QuestionResult},
    question::Question,
};
use lms_kernel::{NumberError, Points, Ratio};

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

/// What the codes of a column lead to, with what each earns as a whole number of one unit.
#[derive(Clone, Debug)]
pub(super) struct Outcomes {
    all: Vec<Outcome>,
    /// One part in this many; none where there is no such unit.
    unit: Option<i64>,
    /// What each earns, in units.
    units: Vec<i64>,
    /// The least and the greatest of them and of nothing.
    ends: (i64, i64),
    paying: Paying,
    /// How all of them count, where they count alike, without and with the last code.
    alike: [Option<Standing>; 2],
}

/// Which codes of a column earn something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paying {
    /// None does.
    None,
    /// This one does, so many units.
    One(u8, i64),
    /// Several do, or one that is no byte.
    Several,
}

impl Outcomes {
    /// The outcomes of a question's codes.
    pub(super) fn new(question: &Question, all: Vec<Outcome>) -> Self {
        let possible = Ratio::from(possible(question));
        let values = all.iter().map(|it| &it.earned).chain([&possible]);
        let unit = common_unit(values, i64::MAX);
        let units: Option<Vec<i64>> =
            unit.and_then(|unit| all.iter().map(|it| in_units(it.earned, unit).ok()).collect());
        let (unit, units) = (unit.filter(|_| units.is_some()), units.unwrap_or_default());
        let last = all.len().saturating_sub(1);
        Self {
            unit,
            ends: units.iter().fold((0, 0), |(least, most), it| (least.min(*it), most.max(*it))),
            paying: Paying::of(&units),
            units,
            alike: [alike(all.get(..last).unwrap_or_default()), alike(&all)],
            all,
        }
    }

    pub(super) fn all(&self) -> &[Outcome] {
        &self.all
    }

    /// How many units make one point, and what each outcome earns in them.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] where no unit has room for all of them.
    pub(super) fn units(&self) -> Result<(i64, &[i64]), NumberError> {
        self.unit.map(|unit| (unit, self.units.as_slice())).ok_or(NumberError::Overflow)
    }

    /// The least and the greatest that a code earns, in units, or nothing.
    pub(super) const fn ends(&self) -> (i64, i64) {
        self.ends
    }

    /// Which codes earn something.
    pub(super) const fn paying(&self) -> Paying {
        self.paying
    }

    /// How all codes count, where they count alike.
    pub(super) const fn alike(&self) -> Option<Standing> {
        self.alike[1]
    }

    /// The same, for a column without the last code.
    pub(super) const fn alike_but_last(&self) -> Option<Standing> {
        self.alike[0]
    }
}

impl Paying {
    fn of(units: &[i64]) -> Self {
        let mut paying = units.iter().enumerate().filter(|(_, units)| **units != 0);
        match (paying.next(), paying.next()) {
            (None, _) => Self::None,
            (Some((at, units)), None) => {
                u8::try_from(at).map_or(Self::Several, |at| Self::One(at, *units))
            }
            (Some(_), Some(_)) => Self::Several,
        }
    }
}

/// The standing that all outcomes share, if they do. Pending ones never do: they are counted.
fn alike(outcomes: &[Outcome]) -> Option<Standing> {
    let first = outcomes.first().map_or(Standing::Counts, |it| it.standing);
    let same = first != Standing::Pending && outcomes.iter().all(|it| it.standing == first);
    same.then_some(first)
}

/// What a question adds to the most that can be earned when it counts.
pub(super) fn possible(question: &Question) -> Points {
    if question.treatment == crate::question::Treatment::Bonus {
        Points::ZERO
    } else {
        question.score
    }
}

/// The unit of which every value is a whole multiple: one part in this many.
///
/// `None` when there is no such unit up to `most`.
pub(super) fn common_unit<'o>(
    values: impl IntoIterator<Item = &'o Ratio>,
    most: i64,
) -> Option<i64> {
    let mut unit: i128 = 1;
    for value in values {
        unit = common_multiple(unit, value.denominator()).filter(|it| *it <= i128::from(most))?;
    }
    i64::try_from(unit).ok()
}

/// The least common multiple of two numbers above zero; none when it does not fit.
pub(super) fn common_multiple(a: i128, b: i128) -> Option<i128> {
    if a % b == 0 {
        return Some(a);
    }
    // Reducing b/a leaves the factor that a still lacks.
    let lacking = Ratio::new(a, b).ok()?.denominator();
    a.checked_mul(lacking)
}

/// A value in units of one part in `unit`.
///
/// # Errors
/// [`NumberError::Overflow`] when it is no whole number of them or does not fit.
pub(super) fn in_units(value: Ratio, unit: i64) -> Result<i64, NumberError> {
    let unit = i128::from(unit);
    let under = value.denominator();
    if unit % under != 0 {
        return Err(NumberError::Overflow);
    }
    value
        .numerator()
        .checked_mul(unit / under)
        .and_then(|units| i64::try_from(units).ok())
        .ok_or(NumberError::Overflow)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn the_unit_divides_everything() {
        let ratios = ["1/3", "2/7", "-5/6", "1/80000"].map(|text| text.parse::<Ratio>().unwrap());
        let unit = common_unit(&ratios, 1 << 40).unwrap();
        assert_eq!(unit, 80_000 * 21);
        assert_eq!(common_unit(&[Ratio::ONE], 1 << 40), Some(1), "no finer than it has to be");
        for ratio in ratios {
            let units = in_units(ratio, unit).unwrap();
            assert_eq!(Ratio::new(i128::from(units), i128::from(unit)).unwrap(), ratio);
        }
        let huge = Ratio::new(1, 1_000_000_007).unwrap();
        assert_eq!(common_unit(&[huge], 1 << 20), None);
        assert!(in_units(huge, 10_000).is_err());
    }
}
