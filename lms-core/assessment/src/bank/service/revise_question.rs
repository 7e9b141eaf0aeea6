//! Changing what a question asks or what is right.

use lms_store::operation::{Access, Operation, operation};

use crate::{
    authoring::check_question,
    bank::{BankError, QuestionContent, QuestionVersion},
    question::Question,
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on};
use lms_store::Transaction;

/// Changes a question and keeps what it was as an earlier edition. Attempts that were given the
/// earlier one are graded under it for ever, unless a regrading says otherwise. The assessment
/// that owns the question gets a new edition too. Holds the question's row and its assessment's.
///
/// Asks for `tests.manage`, at the course of the question's assessment or bank.
///
/// # Errors
/// [`BankError::Changed`] when somebody else changed it meanwhile, and for a question that cannot
/// be asked and graded.
#[operation("assessment.revise_question")]
#[derive(PartialEq)]
pub struct ReviseQuestion {
    /// Which question.
    pub question: Id<Question>,
    /// The edition that was looked at.
    pub edition: u32,
    /// What is asked and what is right from now on.
    pub content: QuestionContent,
}

impl Operation for ReviseQuestion {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_MANAGE]);
    type Answer = Question;
    type Error = BankError;

    async fn run(self, tx: &mut Transaction) -> Result<Question, BankError> {
        let command = self;
        let mut question = tx.lock(command.question).await?;
        authorize_on(tx, Permission::TESTS_MANAGE, &question).await?;
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
