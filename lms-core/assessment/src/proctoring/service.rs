//! Proctoring an attempt, and reviewing the session.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    attempt::{Attempt, AttemptStatus},
    proctoring::{
        ProctoringEvent, ProctoringSession, ProctoringStatus, ProctoringViolation, Verdict,
        ViolationKind, ViolationRecorded,
    },
};
use lms_kernel::{Id, Link, Percent, Rejected, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_on, is_permitted_on},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{LogStamp, StoreError, Transaction};

/// Why the supervision of an attempt refused something.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ProctoringError {
    /// The attempt does not run.
    #[error("the attempt is `{status}`; only one in progress can be proctored")]
    #[fault(conflict)]
    NotRunning {
        /// The status of the attempt.
        status: AttemptStatus,
    },
    /// The session is over.
    #[error("the session is over and records nothing more")]
    #[fault(conflict)]
    Over,
    /// The learner is watched as long as the attempt runs.
    #[error("the attempt is in progress; submit it before ending its proctoring")]
    #[fault(conflict)]
    StillRuns,
    /// An analysis comes from the host's program, not from the person that it is about.
    #[error("only the proctoring program adds an analysis; end the session without one")]
    #[fault(invalid, field = "analysis")]
    AnalysisByLearner,
    /// The step is not in the table.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant supervises no tests.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Starts proctoring an attempt, or answers the session that already proctors it.
///
/// # Locks
/// The attempt's row is locked.
///
/// # Errors
/// [`ProctoringError::NotRunning`].
#[operation("assessment.start_proctoring")]
pub struct StartProctoring {
    /// The attempt, which must be in progress.
    pub attempt_id: Id<Attempt>,
}

impl Operation for StartProctoring {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    type Answer = ProctoringSession;
    type Error = ProctoringError;

    async fn run(self, tx: &mut Transaction) -> Result<ProctoringSession, ProctoringError> {
        let Self { attempt_id: attempt } = self;
        require_feature(tx, Feature::Proctoring).await?;
        let attempt = tx.lock(attempt).await?;
        authorize_on(tx, Permission::ATTEMPTS_TAKE, &attempt).await?;
        if let Some(known) = tx.first(ProctoringSession::of(attempt.id)).await? {
            return Ok(known);
        }
        if attempt.status != AttemptStatus::InProgress {
            return Err(ProctoringError::NotRunning { status: attempt.status });
        }
        let session = ProctoringSession::new(tx.cx(), attempt.id);
        tx.insert(&session).await?;
        Ok(session)
    }
}

/// Records a proctoring violation. It does not change the score.
///
/// # Errors
/// [`ProctoringError::Over`] once the session has ended.
#[operation("assessment.record_violation")]
pub struct RecordViolation {
    /// The proctoring session.
    pub session_id: Id<ProctoringSession>,
    /// The kind of violation.
    pub kind: ViolationKind,
    /// The instant it happened; `None` means now.
    pub happened_at: Option<Timestamp>,
    /// The confidence of the proctoring program in percent, 0 to 100; `None` if it reports none.
    pub confidence: Option<Percent>,
    /// The link to a picture or recording.
    pub evidence: Option<Link>,
    /// A note for the reviewer.
    pub note: Option<String>,
}

impl Operation for RecordViolation {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    type Answer = ProctoringViolation;
    type Error = ProctoringError;

    async fn run(self, tx: &mut Transaction) -> Result<ProctoringViolation, ProctoringError> {
        let command = self;
        let session = tx.lock(command.session_id).await?;
        authorize_on(tx, Permission::ATTEMPTS_TAKE, &session).await?;
        let attempt = tx.require(session.attempt_id).await?;
        if session.status != ProctoringStatus::Running {
            return Err(ProctoringError::Over);
        }
        let violation = ProctoringViolation {
            id: tx.id(),
            stamp: LogStamp::new(tx.cx()),
            session_id: session.id,
            kind: command.kind,
            happened_at: command.happened_at.unwrap_or(tx.now()).min(tx.now()),
            confidence: command.confidence,
            evidence: command.evidence,
            note: command.note,
        };
        tx.insert(&violation).await?;
        tx.emit(&ViolationRecorded {
            session_id: session.id,
            attempt_id: attempt.id,
            learner_id: attempt.learner_id,
            kind: violation.kind,
        });
        Ok(violation)
    }
}

/// Ends a proctoring session with its screenshots and analysis.
///
/// # Permission
/// The host's own program and reviewers (`proctoring.review`) stop at any time. The learner's
/// client (`attempts.take`) stops once the attempt is over, and states no analysis.
///
/// # Locks
/// The session's row is locked.
///
/// # Errors
/// [`ProctoringError::Status`] where it was stopped before; [`ProctoringError::StillRuns`] and
/// [`ProctoringError::AnalysisByLearner`] for the learner.
#[operation("assessment.end_proctoring")]
pub struct EndProctoring {
    /// The proctoring session.
    pub session_id: Id<ProctoringSession>,
    /// The links to screenshots.
    pub screenshots: Vec<Link>,
    /// The report of the proctoring program as JSON; a learner's client leaves it out.
    pub analysis: Option<serde_json::Value>,
}

impl Operation for EndProctoring {
    const ACCESS: Access =
        Access::Asks(&[Permission::PROCTORING_REVIEW, Permission::ATTEMPTS_TAKE]);
    type Answer = ProctoringSession;
    type Error = ProctoringError;

    async fn run(self, tx: &mut Transaction) -> Result<ProctoringSession, ProctoringError> {
        let Self { session_id: session, screenshots, analysis } = self;
        let mut session = tx.lock(session).await?;
        if !is_permitted_on(tx, Permission::PROCTORING_REVIEW, &session).await? {
            authorize_on(tx, Permission::ATTEMPTS_TAKE, &session).await?;
            if tx.require(session.attempt_id).await?.status == AttemptStatus::InProgress {
                return Err(ProctoringError::StillRuns);
            }
            if analysis.is_some() {
                return Err(ProctoringError::AnalysisByLearner);
            }
        }
        session.status = session.status.apply(ProctoringEvent::End)?;
        session.ended_at = Some(tx.now());
        session.screenshots.extend(screenshots);
        session.analysis = analysis.or(session.analysis);
        tx.update(&mut session).await?;
        Ok(session)
    }
}

/// Records the verdict on a proctoring session. The score stays: people decide on the consequences
/// of a breach.
///
/// # Locks
/// The session's row is locked.
///
/// # Errors
/// [`ProctoringError::Status`] while it watches.
#[operation("assessment.review_proctoring")]
pub struct ReviewProctoring {
    /// The proctoring session, which must have ended.
    pub session_id: Id<ProctoringSession>,
    /// The reviewer's verdict.
    pub verdict: Verdict,
    /// The reason for the verdict.
    pub note: Option<String>,
}

impl Operation for ReviewProctoring {
    const ACCESS: Access = Access::Asks(&[Permission::PROCTORING_REVIEW]);
    type Answer = ProctoringSession;
    type Error = ProctoringError;

    async fn run(self, tx: &mut Transaction) -> Result<ProctoringSession, ProctoringError> {
        let command = self;
        let mut session = tx.lock(command.session_id).await?;
        let permit = authorize_on(tx, Permission::PROCTORING_REVIEW, &session).await?;
        session.status = session.status.apply(ProctoringEvent::Review)?;
        session.reviewer_id = permit.member();
        session.verdict = Some(command.verdict);
        session.review_note = command.note;
        session.reviewed_at = Some(tx.now());
        tx.update(&mut session).await?;
        Ok(session)
    }
}
