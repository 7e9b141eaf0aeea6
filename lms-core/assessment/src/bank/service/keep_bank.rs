//! Creating a question bank, and adding questions to it.

use lms_store::operation::{Access, Operation, operation};
use std::collections::BTreeSet;

use lms_derive::DomainError;

use crate::{
    authoring::{NewQuestion, QuestionProblem, check_question},
    bank::{QuestionBank, QuestionTag},
    protected::InCourse,
    question::Question,
};
use lms_kernel::{Id, Slug, Title};
use lms_learning::content::Course;
use lms_people::authorization::{AuthorizationError, Permission, authorize_on};
use lms_store::{StoreError, Transaction};

/// Why a bank or a question in it was not changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum BankError {
    /// The question was changed by another person meanwhile.
    #[error("the question is at edition {current} by now; look at it and change it again")]
    #[fault(conflict, field = "edition")]
    Changed {
        /// The edition it is at.
        current: u32,
    },
    /// More tags than a question may have.
    #[error("a question has at most {most} tags")]
    #[fault(invalid, field = "tags")]
    TooManyTags {
        /// The most tags.
        most: usize,
    },
    /// The question cannot be asked.
    #[error(transparent)]
    #[fault(transparent)]
    Question(#[from] QuestionProblem),
    /// The actor may not do it.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// The most tags of a question.
const MAX_TAGS: usize = 64;

/// Creates a question bank for a course, or for the whole school.
///
/// # Permission
/// `questions.manage`, at the course where there is one.
///
/// # Errors
/// [`BankError`].
#[operation("assessment.create_question_bank")]
pub struct CreateQuestionBank {
    /// The bank's title.
    pub title: Title,
    /// The course it belongs to; `None` for the whole school.
    pub course_id: Option<Id<Course>>,
}

impl Operation for CreateQuestionBank {
    const ACCESS: Access = Access::Asks(&[Permission::QUESTIONS_MANAGE]);
    type Answer = QuestionBank;
    type Error = BankError;

    async fn run(self, tx: &mut Transaction) -> Result<QuestionBank, BankError> {
        let Self { title, course_id: course } = self;
        authorize_on(tx, Permission::QUESTIONS_MANAGE, &InCourse(course)).await?;
        let mut bank = QuestionBank::new(tx.cx(), title);
        bank.course_id = course;
        tx.insert(&bank).await?;
        Ok(bank)
    }
}

/// Adds a question to a question bank.
///
/// # Permission
/// `questions.manage`, at the bank's course where there is one.
///
/// # Errors
/// [`BankError`], also for a question that cannot be asked and graded.
#[operation("assessment.add_to_bank")]
pub struct AddToBank {
    /// The question bank.
    pub bank_id: Id<QuestionBank>,
    /// The question with its key and worth.
    pub question: NewQuestion,
    /// The tags by which questions are drawn, at most 64.
    pub tags: Vec<Slug>,
}

impl Operation for AddToBank {
    const ACCESS: Access = Access::Asks(&[Permission::QUESTIONS_MANAGE]);
    type Answer = Question;
    type Error = BankError;

    async fn run(self, tx: &mut Transaction) -> Result<Question, BankError> {
        let Self { bank_id: bank, question, tags } = self;
        let tags = tags.as_slice();
        let bank = tx.require(bank).await?;
        authorize_on(tx, Permission::QUESTIONS_MANAGE, &bank).await?;
        let mut question = question.written(tx.cx());
        check_question(&question)?;
        question.bank_id = Some(bank.id);
        tx.insert(&question).await?;
        let tags = distinct(tags)?;
        let tags: Vec<QuestionTag> =
            tags.into_iter().map(|tag| QuestionTag::new(tx.cx(), question.id, tag)).collect();
        tx.insert_all(&tags).await?;
        Ok(question)
    }
}

/// Sets the tags of a question; they replace the earlier ones.
///
/// # Permission
/// `questions.manage`, at the course of the question's bank where there is one.
///
/// # Locks
/// The question's row.
///
/// # Errors
/// [`BankError`].
#[operation("assessment.tag_question")]
pub struct TagQuestion {
    /// The question to tag.
    pub question_id: Id<Question>,
    /// The complete list of tags, at most 64.
    pub tags: Vec<Slug>,
}

impl Operation for TagQuestion {
    const ACCESS: Access = Access::Asks(&[Permission::QUESTIONS_MANAGE]);
    type Answer = ();
    type Error = BankError;

    async fn run(self, tx: &mut Transaction) -> Result<(), BankError> {
        let Self { question_id: question, tags } = self;
        let tags = tags.as_slice();
        let question = tx.lock(question).await?;
        authorize_on(tx, Permission::QUESTIONS_MANAGE, &question).await?;
        let wanted = distinct(tags)?;
        let present = tx.all(QuestionTag::of_question(question.id)).await?;
        for tag in present.iter().filter(|it| !wanted.contains(&it.tag)) {
            tx.purge(tag).await?;
        }
        let is_new = |tag: &Slug| present.iter().all(|it| it.tag != *tag);
        let added: Vec<QuestionTag> = wanted
            .into_iter()
            .filter(is_new)
            .map(|tag| QuestionTag::new(tx.cx(), question.id, tag))
            .collect();
        tx.insert_all(&added).await?;
        Ok(())
    }
}

fn distinct(tags: &[Slug]) -> Result<BTreeSet<Slug>, BankError> {
    let tags: BTreeSet<Slug> = tags.iter().cloned().collect();
    if tags.len() > MAX_TAGS {
        return Err(BankError::TooManyTags { most: MAX_TAGS });
    }
    Ok(tags)
}
