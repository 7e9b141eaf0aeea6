//! Release and completion rules of nodes.
mod completion;
mod graph;
mod release;
mod unmet;

pub use completion::{CompletionFacts, CompletionRule, Unfinished};
pub(crate) use graph::{Goal, RuleGraph};
pub use release::{ReleaseFacts, ReleaseRule, RuleError, Verdict};
pub use unmet::Unmet;
