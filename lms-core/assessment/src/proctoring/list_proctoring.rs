//! Proctoring records of a test, for those who review them.
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::Attempt,
    proctoring::{
        ProctoringSession, ProctoringStatus, ProctoringViolation, Verdict, ViolationKind,
    },
};
use lms_kernel::{Id, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, get_authorized},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Query, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which proctoring records of a test to list; all where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ProctoringFilter {
    /// Those with this status.
    pub status: Option<ProctoringStatus>,
    /// That of this attempt.
    pub attempt_id: Option<Id<Attempt>>,
}

/// A proctoring record, as a list shows it. Pictures are opened one by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProctoringView {
    /// The record's id.
    pub id: Id<ProctoringSession>,
    /// The attempt that was watched.
    pub attempt_id: Id<Attempt>,
    /// Who took the test.
    pub learner: Option<Named<Membership>>,
    /// Its status.
    pub status: ProctoringStatus,
    /// When watching began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The violations noticed, in order.
    pub violations: Vec<ViolationKind>,
    /// What the reviewer decided.
    pub verdict: Option<Verdict>,
    /// When it was reviewed.
    pub reviewed_at: Option<Timestamp>,
}

/// Lists the proctoring records of a test, the latest first.
///
/// # Permission
/// `proctoring.view` on the test.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("assessment.list_proctoring")]
pub struct ListProctoring {
    /// The test whose sessions are listed.
    pub assessment_id: Id<Assessment>,
    /// Which records.
    pub filter: ProctoringFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListProctoring {
    const ACCESS: Access = Access::Asks(&[Permission::PROCTORING_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<ProctoringView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<ProctoringView>, AuthorizationError> {
        let Self { assessment_id, filter, size, after } = self;
        let test = get_authorized(tx, Permission::PROCTORING_VIEW, assessment_id).await?;
        let attempts = Attempt::ASSESSMENT_ID.eq(test.id);
        let of_test = ProctoringSession::ATTEMPT_ID.in_records(Attempt::ID, attempts);
        let query = Query::filter(of_test)
            .and_some(filter.status, |status| ProctoringSession::STATUS.eq(status))
            .and_some(filter.attempt_id, |attempt| ProctoringSession::ATTEMPT_ID.eq(attempt));
        let query = query.order_by(ProctoringSession::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        Ok(Page { items: views(tx, items).await?, next })
    }
}

async fn views(
    tx: &mut Transaction,
    sessions: Vec<ProctoringSession>,
) -> Result<Vec<ProctoringView>, AuthorizationError> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let attempts: Vec<_> = sessions.iter().map(|it| it.attempt_id).collect();
    let attempts = tx.get_many(&attempts).await?;
    let learner_of: HashMap<_, _> = attempts.iter().map(|it| (it.id, it.learner_id)).collect();
    let learners = Names::read(tx, learner_of.values().copied(), Membership::name).await?;
    let violations = ProctoringViolation::SESSION_ID.is_in(sessions.iter().map(|it| it.id));
    let mut violations_of: HashMap<_, Vec<_>> = HashMap::new();
    for it in tx.all(Query::filter(violations)).await? {
        violations_of.entry(it.session_id).or_default().push(it.kind);
    }
    let views = sessions.into_iter().map(|it| ProctoringView {
        violations: violations_of.remove(&it.id).unwrap_or_default(),
        id: it.id,
        attempt_id: it.attempt_id,
        learner: learner_of.get(&it.attempt_id).map(|id| learners.of(*id)),
        status: it.status,
        started_at: it.started_at,
        ended_at: it.ended_at,
        verdict: it.verdict,
        reviewed_at: it.reviewed_at,
    });
    Ok(views.collect())
}
