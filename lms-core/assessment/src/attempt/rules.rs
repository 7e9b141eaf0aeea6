//! How an assessment treats attempts.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::Points;

/// How an attempt ends when its time is up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum WhenTimeIsUp {
    /// It is submitted with its answers so far, at the instant at which its time was up.
    #[default]
    Submit,
    /// Answers are frozen. The learner may hand it in while the grace lasts; after that it is
    /// abandoned.
    Grace,
    /// It is abandoned.
    Discard,
}

/// Which of a learner's attempts gives the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum ResultRule {
    /// The first.
    First,
    /// The last.
    #[text("last", "latest")]
    Last,
    /// The one with the highest score; of several the earliest.
    #[default]
    Highest,
    /// The mean of all.
    Average,
}

/// The parts of an attempt that its learner sees once the result is disclosed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReviewRules {
    /// What they answered.
    pub answers: bool,
    /// Which answers were right, and what each earned.
    pub marks: bool,
    /// What would have been right.
    pub keys: bool,
    /// What is said about the answers, and why.
    pub feedback: bool,
}

impl Default for ReviewRules {
    /// Everything but the keys.
    fn default() -> Self {
        Self { answers: true, marks: true, keys: false, feedback: true }
    }
}

/// How two markers come to one mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecondMarking {
    /// How far their points may lie apart for the mean to be the mark. Beyond that a third person
    /// decides.
    pub tolerance: Points,
}

/// How an assessment treats attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AttemptRules {
    /// What happens to an attempt whose time is up.
    pub when_time_is_up: WhenTimeIsUp,
    /// How long to wait after the first attempt, in seconds.
    pub delay_after_first_seconds: u32,
    /// How long to wait after every later attempt, in seconds.
    pub delay_after_later_seconds: u32,
    /// Which attempt gives the result.
    pub result: ResultRule,
    /// What a learner sees once the result is shown.
    pub review: ReviewRules,
    /// Whether two people mark each answer that a person has to mark.
    pub second_marking: Option<SecondMarking>,
}
