//! The gradebook: weights, dropped items, late penalties and the course grade.
//!
//! A course has one **gradebook** with **categories** of **items**. A learner has a **grade** for
//! an item, or none yet; from them a **course grade** is computed, one that counts marked items
//! only (current) and one that counts the rest as zero (final). Each stores a **trace** from which
//! it can be recomputed.
mod aggregation;
mod compute;
mod contribution;
mod drop_rule;
mod late_policy;
mod natural;
mod period;
mod plan;
mod record;
mod scale;
mod service;
mod stake;
mod trace;

pub use aggregation::Aggregation;
pub use compute::{Audience, ComputedGrade, LearnerGrades, compute_grade};
pub use contribution::Contribution;
pub use drop_rule::{DropRule, GroupItem, GroupResult, total_group};
pub use late_policy::{LateInterval, LatePolicy, LateWork};
pub use natural::natural_weights;
pub use period::{PeriodGrades, PeriodPlan, PeriodRules, compute_period_grades};
pub use plan::{CategoryPlan, GradebookPlan, ItemPlan, PlanError};
pub use record::{
    CourseGrade, CourseGradeChanged, Grade, GradeCategory, GradeItem, GradeRecorded, GradeStatus,
    Gradebook, ReplacedGrade,
};
pub use scale::{GradeBand, GradeScale, GradeScaleError, LetterWorth};
pub(crate) use service::gradebook_plan;
pub use service::{
    CollectGrades, ComputeCourseGrade, ComputeCourseGrades, CourseGradeFilter, DefineCategory,
    DefineGradebook, DefineItem, GradebookCell, GradebookColumn, GradebookError, GradebookLine,
    GradebookPage, ItemsNotShown, ListCourseGrades, OverrideCourseGrade, RecordGrade,
    ViewCourseGrade, ViewOwnGrade,
};
pub use trace::{CategoryTrace, Fate, GradeState, GradeTotal, GradeTrace, Horizon, ItemTrace};

use lms_store::RecordType;

/// The records of the gradebook. Items refer to assessments and assignments, which come before.
pub(super) fn record_types() -> Vec<RecordType> {
    record::record_types()
}
