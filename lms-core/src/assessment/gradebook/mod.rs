//! The gradebook: what counts, what is dropped, what lateness costs, what it all makes.
mod drop_rule;
mod late_policy;
mod scale;

pub use drop_rule::{DropRule, GroupItem, GroupResult, total_group};
pub use late_policy::{LateInterval, LatePolicy, LateWork};
pub use scale::{GradeBand, GradeScale, GradeScaleError};
