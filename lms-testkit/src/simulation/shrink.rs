//! Makes a failing history shorter.
use lms_core::store::Store;

use super::{Simulation, Violation};
use crate::Outcome;

/// How many shorter histories are tried.
const MOST_ATTEMPTS: usize = 80;

/// Leaves out parts of the history, the larger first, as long as the same rule is broken (after
/// Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002, without its
/// complements).
pub(super) async fn shrink(
    simulation: &Simulation<'_>,
    violation: Violation,
    mut open: impl AsyncFnMut() -> Store,
) -> Outcome<Violation> {
    let mut best = violation;
    let mut attempts = 0;
    let mut size = best.history.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < best.history.len() && attempts < MOST_ATTEMPTS {
            let to = (from + size).min(best.history.len());
            let kept: Vec<_> =
                best.history.iter().take(from).chain(best.history.iter().skip(to)).collect();
            let kept: Vec<_> = kept.into_iter().cloned().collect();
            attempts += 1;
            let found = simulation.replay(&open().await, &kept).await?;
            match found.filter(|it| it.law == best.law) {
                Some(shorter) => best = shorter,
                None => from = to,
            }
        }
        size /= 2;
    }
    Ok(best)
}
