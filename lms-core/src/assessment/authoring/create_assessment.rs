//! Writing a test.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatusError, ResultPolicy, Section,
        authoring::{AssessmentCreated, QuestionProblem},
        grading::{FormError, TestForm},
        question::Question,
        scoring::{PassRule, ScoringProfile, ScoringType},
    },
    authorization::{AuthorizationError, Permission, Place, authorize},
    content::Course,
    kernel::{Context, Id, Percent, Points, Title},
    store::{StoreError, Transaction},
};

/// A test to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewAssessment {
    /// What sort of test it is.
    pub kind: AssessmentKind,
    /// Its name.
    pub title: Title,
    /// What it is about.
    pub description: Option<String>,
    /// The course that it belongs to.
    pub course_id: Option<Id<Course>>,
    /// How the parts make a total.
    pub scoring: ScoringType,
    /// Whose arithmetic it follows.
    pub profile: ScoringProfile,
    /// The most points, where the scoring needs it.
    pub max_score: Option<Points>,
    /// What passing takes.
    pub passing: PassRule,
    /// How long an attempt may take.
    pub time_limit_seconds: Option<u32>,
    /// How many attempts a learner has; without a limit when there is none.
    pub max_attempts: Option<u32>,
    /// When learners see their results.
    pub result_policy: ResultPolicy,
    /// Its sections, in order.
    pub sections: Vec<NewSection>,
}

/// A section of a test to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewSection {
    /// Its name.
    pub title: Title,
    /// What the learner is told.
    pub instructions: Option<String>,
    /// The most points, where the scoring needs it.
    pub max_score: Option<Points>,
    /// How much it weighs, where the scoring weighs.
    pub weight: Option<Points>,
    /// What passing it takes, where each section must be passed.
    pub passing_percent: Option<Percent>,
    /// How long it may take.
    pub time_limit_seconds: Option<u32>,
    /// Its questions, in order.
    pub questions: Vec<Question>,
}

impl NewAssessment {
    /// A test of one attempt without limits, whose questions' scores add up.
    pub const fn new(kind: AssessmentKind, title: Title) -> Self {
        Self {
            kind,
            title,
            description: None,
            course_id: None,
            scoring: ScoringType::PerQuestion,
            profile: ScoringProfile::Default,
            max_score: None,
            passing: PassRule::None,
            time_limit_seconds: None,
            max_attempts: Some(1),
            result_policy: ResultPolicy::AfterSubmit,
            sections: Vec::new(),
        }
    }
}

impl NewSection {
    /// A section with those questions and no limits.
    pub const fn new(title: Title, questions: Vec<Question>) -> Self {
        Self {
            title,
            instructions: None,
            max_score: None,
            weight: None,
            passing_percent: None,
            time_limit_seconds: None,
            questions,
        }
    }
}

/// Why a test was not written, opened or put away.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AuthoringError {
    /// There is nothing to ask.
    #[error("the test has no questions; add one before opening it")]
    #[fault(invalid, field = "questions")]
    Empty,
    /// A question cannot be asked.
    #[error(transparent)]
    #[fault(transparent)]
    Question(#[from] QuestionProblem),
    /// The questions do not make a form.
    #[error(transparent)]
    #[fault(transparent)]
    Form(#[from] FormError),
    /// The test's status does not allow it.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] AssessmentStatusError),
    /// The actor may not do it.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Writes a test with its sections and questions, as a draft. A draft may be incomplete;
/// [`publish_assessment`](super::publish_assessment) checks it.
///
/// Asks for `tests.manage`, at the course where there is one.
///
/// # Errors
/// [`AuthoringError`].
pub async fn create_assessment(
    cx: &Context,
    tx: &mut Transaction,
    command: NewAssessment,
) -> Result<Assessment, AuthoringError> {
    authorize(cx, tx, Permission::TESTS_MANAGE, place_of(command.course_id)).await?;
    let mut assessment =
        Assessment::new(cx, command.kind, command.title).with_profile(command.profile);
    assessment.description = command.description;
    assessment.course_id = command.course_id;
    assessment.scoring = command.scoring;
    assessment.max_score = command.max_score;
    assessment.passing = command.passing;
    assessment.time_limit_seconds = command.time_limit_seconds;
    assessment.max_attempts = command.max_attempts;
    assessment.result_policy = command.result_policy;
    let (mut sections, mut questions) = (Vec::new(), Vec::new());
    for (at, new) in (0..).zip(command.sections) {
        let mut section = Section::new(cx, assessment.id, new.title, at);
        section.instructions = new.instructions;
        section.max_score = new.max_score;
        section.weight = new.weight;
        section.passing_percent = new.passing_percent;
        section.time_limit_seconds = new.time_limit_seconds;
        let placed = (0..).zip(new.questions);
        questions.extend(
            placed.map(|(position, it)| it.placed(assessment.id, Some(section.id), position)),
        );
        sections.push(section);
    }
    TestForm::assemble(&assessment, &sections, &questions)?;
    tx.insert(&assessment).await?;
    tx.insert_all(&sections).await?;
    tx.insert_all(&questions).await?;
    tx.emit(&AssessmentCreated { assessment_id: assessment.id });
    Ok(assessment)
}

pub(super) fn place_of(course: Option<Id<Course>>) -> Place {
    course.map_or(Place::Tenant, |it| Place::Course(it.uuid()))
}
