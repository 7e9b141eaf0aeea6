//! The gradebook of a course.
use serde::{Deserialize, Serialize};

use crate::{
    gradebook::{Aggregation, GradeScale},
    scoring::{CourseRules, ScoreRounding},
};
use lms_kernel::{Context, EntityKind, Id, Percent};
use lms_learning::content::Course;
use lms_store::{Query, Record, Stamp};

/// How the grades of a course are computed: one for each course.
///
/// The gradebook has categories, and categories have items: tests, coursework, or marks entered by
/// hand. The computation is a pure function of a [`GradebookPlan`](crate::gradebook::GradebookPlan)
/// and a learner's grades. It gives two results: one that counts marked items only, and one that
/// counts everything still open as zero.
///
/// ```
/// use lms_assessment::gradebook::GradebookPlan;
/// use lms_assessment::scoring::ScoringProfile;
///
/// let plan = GradebookPlan::weighted(Vec::new()).with_profile(ScoringProfile::Canvas);
/// assert!(plan.check().is_ok(), "an empty gradebook is valid and has no percentage");
/// ```
///
/// # Pitfalls
/// - Computed grades change when they are computed again, not when an item changes.
/// - Weights need not sum to 100 percent; `rules` says what happens then.
/// - Hidden items count for teachers and not for learners, so the two may see different
///   percentages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "gradebooks", unique(course_id))]
pub struct Gradebook {
    /// The gradebook's id.
    pub id: Id<Gradebook>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The course.
    pub course_id: Id<Course>,
    /// How the categories become one share.
    pub aggregation: Aggregation,
    /// What share of its points a missing item earns.
    pub missing_earns: Percent,
    /// The grades; none where only percentages are shown.
    #[record(json)]
    pub scale: Option<GradeScale>,
    /// How percentages are rounded, and what grades are decided on.
    #[record(json)]
    pub rounding: ScoreRounding,
    /// What happens to weights below 100 percent and of shares above it.
    #[record(json)]
    pub rules: CourseRules,
}

impl Gradebook {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("gradebook");

    /// A gradebook of weighted categories, with percentages of two digits and no grades.
    pub fn new(cx: &Context, course: Id<Course>) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            course_id: course,
            aggregation: Aggregation::WeightedMean,
            missing_earns: Percent::ZERO,
            scale: None,
            rounding: ScoreRounding::default(),
            rules: CourseRules::default(),
        }
    }

    /// The gradebook of a course.
    pub fn of_course(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course))
    }
}
