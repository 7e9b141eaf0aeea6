//! The last answer to one question of an attempt that runs.
use serde::{Deserialize, Serialize};

use crate::{
    Section,
    attempt::Attempt,
    grading::SheetEntry,
    question::{Answer, Question},
    scoring::Certainty,
};
use lms_kernel::{Context, Id, Timestamp};
use lms_store::{Direction, LogStamp, Query, Record, Upsert};

/// The last answer to one question of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "attempt_answers", unaudited, unique(attempt_id, question_id))]
pub struct AttemptAnswer {
    /// The answer's id.
    pub id: Id<AttemptAnswer>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// The question.
    pub question_id: Id<Question>,
    /// The client's own number of the save: a greater one is newer.
    pub sequence: i64,
    /// The answer: options, text, media.
    #[record(json, personal)]
    pub answer: Answer,
    /// The tries that were handed over for checking, where a question may be tried several times.
    /// The last of them is the answer itself until the learner changes it.
    #[record(json, personal)]
    pub tries: Vec<Answer>,
    /// How sure the learner was.
    pub certainty: Certainty,
    /// When it was taken.
    pub answered_at: Timestamp,
}

impl AttemptAnswer {
    /// An answer of now.
    pub fn new(
        cx: &Context,
        attempt: Id<Attempt>,
        question: Id<Question>,
        sequence: i64,
        answer: Answer,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            attempt_id: attempt,
            question_id: question,
            sequence,
            answer,
            tries: Vec::new(),
            certainty: Certainty::default(),
            answered_at: cx.now(),
        }
    }

    /// Keeps the newer of two answers, and takes any only while the attempt does.
    pub fn keep_newer(now: Timestamp, section: Option<Id<Section>>) -> Upsert<Self> {
        Upsert::on(Self::ATTEMPT_ID)
            .and(Self::QUESTION_ID)
            .replace(Self::ANSWER)
            .replace(Self::CERTAINTY)
            .replace(Self::ANSWERED_AT)
            .if_newer(Self::SEQUENCE)
            .only_while(Self::ATTEMPT_ID, Attempt::taking_answers(now, section))
    }

    /// The answers of an attempt.
    pub fn of(attempt: Id<Attempt>) -> Query<Self> {
        Query::filter(Self::ATTEMPT_ID.eq(attempt)).order_by(Self::QUESTION_ID, Direction::Asc)
    }

    /// The answer to one question of an attempt.
    pub fn of_question(attempt: Id<Attempt>, question: Id<Question>) -> Query<Self> {
        Self::of(attempt).and(Self::QUESTION_ID.eq(question))
    }

    /// What the sheet keeps of it. An answer that was changed after the last try is a try too.
    pub fn into_entry(mut self) -> SheetEntry {
        if self.tries.last() == Some(&self.answer) {
            self.tries.pop();
        }
        SheetEntry::new(self.question_id, self.answer)
            .with_certainty(self.certainty)
            .after(self.tries)
    }
}
