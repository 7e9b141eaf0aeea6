//! The score of an attempt.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{Assessment, Section, attempt::Attempt};
use lms_kernel::{Context, EntityKind, EntityRef, Id, Points, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Direction, LogStamp, Query, Record, Stamp};

/// The status of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum ScoreStatus {
    /// Something is still to be marked.
    #[text("pending", "in_progress")]
    Pending,
    /// Everything is marked.
    #[text("graded", "completed")]
    Graded,
    /// Everything is marked, and someone released it to the learner.
    Released,
}

/// An event in the lifecycle of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ScoreEvent {
    /// Everything is marked.
    Grade,
    /// Something is to be marked again.
    Unmark,
    /// It is shown to the learner.
    Release,
    /// It is no longer shown.
    Withhold,
}

lms_kernel::machine! {
    /// A released score that is graded again stays released.
    "score": ScoreStatus x ScoreEvent {
                  [Grade     Unmark   Release   Withhold]
        Pending:  [Graded    Pending  -         -       ]
        Graded:   [Graded    Pending  Released  -       ]
        Released: [Released  Pending  Released  Graded  ]
    }
}

/// What an attempt earned: raw, scaled and reported, one for each attempt that was handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "scores",
    unique(attempt_id),
    index(assessment_id, status),
    index(learner_id, assessment_id)
)]
pub struct Score {
    /// The score's id.
    pub id: Id<Score>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its assessment.
    pub assessment_id: Id<Assessment>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// Its status.
    pub status: ScoreStatus,
    /// What is reported: the scaled score where there is a conversion, otherwise the raw one.
    pub total: Points,
    /// What the questions earned, as shown. While something is to be marked, that counts as
    /// nothing.
    pub raw: Points,
    /// The most that they could.
    pub raw_maximum: Points,
    /// The raw score on the reported scale.
    pub scaled: Option<Points>,
    /// Whether it passed; none where nothing is passed or failed, or it is not known yet.
    pub passed: Option<bool>,
    /// How many answers are still to be marked.
    pub pending: u32,
    /// Why the score is not finished although everything is marked, such as a conversion table
    /// that lacks the raw score.
    pub held: Option<String>,
    /// The edition of the assessment that was graded.
    pub edition: u32,
    /// What replaced the score that the rules gave, and why.
    #[record(json)]
    pub replaced: Option<ReplacedScore>,
    /// When everything was marked.
    pub completed_at: Option<Timestamp>,
    /// When it was released.
    pub released_at: Option<Timestamp>,
    /// How often it was graded.
    pub gradings: u32,
}

/// A score that a person gave instead of the one that the rules gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReplacedScore {
    /// What the rules gave.
    pub computed: Points,
    /// What the person gave.
    pub given: Points,
    /// The reason, as given.
    pub reason: String,
}

impl Score {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("score");

    /// A score of nothing yet.
    pub fn new(cx: &Context, attempt: &Attempt) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            attempt_id: attempt.id,
            assessment_id: attempt.assessment_id,
            learner_id: attempt.learner_id,
            status: ScoreStatus::Pending,
            total: Points::ZERO,
            raw: Points::ZERO,
            raw_maximum: Points::ZERO,
            scaled: None,
            passed: None,
            pending: 0,
            held: None,
            edition: 0,
            replaced: None,
            completed_at: None,
            released_at: None,
            gradings: 0,
        }
    }

    /// A reference to the score.
    pub const fn reference(&self) -> EntityRef {
        EntityRef::to(Self::ENTITY, self.id)
    }

    /// The score of an attempt.
    pub fn of(attempt: Id<Attempt>) -> Query<Self> {
        Query::filter(Self::ATTEMPT_ID.eq(attempt))
    }

    /// The scores of several attempts.
    pub fn of_attempts(attempts: impl IntoIterator<Item = Id<Attempt>>) -> Query<Self> {
        Query::filter(Self::ATTEMPT_ID.is_in(attempts))
    }

    /// A learner's scores of an assessment.
    pub fn of_learner(assessment: Id<Assessment>, learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner).and(Self::ASSESSMENT_ID.eq(assessment)))
    }

    /// The scores of an assessment with that status.
    pub fn standing(assessment: Id<Assessment>, status: ScoreStatus) -> Query<Self> {
        Query::filter(Self::ASSESSMENT_ID.eq(assessment).and(Self::STATUS.eq(status)))
    }
}

/// The score of one section of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "section_scores", unaudited, unique(score_id, section_id))]
pub struct SectionScore {
    /// The section score's id.
    pub id: Id<SectionScore>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The score of the whole.
    pub score_id: Id<Score>,
    /// The section.
    pub section_id: Id<Section>,
    /// What is reported: the scaled score where there is a conversion, otherwise the raw one.
    pub score: Points,
    /// What the section's questions earned, as shown.
    pub raw: Points,
    /// The most that they could.
    pub raw_maximum: Points,
    /// The raw score on the section's scale.
    pub scaled: Option<Points>,
    /// How many answers are still to be marked.
    pub pending: u32,
}

impl SectionScore {
    /// A section score of nothing yet.
    pub fn new(cx: &Context, score: Id<Score>, section: Id<Section>) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            score_id: score,
            section_id: section,
            score: Points::ZERO,
            raw: Points::ZERO,
            raw_maximum: Points::ZERO,
            scaled: None,
            pending: 0,
        }
    }

    /// The section scores of several scores.
    pub fn of_scores(scores: impl IntoIterator<Item = Id<Score>>) -> Query<Self> {
        Query::filter(Self::SCORE_ID.is_in(scores))
    }

    /// The section scores of a score.
    pub fn of(score: Id<Score>) -> Query<Self> {
        Query::filter(Self::SCORE_ID.eq(score)).order_by(Self::SECTION_ID, Direction::Asc)
    }
}
