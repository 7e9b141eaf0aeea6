//! The inputs of a score, stored so that it can be computed again.
use serde::{Deserialize, Serialize};

use crate::{attempt::Score, grading::AttemptResult};
use lms_kernel::{Context, Id};
use lms_store::{
    LogStamp, Query, Record, StoreError, Transaction, Upsert,
    operation::{Effect, Part},
};

/// Everything that the score of an attempt follows from, beside the score itself, so that lists
/// of scores stay small.
///
/// It belongs to one grading. After a bulk regrading the score is newer than its trace, which is
/// then no trace any more: grading the sheet again gives the present one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "score_traces", unaudited, unique(score_id))]
pub struct ScoreTrace {
    /// The trace's id.
    pub id: Id<ScoreTrace>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The score.
    pub score_id: Id<Score>,
    /// Which grading of the score it explains, counted from 1.
    pub grading: u32,
    /// The findings and the result that follows from them.
    #[record(json, personal)]
    pub result: AttemptResult,
}

impl ScoreTrace {
    /// The trace of a score.
    pub fn new(cx: &Context, score: &Score, result: AttemptResult) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            score_id: score.id,
            grading: score.gradings,
            result,
        }
    }

    /// The traces of several scores, also where a score is newer.
    pub fn of_scores(scores: impl IntoIterator<Item = Id<Score>>) -> Query<Self> {
        Query::filter(Self::SCORE_ID.is_in(scores))
    }

    /// Takes the place of the trace of an earlier grading.
    pub fn replacing() -> Upsert<Self> {
        Upsert::on(Self::SCORE_ID).replace(Self::GRADING).replace(Self::RESULT)
    }

    /// The trace of a score, also where the score is newer.
    pub fn of(score: Id<Score>) -> Query<Self> {
        Query::filter(Self::SCORE_ID.eq(score))
    }
}

/// Everything that a score follows from, where it is kept for the present grading.
///
/// # Errors
/// [`StoreError`].
#[derive(Clone, Copy, Debug)]
pub struct LoadTrace<'a> {
    /// The score.
    pub score: &'a Score,
}

impl Part for LoadTrace<'_> {
    const NAME: &'static str = "assessment.load_trace";
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<AttemptResult>;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<AttemptResult>, StoreError> {
        let kept = tx.first(ScoreTrace::of(self.score.id)).await?;
        Ok(kept.filter(|it| it.grading == self.score.gradings).map(|it| it.result))
    }
}
