//! The record of a place in a test that is filled from a bank.

use serde::{Deserialize, Serialize};

use crate::{
    Assessment, Section,
    bank::{DrawSeed, QuestionBank, draw::draw},
    question::{Question, QuestionKind, QuestionStatus, Treatment},
};
use lms_kernel::{Context, Id, Points, Slug};
use lms_store::{Direction, Query, Record, Stamp};

/// A place in a test that is filled from a bank: by one question, or by a draw from a pool.
///
/// Questions of the assessment's own need no slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "assessment_slots", index(assessment_id, position))]
pub struct AssessmentSlot {
    /// The slot's id.
    pub id: Id<AssessmentSlot>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The assessment.
    pub assessment_id: Id<Assessment>,
    /// The section it belongs to.
    pub section_id: Option<Id<Section>>,
    /// Its position in the section or, without sections, in the assessment. Several questions of
    /// one slot share the position, one behind the other.
    pub position: u32,
    /// What fills it.
    #[record(json)]
    pub source: SlotSource,
    /// What each question in it is worth, where that is not the question's own score.
    pub score: Option<Points>,
    /// How its questions count.
    pub treatment: Treatment,
}

/// The source of a slot's questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "source")]
pub enum SlotSource {
    /// One question.
    Question {
        /// Which one.
        question: Id<Question>,
        /// Which edition; the newest without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edition: Option<u32>,
    },
    /// A draw.
    Pool {
        /// What may be drawn.
        filter: PoolFilter,
        /// How many are drawn.
        count: u16,
    },
}

/// Which questions of a bank may be drawn. Conditions that are empty ask for nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PoolFilter {
    /// The bank.
    pub bank: Id<QuestionBank>,
    /// Tags that a question must all have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_tags: Vec<Slug>,
    /// Tags of which it must have one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_tag: Vec<Slug>,
    /// Tags that it must not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_tag: Vec<Slug>,
    /// The kinds that it may be of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<QuestionKind>,
}

impl PoolFilter {
    /// Every question of a bank.
    pub const fn of(bank: Id<QuestionBank>) -> Self {
        Self {
            bank,
            all_tags: Vec::new(),
            any_tag: Vec::new(),
            no_tag: Vec::new(),
            kinds: Vec::new(),
        }
    }

    /// Whether a question with these tags may be drawn. Drafts and retired questions may not.
    pub fn admits(&self, question: &Question, tags: &[Slug]) -> bool {
        question.bank_id == Some(self.bank)
            && question.status == QuestionStatus::Ready
            && (self.kinds.is_empty() || self.kinds.contains(&question.kind))
            && self.all_tags.iter().all(|tag| tags.contains(tag))
            && (self.any_tag.is_empty() || self.any_tag.iter().any(|tag| tags.contains(tag)))
            && !self.no_tag.iter().any(|tag| tags.contains(tag))
    }
}

/// A question that a slot was filled with for one attempt. Attempts keep these, so that what they
/// were given never depends on the outcome of the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DrawnQuestion {
    /// The slot that was filled.
    pub slot: Id<AssessmentSlot>,
    /// The question.
    pub question: Id<Question>,
    /// Its edition.
    pub edition: u32,
}

/// A question of a bank that may be drawn, as a draw sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<'q> {
    /// The question.
    pub question: &'q Question,
    /// Its tags.
    pub tags: &'q [Slug],
}

/// A pool that holds fewer questions than its slot draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShortPool {
    /// The slot.
    pub slot: Id<AssessmentSlot>,
    /// How many it draws.
    pub wanted: usize,
    /// How many it can have.
    pub found: usize,
}

/// Fills the slots of an assessment for one attempt.
///
/// Slots are filled by position and then by id, and no question is given twice: a pool leaves out
/// what an earlier slot took. `Err` names the pools that are too small, all at once.
///
/// # Errors
/// The [`ShortPool`]s.
pub fn fill_slots(
    slots: &[AssessmentSlot],
    candidates: &[Candidate<'_>],
    seed: DrawSeed,
) -> Result<Vec<DrawnQuestion>, Vec<ShortPool>> {
    let mut ordered: Vec<&AssessmentSlot> = slots.iter().collect();
    // Named questions first: a pool may hold them too.
    ordered.sort_by_key(|slot| (slot.draws(), slot.position, slot.id));
    let mut filled: Vec<DrawnQuestion> = Vec::new();
    let mut short = Vec::new();
    for slot in ordered {
        let is_free = |id: Id<Question>| filled.iter().all(|it| it.question != id);
        let (ids, wanted) = match &slot.source {
            SlotSource::Question { question, .. } => {
                let known = candidates.iter().any(|it| it.question.id == *question);
                let one = Some(*question).filter(|id| known && is_free(*id));
                (one.into_iter().collect(), 1)
            }
            SlotSource::Pool { filter, count } => {
                let admitted = candidates.iter().filter(|it| filter.admits(it.question, it.tags));
                let free = admitted.map(|it| it.question.id).filter(|id| is_free(*id));
                let count = usize::from(*count);
                (draw(seed, slot.id.uuid(), free, count), count)
            }
        };
        if ids.len() < wanted {
            short.push(ShortPool { slot: slot.id, wanted, found: ids.len() });
        }
        for id in ids {
            let candidate = candidates.iter().find(|it| it.question.id == id);
            let newest = candidate.map_or(1, |it| it.question.edition);
            let edition = match slot.source {
                SlotSource::Question { edition: Some(edition), .. } => edition,
                SlotSource::Question { edition: None, .. } | SlotSource::Pool { .. } => newest,
            };
            filled.push(DrawnQuestion { slot: slot.id, question: id, edition });
        }
    }
    if short.is_empty() { Ok(filled) } else { Err(short) }
}

impl AssessmentSlot {
    /// A slot at a place of an assessment.
    pub fn new(
        cx: &Context,
        assessment: Id<Assessment>,
        section: Option<Id<Section>>,
        position: u32,
        source: SlotSource,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            assessment_id: assessment,
            section_id: section,
            position,
            source,
            score: None,
            treatment: Treatment::Counted,
        }
    }

    /// Whether it is filled by a draw.
    pub const fn draws(&self) -> bool {
        matches!(self.source, SlotSource::Pool { .. })
    }

    /// Whether it names the question, or draws from the question's bank.
    pub fn may_hold(&self, it: &Question) -> bool {
        match &self.source {
            SlotSource::Question { question, .. } => *question == it.id,
            SlotSource::Pool { filter, .. } => it.bank_id == Some(filter.bank),
        }
    }

    /// A question of a bank as a part of the assessment.
    #[must_use]
    pub fn place(&self, mut question: Question) -> Question {
        question.assessment_id = Some(self.assessment_id);
        question.section_id = self.section_id;
        question.position = self.position;
        question.treatment = self.treatment;
        question.score = self.score.unwrap_or(question.score);
        question
    }

    /// The slots of an assessment, by position.
    pub fn of_assessment(assessment: Id<Assessment>) -> Query<Self> {
        Query::filter(Self::ASSESSMENT_ID.eq(assessment)).order_by(Self::POSITION, Direction::Asc)
    }
}
