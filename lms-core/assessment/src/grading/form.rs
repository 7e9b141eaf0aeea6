//! The form of an attempt: its questions, in sections, under fixed rules.

use std::{borrow::Cow, collections::HashSet};

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, Section,
    grading::{ScoreFrame, SectionFrame},
    question::Question,
    scoring::ScoringRules,
};
use lms_kernel::Id;

/// A test as one attempt was given it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestForm {
    /// Which edition of the assessment it is.
    pub edition: u32,
    /// How the parts make a total, and what passing takes.
    pub frame: ScoreFrame,
    /// Every choice that grading makes.
    pub rules: ScoringRules,
    /// The sections, in order.
    pub sections: Vec<FormSection>,
}

/// A section of a form with its questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FormSection {
    /// What the section is worth and how it is named.
    pub frame: SectionFrame,
    /// Its questions, in order.
    pub questions: Vec<Question>,
}

/// Why questions do not make a form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
pub enum FormError {
    /// More questions than a test may have.
    #[error("a test has at most {most} questions; leave out {}", found - most)]
    #[fault(invalid, field = "questions")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// The same question twice.
    #[error("question `{question}` is in the test twice; leave one out")]
    #[fault(
        invalid,
        field = "questions",
        message = "a question is in the test twice; leave one out"
    )]
    Twice {
        /// The question.
        question: Id<Question>,
    },
    /// A question of a section that the form does not have.
    #[error("question `{question}` is of a section that is not part of the test")]
    #[fault(
        invalid,
        field = "section_id",
        message = "a question is of a section that is not part of the test"
    )]
    UnknownSection {
        /// The question.
        question: Id<Question>,
    },
}

impl TestForm {
    /// Puts questions into the sections of an assessment, each by its position.
    ///
    /// Questions without a section come before the sections, in an unnamed one of their own.
    ///
    /// # Errors
    /// [`FormError`] for too many questions, a question twice or of a foreign section.
    pub fn assemble<'q>(
        assessment: &Assessment,
        sections: &[Section],
        questions: impl Into<Cow<'q, [Question]>>,
    ) -> Result<Self, FormError> {
        let questions: Cow<'q, [Question]> = questions.into();
        let most = Assessment::MAX_QUESTIONS;
        if questions.len() > most {
            return Err(FormError::TooMany { found: questions.len(), most });
        }
        let mut seen = HashSet::with_capacity(questions.len());
        for question in questions.iter() {
            if !seen.insert(question.id) {
                return Err(FormError::Twice { question: question.id });
            }
            let known = |id| sections.iter().any(|section| section.id == id);
            if question.section_id.is_some_and(|id| !known(id)) {
                return Err(FormError::UnknownSection { question: question.id });
            }
        }
        let mut ordered: Vec<&Section> = sections.iter().collect();
        ordered.sort_by_key(|section| (section.position, section.id));
        let frames = ordered.iter().map(|section| SectionFrame::of(section));
        let mut form = Self {
            edition: assessment.edition,
            frame: ScoreFrame::of(assessment),
            rules: assessment.rules.clone(),
            sections: FormSection::gather(
                std::iter::once(SectionFrame::unnamed()).chain(frames),
                questions.into_owned(),
            ),
        };
        if form.sections.first().is_some_and(|it| it.questions.is_empty()) && !sections.is_empty() {
            form.sections.remove(0);
        }
        Ok(form)
    }

    /// The questions of all sections, in order.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.sections.iter().flat_map(|section| &section.questions)
    }

    /// How many questions it has.
    pub fn len(&self) -> usize {
        self.sections.iter().map(|section| section.questions.len()).sum()
    }

    /// Whether it has no questions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl FormSection {
    /// Each section with its questions, by their positions.
    fn gather(frames: impl Iterator<Item = SectionFrame>, questions: Vec<Question>) -> Vec<Self> {
        let mut sections: Vec<Self> =
            frames.map(|frame| Self { frame, questions: Vec::new() }).collect();
        for question in questions {
            let own = sections.iter_mut().find(|it| it.frame.section == question.section_id);
            if let Some(section) = own {
                section.questions.push(question);
            }
        }
        for section in &mut sections {
            section.questions.sort_by_key(|question| (question.position, question.id));
        }
        sections
    }
}
