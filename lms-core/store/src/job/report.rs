//! The report of a run of jobs.
use std::fmt;

use uuid::Uuid;

use lms_kernel::{DomainError, TenantId};

/// Something that a job could not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFailure {
    /// The row that it is about; none where the job as a whole failed.
    pub row: Option<Uuid>,
    /// The code of the error.
    pub code: &'static str,
    /// The diagnostic of the error, for logs.
    pub reason: String,
}

impl JobFailure {
    /// A failure of the job as a whole.
    pub fn of(error: &dyn DomainError) -> Self {
        Self { row: None, code: error.code(), reason: error.to_string() }
    }

    /// A failure with one row.
    pub fn of_row(row: Uuid, error: &dyn DomainError) -> Self {
        Self { row: Some(row), ..Self::of(error) }
    }

    /// A job that finds more to do again and again and does none of it.
    pub(super) fn stuck() -> Self {
        Self {
            row: None,
            code: "job.no_progress",
            reason: "it says that there is more to do, and does none of it".to_owned(),
        }
    }
}

impl JobFailure {
    /// A job in which so many rows failed that it is not the rows that are at fault.
    pub(super) fn hopeless() -> Self {
        Self {
            row: None,
            code: "job.too_many_failures",
            reason: "too many rows failed; the rest waits for the next run".to_owned(),
        }
    }
}

impl<E: DomainError> From<E> for JobFailure {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

/// What one run of a job came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOutcome {
    /// The job.
    pub job: &'static str,
    /// The tenant that it ran for; for a job of the platform, the one whose context it had.
    pub tenant: TenantId,
    /// How many rows or steps were done.
    pub done: u64,
    /// How many rows were due and were left although nothing failed: another worker has them, or
    /// they wait for another attempt.
    pub left: u64,
    /// What could not be done. It stays due and is tried again by the next run.
    pub failed: Vec<JobFailure>,
    /// The port for lack of which the job did not run.
    pub missing_port: Option<&'static str>,
}

impl JobOutcome {
    /// Whether the job ran and nothing failed.
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.missing_port.is_none()
    }
}

impl fmt::Display for JobOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { job, tenant, done, left, failed, missing_port } = self;
        if let Some(port) = missing_port {
            return write!(f, "{job} for {tenant} DID NOT RUN: no `{port}` is installed");
        }
        write!(f, "{job} for {tenant}: {done} done")?;
        if *left > 0 {
            write!(f, ", {left} left for later")?;
        }
        if !failed.is_empty() {
            write!(f, ", {} FAILED", failed.len())?;
        }
        for JobFailure { row, code, reason } in failed {
            match row {
                Some(row) => write!(f, "\n  {row}: {code}: {reason}")?,
                None => write!(f, "\n  {code}: {reason}")?,
            }
        }
        Ok(())
    }
}

/// What several jobs came to. Failures come first where it is printed.
#[must_use = "a failure of a job is seen here, and nowhere else but in the log"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobReport {
    /// What each job came to, in the order in which they ran.
    pub outcomes: Vec<JobOutcome>,
}

impl JobReport {
    /// How many rows or steps were done in all.
    pub fn done(&self) -> u64 {
        self.outcomes.iter().fold(0, |sum, it| sum.saturating_add(it.done))
    }

    /// The jobs that did not run for lack of a port, or in which something failed.
    pub fn unclean(&self) -> impl Iterator<Item = &JobOutcome> {
        self.outcomes.iter().filter(|it| !it.is_clean())
    }

    /// Everything that failed, with the job in which it did.
    pub fn failures(&self) -> impl Iterator<Item = (&JobOutcome, &JobFailure)> {
        self.outcomes.iter().flat_map(|it| it.failed.iter().map(move |failure| (it, failure)))
    }

    /// What one job came to, for the first tenant that it ran for.
    pub fn of(&self, job: &str) -> Option<&JobOutcome> {
        self.outcomes.iter().find(|it| it.job == job)
    }

    /// The report, or an error where a job did not run or something failed: for a command whose
    /// exit status is watched.
    ///
    /// # Errors
    /// [`JobsFailed`], which holds the report.
    pub fn into_result(self) -> Result<Self, JobsFailed> {
        if self.unclean().next().is_none() { Ok(self) } else { Err(JobsFailed(self)) }
    }
}

impl fmt::Display for JobReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in self.unclean() {
            writeln!(f, "{outcome}")?;
        }
        for outcome in self.outcomes.iter().filter(|it| it.is_clean() && it.done > 0) {
            writeln!(f, "{outcome}")?;
        }
        Ok(())
    }
}

/// Jobs did not run, or something failed in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("jobs failed:\n{0}")]
pub struct JobsFailed(pub JobReport);
