//! Attempts: a learner's own, those of a test, those of a class.
use std::collections::HashMap;

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{Attempt, AttemptStatus, Disclosure, Score, ScoreStatus},
};
use lms_kernel::{Id, Points, Timestamp};
use lms_learning::{
    content::Course,
    delivery::{ClassGroup, ClassMember},
};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which attempts to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AttemptFilter {
    /// Those of this learner.
    pub learner_id: Option<Id<Membership>>,
    /// Those at this test.
    pub assessment_id: Option<Id<Assessment>>,
    /// Those at the tests of this course.
    pub course_id: Option<Id<Course>>,
    /// Those of the learners who have a seat in this class.
    pub class_id: Option<Id<ClassGroup>>,
    /// Those with this status.
    pub status: Option<AttemptStatus>,
}

/// What is to be done next about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum AttemptNextStep {
    /// The learner goes on answering.
    Continue,
    /// The learner hands it in: its time is up.
    HandIn,
    /// A teacher marks what is not marked.
    Mark,
    /// The learner waits until the result is shown.
    AwaitResult,
    /// The learner looks at the result.
    SeeResult,
    /// Nothing: it was given up.
    None,
}

/// An attempt, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptView {
    /// The attempt's id.
    pub id: Id<Attempt>,
    /// The test.
    pub assessment: Named<Assessment>,
    /// Who takes it.
    pub learner: Named<Membership>,
    /// Which attempt of the learner at the test it is, from 1.
    pub number: u32,
    /// Its status.
    pub status: AttemptStatus,
    /// When it was started.
    pub started_at: Timestamp,
    /// Up to when answers are taken.
    pub answers_until: Option<Timestamp>,
    /// When it was handed in.
    pub submitted_at: Option<Timestamp>,
    /// What it scored, in points, where the test shows the learner the result now. Results that
    /// are shown when a test closes, or to teachers before they are released, are in
    /// [`ViewResult`](crate::attempt::ViewResult).
    pub score: Option<Points>,
    /// Whether it passed, where the score is shown.
    pub passed: Option<bool>,
    /// What is to be done next.
    pub next_step: AttemptNextStep,
}

/// Lists attempts, the latest first: learners see their own, teachers those in their courses and
/// classes, staff those of their units.
///
/// # Permission
/// `attempts.view`; the list holds the attempts on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("assessment.list_attempts")]
pub struct ListAttempts {
    /// Which attempts.
    pub filter: AttemptFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListAttempts {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<AttemptView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<AttemptView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let mut query = authorize_list::<Attempt>(tx, Permission::ATTEMPTS_VIEW)
            .await?
            .and_some(filter.learner_id, |learner| Attempt::LEARNER_ID.eq(learner));
        query = query
            .and_some(filter.assessment_id, |assessment| Attempt::ASSESSMENT_ID.eq(assessment));
        query = query.and_some(filter.course_id, |course| {
            let of_course = Assessment::COURSE_ID.is(course);
            Attempt::ASSESSMENT_ID.in_records(Assessment::ID, of_course)
        });
        query = query.and_some(filter.class_id, |class| {
            Attempt::LEARNER_ID.in_records(ClassMember::STUDENT_ID, ClassMember::seated_in([class]))
        });
        query = query.and_some(filter.status, |status| Attempt::STATUS.eq(status));
        let query = query.order_by(Attempt::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        Ok(Page { items: views(tx, items).await?, next })
    }
}

async fn views(
    tx: &mut Transaction,
    attempts: Vec<Attempt>,
) -> Result<Vec<AttemptView>, AuthorizationError> {
    if attempts.is_empty() {
        return Ok(Vec::new());
    }
    let mut tests: Vec<_> = attempts.iter().map(|it| it.assessment_id).collect();
    tests.sort_unstable();
    tests.dedup();
    let tests: HashMap<_, Assessment> =
        tx.get_many(&tests).await?.into_iter().map(|it| (it.id, it)).collect();
    let scores = tx.all(Score::of_attempts(attempts.iter().map(|it| it.id))).await?;
    let scores: HashMap<_, _> = scores.into_iter().map(|it| (it.attempt_id, it)).collect();
    let learners = attempts.iter().map(|it| it.learner_id);
    let learners = Names::read(tx, learners, Membership::name).await?;
    let views = attempts.into_iter().map(|it| {
        let test = tests.get(&it.assessment_id);
        let score = scores.get(&it.id);
        let shown = test.zip(score).filter(|(test, score)| {
            Disclosure::of(test, &it, score, false).score && score.status != ScoreStatus::Pending
        });
        let shown = shown.map(|(_, score)| score);
        AttemptView {
            assessment: Named {
                id: it.assessment_id,
                name: test.map(|it| it.title.to_string()).unwrap_or_default(),
            },
            learner: learners.of(it.learner_id),
            score: shown.map(|it| it.total),
            passed: shown.and_then(|it| it.passed),
            next_step: next_step(it.status, shown.is_some()),
            id: it.id,
            number: it.number,
            status: it.status,
            started_at: it.started_at,
            answers_until: it.answers_until,
            submitted_at: it.submitted_at,
        }
    });
    Ok(views.collect())
}

const fn next_step(status: AttemptStatus, is_shown: bool) -> AttemptNextStep {
    match status {
        AttemptStatus::InProgress => AttemptNextStep::Continue,
        AttemptStatus::Expired => AttemptNextStep::HandIn,
        AttemptStatus::Submitted => AttemptNextStep::Mark,
        AttemptStatus::Completed if is_shown => AttemptNextStep::SeeResult,
        AttemptStatus::Completed => AttemptNextStep::AwaitResult,
        AttemptStatus::Abandoned => AttemptNextStep::None,
    }
}
