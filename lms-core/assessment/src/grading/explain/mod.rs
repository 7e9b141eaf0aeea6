//! Explanations of scores for learners, as data and as plain sentences.
//!
//! [`explain_question`] and [`explain_attempt`] turn what grading found into [`Fact`]s. Each fact
//! is data that a host can translate and lay out, and prints as an English sentence. What is right
//! is only told with [`Reveal::Answers`]; whether a learner may see anything at all is decided by
//! the assessment's result policy before this is asked.

mod attempt;
mod fact;
mod question;
mod rules;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use attempt::explain_attempt;
pub use fact::{Fact, PartAnswer, TickedOption};
pub use question::explain_question;

use crate::{Section, question::Question};
use lms_kernel::{Id, Points, Ratio};

/// How much an explanation tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reveal {
    /// What the learner did and what it earned.
    #[default]
    Outcome,
    /// That, and what would have been right.
    Answers,
}

/// Why a question earned what it earned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// Which question.
    pub question: Id<Question>,
    /// The points earned, exactly; none where the question does not count or is to be marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earned: Option<Ratio>,
    /// What it is worth.
    pub worth: Points,
    /// What led there, in order.
    pub facts: Vec<Fact>,
}

/// Why an attempt earned what it earned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptExplanation {
    /// The sections with their questions.
    pub sections: Vec<SectionExplanation>,
    /// How the total follows from them.
    pub facts: Vec<Fact>,
}

/// Why a section earned what it earned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SectionExplanation {
    /// Which section; none for questions outside all sections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<Id<Section>>,
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its questions.
    pub questions: Vec<Explanation>,
    /// How the section's score follows from them.
    pub facts: Vec<Fact>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_facts(&self.facts, f)
    }
}

impl fmt::Display for AttemptExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = 0;
        for section in &self.sections {
            if !section.title.is_empty() {
                writeln!(f, "{}", section.title)?;
            }
            for question in &section.questions {
                number += 1;
                writeln!(f, "{number}. {question}")?;
            }
            write_facts(&section.facts, f)?;
            writeln!(f)?;
        }
        write_facts(&self.facts, f)
    }
}

fn write_facts(facts: &[Fact], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, fact) in facts.iter().enumerate() {
        let space = if at == 0 { "" } else { " " };
        write!(f, "{space}{fact}")?;
    }
    Ok(())
}
