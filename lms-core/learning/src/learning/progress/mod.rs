//! Progress of a learner: the roll-up, and streaks of days.
mod resume;
mod roll_up;
mod settle;
mod streak;

pub use resume::{ResumePoint, resume_at};
pub use roll_up::{ProgressPlan, Share};
pub use settle::{CompletionRules, ProgressByNode, completion_facts, completion_rule, settle};
pub use streak::Streak;
