//! Results that are not released to their learner yet.
use std::collections::HashMap;

use crate::{
    Assessment, ResultPolicy,
    attempt::{Attempt, Disclosure, Score, service::start_attempt::learner_limits},
};
use lms_kernel::Id;
use lms_people::identity::Membership;
use lms_store::operation::{Effect, Part};
use lms_store::{Query, StoreError, Transaction};

/// The scores of a learner that the learner may not see now, as each assessment says, graded or
/// not: what is made of them, such as a course grade, a badge or a placement, must not show them
/// either.
///
/// # Errors
/// [`StoreError`].
#[derive(Clone, Copy, Debug)]
pub struct WithheldScores {
    /// The learner.
    pub learner_id: Id<Membership>,
}

impl Part for WithheldScores {
    const NAME: &'static str = "assessment.withheld_scores";
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<Score>;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Score>, StoreError> {
        withheld_scores(tx, self.learner_id).await
    }
}

pub(crate) async fn withheld_scores(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<Vec<Score>, StoreError> {
    let scores = tx.all(Query::filter(Score::LEARNER_ID.eq(learner))).await?;
    let mut tests: Vec<Id<Assessment>> = scores.iter().map(|it| it.assessment_id).collect();
    tests.sort_unstable();
    tests.dedup();
    let mut known = HashMap::with_capacity(tests.len());
    for test in tx.get_many(&tests).await? {
        let is_over = is_over_for(tx, &test, learner).await?;
        known.insert(test.id, (test, is_over));
    }
    let ids: Vec<Id<Attempt>> = scores.iter().map(|it| it.attempt_id).collect();
    let attempts: HashMap<_, _> =
        tx.get_many(&ids).await?.into_iter().map(|it| (it.id, it)).collect();
    let is_shown = |score: &Score| {
        let test = known.get(&score.assessment_id).zip(attempts.get(&score.attempt_id));
        test.is_some_and(|((test, is_over), attempt)| {
            Disclosure::of(test, attempt, score, *is_over).score
        })
    };
    Ok(scores.into_iter().filter(|it| !is_shown(it)).collect())
}

/// Whether an assessment whose results are shown after it closes has closed: for everyone and,
/// where the learner or a class was given longer, for the learner.
pub(crate) async fn is_over_for(
    tx: &mut Transaction,
    assessment: &Assessment,
    learner: Id<Membership>,
) -> Result<bool, StoreError> {
    let closed = assessment.closes_at.is_some_and(|at| at < tx.now());
    if assessment.result_policy != ResultPolicy::AfterClose || !closed {
        return Ok(false);
    }
    let limits = learner_limits(tx, assessment, learner).await?;
    Ok(limits.closes_at.is_some_and(|at| at < tx.now()))
}
