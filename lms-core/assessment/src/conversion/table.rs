//! Conversion tables and how they are read.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::conversion::{ConversionRow, RoundTo, TableProblem, problem::problems};
use lms_kernel::{NumberError, Points};

/// How a table treats a raw score between two of its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum Lookup {
    /// Nothing: every raw score that the test can give has a row of its own.
    #[default]
    Exact,
    /// What the next lower row says.
    Floor,
    /// What lies on the straight line between the two rows, rounded once.
    Interpolate,
}

/// How a table treats a raw score below its first row or above its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum OutsideTable {
    /// Nothing: the score is refused.
    #[default]
    Refuse,
    /// What the nearest row says.
    Clamp,
}

/// Which score a row means whose result is a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum WithinRow {
    /// The least scaled score of the row.
    #[default]
    Low,
    /// The greatest.
    High,
    /// The one as far along its range as the raw score is along its own, rounded once.
    Spread,
}

/// How a conversion table is checked and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversionRule {
    /// What it says between two rows.
    pub lookup: Lookup,
    /// What it says outside its rows.
    pub outside: OutsideTable,
    /// Which score a row with a range of results means.
    pub within: WithinRow,
    /// Whether a higher raw score may never be worth less; only a few scales need this off.
    pub never_decreases: bool,
    /// The distance between two raw scores that the test can give; above zero.
    pub raw_step: Points,
    /// The least and greatest raw score that the test can give; rows must reach both.
    pub covers: Option<(Points, Points)>,
    /// How an interpolated score is rounded.
    pub round: RoundTo,
}

impl Default for ConversionRule {
    /// Exact rows for whole raw scores, never decreasing, refused outside.
    fn default() -> Self {
        Self {
            lookup: Lookup::Exact,
            outside: OutsideTable::Refuse,
            within: WithinRow::Low,
            never_decreases: true,
            raw_step: Points::from_ten_thousandths(10_000),
            covers: None,
            round: RoundTo::FINEST,
        }
    }
}

/// Why a raw score or a table was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ConversionError {
    /// The table says two things about a score, or nothing, or falls where it should rise.
    #[error("the conversion table is not usable: {}", list(problems))]
    #[fault(invalid, field = "rows")]
    BadTable {
        /// Everything that is wrong, by raw score.
        problems: Vec<TableProblem>,
    },
    /// The raw score is below the first row or above the last.
    #[error("raw score {raw} is outside the table, which goes from {least} to {most}")]
    #[fault(invalid, field = "raw_score")]
    OutsideTable {
        /// The raw score.
        raw: Points,
        /// The least raw score of the table.
        least: Points,
        /// The greatest.
        most: Points,
    },
    /// The raw score is between two rows of an exact table.
    #[error("raw score {raw} has no row; the nearest are {below} and {above}")]
    #[fault(invalid, field = "raw_score")]
    NotListed {
        /// The raw score.
        raw: Points,
        /// The nearest raw score below it.
        below: Points,
        /// The nearest above it.
        above: Points,
    },
    /// A result is too large.
    #[error(transparent)]
    #[fault(invalid)]
    Number(#[from] NumberError),
}

fn list(problems: &[TableProblem]) -> String {
    const SHOWN: usize = 20;
    let mut text: Vec<String> = problems.iter().take(SHOWN).map(ToString::to_string).collect();
    if problems.len() > SHOWN {
        text.push(format!("and {} more", problems.len() - SHOWN));
    }
    text.join("; ")
}

/// A table from raw to scaled scores, checked when it is made.
///
/// ```
/// use lms_assessment::conversion::{ConversionRow, ConversionRule, ConversionTable};
/// use lms_kernel::Points;
///
/// let points = |text: &str| text.parse::<Points>();
/// let rows = vec![
///     ConversionRow::range(points("30")?, points("32")?, points("7")?),
///     ConversionRow::range(points("33")?, points("34")?, points("7.5")?),
/// ];
/// let listening = ConversionTable::new(ConversionRule::default(), rows)?;
/// assert_eq!(listening.convert(points("33")?)?, points("7.5")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Parts", into = "Parts")]
pub struct ConversionTable {
    rule: ConversionRule,
    /// By raw score; no two have one in common.
    rows: Vec<ConversionRow>,
    /// Where each row begins, in ten-thousandths: what a lookup searches.
    starts: Vec<i64>,
}

impl ConversionTable {
    /// The most rows that a table may have: one for each score from 0 to 10,000.
    pub const MAX_ROWS: usize = 10_001;

    /// A table of those rows, in any order.
    ///
    /// # Errors
    /// [`ConversionError::BadTable`] with every gap, overlap, duplicate and decrease.
    pub fn new(
        rule: ConversionRule,
        mut rows: Vec<ConversionRow>,
    ) -> Result<Self, ConversionError> {
        rows.sort_by_key(|row| (row.raw_from, row.raw_to));
        let problems = problems(&rule, &rows);
        if !problems.is_empty() {
            return Err(ConversionError::BadTable { problems });
        }
        let starts = rows.iter().map(|row| row.raw_from.ten_thousandths()).collect();
        Ok(Self { rule, rows, starts })
    }

    /// What is wrong with those rows, for a form that shows everything at once.
    pub fn check(rule: &ConversionRule, rows: &[ConversionRow]) -> Vec<TableProblem> {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| (row.raw_from, row.raw_to));
        problems(rule, &rows)
    }

    /// How the table is read.
    pub const fn rule(&self) -> &ConversionRule {
        &self.rule
    }

    /// The rows by raw score.
    pub fn rows(&self) -> &[ConversionRow] {
        &self.rows
    }

    /// What a raw score is worth.
    ///
    /// # Errors
    /// [`ConversionError::OutsideTable`] and [`ConversionError::NotListed`], as the rule says.
    pub fn convert(&self, raw: Points) -> Result<Points, ConversionError> {
        let next = self.starts.partition_point(|start| *start <= raw.ten_thousandths());
        let row = next.checked_sub(1).and_then(|at| self.rows.get(at));
        match (row, self.rows.get(next)) {
            (Some(row), _) if raw <= row.raw_to => self.inside(row, raw),
            (Some(row), Some(above)) => self.between(row, above, raw),
            (Some(last), None) => self.outside(raw, last.scaled_to),
            (None, Some(first)) => self.outside(raw, first.scaled_from),
            (None, None) => self.outside(raw, Points::ZERO),
        }
    }

    /// The range of scaled scores that the row of a raw score gives; `None` where no row has it.
    pub fn range_of(&self, raw: Points) -> Option<(Points, Points)> {
        let next = self.starts.partition_point(|start| *start <= raw.ten_thousandths());
        let row = next.checked_sub(1).and_then(|at| self.rows.get(at))?;
        row.contains(raw).then_some((row.scaled_from, row.scaled_to))
    }

    /// The least and the greatest raw score that is worth `scaled`, as the table is read: those
    /// between two rows count where they have a worth. `None` where none is.
    ///
    /// A row whose result is a range is worth all of it, unless it is spread over its raw scores.
    /// Raw scores are multiples of the rule's step, from the first row to the last; those outside,
    /// which may be cut to them, are not looked at.
    pub fn raw_scores_for(&self, scaled: Points) -> Option<(Points, Points)> {
        let next = self.rows.iter().skip(1).map(Some).chain([None]);
        let spans = self.rows.iter().zip(next).flat_map(|(row, next)| {
            let between = next.and_then(|next| self.between_worth(row, next, scaled));
            [self.row_worth(row, scaled), between]
        });
        spans.flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The raw scores of a row that are worth `scaled`.
    fn row_worth(&self, row: &ConversionRow, scaled: Points) -> Option<(Points, Points)> {
        if self.rule.within == WithinRow::Spread && row.raw_from != row.raw_to {
            return self
                .on_line_worth(row.raw_from, row.raw_to, scaled, |raw| self.inside(row, raw).ok());
        }
        let worth = match self.rule.within {
            WithinRow::Spread => row.scaled_from == scaled,
            WithinRow::Low | WithinRow::High => {
                row.scaled_from.min(row.scaled_to) <= scaled
                    && scaled <= row.scaled_from.max(row.scaled_to)
            }
        };
        worth.then_some((row.raw_from, row.raw_to))
    }

    /// The raw scores between two rows that are worth `scaled`.
    fn between_worth(
        &self,
        below: &ConversionRow,
        above: &ConversionRow,
        scaled: Points,
    ) -> Option<(Points, Points)> {
        let step = self.rule.raw_step.ten_thousandths().max(1);
        // The multiples of the step between the rows.
        let first = below.raw_to.ten_thousandths().div_euclid(step).checked_add(1)?;
        let last = above.raw_from.ten_thousandths().checked_sub(1)?.div_euclid(step);
        let [from, to] = [first, last].map(|it| it.saturating_mul(step));
        let [from, to] = [from, to].map(Points::from_ten_thousandths);
        if from > to {
            return None;
        }
        match self.rule.lookup {
            Lookup::Exact => None,
            Lookup::Floor => {
                let (_, last) = self.row_worth(below, scaled)?;
                (last == below.raw_to).then_some((from, to))
            }
            Lookup::Interpolate => {
                self.on_line_worth(from, to, scaled, |raw| self.between(below, above, raw).ok())
            }
        }
    }

    /// The raw scores from `from` to `to` that are worth `scaled` where worth rises or falls
    /// throughout, so that they are found by halving.
    fn on_line_worth(
        &self,
        from: Points,
        to: Points,
        scaled: Points,
        worth: impl Fn(Points) -> Option<Points>,
    ) -> Option<(Points, Points)> {
        let step = i128::from(self.rule.raw_step.ten_thousandths().max(1));
        let start = i128::from(from.ten_thousandths());
        let steps = (i128::from(to.ten_thousandths()) - start).checked_div(step)?;
        let raw_at =
            |at: i128| i64::try_from(start + at * step).ok().map(Points::from_ten_thousandths);
        let falls = worth(from)? > worth(to)?;
        let before = |at: i128, or_at: bool| -> Option<bool> {
            let found = worth(raw_at(at)?)?;
            let order = if falls { scaled.cmp(&found) } else { found.cmp(&scaled) };
            Some(order.is_lt() || (or_at && order.is_eq()))
        };
        let count_before = |or_at: bool| -> Option<i128> {
            let (mut low, mut high) = (0, steps + 1);
            while low < high {
                let middle = low + (high - low) / 2;
                if before(middle, or_at)? { low = middle + 1 } else { high = middle }
            }
            Some(low)
        };
        let (first, beyond) = (count_before(false)?, count_before(true)?);
        (first < beyond).then_some((raw_at(first)?, raw_at(beyond - 1)?))
    }

    fn inside(&self, row: &ConversionRow, raw: Points) -> Result<Points, ConversionError> {
        match self.rule.within {
            WithinRow::Low => Ok(row.scaled_from),
            WithinRow::High => Ok(row.scaled_to),
            WithinRow::Spread if row.raw_from == row.raw_to => Ok(row.scaled_from),
            WithinRow::Spread => {
                let (from, to) = ((row.raw_from, row.scaled_from), (row.raw_to, row.scaled_to));
                on_line(from, to, raw, self.rule.round)
            }
        }
    }

    fn between(
        &self,
        below: &ConversionRow,
        above: &ConversionRow,
        raw: Points,
    ) -> Result<Points, ConversionError> {
        match self.rule.lookup {
            Lookup::Exact => {
                Err(ConversionError::NotListed { raw, below: below.raw_to, above: above.raw_from })
            }
            Lookup::Floor => self.inside(below, below.raw_to),
            Lookup::Interpolate => {
                let (from, to) =
                    ((below.raw_to, below.scaled_to), (above.raw_from, above.scaled_from));
                on_line(from, to, raw, self.rule.round)
            }
        }
    }

    fn outside(&self, raw: Points, nearest: Points) -> Result<Points, ConversionError> {
        match self.rule.outside {
            OutsideTable::Clamp => Ok(nearest),
            OutsideTable::Refuse => Err(ConversionError::OutsideTable {
                raw,
                least: self.rows.first().map_or(Points::ZERO, |row| row.raw_from),
                most: self.rows.last().map_or(Points::ZERO, |row| row.raw_to),
            }),
        }
    }
}

/// The height of the line through two points at `raw`, rounded once.
fn on_line(
    (raw_from, scaled_from): (Points, Points),
    (raw_to, scaled_to): (Points, Points),
    raw: Points,
    round: RoundTo,
) -> Result<Points, ConversionError> {
    let integer = |it: Points| i128::from(it.ten_thousandths());
    let run = integer(raw_to.sub(raw_from)?);
    let rise = integer(scaled_to.sub(scaled_from)?);
    let along = integer(raw.sub(raw_from)?);
    // No product of two 64-bit integers is too large, and the sum is `run` times the height.
    let height = rise * along + integer(scaled_from) * run;
    Ok(round.apply_to_quotient(height, run)?)
}

/// The table as it is stored and sent.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Parts {
    rule: ConversionRule,
    rows: Vec<ConversionRow>,
}

impl TryFrom<Parts> for ConversionTable {
    type Error = ConversionError;

    fn try_from(parts: Parts) -> Result<Self, ConversionError> {
        Self::new(parts.rule, parts.rows)
    }
}

impl From<ConversionTable> for Parts {
    fn from(table: ConversionTable) -> Self {
        Self { rule: table.rule, rows: table.rows }
    }
}

#[cfg(test)]
mod tests;
