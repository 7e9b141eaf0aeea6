//! Problems of a conversion table, with the exact raw scores.
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::conversion::{ConversionRow, ConversionRule, Lookup};
use lms_kernel::Points;

/// One thing that is wrong with a conversion table. Raw scores are exact and inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "problem", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TableProblem {
    /// There are no rows.
    Empty,
    /// There are more rows than a table may have.
    TooManyRows {
        /// How many there are.
        rows: usize,
    },
    /// Raw scores that the test can give are in no row.
    Gap {
        /// The least of them.
        from: Points,
        /// The greatest of them.
        to: Points,
    },
    /// Raw scores are in two rows.
    Overlap {
        /// The least of them.
        from: Points,
        /// The greatest of them.
        to: Points,
    },
    /// A raw score is listed twice.
    Duplicate {
        /// The raw score.
        raw: Points,
        /// What the first row says.
        first: Points,
        /// What the second row says.
        second: Points,
    },
    /// A higher raw score is worth less than a lower one.
    Decrease {
        /// The lower raw score.
        lower_raw: Points,
        /// What it is worth.
        lower_scaled: Points,
        /// The higher raw score.
        higher_raw: Points,
        /// What that is worth.
        higher_scaled: Points,
    },
    /// A row ends before it begins.
    Reversed {
        /// Where the row begins.
        from: Points,
        /// Where it ends.
        to: Points,
    },
    /// A raw score is not one that the test can give.
    OffStep {
        /// The raw score.
        raw: Points,
        /// The distance between two raw scores of the test.
        step: Points,
    },
}

impl fmt::Display for TableProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the table has no rows"),
            Self::TooManyRows { rows } => write!(f, "the table has {rows} rows"),
            Self::Gap { from, to } if from == to => write!(f, "raw score {from} is missing"),
            Self::Gap { from, to } => write!(f, "raw scores {from} to {to} are missing"),
            Self::Overlap { from, to } if from == to => {
                write!(f, "raw score {from} is in two rows")
            }
            Self::Overlap { from, to } => write!(f, "raw scores {from} to {to} are in two rows"),
            Self::Duplicate { raw, first, second } => {
                write!(f, "raw score {raw} is listed twice, as {first} and as {second}")
            }
            Self::Decrease { lower_raw, lower_scaled, higher_raw, higher_scaled } => write!(
                f,
                "raw score {higher_raw} is worth {higher_scaled}, less than {lower_scaled} at raw \
                 score {lower_raw}"
            ),
            Self::Reversed { from, to } => write!(f, "a row goes from raw score {from} to {to}"),
            Self::OffStep { raw, step } => {
                write!(f, "raw score {raw} is not a multiple of {step}")
            }
        }
    }
}

/// Everything that is wrong with `rows`, which are sorted by their first and last raw score.
pub(super) fn problems(rule: &ConversionRule, rows: &[ConversionRow]) -> Vec<TableProblem> {
    let mut found = Vec::new();
    if rows.is_empty() {
        return vec![TableProblem::Empty];
    }
    if rows.len() > super::ConversionTable::MAX_ROWS {
        return vec![TableProblem::TooManyRows { rows: rows.len() }];
    }
    for row in rows {
        check_row(rule, row, &mut found);
    }
    check_edges(rule, rows, &mut found);
    // The row that reaches highest so far, which need not be the one before.
    let mut reach: Option<&ConversionRow> = None;
    for row in rows {
        if let Some(before) = reach {
            check_neighbours(rule, before, row, &mut found);
        }
        if reach.is_none_or(|before| before.raw_to < row.raw_to) {
            reach = Some(row);
        }
    }
    found
}

fn check_row(rule: &ConversionRule, row: &ConversionRow, found: &mut Vec<TableProblem>) {
    if row.raw_to < row.raw_from {
        found.push(TableProblem::Reversed { from: row.raw_from, to: row.raw_to });
    }
    if rule.never_decreases && row.scaled_to < row.scaled_from {
        found.push(TableProblem::Decrease {
            lower_raw: row.raw_from,
            lower_scaled: row.scaled_from,
            higher_raw: row.raw_to,
            higher_scaled: row.scaled_to,
        });
    }
    if rule.lookup == Lookup::Exact {
        let step = rule.raw_step.ten_thousandths().max(1);
        let ends: &[Points] =
            if row.raw_from == row.raw_to { &[row.raw_from] } else { &[row.raw_from, row.raw_to] };
        for raw in ends.iter().filter(|raw| raw.ten_thousandths() % step != 0) {
            found.push(TableProblem::OffStep { raw: *raw, step: rule.raw_step });
        }
    }
}

/// Raw scores that the test can give before the first row and after the last.
fn check_edges(rule: &ConversionRule, rows: &[ConversionRow], found: &mut Vec<TableProblem>) {
    let Some((least, most)) = rule.covers else { return };
    let first = rows.iter().map(|row| row.raw_from).min().unwrap_or(least);
    let last = rows.iter().map(|row| row.raw_to).max().unwrap_or(most);
    if least < first {
        found.push(TableProblem::Gap { from: least, to: back(first, rule.raw_step) });
    }
    if last < most {
        found.push(TableProblem::Gap { from: forward(last, rule.raw_step), to: most });
    }
}

fn check_neighbours(
    rule: &ConversionRule,
    before: &ConversionRow,
    row: &ConversionRow,
    found: &mut Vec<TableProblem>,
) {
    let both_single = before.raw_from == before.raw_to && row.raw_from == row.raw_to;
    if both_single && before.raw_from == row.raw_from {
        found.push(TableProblem::Duplicate {
            raw: row.raw_from,
            first: before.scaled_from,
            second: row.scaled_from,
        });
        return;
    }
    if row.raw_from <= before.raw_to {
        let to = before.raw_to.min(row.raw_to);
        found.push(TableProblem::Overlap { from: row.raw_from, to });
        return;
    }
    let expected = forward(before.raw_to, rule.raw_step);
    if rule.lookup == Lookup::Exact && expected < row.raw_from {
        let to = back(row.raw_from, rule.raw_step);
        found.push(TableProblem::Gap { from: expected, to });
    }
    if rule.never_decreases && row.scaled_from < before.scaled_to {
        found.push(TableProblem::Decrease {
            lower_raw: before.raw_to,
            lower_scaled: before.scaled_to,
            higher_raw: row.raw_from,
            higher_scaled: row.scaled_from,
        });
    }
}

fn forward(raw: Points, step: Points) -> Points {
    raw.add(step).unwrap_or(raw)
}

fn back(raw: Points, step: Points) -> Points {
    raw.sub(step).unwrap_or(raw)
}
