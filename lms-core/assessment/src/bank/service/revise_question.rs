//! Revising a question or its key.

use lms_store::operation::{Access, Operation, operation};

use crate::{
    authoring::check_question,
    bank::{BankError, QuestionContent, QuestionVersion},
    question::Question,
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on};
use lms_store::Transaction;

/// Revises a question as a new edition. Attempts that were given an earlier edition are graded
/// under it, unless a regrade decides otherwise. The assessment that owns the question gets a new
/// edition too.
///
/// # Permission
/// `questions.manage`, at the course of the question's assessment or bank.
///
/// # Locks
/// The rows of the question and its assessment.
///
/// # Errors
/// [`BankError::Changed`] when another person changed it meanwhile, and for a question that cannot
/// be asked and graded.
#[operation("assessment.revise_question")]
#[derive(PartialEq)]
pub struct ReviseQuestion {
    /// The question to revise.
    pub question: Id<Question>,
    /// The edition that the author edited; the revision is refused if there is a later one.
    pub edition: u32,
    /// The new text, key and worth.
    pub content: QuestionContent,
}

impl Operation for ReviseQuestion {
    const ACCESS: Access = Access::Asks(&[Permission::QUESTIONS_MANAGE]);
    type Answer = Question;
    type Error = BankError;

    async fn run(self, tx: &mut Transaction) -> Result<Question, BankError> {
        let command = self;
        let mut question = tx.lock(command.question).await?;
        authorize_on(tx, Permission::QUESTIONS_MANAGE, &question).await?;
        if question.edition != command.edition {
            return Err(BankError::Changed { current: question.edition });
        }
        let mut before = QuestionVersion::of(tx.cx(), &question);
        if before.content == command.content {
            return Ok(question);
        }
        command.content.put_into(&mut question);
        check_question(&question)?;
        question.edition = question.edition.saturating_add(1);
        if let Some(assessment) = question.assessment_id {
            let mut assessment = tx.lock(assessment).await?;
            before.until = Some(assessment.edition);
            assessment.edition = assessment.edition.saturating_add(1);
            tx.update(&mut assessment).await?;
        }
        tx.insert(&before).await?;
        tx.update(&mut question).await?;
        Ok(question)
    }
}
