//! Saving one answer.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    attempt::{Attempt, AttemptAnswer, AttemptError, service::form::place_of_question},
    question::{Answer, Question},
    scoring::Certainty,
};
use lms_kernel::Id;
use lms_people::authorization::{AuthorizationError, Permission, Subject, authorize_on};
use lms_store::{StoreError, Transaction};

/// Saves an answer, if the attempt accepts it at the time of the operation.
///
/// It is written by one conditional upsert: the attempt is share-locked and must be in progress
/// and in time, and an older answer never replaces a newer one. So an answer that was
/// acknowledged is on the sheet when the attempt is handed in, whatever happens at the same time.
///
/// # Errors
/// [`SaveAnswerError`]; nothing was kept then.
#[operation("assessment.save_answer")]
pub struct SaveAnswer {
    /// The attempt in progress.
    pub attempt_id: Id<Attempt>,
    /// The question answered.
    pub question_id: Id<Question>,
    /// The client's save number; it must exceed that of every earlier save of the question.
    pub sequence: i64,
    /// The complete answer, at most 100,000 characters or parts.
    pub answer: Answer,
    /// The learner's certainty, for tests with certainty-based marking; low by default.
    pub certainty: Certainty,
}

impl SaveAnswer {
    /// An answer without a word on certainty.
    pub fn new(
        attempt: Id<Attempt>,
        question: Id<Question>,
        sequence: i64,
        answer: Answer,
    ) -> Self {
        Self {
            attempt_id: attempt,
            question_id: question,
            sequence,
            answer,
            certainty: Certainty::default(),
        }
    }
}

/// The outcome of an answer that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Saved {
    /// It is the last one now.
    Stored,
    /// One that is as new or newer was taken before; this was a late duplicate.
    Superseded,
}

/// Why an answer was not taken.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SaveAnswerError {
    /// The attempt has no such question.
    #[error("the attempt has no question `{question}`")]
    #[fault(invalid, field = "question_id", message = "the attempt has no such question")]
    NotAsked {
        /// The question.
        question: Id<Question>,
    },
    /// The answer is larger than an answer may be.
    #[error("an answer has at most {most} characters or parts")]
    #[fault(invalid, field = "answer")]
    TooLarge {
        /// The most characters or parts.
        most: usize,
    },
    /// The attempt takes no answers, or not to this question.
    #[error(transparent)]
    #[fault(transparent)]
    Attempt(#[from] AttemptError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// The most characters of a written answer, and the most options, blanks or pairs of another.
const MOST: usize = 100_000;

impl Operation for SaveAnswer {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    type Answer = Saved;
    type Error = SaveAnswerError;

    async fn run(self, tx: &mut Transaction) -> Result<Saved, SaveAnswerError> {
        let command = self;
        check_size(&command.answer)?;
        let attempt = tx.require(command.attempt_id).await?;
        authorize_on(tx, Permission::ATTEMPTS_TAKE, &Subject::of(attempt.learner_id)).await?;
        let question = command.question_id;
        let asked_in = place_of_question(tx, &attempt, question).await?;
        let section = asked_in.ok_or(SaveAnswerError::NotAsked { question })?;
        let mut answer =
            AttemptAnswer::new(tx.cx(), attempt.id, question, command.sequence, command.answer);
        answer.certainty = command.certainty;
        let keep = AttemptAnswer::keep_newer(tx.now(), section);
        if tx.upsert(&answer, keep).await?.is_written() {
            return Ok(Saved::Stored);
        }
        // Not written: either the attempt takes no answers, or there is a newer one.
        tx.require(attempt.id).await?.check_answer(tx.now(), section)?;
        Ok(Saved::Superseded)
    }
}

pub(super) fn check_size(answer: &Answer) -> Result<(), SaveAnswerError> {
    let size = match answer {
        Answer::Blank => 0,
        Answer::Choices(ids) | Answer::Order(ids) => ids.len(),
        Answer::Text(text) => text.chars().count(),
        Answer::Blanks(blanks) => {
            blanks.iter().map(|it| it.text.chars().count().saturating_add(1)).sum()
        }
        Answer::Pairs(pairs) => pairs.len(),
        Answer::Media(media) => media.len(),
        Answer::Spots(spots) => spots.len(),
        Answer::Associations(pairs) => pairs.len(),
        Answer::Written(it) => it.text.chars().count().saturating_add(it.attachments.len()),
    };
    if size > MOST { Err(SaveAnswerError::TooLarge { most: MOST }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::FilledBlank;
    use lms_kernel::Id;

    #[test]
    fn an_answer_has_at_most_a_hundred_thousand_characters_or_parts() {
        let nil = uuid::Uuid::nil;
        let blank =
            |length: usize| FilledBlank { blank: Id::from_uuid(nil()), text: "é".repeat(length) };
        for (answer, fits) in [
            (Answer::Blank, true),
            (Answer::Text("é".repeat(MOST)), true),
            (Answer::Text("é".repeat(MOST + 1)), false),
            (Answer::Choices(vec![Id::from_uuid(nil()); MOST]), true),
            (Answer::Order(vec![Id::from_uuid(nil()); MOST + 1]), false),
            (Answer::Blanks(vec![blank(MOST / 2 - 1), blank(MOST / 2 - 1)]), true),
            (Answer::Blanks(vec![blank(MOST / 2), blank(MOST / 2)]), false),
        ] {
            assert_eq!(check_size(&answer).is_ok(), fits);
        }
    }
}
