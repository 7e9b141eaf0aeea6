//! The registry of scheduled jobs, which a host runs beside its requests.
//!
//! A **job** names itself, how often it runs, for whom, and which [ports](crate::Ports) it needs.
//! [`run_jobs`] runs several and answers a [`JobReport`]: one row that cannot be worked on holds up
//! nothing else, is never counted as done, and is in the report until it is mended.
mod report;
mod run;

use std::{fmt, pin::Pin};

use chrono::TimeDelta;

pub use report::{JobFailure, JobOutcome, JobReport, JobsFailed};
pub use run::{JobRun, run_jobs};

use crate::{Port, Store, operation::Operation};
use lms_kernel::Context;

/// How often a host runs a job at least. Running it more often does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Every {
    /// Every few seconds: people wait for it.
    FewSeconds,
    /// Every minute.
    Minute,
    /// Every five minutes.
    FiveMinutes,
    /// Every hour.
    Hour,
    /// Every night, when little else is done.
    Night,
}

impl Every {
    /// The time from one run to the next.
    pub const fn interval(self) -> TimeDelta {
        match self {
            Self::FewSeconds => TimeDelta::seconds(5),
            Self::Minute => TimeDelta::minutes(1),
            Self::FiveMinutes => TimeDelta::minutes(5),
            Self::Hour => TimeDelta::hours(1),
            Self::Night => TimeDelta::days(1),
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FewSeconds => "every 5 seconds",
            Self::Minute => "every minute",
            Self::FiveMinutes => "every 5 minutes",
            Self::Hour => "every hour",
            Self::Night => "every night",
        })
    }
}

/// For whom a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunsFor {
    /// For each tenant by itself.
    EachTenant,
    /// Once for the whole platform, in the context of any tenant.
    Platform,
}

impl fmt::Display for RunsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EachTenant => "each tenant",
            Self::Platform => "the platform",
        })
    }
}

/// A port that a job cannot run without.
#[derive(Clone, Copy)]
pub struct Need {
    name: &'static str,
    is_met: fn(&Store) -> bool,
}

impl Need {
    /// The port `P`.
    pub const fn of<P: Port + ?Sized>() -> Self {
        Self { name: P::NAME, is_met: |store| store.ports().get::<P>().is_ok() }
    }

    /// The port's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the host has installed it.
    pub fn is_met(&self, store: &Store) -> bool {
        (self.is_met)(store)
    }
}

impl fmt::Debug for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Need").field(&self.name).finish()
    }
}

/// What a job does in one run; an error is a failure of the job as a whole, beside those of rows.
pub type JobWork<'r> = Pin<Box<dyn Future<Output = Result<(), JobFailure>> + Send + 'r>>;

/// How a job is run.
pub type JobRunner = for<'r, 'a> fn(&'r mut JobRun<'a>) -> JobWork<'r>;

/// Something that time brings.
#[derive(Clone, Copy)]
pub struct JobType {
    /// Its name: the context, a dot and what it does. It never changes.
    pub name: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// How often it runs.
    pub every: Every,
    /// For whom it runs.
    pub runs_for: RunsFor,
    /// The ports that it cannot run without.
    pub needs: &'static [Need],
    /// The names of the operations that it runs.
    pub operations: &'static [&'static str],
    run: JobRunner,
}

impl JobType {
    /// The job that runs the operation `O`: its name and its documentation are the operation's.
    pub const fn of<O: Operation>(every: Every, run: JobRunner) -> Self {
        let operations: &'static [&'static str] = const { &[O::NAME] };
        Self { operations, ..Self::new(O::NAME, O::DOC, every, run) }
    }

    /// A job of that name, for each tenant.
    pub const fn new(name: &'static str, doc: &'static str, every: Every, run: JobRunner) -> Self {
        let runs_for = RunsFor::EachTenant;
        Self { name, doc, every, runs_for, needs: &[], operations: &[], run }
    }

    /// The same, once for the platform.
    #[must_use]
    pub const fn for_platform(self) -> Self {
        Self { runs_for: RunsFor::Platform, ..self }
    }

    /// The same, which cannot run without these ports.
    #[must_use]
    pub const fn needing(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    /// The same, which runs these operations.
    #[must_use]
    pub const fn running(self, operations: &'static [&'static str]) -> Self {
        Self { operations, ..self }
    }

    /// The first sentence of its documentation.
    pub fn summary(&self) -> String {
        let first = self.doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        match first.split_once(". ") {
            Some((sentence, _)) => format!("{sentence}."),
            None => first,
        }
    }

    /// Runs it for the tenant of `cx`, and reports what came of it.
    pub async fn run(&self, store: &Store, cx: &Context) -> JobOutcome {
        run::run_one(self, store, cx).await
    }
}

impl fmt::Debug for JobType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JobType").field(&self.name).finish()
    }
}
