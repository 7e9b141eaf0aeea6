//! The answers that wait for a person.
use lms_store::operation::{Access, Effect, Operation, operation};
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{
        Attempt, GradingError, HandedInSheet, Marking, MarkingProgress, MarkingRound, Score,
        ScoreStatus, ScoreTrace,
    },
    grading::{AnswerState, Given},
    question::{Answer, Question},
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Permission, acting_member, authorize_on, is_permitted_on, list_permitted},
    identity::Membership,
};
use lms_store::{Cursor, PageSize, Query, Transaction};

/// An answer that waits for a person. It does not say whose it is, so that marking is blind, nor
/// what an earlier marker gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToMark {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// The question.
    pub question_id: Id<Question>,
    /// The answer.
    pub answer: Answer,
    /// Whether a first, a second or a deciding mark is wanted.
    pub round: MarkingRound,
}

/// A page of answers that wait for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MarkingPage {
    /// The answers; a page may have none and not be the last.
    pub items: Vec<ToMark>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor>,
}

/// Lists the answers of an assessment that wait for a mark by the actor, in up to `limit` attempts.
/// Answers that the actor has marked and that wait for a second marker are left out, and so are the
/// actor's own.
///
/// # Permission
/// `tests.grade` on the assessment. Those who have it on the work of some learners only, such as the
/// teacher of a class, get the answers of these.
///
/// # Errors
/// [`GradingError`] if the actor may not, or the store failed.
#[operation("assessment.view_marking_queue")]
pub struct ViewMarkingQueue {
    /// The assessment to mark.
    pub assessment_id: Id<Assessment>,
    /// The most rows to handle in this call, from 1 to 200.
    pub limit: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ViewMarkingQueue {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_GRADE]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = MarkingPage;
    type Error = GradingError;

    async fn run(self, tx: &mut Transaction) -> Result<MarkingPage, GradingError> {
        let Self { assessment_id: assessment, limit, after } = self;
        let assessment = tx.require(assessment).await?;
        let (marker, scores) = scores_to_mark(tx, &assessment).await?;
        let pending = scores.and(Score::STATUS.eq(ScoreStatus::Pending));
        let page = tx.page(pending.page(limit, after)).await?;
        let attempts: Vec<Id<Attempt>> = page.items.iter().map(|it| it.attempt_id).collect();
        let traces = tx.page(ScoreTrace::of_scores(page.items.iter().map(|it| it.id))).await?.items;
        let traces: HashMap<_, _> = traces.into_iter().map(|it| (it.score_id, it)).collect();
        let sheets = tx.page(HandedInSheet::of_attempts(attempts.iter().copied())).await?.items;
        let sheets: HashMap<_, _> = sheets.into_iter().map(|it| (it.attempt_id, it)).collect();
        let mut markings: HashMap<_, Vec<Marking>> = HashMap::new();
        if assessment.attempt_rules.second_marking.is_some() {
            for it in tx.all(Marking::of_attempts(attempts)).await? {
                markings.entry((it.attempt_id, it.question_id)).or_default().push(it);
            }
        }
        let mut items = Vec::new();
        for score in &page.items {
            let (Some(trace), Some(sheet)) = (traces.get(&score.id), sheets.get(&score.attempt_id))
            else {
                continue;
            };
            let sheet = sheet.sheet()?;
            for it in trace.result.questions().filter(|it| it.state == AnswerState::Pending) {
                let known = markings.remove(&(score.attempt_id, it.question)).unwrap_or_default();
                let Some(round) = round_for(&assessment, &known, marker)? else { continue };
                if let Some(Given::Answer(answer)) = sheet.entry(it.question).map(|it| &it.given) {
                    items.push(ToMark {
                        attempt_id: score.attempt_id,
                        question_id: it.question,
                        answer: answer.clone(),
                        round,
                    });
                }
            }
        }
        Ok(MarkingPage { items, next: page.next })
    }
}

/// Who marks, and the scores of the assessment that they may mark: all but their own where they
/// may mark the assessment as a whole, otherwise those of the learners whom they teach in a class.
async fn scores_to_mark(
    tx: &mut Transaction,
    assessment: &Assessment,
) -> Result<(Option<Id<Membership>>, Query<Score>), GradingError> {
    let of_test = Score::ASSESSMENT_ID.eq(assessment.id);
    if !is_permitted_on(tx, Permission::TESTS_GRADE, assessment).await?
        && let Some(taught) = list_permitted::<Score>(tx, Permission::TESTS_GRADE).await?
    {
        let taught = taught.and(of_test.clone());
        if tx.exists(taught.clone()).await? {
            let marker = acting_member(tx, Permission::TESTS_GRADE).await?.id;
            return Ok((Some(marker), taught));
        }
    }
    let marker = authorize_on(tx, Permission::TESTS_GRADE, assessment).await?.member();
    let mut scores = Query::filter(of_test);
    if let Some(own) = marker {
        scores = scores.and(Score::LEARNER_ID.ne(own));
    }
    Ok((marker, scores))
}

/// The round in which a marker is wanted; none where it waits for another person.
fn round_for(
    assessment: &Assessment,
    known: &[Marking],
    marker: Option<Id<Membership>>,
) -> Result<Option<MarkingRound>, GradingError> {
    let Some(rule) = assessment.attempt_rules.second_marking else {
        return Ok(Some(MarkingRound::First));
    };
    if known.iter().any(|it| it.marker_id == marker) {
        return Ok(None);
    }
    Ok(MarkingProgress::of(known, rule)?.next_round())
}
