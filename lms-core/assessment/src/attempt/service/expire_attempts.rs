//! Ending attempts whose time is up.
use lms_store::operation::{Access, Operation, operation};
use std::collections::HashMap;

use crate::{
    Assessment,
    attempt::{Attempt, ChangeAttemptError, service::submit_attempt::end_overdue},
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::{DueRows, Query, Transaction};

/// Ends attempts that are out of time, each by the rule of its assessment, and answers how many. Run
/// it from a job.
///
/// Attempts of a test that was deleted end as well.
///
/// However late the job runs, an attempt that is handed in carries the instant at which its time
/// was up.
///
/// # Locks
/// The attempts are locked, and those that another person is ending are passed over.
///
/// # Errors
/// [`ChangeAttemptError`] if the actor may not, or the store failed.
#[operation("assessment.expire_attempts")]
pub struct ExpireAttempts {
    /// Which of the rows that are due: the first ones, or those with given ids.
    pub due: DueRows,
}

impl Operation for ExpireAttempts {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_MANAGE]);
    type Answer = usize;
    type Error = ChangeAttemptError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, ChangeAttemptError> {
        let Self { due } = self;
        authorize_on(tx, Permission::ATTEMPTS_MANAGE, &TheTenant).await?;
        let overdue = tx.page(due.of(Attempt::overdue(tx.now()))).await?.items;
        let mut ids: Vec<Id<Assessment>> = overdue.iter().map(|it| it.assessment_id).collect();
        ids.sort_unstable();
        ids.dedup();
        // A test that was deleted ends its attempts like any other.
        let assessments = Query::filter(Assessment::ID.is_in(ids)).with_deleted();
        let assessments = tx.all(assessments).await?;
        let by_id: HashMap<_, _> = assessments.iter().map(|it| (it.id, it)).collect();
        let mut ended: usize = 0;
        for mut attempt in overdue {
            if let Some(assessment) = by_id.get(&attempt.assessment_id) {
                end_overdue(tx, assessment, &mut attempt).await?;
                ended = ended.saturating_add(1);
            }
        }
        Ok(ended)
    }
}
