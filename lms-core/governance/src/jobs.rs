//! Scheduled work on the audit trail and on deleted records.
use crate::{PurgeAudit, PurgeDeleted, PurgeSpent, SealAudit, purge};
use lms_kernel::Entropy;
use lms_store::{
    PageSize,
    job::{Every, JobFailure, JobRun, JobType, Need},
    operation::Operation as _,
};

/// How many seals a run purges at once: each has a page of entries.
const SEALS: PageSize = PageSize::new(10);

/// The scheduled jobs of this context.
pub fn jobs() -> Vec<JobType> {
    vec![
        JobType::of::<SealAudit>(Every::FiveMinutes, |job| {
            let seal = SealAudit { most: PageSize::MAX };
            Box::pin(job.repeat(seal, |it| (u64::from(it.seal.is_some()), it.has_more)))
        })
        .needing(const { &[Need::of::<dyn Entropy>()] }),
        JobType::of::<PurgeDeleted>(Every::Night, |job| Box::pin(purge_deleted(job))),
        JobType::of::<PurgeSpent>(Every::Night, |job| {
            let all = PurgeSpent { chunk: PageSize::MAX };
            Box::pin(job.repeat(all, |it| (it.keys.saturating_add(it.bodies), it.has_more)))
        }),
        JobType::of::<PurgeAudit>(Every::Night, |job| {
            Box::pin(job.repeat(PurgeAudit { most: SEALS }, |it| (it.entries, it.has_more)))
        }),
    ]
}

/// Purges all that is due, a page of rows at a time; where a page fails, row by row, so that only
/// those that fail stay.
async fn purge_deleted(job: &mut JobRun<'_>) -> Result<(), JobFailure> {
    let scope = PurgeDeleted::WITHIN.scope(job.cx());
    let (mut from, mut one_by_one) = (None, 0_u32);
    loop {
        let chunk = if one_by_one > 0 { PageSize::ONE } else { PageSize::MAX };
        let purge = PurgeDeleted { from: from.clone(), chunk };
        from = match job.store().run(job.cx(), purge).await {
            Ok(report) => {
                job.count(report.purged.values().sum());
                job.leave(report.held.len().try_into().unwrap_or(u64::MAX));
                report.next
            }
            Err(_) if one_by_one == 0 => {
                one_by_one = PageSize::MAX.get();
                continue;
            }
            Err(error) => {
                let mut tx = job.store().begin_in(job.cx(), scope).await?;
                let Some((row, next)) = purge::next_due(&mut tx, from).await? else {
                    return Err(JobFailure::of(&error));
                };
                drop(tx);
                job.fail_row(row, &error)?;
                Some(next)
            }
        };
        one_by_one = one_by_one.saturating_sub(1);
        if from.is_none() {
            return Ok(());
        }
    }
}
