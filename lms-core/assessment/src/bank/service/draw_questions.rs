//! Filling the slots of a test for one attempt.

use std::collections::{BTreeSet, HashMap};

use lms_derive::DomainError;

use crate::{
    Assessment,
    bank::{
        AssessmentSlot, Candidate, DrawSeed, DrawnQuestion, QuestionTag, QuestionVersion,
        SlotSource, fill_slots,
    },
    question::{Question, QuestionStatus},
};
use lms_kernel::{Id, Slug};
use lms_store::operation::{Effect, Part};
use lms_store::{StoreError, Transaction};

/// Why slots could not be filled.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum DrawError {
    /// Pools hold too few questions.
    #[error("{pools} pools hold fewer questions than are drawn from them; add questions")]
    #[fault(conflict, field = "slots")]
    ShortPools {
        /// How many pools.
        pools: usize,
    },
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Draws what one attempt is given, by its seed. Nothing where the assessment has no slots.
///
/// # Errors
/// [`DrawError::ShortPools`] when a pool holds too few questions.
#[derive(Clone, Copy, Debug)]
pub struct DrawQuestions {
    /// The assessment.
    pub assessment_id: Id<Assessment>,
    /// The seed of the attempt.
    pub seed: DrawSeed,
}

impl Part for DrawQuestions {
    const NAME: &'static str = "assessment.draw_questions";
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<DrawnQuestion>;
    type Error = DrawError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<DrawnQuestion>, DrawError> {
        draw_questions(tx, self.assessment_id, self.seed).await
    }
}

pub(crate) async fn draw_questions(
    tx: &mut Transaction,
    assessment: Id<Assessment>,
    seed: DrawSeed,
) -> Result<Vec<DrawnQuestion>, DrawError> {
    let slots = tx.all(AssessmentSlot::of_assessment(assessment)).await?;
    if slots.is_empty() {
        return Ok(Vec::new());
    }
    let questions = pool(tx, &slots).await?;
    let tags = tags_of(tx, &questions, &slots).await?;
    let candidates: Vec<Candidate<'_>> = questions
        .iter()
        .map(|question| Candidate {
            question,
            tags: tags.get(&question.id).map_or(&[], Vec::as_slice),
        })
        .collect();
    fill_slots(&slots, &candidates, seed)
        .map_err(|short| DrawError::ShortPools { pools: short.len() })
}

/// Every question that some slot may be filled with.
async fn pool(tx: &mut Transaction, slots: &[AssessmentSlot]) -> Result<Vec<Question>, StoreError> {
    let (mut banks, mut named) = (BTreeSet::new(), BTreeSet::new());
    for slot in slots {
        match &slot.source {
            SlotSource::Question { question, .. } => {
                named.insert(*question);
            }
            SlotSource::Pool { filter, .. } => {
                banks.insert(filter.bank);
            }
        }
    }
    let mut questions = Vec::new();
    for bank in banks {
        let ready = Question::STATUS.eq(QuestionStatus::Ready);
        questions.extend(tx.all(Question::of_bank(bank).and(ready)).await?);
    }
    named.retain(|id| questions.iter().all(|question: &Question| question.id != *id));
    let named: Vec<Id<Question>> = named.into_iter().collect();
    questions.extend(tx.get_many(&named).await?);
    Ok(questions)
}

/// The tags of questions, as far as a pool asks for them.
async fn tags_of(
    tx: &mut Transaction,
    questions: &[Question],
    slots: &[AssessmentSlot],
) -> Result<HashMap<Id<Question>, Vec<Slug>>, StoreError> {
    let mut asked = BTreeSet::new();
    for slot in slots {
        if let SlotSource::Pool { filter, .. } = &slot.source {
            let all = filter.all_tags.iter().chain(&filter.any_tag).chain(&filter.no_tag);
            asked.extend(all.cloned());
        }
    }
    let mut tags: HashMap<Id<Question>, Vec<Slug>> = HashMap::with_capacity(questions.len());
    for tag in asked {
        for tagged in tx.all(QuestionTag::named(tag)).await? {
            tags.entry(tagged.question_id).or_default().push(tagged.tag);
        }
    }
    Ok(tags)
}

/// The questions that an attempt was given, in the editions it was given and in their places.
///
/// # Errors
/// [`StoreError`], also [`StoreError::NotFound`] for an edition that is not kept.
#[derive(Clone, Copy, Debug)]
pub struct LoadDrawn<'a> {
    /// The assessment.
    pub assessment_id: Id<Assessment>,
    /// The questions that were drawn.
    pub drawn: &'a [DrawnQuestion],
}

impl Part for LoadDrawn<'_> {
    const NAME: &'static str = "assessment.load_drawn";
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<Question>;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Question>, StoreError> {
        load_drawn(tx, self.assessment_id, self.drawn).await
    }
}

async fn load_drawn(
    tx: &mut Transaction,
    assessment: Id<Assessment>,
    drawn: &[DrawnQuestion],
) -> Result<Vec<Question>, StoreError> {
    let slots = tx.all(AssessmentSlot::of_assessment(assessment).with_deleted()).await?;
    let ids: Vec<Id<Question>> = drawn.iter().map(|it| it.question).collect();
    let current = tx.get_many(&ids).await?;
    let mut placed = Vec::with_capacity(drawn.len());
    for it in drawn {
        let question = current.iter().find(|question| question.id == it.question).cloned();
        let mut question = match question {
            Some(question) => question,
            None => tx.require(it.question).await?,
        };
        if question.edition != it.edition {
            let edition = QuestionVersion::edition_of(it.question, it.edition);
            if let Some(version) = tx.first(edition).await? {
                question = version.restore(question);
            }
        }
        placed.push(match slots.iter().find(|slot| slot.id == it.slot) {
            Some(slot) => slot.place(question),
            None => question,
        });
    }
    Ok(placed)
}
