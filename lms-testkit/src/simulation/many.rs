//! Many runs, one after the other.
use lms_core::store::Store;

use super::{Report, STEPS_OF_A_HISTORY, Shapes, Simulation};
use crate::Outcome;

impl Report {
    /// Adds the counts of another run.
    pub fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.faults += other.faults;
        for (name, count) in other.done {
            *self.done.entry(name).or_default() += count;
        }
        for (refusal, count) in other.refused {
            *self.refused.entry(refusal).or_default() += count;
        }
    }

    /// How many steps succeeded.
    pub fn successes(&self) -> usize {
        self.done.values().sum()
    }
}

/// Runs so many steps with faults, in histories of [`STEPS_OF_A_HISTORY`] whose seeds count up from
/// the first. `open` gives the store of the history; shorter histories of a failure are tried in
/// stores that `fresh` opens.
///
/// # Errors
/// [`Failure`](crate::Failure) with the seed, the rule that was broken and the steps.
pub async fn run_steps(
    shapes: &Shapes,
    first: u64,
    steps: usize,
    mut open: impl AsyncFnMut() -> Store,
    mut fresh: impl AsyncFnMut() -> Store,
) -> Outcome<Report> {
    let mut all = Report::default();
    let mut seed = first;
    while all.steps < steps {
        let some = STEPS_OF_A_HISTORY.min(steps - all.steps);
        let simulation = Simulation::new(shapes, seed, some).with_faults();
        let report = simulation.hold(&open().await, &mut fresh).await?;
        let taken = report.steps.max(1);
        all.add(Report { steps: taken, ..report });
        seed = seed.wrapping_add(1);
    }
    Ok(all)
}
