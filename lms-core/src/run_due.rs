//! Running everything that time brings.
use std::collections::HashMap;

use lms_kernel::{Context, Scope, TenantId, Timestamp};
use lms_people::tenancy::Tenant;
use lms_store::{
    Query, Store, StoreError,
    job::{JobReport, JobType, RunsFor, run_jobs},
};

/// Everything that time brings, by context and name: what a host runs beside its requests.
///
/// ```
/// let names: Vec<_> = lms_core::jobs().iter().map(|it| it.name).collect();
/// assert!(names.contains(&"learning.expire_enrollments"));
/// ```
pub fn jobs() -> Vec<JobType> {
    let mut all = [
        lms_people::identity::jobs(),
        lms_learning::content::jobs(),
        lms_learning::learning::jobs(),
        lms_assessment::jobs(),
        lms_commerce::jobs(),
        lms_community::notification::jobs(),
        crate::relay::jobs(),
        lms_governance::jobs(),
    ]
    .concat();
    all.sort_by_key(|it| it.name);
    all
}

/// Runs all [`jobs`] for the tenant of `cx`, as its actor, which is a system actor with every
/// permission as a rule. What is not due costs a look.
///
/// One row or one job that fails stops no other. The report says what failed, and which jobs did
/// not run because the store has no port for them.
pub async fn run_due(store: &Store, cx: &Context) -> JobReport {
    run_jobs(&jobs(), store, cx).await
}

/// Runs the [`jobs`] of every tenant, one tenant after the other, and those of the platform once.
///
/// # Errors
/// [`StoreError`] when the tenants cannot be listed.
pub async fn run_due_everywhere(store: &Store, cx: &Context) -> Result<JobReport, StoreError> {
    let mut tx = store.begin_in(cx, Scope::Platform).await?;
    let tenants = tx.all(Query::<Tenant>::all()).await?;
    drop(tx);
    let (own, platform): (Vec<_>, Vec<_>) =
        jobs().into_iter().partition(|it| it.runs_for == RunsFor::EachTenant);
    let mut report = run_jobs(&platform, store, cx).await;
    for tenant in tenants {
        let there = cx.clone().with_tenant(TenantId::from_uuid(tenant.id.uuid()));
        report.outcomes.extend(run_jobs(&own, store, &there).await.outcomes);
    }
    Ok(report)
}

/// Which jobs ran when, so that a loop that turns every few seconds runs each as often as it asks
/// for. It is kept in memory: after a start everything runs once.
///
/// ```no_run
/// # use lms_core::{Timetable, kernel::Context, store::Store};
/// # async fn turn(timetable: &mut Timetable, store: &Store, cx: &Context) {
/// let report = timetable.run_due(store, cx).await;
/// if report.unclean().next().is_some() {
///     eprintln!("{report}");
/// }
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Timetable {
    ran: HashMap<(&'static str, TenantId), Timestamp>,
}

impl Timetable {
    /// Runs those jobs for the tenant of `cx` whose time has come again at `cx.now()`.
    pub async fn run_due(&mut self, store: &Store, cx: &Context) -> JobReport {
        run_jobs(&self.take_due(cx.tenant(), cx.now()), store, cx).await
    }

    /// The jobs of a tenant whose time has come again; they are taken as having run then.
    pub fn take_due(&mut self, tenant: TenantId, now: Timestamp) -> Vec<JobType> {
        let mut due = jobs();
        due.retain(|job| {
            let ran = self.ran.get(&(job.name, tenant));
            ran.is_none_or(|it| now >= it.saturating_add(job.every.interval()))
        });
        for job in &due {
            self.ran.insert((job.name, tenant), now);
        }
        due
    }
}
