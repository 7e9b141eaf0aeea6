//! Ending attempts whose time is up.
use lms_store::operation::{Access, Operation, operation};
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{Attempt, ChangeAttemptError, service::submit_attempt::end_overdue},
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::{PageSize, Query, Transaction};

/// The outcome of a run that ends attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiredAttempts {
    /// How many attempts were handed in, frozen or abandoned.
    pub ended: usize,
    /// Whether there may be more.
    pub more: bool,
}

/// Ends attempts that are out of time, each by the rule of its assessment. Run it from a job until
/// it answers zero.
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
    /// The most rows to handle in this call, from 1 to 200.
    pub limit: PageSize,
}

impl Operation for ExpireAttempts {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_MANAGE]);
    type Answer = ExpiredAttempts;
    type Error = ChangeAttemptError;

    async fn run(self, tx: &mut Transaction) -> Result<ExpiredAttempts, ChangeAttemptError> {
        let Self { limit } = self;
        authorize_on(tx, Permission::ATTEMPTS_MANAGE, &TheTenant).await?;
        let overdue = tx.page(Attempt::overdue(tx.now(), limit)).await?.items;
        let mut ids: Vec<Id<Assessment>> = overdue.iter().map(|it| it.assessment_id).collect();
        ids.sort_unstable();
        ids.dedup();
        // A test that was deleted ends its attempts like any other.
        let assessments = Query::filter(Assessment::ID.is_in(ids)).with_deleted();
        let assessments = tx.all(assessments).await?;
        let by_id: HashMap<_, _> = assessments.iter().map(|it| (it.id, it)).collect();
        let more = overdue.len() == limit.get() as usize;
        let mut ended = 0;
        for mut attempt in overdue {
            if let Some(assessment) = by_id.get(&attempt.assessment_id) {
                end_overdue(tx, assessment, &mut attempt).await?;
                ended += 1;
            }
        }
        Ok(ExpiredAttempts { ended, more })
    }
}
