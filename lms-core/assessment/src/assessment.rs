//! The record of an assessment: a test, a quiz, an exam.

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    attempt::AttemptRules,
    scoring::{PassRule, ScoringProfile, ScoringRules, ScoringType},
};
use lms_kernel::{Context, Id, Percent, Points, Timestamp, Title};
use lms_learning::content::{ContentNode, Course};
use lms_store::{Query, Record, Stamp};

/// A test: its questions' frame, its time, its attempts, and how answers become a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "assessments", index(course_id), index(node_id), index(status))]
pub struct Assessment {
    /// The assessment's id.
    pub id: Id<Assessment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The course it belongs to; none for an independent placement test.
    pub course_id: Option<Id<Course>>,
    /// The lesson or other part of the course it hangs on.
    pub node_id: Option<Id<ContentNode>>,
    /// What it is for.
    pub kind: AssessmentKind,
    /// Its name.
    pub title: Title,
    /// What learners should know before they start.
    pub description: Option<String>,
    /// The most that can be earned, for the scoring types that ask for it.
    pub max_score: Option<Points>,
    /// How question and section scores make the total.
    pub scoring: ScoringType,
    /// The profile that the rules started from.
    pub profile: ScoringProfile,
    /// Every choice that grading makes.
    #[record(json)]
    pub rules: ScoringRules,
    /// What passing takes.
    #[record(json)]
    pub passing: PassRule,
    /// How long an attempt may take, in seconds; no limit without one.
    pub time_limit_seconds: Option<u32>,
    /// How long after its end an attempt may still be handed in, in seconds. Answers are frozen
    /// while it runs.
    pub grace_seconds: u32,
    /// When attempts may start.
    pub opens_at: Option<Timestamp>,
    /// The last instant at which answers are taken.
    pub closes_at: Option<Timestamp>,
    /// How many attempts a learner has; no limit without one.
    pub max_attempts: Option<u32>,
    /// Whether each attempt has its questions in an order of its own.
    pub shuffle_questions: bool,
    /// Whether each attempt has its options in an order of its own.
    pub shuffle_options: bool,
    /// What happens to attempts whose time is up, how long to wait between attempts, which one
    /// gives the result, and what a learner sees of it.
    #[record(json)]
    pub attempt_rules: AttemptRules,
    /// When learners see their result.
    pub result_policy: ResultPolicy,
    /// Whether learners may see it and take it.
    pub status: AssessmentStatus,
    /// How many times what is asked or what is right was changed since it was first published.
    pub edition: u32,
}

/// The purpose of an assessment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum AssessmentKind {
    /// A short check.
    #[default]
    Quiz,
    /// A test.
    Test,
    /// The last exam of a course.
    FinalExam,
    /// For practice; it counts for nothing.
    Practice,
    /// It finds the level and class a learner belongs in.
    Placement,
    /// Work that is marked by a person.
    Assignment,
}

/// When learners see their result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ResultPolicy {
    /// Never.
    Never,
    /// As soon as they hand in.
    #[default]
    AfterSubmit,
    /// Once the assessment has closed.
    AfterClose,
    /// Once everything is marked.
    AfterMarking,
    /// Once someone releases it.
    WhenReleased,
}

/// Whether learners may see an assessment and take it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum AssessmentStatus {
    /// It is being made.
    #[default]
    Draft,
    /// Learners may take it within its dates.
    Published,
    /// Learners may take it no more; results stay.
    Archived,
}

/// An event in the lifecycle of an assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum AssessmentEvent {
    /// It is opened to learners.
    Publish,
    /// It is unpublished to be changed.
    Withdraw,
    /// It is archived.
    Archive,
}

lms_kernel::machine! {
    "assessment": AssessmentStatus x AssessmentEvent {
                   [Publish    Withdraw  Archive ]
        Draft:     [Published  -         Archived]
        Published: [-          Draft     Archived]
        Archived:  [Published  -         -       ]
    }
}

impl Assessment {
    /// The most questions of an assessment.
    pub const MAX_QUESTIONS: usize = 1_000;

    /// What passing usually takes: 70 percent.
    pub const USUAL_PASS: Percent = match Percent::from_ten_thousandths(700_000) {
        Ok(percent) => percent,
        Err(_) => Percent::HUNDRED,
    };

    /// A draft with the usual settings: pass at 70 percent, three attempts, no time limit, the sum
    /// of the questions' scores.
    pub fn new(cx: &Context, kind: AssessmentKind, title: Title) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            course_id: None,
            node_id: None,
            kind,
            title,
            description: None,
            max_score: None,
            scoring: ScoringType::PerQuestion,
            profile: ScoringProfile::Default,
            rules: ScoringRules::default(),
            passing: PassRule::Percent(Self::USUAL_PASS),
            time_limit_seconds: None,
            grace_seconds: 0,
            opens_at: None,
            closes_at: None,
            max_attempts: Some(3),
            shuffle_questions: false,
            shuffle_options: false,
            attempt_rules: AttemptRules::default(),
            result_policy: ResultPolicy::AfterSubmit,
            status: AssessmentStatus::Draft,
            edition: 1,
        }
    }

    /// The same assessment under the rules and the scoring type of a profile.
    #[must_use]
    pub fn with_profile(mut self, profile: ScoringProfile) -> Self {
        let data = profile.data();
        self.profile = profile;
        self.scoring = data.scoring;
        self.rules = data.rules;
        self
    }

    /// The assessments of a course.
    pub fn of_course(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(Some(course)))
    }

    /// The assessments that learners may take.
    pub fn published() -> Query<Self> {
        Query::filter(Self::STATUS.eq(AssessmentStatus::Published))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_settings() {
        let cx = crate::grading::tests::context();
        let quiz = Assessment::new(&cx, AssessmentKind::Quiz, Title::new("Quiz").unwrap());
        assert_eq!(quiz.passing, PassRule::Percent("70".parse().unwrap()));
        assert_eq!((quiz.max_attempts, quiz.time_limit_seconds), (Some(3), None));
    }

    #[test]
    fn every_event_in_every_status() {
        let mut table = String::new();
        for from in AssessmentStatus::ALL {
            for event in AssessmentEvent::ALL {
                let to = from.apply(*event).map_or("-", AssessmentStatus::as_str);
                table += &format!("{from} {event} {to}\n");
            }
        }
        assert_eq!(
            table,
            "draft publish published\ndraft withdraw -\ndraft archive archived\n\
             published publish -\npublished withdraw draft\npublished archive archived\n\
             archived publish published\narchived withdraw -\narchived archive -\n"
        );
    }
}
