//! Questions with their keys, as those who write tests see them.
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    bank::QuestionBank,
    listed::OfCourses as _,
    question::{AnswerKey, Choice, Question, QuestionKind, QuestionStatus},
};
use lms_kernel::{Id, Points};
use lms_learning::{
    content::Course,
    learning::{Enrollment, LedCourses},
};
use lms_people::authorization::{AuthorizationError, Permission, Principal, authorize_list};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, StoreError, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which questions to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct QuestionFilter {
    /// Those of this bank.
    pub bank_id: Option<Id<QuestionBank>>,
    /// Those of this test itself.
    pub assessment_id: Option<Id<Assessment>>,
    /// Those of this kind.
    pub kind: Option<QuestionKind>,
    /// Those with this status.
    pub status: Option<QuestionStatus>,
    /// Those whose prompt has this in it, letter for letter. Name the bank or the test besides:
    /// every prompt is looked at.
    pub text: Option<String>,
}

/// A question with its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuestionView {
    /// The question's id.
    pub id: Id<Question>,
    /// What kind of question it is.
    pub kind: QuestionKind,
    /// What is asked.
    pub prompt: String,
    /// What can be chosen.
    pub options: Vec<Choice>,
    /// What is right.
    pub answer_key: AnswerKey,
    /// What it is worth, in points.
    pub score: Points,
    /// The bank that it is kept in.
    pub bank: Option<Named<QuestionBank>>,
    /// The test that it belongs to.
    pub assessment: Option<Named<Assessment>>,
    /// Its edition, counted from 1.
    pub edition: u32,
    /// Whether it may be used.
    pub status: QuestionStatus,
}

/// Lists questions with their keys, the latest first. Those of the tests of a course in which the
/// reader is enrolled, and which they do not lead, are left out: they are still to be taken.
///
/// # Permission
/// `questions.view`; the list holds the questions on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("assessment.list_questions")]
pub struct ListQuestions {
    /// Which questions.
    pub filter: QuestionFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListQuestions {
    const ACCESS: Access = Access::Asks(&[Permission::QUESTIONS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<QuestionView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<QuestionView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let mut query = authorize_list::<Question>(tx, Permission::QUESTIONS_VIEW)
            .await?
            .and_some(filter.bank_id, |bank| Question::BANK_ID.is(bank));
        query = query
            .and_some(filter.assessment_id, |assessment| Question::ASSESSMENT_ID.is(assessment));
        query = query.and_some(filter.kind, |kind| Question::KIND.eq(kind));
        query = query.and_some(filter.status, |status| Question::STATUS.eq(status));
        query = query.and_some(filter.text, |text| Question::PROMPT.contains(text));
        let taken = taken_courses(tx).await?;
        if !taken.is_empty() {
            query = query.and(!Question::of_courses(&taken));
        }
        let query = query.order_by(Question::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let banks = items.iter().filter_map(|it| it.bank_id);
        let banks = Names::read(tx, banks, |it: &QuestionBank| it.title.to_string()).await?;
        let tests = items.iter().filter_map(|it| it.assessment_id);
        let tests = Names::read(tx, tests, |it: &Assessment| it.title.to_string()).await?;
        let views = items.into_iter().map(|it| QuestionView {
            id: it.id,
            kind: it.kind,
            prompt: it.prompt,
            options: it.options,
            answer_key: it.answer_key,
            score: it.score,
            bank: it.bank_id.map(|id| banks.of(id)),
            assessment: it.assessment_id.map(|id| tests.of(id)),
            edition: it.edition,
            status: it.status,
        });
        Ok(Page { items: views.collect(), next })
    }
}

/// The courses in which the reader is enrolled, without those that they lead.
async fn taken_courses(tx: &mut Transaction) -> Result<Vec<Id<Course>>, StoreError> {
    let Some(actor) = tx.actor_id() else { return Ok(Vec::new()) };
    let principal = Principal::of(tx, actor).await?;
    let Some(reader) = principal.membership().map(|it| it.id) else { return Ok(Vec::new()) };
    let enrollments = tx.all(Enrollment::of_learner(reader)).await?;
    let live = enrollments.iter().filter(|it| it.status.is_live());
    let mut courses: Vec<_> = live.map(|it| it.course_id).collect();
    if !courses.is_empty() {
        let led = LedCourses::of(tx, reader).await?.edited;
        courses.retain(|it| !led.contains(it));
    }
    Ok(courses)
}
