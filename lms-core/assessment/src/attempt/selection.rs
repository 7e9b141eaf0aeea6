//! The result of several attempts.
use serde::{Deserialize, Serialize};

use crate::attempt::{AttemptStatus, ResultRule};
use lms_kernel::{NumberError, Points, Ratio, Timestamp};

/// An attempt as far as the result of several asks about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CountedAttempt {
    /// Its number, from 1.
    pub number: u32,
    /// Its status.
    pub status: AttemptStatus,
    /// When it was handed in.
    pub submitted_at: Option<Timestamp>,
    /// What it earned.
    pub score: Option<Points>,
}

/// The result of several attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SelectedResult {
    /// The result, exact.
    pub score: Ratio,
    /// The number of the attempt that gave it; none for a mean.
    pub number: Option<u32>,
    /// How many attempts counted.
    pub counted: usize,
}

/// The result over a learner's attempts; `None` while none is completed.
///
/// Only completed attempts count: what runs, waits for marking or was abandoned does not. The
/// last is the one that was handed in last; of equal scores the earliest attempt is the highest.
///
/// # Errors
/// [`NumberError::Overflow`] for a mean out of range.
pub fn select_result(
    rule: ResultRule,
    attempts: &[CountedAttempt],
) -> Result<Option<SelectedResult>, NumberError> {
    let mut counted: Vec<(CountedAttempt, Points)> = attempts
        .iter()
        .filter(|it| it.status == AttemptStatus::Completed)
        .filter_map(|it| it.score.map(|score| (*it, score)))
        .collect();
    counted.sort_by_key(|(it, _)| it.number);
    let chosen = match rule {
        ResultRule::First => counted.first(),
        ResultRule::Last => counted.iter().max_by_key(|(it, _)| (it.submitted_at, it.number)),
        // The last of equal maxima is taken, so the order is turned round.
        ResultRule::Highest => counted.iter().rev().max_by_key(|(_, score)| *score),
        ResultRule::Average => return mean(&counted),
    };
    Ok(chosen.map(|(it, score)| SelectedResult {
        score: Ratio::from(*score),
        number: Some(it.number),
        counted: counted.len(),
    }))
}

fn mean(counted: &[(CountedAttempt, Points)]) -> Result<Option<SelectedResult>, NumberError> {
    if counted.is_empty() {
        return Ok(None);
    }
    let sum = Ratio::sum(counted.iter().map(|(_, score)| Ratio::from(*score)))?;
    let count = i128::try_from(counted.len()).map_err(|_| NumberError::Overflow)?;
    let score = sum.div(Ratio::new(count, 1)?)?;
    Ok(Some(SelectedResult { score, number: None, counted: counted.len() }))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn attempt(number: u32, status: AttemptStatus, at: i64, score: &str) -> CountedAttempt {
        CountedAttempt {
            number,
            status,
            submitted_at: Some(Timestamp::EPOCH.saturating_add(TimeDelta::seconds(at))),
            score: Some(score.parse().unwrap()),
        }
    }

    fn result(rule: ResultRule, attempts: &[CountedAttempt]) -> Option<(String, Option<u32>)> {
        let found = select_result(rule, attempts).unwrap()?;
        Some((found.score.to_string(), found.number))
    }

    #[test]
    fn only_completed_attempts_count() {
        use AttemptStatus::{Abandoned, Completed, Expired, InProgress, Submitted};
        let attempts = [
            attempt(1, Abandoned, 10, "100"),
            attempt(2, Completed, 20, "7"),
            attempt(3, Completed, 60, "8.5"),
            attempt(4, Completed, 50, "8.5"),
            attempt(5, Submitted, 70, "99"),
            attempt(6, InProgress, 80, "98"),
            attempt(7, Expired, 90, "97"),
        ];
        assert_eq!(result(ResultRule::First, &attempts), Some(("7".into(), Some(2))));
        assert_eq!(result(ResultRule::Last, &attempts), Some(("17/2".into(), Some(3))));
        assert_eq!(result(ResultRule::Highest, &attempts), Some(("17/2".into(), Some(3))));
        assert_eq!(result(ResultRule::Average, &attempts), Some(("8".into(), None)));
        for rule in ResultRule::ALL {
            assert_eq!(result(*rule, &attempts[..1]), None);
        }
    }

    #[test]
    fn a_mean_stays_exact() {
        let scores = ["1", "1", "2"].iter().zip(1..);
        let attempts: Vec<_> = scores
            .map(|(score, number)| attempt(number, AttemptStatus::Completed, 0, score))
            .collect();
        assert_eq!(result(ResultRule::Average, &attempts), Some(("4/3".into(), None)));
    }
}
