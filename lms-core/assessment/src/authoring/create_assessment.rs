//! Writing a test.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, AssessmentKind, AssessmentStatus, ResultPolicy, Section,
    attempt::AttemptRules,
    authoring::{AssessmentCreated, AssessmentProblem, NewQuestion, QuestionProblem},
    grading::{FormError, TestForm},
    protected::InCourse,
    question::Question,
    scoring::{PassRule, ScoringProfile, ScoringType},
};
use lms_kernel::{Context, Id, Percent, Points, Rejected, Timestamp, Title};
use lms_learning::content::{ContentNode, Course};
use lms_people::authorization::{AuthorizationError, Permission, authorize_on};
use lms_store::{StoreError, Transaction};

/// A test to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewAssessment {
    /// What kind of test it is.
    pub kind: AssessmentKind,
    /// Its name.
    pub title: Title,
    /// What it is about.
    pub description: Option<String>,
    /// The course that it belongs to.
    pub course_id: Option<Id<Course>>,
    /// The lesson or other part of that course it hangs on.
    pub node_id: Option<Id<ContentNode>>,
    /// How the parts make a total.
    pub scoring: ScoringType,
    /// Whose arithmetic it follows.
    pub profile: ScoringProfile,
    /// The most points, where the scoring needs it.
    pub max_score: Option<Points>,
    /// What passing takes.
    pub passing: PassRule,
    /// When attempts may start; at any time when there is none.
    pub opens_at: Option<Timestamp>,
    /// The last instant at which answers are taken; never closed when there is none.
    pub closes_at: Option<Timestamp>,
    /// How long an attempt may take.
    pub time_limit_seconds: Option<u32>,
    /// How long after its end an attempt may still be handed in, in seconds.
    pub grace_seconds: u32,
    /// How many attempts a learner has; without a limit when there is none.
    pub max_attempts: Option<u32>,
    /// Whether each attempt has its questions in an order of its own.
    pub shuffle_questions: bool,
    /// Whether each attempt has the options of a question in an order of its own.
    pub shuffle_options: bool,
    /// Delays between attempts, what time's end does, which attempt counts, and review.
    pub attempt_rules: AttemptRules,
    /// When learners see their results.
    pub result_policy: ResultPolicy,
    /// Its sections, in order.
    pub sections: Vec<NewSection>,
}

/// A section of a test to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewSection {
    /// Its name.
    pub title: Title,
    /// The feedback for the learner.
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
    pub questions: Vec<NewQuestion>,
}

impl NewAssessment {
    /// A test with the usual settings: pass at 70 percent, three attempts, no time limit, and
    /// questions whose scores add up. A placement test is not passed.
    pub fn new(kind: AssessmentKind, title: Title) -> Self {
        let passing = match kind {
            AssessmentKind::Placement => PassRule::None,
            _ => PassRule::Percent(Assessment::USUAL_PASS),
        };
        Self {
            kind,
            title,
            description: None,
            course_id: None,
            node_id: None,
            scoring: ScoringType::PerQuestion,
            profile: ScoringProfile::Default,
            max_score: None,
            passing,
            opens_at: None,
            closes_at: None,
            time_limit_seconds: None,
            grace_seconds: 0,
            max_attempts: Some(3),
            shuffle_questions: false,
            shuffle_options: false,
            attempt_rules: AttemptRules::default(),
            result_policy: ResultPolicy::AfterSubmit,
            sections: Vec::new(),
        }
    }

    /// The same test with the arithmetic of another system, and as its tests are usually scored.
    #[must_use]
    pub fn with_profile(mut self, profile: ScoringProfile) -> Self {
        (self.profile, self.scoring) = (profile, profile.data().scoring);
        self
    }
}

impl NewSection {
    /// A section with those questions and no limits.
    pub fn new(title: Title, questions: impl IntoIterator<Item = impl Into<NewQuestion>>) -> Self {
        let questions = questions.into_iter().map(Into::into).collect();
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

    /// The records of the section at that place of a test, and of its questions.
    pub(super) fn written(
        self,
        cx: &Context,
        assessment: Id<Assessment>,
        position: u32,
    ) -> (Section, Vec<Question>) {
        let mut section = Section::new(cx, assessment, self.title, position);
        section.instructions = self.instructions;
        section.max_score = self.max_score;
        section.weight = self.weight;
        section.passing_percent = self.passing_percent;
        section.time_limit_seconds = self.time_limit_seconds;
        let placed = |(at, new): (u32, NewQuestion)| {
            new.written(cx).placed(assessment, Some(section.id), at)
        };
        let questions = (0..).zip(self.questions).map(placed).collect();
        (section, questions)
    }
}

/// Why a test was not written, opened or archived.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AuthoringError {
    /// There is nothing to ask.
    #[error("the test has no questions; add one before opening it")]
    #[fault(invalid, field = "questions")]
    Empty,
    /// The part that the test should hang on is of another course, or the test has none.
    #[error("the part that the test hangs on belongs to another course; choose one of the test's")]
    #[fault(invalid, field = "node_id")]
    OtherCourse,
    /// The test is open to learners, or archived.
    #[error("the test is `{status}`; withdraw it before editing it")]
    #[fault(conflict, field = "status")]
    NotDraft {
        /// Its status.
        status: AssessmentStatus,
    },
    /// Learners were asked its questions.
    #[error(
        "there are attempts at the test; revise its questions one by one, or write another test"
    )]
    #[fault(conflict)]
    Taken,
    /// A section or a question is of another test.
    #[error("the section or question belongs to another test; choose one of this test's")]
    #[fault(invalid, field = "changes")]
    OtherTest,
    /// A date, a rule or a worth of the test is out of its range.
    #[error(transparent)]
    #[fault(transparent)]
    Assessment(#[from] AssessmentProblem),
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
    Status(#[from] Rejected),
    /// The actor may not do it.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Creates a test with its sections and questions as a draft. A draft may be incomplete;
/// [`PublishAssessment`](super::PublishAssessment) checks it.
///
/// # Permission
/// `tests.manage`, at the course where there is one.
///
/// # Errors
/// [`AuthoringError`].
#[operation("assessment.create_assessment")]
pub struct CreateAssessment {
    /// The test with its sections and questions.
    pub assessment: NewAssessment,
}

impl Operation for CreateAssessment {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_MANAGE]);
    type Answer = Assessment;
    type Error = AuthoringError;

    async fn run(self, tx: &mut Transaction) -> Result<Assessment, AuthoringError> {
        let Self { assessment: command } = self;
        authorize_on(tx, Permission::TESTS_MANAGE, &InCourse(command.course_id)).await?;
        if let Some(node) = command.node_id
            && Some(tx.require(node).await?.course_id) != command.course_id
        {
            return Err(AuthoringError::OtherCourse);
        }
        let (assessment, new_sections) = written(tx.cx(), command);
        let (mut sections, mut questions) = (Vec::new(), Vec::new());
        for (at, new) in (0..).zip(new_sections) {
            let (section, own) = new.written(tx.cx(), assessment.id, at);
            sections.push(section);
            questions.extend(own);
        }
        TestForm::assemble(&assessment, &sections, &questions)?;
        tx.insert(&assessment).await?;
        tx.insert_all(&sections).await?;
        tx.insert_all(&questions).await?;
        tx.emit(&AssessmentCreated { assessment_id: assessment.id });
        Ok(assessment)
    }
}

/// The record that a command asks for, and its sections.
fn written(cx: &Context, command: NewAssessment) -> (Assessment, Vec<NewSection>) {
    let usual = Assessment::new(cx, command.kind, command.title).with_profile(command.profile);
    let assessment = Assessment {
        description: command.description,
        course_id: command.course_id,
        node_id: command.node_id,
        scoring: command.scoring,
        max_score: command.max_score,
        passing: command.passing,
        opens_at: command.opens_at,
        closes_at: command.closes_at,
        time_limit_seconds: command.time_limit_seconds,
        grace_seconds: command.grace_seconds,
        max_attempts: command.max_attempts,
        shuffle_questions: command.shuffle_questions,
        shuffle_options: command.shuffle_options,
        attempt_rules: command.attempt_rules,
        result_policy: command.result_policy,
        ..usual
    };
    (assessment, command.sections)
}
