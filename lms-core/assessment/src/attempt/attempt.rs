//! An attempt of a learner at an assessment.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, Section,
    attempt::{
        AttemptEvent, AttemptLimits, AttemptStatus, CountedAttempt, EarlierAttempt, WhenTimeIsUp,
        answers_until, hand_in_until, section_until,
    },
    bank::DrawnQuestion,
    question::Question,
};
use lms_kernel::{Context, EntityKind, EntityRef, Id, Points, Rejected, Timestamp};
use lms_learning::content::ContentNode;
use lms_people::identity::Membership;
use lms_store::{Filter, Record, Stamp};

/// The person or the process that ended an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum EndedBy {
    /// The learner handed it in or gave it up.
    Learner,
    /// Its time was up.
    Time,
    /// Staff ended it.
    Staff,
}

/// One learner's attempt at an assessment.
///
/// While it is in progress answers are saved one by one; when it is submitted they are packed into
/// one sheet. Its times are computed when it starts, and only an allowance moves them.
///
/// # Lifecycle
///
/// ```
/// use lms_assessment::attempt::{AttemptEvent, AttemptStatus};
///
/// let submitted = AttemptStatus::InProgress.apply(AttemptEvent::Submit)?;
/// assert_eq!(submitted.apply(AttemptEvent::Complete)?, AttemptStatus::Completed);
/// assert!(submitted.apply(AttemptEvent::Reopen).is_err(), "a submitted attempt stays submitted");
/// let abandoned = AttemptStatus::InProgress.apply(AttemptEvent::Abandon)?;
/// assert_eq!(abandoned.apply(AttemptEvent::Reopen)?, AttemptStatus::InProgress);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - The status alone does not say whether answers are accepted: the time limit, the grace and the
///   section count too.
/// - Its questions are fixed at the start. A revised question reaches it by a regrade only.
/// - The score is a record of its own, and is visible to the learner once it is released.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "attempts",
    unique(assessment_id, learner_id, number),
    index(assessment_id, status),
    index(learner_id, status),
    index(status, answers_until),
    index(result_due_at)
)]
pub struct Attempt {
    /// The attempt's id.
    pub id: Id<Attempt>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The assessment.
    pub assessment_id: Id<Assessment>,
    /// The part of the course that its assessment belonged to when it was started.
    pub activity_id: Option<Id<ContentNode>>,
    /// Whose attempt it is.
    pub learner_id: Id<Membership>,
    /// Which of the learner's attempts at the assessment, from 1.
    pub number: u32,
    /// The edition of the assessment that it was given.
    pub edition: u32,
    /// From what questions and options were drawn and shuffled.
    pub seed: i64,
    /// The questions that were drawn from banks, beside the assessment's own.
    #[record(json)]
    pub drawn: Vec<DrawnQuestion>,
    /// Its status.
    pub status: AttemptStatus,
    /// When it was started.
    pub started_at: Timestamp,
    /// The last instant at which it takes answers; none without a limit.
    pub answers_until: Option<Timestamp>,
    /// The last instant at which it may be handed in; none without a limit.
    pub hand_in_until: Option<Timestamp>,
    /// Whether its sections are taken one by one, because one of them has a time of its own.
    pub by_section: bool,
    /// The section in progress, where sections are taken one by one.
    pub current_section_id: Option<Id<Section>>,
    /// When the section in progress was entered.
    pub section_entered_at: Option<Timestamp>,
    /// The last instant at which the section in progress takes answers; none without a limit.
    pub section_until: Option<Timestamp>,
    /// The sections that were left and cannot be entered again.
    #[record(json)]
    pub closed_sections: Vec<Id<Section>>,
    /// The question that the learner looked at last, to go on with.
    pub current_question_id: Option<Id<Question>>,
    /// When it was handed in. Where its time was up, that instant, whenever it was noticed.
    pub submitted_at: Option<Timestamp>,
    /// Who or what ended it.
    pub ended_by: Option<EndedBy>,
    /// Why staff opened it again the last time, after it had ended without being handed in.
    pub reopened_for: Option<String>,
    /// When everything was marked for the first time.
    pub completed_at: Option<Timestamp>,
    /// What it earned, on the scale that is reported.
    pub score: Option<Points>,
    /// Whether it passed; none where nothing is passed or failed, or it is not known yet.
    pub passed: Option<bool>,
    /// How long it took, from start to end, in seconds.
    pub time_spent_seconds: Option<u32>,
    /// When the test closes for the learner, where its result moves the course only then; none where
    /// the course is up to date.
    pub result_due_at: Option<Timestamp>,
}

/// Why an attempt refused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AttemptError {
    /// It takes no answers any more.
    #[error("the attempt is `{status}` and accepts no more answers")]
    #[fault(conflict)]
    Closed {
        /// Its status.
        status: AttemptStatus,
    },
    /// Its time is up.
    #[error("the time of the attempt was up at {since}")]
    #[fault(conflict)]
    TimeIsUp {
        /// The last instant at which it took answers.
        since: Timestamp,
    },
    /// The time of its section is up, another section is in progress, or it was not entered.
    #[error("the section takes no answers now; enter it, or go on with the section in progress")]
    #[fault(conflict)]
    OtherSection,
    /// The section was left and cannot be entered again.
    #[error("the section was left and cannot be entered again")]
    #[fault(conflict)]
    SectionLeft,
    /// The grace is over.
    #[error("the attempt could be handed in until {until}")]
    #[fault(conflict)]
    TooLate {
        /// The last instant.
        until: Timestamp,
    },
    /// Its time is not up yet.
    #[error("the time of the attempt is not up yet")]
    #[fault(conflict)]
    StillRuns,
    /// The step is not in the table.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
}

impl Attempt {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("attempt");

    /// An attempt that starts now under those limits.
    pub fn new(
        cx: &Context,
        assessment: Id<Assessment>,
        learner: Id<Membership>,
        number: u32,
        limits: &AttemptLimits,
    ) -> Self {
        let id: Id<Self> = cx.id();
        let answers_until = answers_until(limits, cx.now());
        Self {
            id,
            stamp: Stamp::new(cx),
            assessment_id: assessment,
            activity_id: None,
            learner_id: learner,
            number,
            edition: 1,
            seed: seed_of(cx.id()),
            drawn: Vec::new(),
            status: AttemptStatus::InProgress,
            started_at: cx.now(),
            answers_until,
            hand_in_until: hand_in_until(limits, answers_until),
            by_section: false,
            current_section_id: None,
            section_entered_at: None,
            section_until: None,
            closed_sections: Vec::new(),
            current_question_id: None,
            submitted_at: None,
            ended_by: None,
            reopened_for: None,
            result_due_at: None,
            completed_at: None,
            score: None,
            passed: None,
            time_spent_seconds: None,
        }
    }

    /// A reference to the attempt.
    pub const fn reference(&self) -> EntityRef {
        EntityRef::to(Self::ENTITY, self.id)
    }

    /// Whether the attempt has that question.
    pub fn asks(&self, question: &Question) -> bool {
        question.assessment_id == Some(self.assessment_id) || self.drew(question.id).is_some()
    }

    /// How that question was drawn for the attempt, if it was.
    pub fn drew(&self, question: Id<Question>) -> Option<&DrawnQuestion> {
        self.drawn.iter().find(|it| it.question == question)
    }

    /// The attempts that take an answer to a question of `section` at `now`: what a saved answer
    /// is conditional on. [`Attempt::check_answer`] says the same of one attempt.
    pub fn taking_answers(now: Timestamp, section: Option<Id<Section>>) -> Filter<Self> {
        let in_time =
            |until: lms_store::Col<Self, Option<Timestamp>>| until.is_null().or(until.is_ge(now));
        let no_section = Self::CURRENT_SECTION_ID.is_null();
        let in_section = match section {
            Some(section) => {
                let any_section = no_section.and(Self::BY_SECTION.eq(false));
                any_section.or(Self::CURRENT_SECTION_ID.is(section))
            }
            None => no_section,
        };
        Self::STATUS
            .eq(AttemptStatus::InProgress)
            .and(in_time(Self::ANSWERS_UNTIL))
            .and(in_time(Self::SECTION_UNTIL))
            .and(in_section)
    }

    /// Whether an answer to a question of `section` is taken at `now`.
    ///
    /// # Errors
    /// [`AttemptError`], which says why not.
    pub fn check_answer(
        &self,
        now: Timestamp,
        section: Option<Id<Section>>,
    ) -> Result<(), AttemptError> {
        if self.status != AttemptStatus::InProgress {
            return Err(AttemptError::Closed { status: self.status });
        }
        if let Some(since) = self.answers_until.filter(|until| *until < now) {
            return Err(AttemptError::TimeIsUp { since });
        }
        let section_over = self.section_until.is_some_and(|until| until < now);
        if section_over || !self.is_open(section) {
            return Err(AttemptError::OtherSection);
        }
        Ok(())
    }

    /// Whether the questions of `section` are before the learner: those of the section in
    /// progress; where sections are not taken one by one, those of all until one is entered.
    /// Questions outside all sections come before the first.
    pub fn is_open(&self, section: Option<Id<Section>>) -> bool {
        match self.current_section_id {
            Some(current) => Some(current) == section,
            None => section.is_none() || !self.by_section,
        }
    }

    /// Hands the attempt in at `now`. An attempt whose time is up is handed in as of the end of
    /// its time.
    ///
    /// # Errors
    /// [`AttemptError::TooLate`] after the grace; [`AttemptError::Status`] where it was ended
    /// before.
    pub fn submit(&mut self, now: Timestamp, by: EndedBy) -> Result<(), AttemptError> {
        let status = self.status.apply(AttemptEvent::Submit)?;
        if let Some(until) = self.hand_in_until.filter(|until| *until < now && by != EndedBy::Time)
        {
            return Err(AttemptError::TooLate { until });
        }
        self.status = status;
        self.end(now, by);
        Ok(())
    }

    /// Does what its rules say when its time is up: hands it in, freezes it, or abandons it.
    /// Calling it again later moves a frozen attempt on when its grace is over.
    ///
    /// # Errors
    /// [`AttemptError::StillRuns`] before that; [`AttemptError::Status`] where it was ended
    /// before.
    pub fn time_out(&mut self, now: Timestamp, rule: WhenTimeIsUp) -> Result<(), AttemptError> {
        if self.answers_until.is_none_or(|until| until >= now) {
            return Err(AttemptError::StillRuns);
        }
        let grace_over = self.hand_in_until.is_none_or(|until| until < now);
        match (rule, self.status) {
            (WhenTimeIsUp::Submit, _) => return self.submit(now, EndedBy::Time),
            (WhenTimeIsUp::Grace, AttemptStatus::InProgress) if !grace_over => {
                self.status = self.status.apply(AttemptEvent::Expire)?;
                return Ok(());
            }
            (WhenTimeIsUp::Grace, AttemptStatus::Expired) if !grace_over => {
                return Err(AttemptError::StillRuns);
            }
            (WhenTimeIsUp::Grace | WhenTimeIsUp::Discard, _) => {}
        }
        self.abandon(now, EndedBy::Time)
    }

    /// Gives the attempt up.
    ///
    /// # Errors
    /// [`AttemptError::Status`] where it was ended before.
    pub fn abandon(&mut self, now: Timestamp, by: EndedBy) -> Result<(), AttemptError> {
        self.status = self.status.apply(AttemptEvent::Abandon)?;
        self.end(now, by);
        self.submitted_at = None;
        Ok(())
    }

    /// Works the times out again under other limits: those of the attempt and of the section in
    /// progress, whose own limit is given. Neither ever becomes shorter than it was. An attempt
    /// that has time again and was not handed in goes on.
    ///
    /// # Errors
    /// [`AttemptError::Closed`] where it was handed in.
    pub fn extend(
        &mut self,
        limits: &AttemptLimits,
        section_limit_seconds: Option<u32>,
        now: Timestamp,
    ) -> Result<(), AttemptError> {
        if self.status.is_handed_in() {
            return Err(AttemptError::Closed { status: self.status });
        }
        let until = answers_until(limits, self.started_at);
        self.answers_until = later_of(self.answers_until, until);
        self.hand_in_until = hand_in_until(limits, self.answers_until);
        if let Some(entered_at) = self.section_entered_at {
            let until =
                section_until(limits, section_limit_seconds, entered_at, self.answers_until);
            self.section_until = later_of(self.section_until, until);
        }
        let has_time = self.answers_until.is_none_or(|until| now <= until);
        if has_time && self.status != AttemptStatus::InProgress {
            self.status = self.status.apply(AttemptEvent::Reopen)?;
            (self.ended_by, self.time_spent_seconds) = (None, None);
        }
        Ok(())
    }

    /// Goes to a section, which closes the one in progress for good.
    ///
    /// # Errors
    /// [`AttemptError`] where the attempt takes no answers, or the section was left before.
    pub fn enter_section(
        &mut self,
        section: &Section,
        limits: &AttemptLimits,
        now: Timestamp,
    ) -> Result<(), AttemptError> {
        if self.status != AttemptStatus::InProgress {
            return Err(AttemptError::Closed { status: self.status });
        }
        if let Some(since) = self.answers_until.filter(|until| *until < now) {
            return Err(AttemptError::TimeIsUp { since });
        }
        if self.current_section_id == Some(section.id) {
            return Ok(());
        }
        if self.closed_sections.contains(&section.id) {
            return Err(AttemptError::SectionLeft);
        }
        self.closed_sections.extend(self.current_section_id.take());
        self.current_section_id = Some(section.id);
        self.section_entered_at = Some(now);
        self.current_question_id = None;
        self.section_until =
            section_until(limits, section.time_limit_seconds, now, self.answers_until);
        Ok(())
    }

    /// Notes that everything is marked, or that something is to be marked again.
    ///
    /// # Errors
    /// [`AttemptError::Status`] where it was not handed in.
    pub fn marked(&mut self, complete: bool, now: Timestamp) -> Result<(), AttemptError> {
        let event = match (complete, self.status) {
            (true, AttemptStatus::Completed) | (false, AttemptStatus::Submitted) => return Ok(()),
            (true, _) => AttemptEvent::Complete,
            (false, _) => AttemptEvent::Unmark,
        };
        self.status = self.status.apply(event)?;
        if complete {
            self.completed_at = self.completed_at.or(Some(now));
        }
        Ok(())
    }

    /// Notes when it ended: at the end of its time, or before.
    fn end(&mut self, now: Timestamp, by: EndedBy) {
        let at = self.answers_until.map_or(now, |until| until.min(now));
        self.submitted_at = Some(at);
        self.ended_by = Some(by);
        let spent = at.since(self.started_at).num_seconds().max(0);
        self.time_spent_seconds = Some(u32::try_from(spent).unwrap_or(u32::MAX));
    }

    /// What the result over several attempts reads of it.
    pub const fn counted(&self) -> CountedAttempt {
        CountedAttempt {
            number: self.number,
            status: self.status,
            submitted_at: self.submitted_at,
            score: self.score,
        }
    }

    /// What the delays between attempts read of it.
    pub fn earlier(&self) -> EarlierAttempt {
        let seconds = |it: u32| chrono::TimeDelta::seconds(i64::from(it));
        let given_up =
            self.time_spent_seconds.map(|it| self.started_at.saturating_add(seconds(it)));
        EarlierAttempt { started_at: self.started_at, finished_at: self.submitted_at.or(given_up) }
    }
}

/// The later of two ends, where none is the latest.
fn later_of(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.zip(b).map(|(a, b)| a.max(b))
}

/// A seed from an id that no one else gets to see, so that the order of a paper does not tell what
/// it was shuffled from: SplitMix64's mixer (Steele, Lea and Flood, OOPSLA 2014) over both halves.
fn seed_of(id: Id<Attempt>) -> i64 {
    let (high, low) = id.uuid().as_u64_pair();
    let mut z = high.rotate_left(32) ^ low;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).cast_signed()
}
