//! Publishing, unpublishing and archiving a test.
use crate::{
    Assessment, AssessmentEvent, Section,
    authoring::{AssessmentStatusChanged, AuthoringError, check_assessment, check_question},
    bank::AssessmentSlot,
    grading::TestForm,
    question::Question,
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Publishes a test, if its dates, rules and worths are in range and every question can be asked
/// and graded. A test may draw all of its questions from banks.
///
/// # Permission
/// `tests.publish`, at the course where there is one.
///
/// # Locks
/// The test's row.
///
/// # Errors
/// [`AuthoringError`], which names the first question that is at fault.
#[operation("assessment.publish_assessment")]
pub struct PublishAssessment {
    /// The draft to publish.
    pub assessment_id: Id<Assessment>,
}

impl Operation for PublishAssessment {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_PUBLISH]);
    type Answer = Assessment;
    type Error = AuthoringError;

    async fn run(self, tx: &mut Transaction) -> Result<Assessment, AuthoringError> {
        let Self { assessment_id: assessment } = self;
        let assessment = held(tx, assessment).await?;
        let sections = tx.all(Section::of_assessment(assessment.id)).await?;
        let questions = tx.all(Question::of_assessment(assessment.id)).await?;
        if questions.is_empty() && !tx.exists(AssessmentSlot::of_assessment(assessment.id)).await? {
            return Err(AuthoringError::Empty);
        }
        check_assessment(&assessment, &sections)?;
        questions.iter().try_for_each(check_question)?;
        TestForm::assemble(&assessment, &sections, &questions)?;
        change(tx, assessment, AssessmentEvent::Publish).await
    }
}

/// Withdraws a published test so that it can be edited. Attempts in progress continue.
///
/// # Permission
/// `tests.publish`, at the course where there is one.
///
/// # Locks
/// The test's row.
///
/// # Errors
/// [`AuthoringError`].
#[operation("assessment.withdraw_assessment")]
pub struct WithdrawAssessment {
    /// The published test.
    pub assessment_id: Id<Assessment>,
}

impl Operation for WithdrawAssessment {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_PUBLISH]);
    type Answer = Assessment;
    type Error = AuthoringError;

    async fn run(self, tx: &mut Transaction) -> Result<Assessment, AuthoringError> {
        let Self { assessment_id: assessment } = self;
        let assessment = held(tx, assessment).await?;
        change(tx, assessment, AssessmentEvent::Withdraw).await
    }
}

/// Archives a test: it takes no new attempts, and its results stay.
///
/// # Permission
/// `tests.publish`, at the course where there is one.
///
/// # Locks
/// The test's row.
///
/// # Errors
/// [`AuthoringError`].
#[operation("assessment.archive_assessment")]
pub struct ArchiveAssessment {
    /// The test to archive.
    pub assessment_id: Id<Assessment>,
}

impl Operation for ArchiveAssessment {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_PUBLISH]);
    type Answer = Assessment;
    type Error = AuthoringError;

    async fn run(self, tx: &mut Transaction) -> Result<Assessment, AuthoringError> {
        let Self { assessment_id: assessment } = self;
        let assessment = held(tx, assessment).await?;
        change(tx, assessment, AssessmentEvent::Archive).await
    }
}

async fn held(
    tx: &mut Transaction,
    assessment: Id<Assessment>,
) -> Result<Assessment, AuthoringError> {
    let assessment = tx.lock(assessment).await?;
    authorize_on(tx, Permission::TESTS_PUBLISH, &assessment).await?;
    Ok(assessment)
}

async fn change(
    tx: &mut Transaction,
    mut assessment: Assessment,
    event: AssessmentEvent,
) -> Result<Assessment, AuthoringError> {
    assessment.status = assessment.status.apply(event)?;
    tx.update(&mut assessment).await?;
    let (assessment_id, status) = (assessment.id, assessment.status);
    tx.emit(&AssessmentStatusChanged { assessment_id, status });
    Ok(assessment)
}
