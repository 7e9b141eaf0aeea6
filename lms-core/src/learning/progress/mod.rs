//! How far a learner is: the roll-up, and streaks of days.
mod roll_up;
mod streak;

pub use roll_up::{ProgressPlan, Share};
pub use streak::Streak;
