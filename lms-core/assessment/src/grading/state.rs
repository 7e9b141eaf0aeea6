//! The status of an answer: seven different things that are easily confused.

use lms_derive::TextEnum;

/// The status of one question of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum AnswerState {
    /// The learner's attempt did not contain the question. It counts for nothing.
    NotAsked,
    /// The learner saw the question and left it empty. It earns nothing of what it is worth.
    Blank,
    /// The learner answered and the answer is graded.
    Answered,
    /// The learner answered and a person has still to mark it.
    Pending,
    /// The learner was excused from the question. It counts for nothing.
    Excused,
    /// An answer was due and there is none, as when a recording was lost or an attempt was thrown
    /// away. It earns nothing of what it is worth until someone decides otherwise.
    Missing,
    /// The question was withdrawn after the fact.
    Voided,
}
