//! What an attempt asks, as its learner sees it: built without keys, so that none can leak.
use serde::{Deserialize, Serialize};

use crate::{
    Section,
    attempt::{Attempt, AttemptAnswer},
    grading::{FormSection, TestForm},
    question::{
        Answer, AnswerKey, AttachmentLimits, Blank, BlankKey, Choice, Media, MediaKind, Question,
        QuestionKind, SliderScale, Stem,
    },
    scoring::Certainty,
};
use lms_kernel::{Id, Link, Points, Timestamp};

/// The questions of an attempt, as its learner sees them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptPaper {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// The last instant at which it takes answers; none without a limit.
    pub answers_until: Option<Timestamp>,
    /// The section in progress, where sections are taken one by one.
    pub current_section_id: Option<Id<Section>>,
    /// The last instant of the section in progress.
    pub section_until: Option<Timestamp>,
    /// The question to go on with: the one that the learner looked at last, or else the one that
    /// they answered last.
    pub current_question_id: Option<Id<Question>>,
    /// The sections, in order.
    pub sections: Vec<PaperSection>,
}

/// A section of a paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaperSection {
    /// The section; none for questions outside all sections.
    pub section_id: Option<Id<Section>>,
    /// Its name.
    pub title: String,
    /// What to read before it starts.
    pub instructions: Option<String>,
    /// How long it may take, in seconds, before any extra time.
    pub time_limit_seconds: Option<u32>,
    /// Whether it takes answers now.
    pub is_open: bool,
    /// Its questions, in the attempt's order; none where it is not open.
    pub questions: Vec<PaperQuestion>,
}

/// A question of a paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaperQuestion {
    /// The question.
    pub question_id: Id<Question>,
    /// What to do.
    pub kind: QuestionKind,
    /// What to read.
    pub prompt: String,
    /// What the prompt is made of beside its words.
    pub media_kind: MediaKind,
    /// Where the prompt's sound, film or picture is.
    pub media_url: Option<Link>,
    /// What it is worth.
    pub worth: Points,
    /// What to choose, order or match to.
    pub options: Vec<PaperOption>,
    /// What to fill in.
    pub blanks: Vec<PaperBlank>,
    /// What to match.
    pub stems: Vec<PaperStem>,
    /// The options of the left column, where options are joined from left to right.
    pub left: Vec<Id<Choice>>,
    /// The most spots to mark or pairs to give; none where the question asks for neither.
    pub most: Option<usize>,
    /// The scale of a slider.
    pub scale: Option<SliderScale>,
    /// How many files belong to a written answer; none where any number does.
    pub attachments: Option<AttachmentLimits>,
    /// The answer so far.
    pub answer: Option<Answer>,
    /// How sure the learner was.
    pub certainty: Certainty,
    /// The number of the last save, which the next must exceed.
    pub sequence: Option<i64>,
    /// How many tries were made.
    pub tries: usize,
}

/// An option of a paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaperOption {
    /// The option.
    pub id: Id<Choice>,
    /// What to read.
    pub text: String,
    /// What is shown with it.
    pub media: Option<Media>,
}

/// A blank of a paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaperBlank {
    /// The blank.
    pub id: Id<Blank>,
    /// How the prompt marks it.
    pub label: String,
    /// What to choose from; none where something is written.
    pub options: Vec<PaperOption>,
    /// Whether several options may be ticked.
    pub takes_several: bool,
}

/// An item to match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaperStem {
    /// The item.
    pub id: Id<Stem>,
    /// What to read.
    pub text: String,
}

impl AttemptPaper {
    /// The paper of an attempt, from its arranged form.
    pub(super) fn build(
        attempt: &Attempt,
        form: &TestForm,
        sections: &[Section],
        answers: &[AttemptAnswer],
    ) -> Self {
        let show = |part: &FormSection| {
            let id = part.frame.section;
            let section = sections.iter().find(|it| Some(it.id) == id);
            let is_open = attempt.is_open(id);
            let questions = part.questions.iter().filter(|_| is_open);
            PaperSection {
                section_id: id,
                title: part.frame.title.clone(),
                instructions: section.and_then(|it| it.instructions.clone()),
                time_limit_seconds: section.and_then(|it| it.time_limit_seconds),
                is_open,
                questions: questions.map(|it| PaperQuestion::build(it, answers)).collect(),
            }
        };
        let mut paper = Self {
            attempt_id: attempt.id,
            answers_until: attempt.answers_until,
            current_section_id: attempt.current_section_id,
            section_until: attempt.section_until,
            current_question_id: None,
            sections: form.sections.iter().map(show).collect(),
        };
        let is_shown = |id: &Id<Question>| paper.questions().any(|it| it.question_id == *id);
        let answered = answers.iter().filter(|it| is_shown(&it.question_id));
        let last = answered.max_by_key(|it| (it.answered_at, it.sequence));
        let visited = attempt.current_question_id.filter(is_shown);
        paper.current_question_id = visited.or(last.map(|it| it.question_id));
        paper
    }

    /// All questions that are shown, in order.
    pub fn questions(&self) -> impl Iterator<Item = &PaperQuestion> {
        self.sections.iter().flat_map(|it| &it.questions)
    }
}

impl PaperQuestion {
    fn build(question: &Question, answers: &[AttemptAnswer]) -> Self {
        let known = answers.iter().find(|it| it.question_id == question.id);
        let option =
            |it: &Choice| PaperOption { id: it.id, text: it.text.clone(), media: it.media.clone() };
        let blanks = match &question.answer_key {
            AnswerKey::Blanks(key) => key.blanks.as_slice(),
            _ => &[],
        };
        let stems = match &question.answer_key {
            AnswerKey::Pairs(key) => key.stems.as_slice(),
            _ => &[],
        };
        let blank = |it: &Blank| {
            let (options, takes_several) = match &it.key {
                BlankKey::Choice(key) => (key.options.as_slice(), false),
                BlankKey::Ticks(key) => (key.options.as_slice(), true),
                BlankKey::Text(_) | BlankKey::Number(_) => (&[][..], false),
            };
            let options = options.iter().map(option).collect();
            PaperBlank { id: it.id, label: it.label.clone(), options, takes_several }
        };
        let stem = |it: &Stem| PaperStem { id: it.id, text: it.text.clone() };
        Self {
            question_id: question.id,
            kind: question.kind,
            prompt: question.prompt.clone(),
            media_kind: question.media_kind,
            media_url: question.media_url.clone(),
            worth: question.score,
            options: question.options.iter().map(option).collect(),
            blanks: blanks.iter().map(blank).collect(),
            stems: stems.iter().map(stem).collect(),
            left: match &question.answer_key {
                AnswerKey::Associations(key) => key.left.clone(),
                _ => Vec::new(),
            },
            most: match &question.answer_key {
                AnswerKey::Associations(key) => Some(key.most()),
                AnswerKey::Spots(key) => Some(key.most()),
                _ => None,
            },
            scale: match &question.answer_key {
                AnswerKey::Slider(key) => Some(key.scale),
                _ => None,
            },
            attachments: question.rules.attachments,
            answer: known.map(|it| it.answer.clone()),
            certainty: known.map(|it| it.certainty).unwrap_or_default(),
            sequence: known.map(|it| it.sequence),
            tries: known.map_or(0, |it| it.tries.len()),
        }
    }
}
