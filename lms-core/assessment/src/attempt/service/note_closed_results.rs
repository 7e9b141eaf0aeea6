//! Moving courses by results that are shown after their test closes.
use lms_store::operation::{Access, Operation, operation};

use crate::attempt::{
    Attempt, ChangeAttemptError,
    service::progress::{note_in_course, result_due_at},
};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::{DueRows, Transaction};

/// Moves courses by the results of tests that have closed since they were graded, where the test shows
/// its results after it closes, and answers how many attempts were looked at. Run it from a job.
///
/// Where the learner was given longer since, the attempt waits on. Running it again changes nothing.
///
/// # Locks
/// The attempts are locked, and those that another run is noting are passed over.
///
/// # Errors
/// [`ChangeAttemptError`] if the actor may not, or the store failed.
#[operation("assessment.note_closed_results")]
pub struct NoteClosedResults {
    /// Which of the rows that are due: the first ones, or those with given ids.
    pub due: DueRows,
}

impl Operation for NoteClosedResults {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_MANAGE]);
    type Answer = usize;
    type Error = ChangeAttemptError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, ChangeAttemptError> {
        authorize_on(tx, Permission::ATTEMPTS_MANAGE, &TheTenant).await?;
        let closed = tx.page(self.due.of(Attempt::closed(tx.now()))).await?.items;
        let count = closed.len();
        for mut attempt in closed {
            // A test that was deleted closes like any other.
            let assessment = tx.require_even_deleted(attempt.assessment_id).await?;
            attempt.result_due_at = result_due_at(tx, &assessment, &attempt).await?;
            tx.update(&mut attempt).await?;
            note_in_course(tx, &attempt).await?;
        }
        Ok(count)
    }
}
