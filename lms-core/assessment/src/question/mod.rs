//! Questions, their keys and their answers.

pub(crate) mod answer;
mod area;
mod association;
mod choice;
pub(crate) mod digits;
mod key;
mod kind;
mod number_format;
mod number_key;
pub(crate) mod numeral;
mod parts_key;
#[expect(clippy::module_inception, reason = "the record of the same name")]
mod question;
mod rules;
mod slider;
mod text_key;

pub use answer::{Answer, FilledBlank, Pair, Written};
pub use area::{Area, Place, Shape, Spot, SpotsKey};
pub use association::{Association, AssociationsKey, RightPair};
pub use choice::{Choice, Media};
pub use key::{AnswerKey, ChoicesKey, ManualKey};
pub use kind::{MediaKind, QuestionKind};
pub use number_format::{NumberFormat, ReadNumber};
pub use number_key::{Accept, End, NumberEntry, NumberKey, PenaltyOf, Unit, UnitRule, UnitSide};
pub use numeral::Numeral;
pub use parts_key::{Blank, BlankKey, BlanksKey, GapOptions, OrderKey, PairsKey, Stem};
pub use question::{Question, QuestionStatus, Treatment};
pub use rules::{AttachmentLimits, MarkedBy, QuestionRules};
pub use slider::{SliderKey, SliderScale};
pub use text_key::{BoundedRegex, TextEntry, TextKey, TextPattern};
