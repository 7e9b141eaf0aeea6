//! Editing a draft of a test.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, AssessmentStatus, ResultPolicy, Section,
    attempt::{Attempt, AttemptRules},
    authoring::{AuthoringError, NewQuestion, NewSection},
    bank::{AssessmentSlot, SlotSource},
    grading::TestForm,
    question::{Question, Treatment},
    scoring::PassRule,
};
use lms_kernel::{Id, Points, Timestamp, Title};
use lms_learning::content::ContentNode;
use lms_people::authorization::{Permission, authorize_on, require_for};
use lms_store::{Query, Stamp, Transaction};

/// A place in a test that is filled from a question bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewSlot {
    /// The section; `None` for a test without sections.
    pub section_id: Option<Id<Section>>,
    /// What fills it: one question, or a draw from a bank.
    pub source: SlotSource,
    /// What each of its questions is worth, in points; `None` for the question's own score.
    pub score: Option<Points>,
    /// How its questions count.
    #[serde(default)]
    pub treatment: Treatment,
}

/// One change to a draft of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AssessmentChange {
    /// The name.
    Title(Title),
    /// What it is about.
    Description(Option<String>),
    /// The part of its course that it belongs to.
    Node(Option<Id<ContentNode>>),
    /// What passing takes.
    Passing(PassRule),
    /// The most points, where the scoring needs it.
    MaxScore(Option<Points>),
    /// When attempts may start; `None` for any time.
    OpensAt(Option<Timestamp>),
    /// The last instant at which answers are taken; `None` for never closed.
    ClosesAt(Option<Timestamp>),
    /// How long an attempt may take, in seconds; `None` for as long as it is open.
    TimeLimit(Option<u32>),
    /// How long after its end an attempt may still be handed in, in seconds.
    Grace(u32),
    /// How many attempts a learner has; `None` for no limit.
    MaxAttempts(Option<u32>),
    /// Whether each attempt has its questions in an order of its own.
    ShuffleQuestions(bool),
    /// Whether each attempt has the options of a question in an order of its own.
    ShuffleOptions(bool),
    /// Delays between attempts, what the end of time does, and which attempt counts.
    AttemptRules(AttemptRules),
    /// When learners see their results.
    ResultPolicy(ResultPolicy),
    /// Adds a section with its questions at the end.
    AddSection(NewSection),
    /// Removes a section with its questions.
    RemoveSection(Id<Section>),
    /// Adds a question at the end of a section or, without one, of the test.
    AddQuestion {
        /// The section of the question.
        section_id: Option<Id<Section>>,
        /// The question.
        question: Box<NewQuestion>,
    },
    /// Removes a question of the test's own.
    RemoveQuestion(Id<Question>),
    /// Sets all places that are filled from question banks, in order.
    Slots(Vec<NewSlot>),
}

impl AssessmentChange {
    /// Whether it changes what is asked, or what it is worth.
    const fn is_of_marks(&self) -> bool {
        matches!(
            self,
            Self::Passing(_)
                | Self::MaxScore(_)
                | Self::AddSection(_)
                | Self::RemoveSection(_)
                | Self::AddQuestion { .. }
                | Self::RemoveQuestion(_)
                | Self::Slots(_)
        )
    }
}

/// Edits a draft of a test, or one that was withdrawn: its settings and, as long as there is no attempt
/// at it, its sections, its questions and what they are worth. A question is changed by
/// [`ReviseQuestion`](crate::bank::ReviseQuestion).
///
/// # Permission
/// `tests.manage`, at the course where there is one; `questions.view` for each question bank that a
/// place is filled from.
///
/// # Locks
/// The test's row.
///
/// # Errors
/// [`AuthoringError::NotDraft`]; [`AuthoringError::Taken`] where what is asked would change under
/// attempts.
#[operation("assessment.edit_assessment")]
#[derive(PartialEq)]
pub struct EditAssessment {
    /// The draft to edit.
    pub assessment_id: Id<Assessment>,
    /// The changes, applied in order, all or none.
    pub changes: Vec<AssessmentChange>,
}

impl Operation for EditAssessment {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_MANAGE, Permission::QUESTIONS_VIEW]);
    type Answer = Assessment;
    type Error = AuthoringError;

    async fn run(self, tx: &mut Transaction) -> Result<Assessment, AuthoringError> {
        let known = require_for(tx, Permission::TESTS_MANAGE, self.assessment_id).await?;
        authorize_on(tx, Permission::TESTS_MANAGE, &known).await?;
        let mut assessment = tx.lock(known.id).await?;
        if assessment.status != AssessmentStatus::Draft {
            return Err(AuthoringError::NotDraft { status: assessment.status });
        }
        if self.changes.iter().any(AssessmentChange::is_of_marks) {
            let attempts = Query::filter(Attempt::ASSESSMENT_ID.eq(assessment.id));
            if tx.exists(attempts.with_deleted()).await? {
                return Err(AuthoringError::Taken);
            }
        }
        let shown_by = (assessment.result_policy, assessment.closes_at);
        for change in self.changes {
            apply(tx, &mut assessment, change).await?;
        }
        let sections = tx.all(Section::of_assessment(assessment.id)).await?;
        let questions = tx.all(Question::of_assessment(assessment.id)).await?;
        TestForm::assemble(&assessment, &sections, &questions)?;
        tx.update(&mut assessment).await?;
        if shown_by != (assessment.result_policy, assessment.closes_at) {
            note_results_again(tx, &assessment).await?;
        }
        Ok(assessment)
    }
}

/// Leaves the results to [`NoteClosedResults`](crate::attempt::NoteClosedResults): when they may be
/// shown has changed.
async fn note_results_again(
    tx: &mut Transaction,
    assessment: &Assessment,
) -> Result<(), AuthoringError> {
    let moving = Attempt::handed_in(assessment.id).and(Attempt::ACTIVITY_ID.is_not_null());
    let mut attempts = tx.all(moving).await?;
    for attempt in &mut attempts {
        attempt.result_due_at = Some(tx.now());
    }
    Ok(tx.update_all(&mut attempts).await?)
}

async fn apply(
    tx: &mut Transaction,
    assessment: &mut Assessment,
    change: AssessmentChange,
) -> Result<(), AuthoringError> {
    match change {
        AssessmentChange::Title(it) => assessment.title = it,
        AssessmentChange::Description(it) => assessment.description = it,
        AssessmentChange::Node(it) => {
            if let Some(node) = it
                && Some(tx.require(node).await?.course_id) != assessment.course_id
            {
                return Err(AuthoringError::OtherCourse);
            }
            assessment.node_id = it;
        }
        AssessmentChange::Passing(it) => assessment.passing = it,
        AssessmentChange::MaxScore(it) => assessment.max_score = it,
        AssessmentChange::OpensAt(it) => assessment.opens_at = it,
        AssessmentChange::ClosesAt(it) => assessment.closes_at = it,
        AssessmentChange::TimeLimit(it) => assessment.time_limit_seconds = it,
        AssessmentChange::Grace(it) => assessment.grace_seconds = it,
        AssessmentChange::MaxAttempts(it) => assessment.max_attempts = it,
        AssessmentChange::ShuffleQuestions(it) => assessment.shuffle_questions = it,
        AssessmentChange::ShuffleOptions(it) => assessment.shuffle_options = it,
        AssessmentChange::AttemptRules(it) => assessment.attempt_rules = it,
        AssessmentChange::ResultPolicy(it) => assessment.result_policy = it,
        AssessmentChange::AddSection(new) => add_section(tx, assessment, new).await?,
        AssessmentChange::RemoveSection(section) => remove_section(tx, assessment, section).await?,
        AssessmentChange::AddQuestion { section_id, question } => {
            add_question(tx, assessment, (section_id, *question)).await?;
        }
        AssessmentChange::RemoveQuestion(question) => {
            let mut question = tx.require(question).await?;
            if question.assessment_id != Some(assessment.id) {
                return Err(AuthoringError::OtherTest);
            }
            tx.delete(&mut question).await?;
        }
        AssessmentChange::Slots(slots) => set_slots(tx, assessment, slots).await?,
    }
    Ok(())
}

async fn add_section(
    tx: &mut Transaction,
    assessment: &Assessment,
    new: NewSection,
) -> Result<(), AuthoringError> {
    let sections = tx.all(Section::of_assessment(assessment.id)).await?;
    let at = sections.iter().map(|it| it.position.saturating_add(1)).max().unwrap_or(0);
    let (section, questions) = new.written(tx.cx(), assessment.id, at);
    tx.insert(&section).await?;
    Ok(tx.insert_all(&questions).await?)
}

async fn remove_section(
    tx: &mut Transaction,
    assessment: &Assessment,
    section: Id<Section>,
) -> Result<(), AuthoringError> {
    let mut section = own_section(tx, assessment, section).await?;
    let questions = tx.all(Question::of_assessment(assessment.id)).await?;
    for mut question in questions.into_iter().filter(|it| it.section_id == Some(section.id)) {
        tx.delete(&mut question).await?;
    }
    let slots = tx.all(AssessmentSlot::of_assessment(assessment.id)).await?;
    for mut slot in slots.into_iter().filter(|it| it.section_id == Some(section.id)) {
        tx.delete(&mut slot).await?;
    }
    Ok(tx.delete(&mut section).await?)
}

async fn add_question(
    tx: &mut Transaction,
    assessment: &Assessment,
    (section, new): (Option<Id<Section>>, NewQuestion),
) -> Result<(), AuthoringError> {
    if let Some(section) = section {
        own_section(tx, assessment, section).await?;
    }
    let questions = tx.all(Question::of_assessment(assessment.id)).await?;
    let there = questions.iter().filter(|it| it.section_id == section);
    let at = there.map(|it| it.position.saturating_add(1)).max().unwrap_or(0);
    let question = new.written(tx.cx()).placed(assessment.id, section, at);
    Ok(tx.insert(&question).await?)
}

async fn set_slots(
    tx: &mut Transaction,
    assessment: &Assessment,
    slots: Vec<NewSlot>,
) -> Result<(), AuthoringError> {
    for mut slot in tx.all(AssessmentSlot::of_assessment(assessment.id)).await? {
        tx.delete(&mut slot).await?;
    }
    for (position, new) in (0..).zip(slots) {
        if let Some(section) = new.section_id {
            own_section(tx, assessment, section).await?;
        }
        // What a test asks its author reads in a preview, so the bank must be theirs to see.
        match &new.source {
            SlotSource::Question { question, .. } => {
                let question = tx.require(*question).await?;
                authorize_on(tx, Permission::QUESTIONS_VIEW, &question).await?;
            }
            SlotSource::Pool { filter, .. } => {
                let bank = tx.require(filter.bank).await?;
                authorize_on(tx, Permission::QUESTIONS_VIEW, &bank).await?;
            }
        }
        let slot = AssessmentSlot {
            id: tx.id(),
            stamp: Stamp::new(tx.cx()),
            assessment_id: assessment.id,
            section_id: new.section_id,
            position,
            source: new.source,
            score: new.score,
            treatment: new.treatment,
        };
        tx.insert(&slot).await?;
    }
    Ok(())
}

async fn own_section(
    tx: &mut Transaction,
    assessment: &Assessment,
    section: Id<Section>,
) -> Result<Section, AuthoringError> {
    let section = tx.require(section).await?;
    match section.assessment_id == assessment.id {
        true => Ok(section),
        false => Err(AuthoringError::OtherTest),
    }
}
