//! A learner's grade in a course.
use serde::{Deserialize, Serialize};

use crate::gradebook::{Audience, ComputedGrade, Gradebook, ReplacedGrade};
use lms_kernel::{Context, EntityKind, Id, Points, Timestamp};
use lms_people::identity::Membership;
use lms_store::{
    outbox::DomainEvent,
    {Query, Record, Stamp},
};

/// A learner's grade in a course: one with everything for anyone who teaches, and one without what
/// is hidden for the learner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "course_grades",
    unique(gradebook_id, learner_id, audience),
    index(learner_id, audience)
)]
pub struct CourseGrade {
    /// The grade's id.
    pub id: Id<CourseGrade>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The gradebook.
    pub gradebook_id: Id<Gradebook>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// Who it is for.
    pub audience: Audience,
    /// The percentage of the marks so far; may be above 100. `None` where nothing counts.
    pub current_percent: Option<Points>,
    /// The grade of that.
    pub current_grade: Option<String>,
    /// What it makes in the end, if nothing more is earned, in percent.
    pub final_percent: Option<Points>,
    /// The grade of that.
    pub final_grade: Option<String>,
    /// What a person gave instead of both, and why.
    #[record(json, personal)]
    pub replaced: Option<ReplacedGrade>,
    /// Everything that the computed percentages follow from.
    #[record(json, personal)]
    pub trace: ComputedGrade,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl CourseGrade {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("course_grade");

    /// A grade that was computed now.
    pub fn new(
        cx: &Context,
        gradebook: Id<Gradebook>,
        learner: Id<Membership>,
        audience: Audience,
        computed: ComputedGrade,
    ) -> Self {
        let mut grade = Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            gradebook_id: gradebook,
            learner_id: learner,
            audience,
            current_percent: None,
            current_grade: None,
            final_percent: None,
            final_grade: None,
            replaced: None,
            trace: computed,
            computed_at: cx.now(),
        };
        grade.show();
        grade
    }

    /// Shows the replaced grade, or else the computed one.
    pub fn show(&mut self) {
        let (current, last) = (&self.trace.current.total, &self.trace.last.total);
        (self.current_percent, self.current_grade) = (current.percent, current.grade.clone());
        (self.final_percent, self.final_grade) = (last.percent, last.grade.clone());
        if let Some(replaced) = &self.replaced {
            self.current_percent = Some(replaced.percent);
            self.final_percent = Some(replaced.percent);
            self.current_grade.clone_from(&replaced.grade);
            self.final_grade.clone_from(&replaced.grade);
        }
    }

    /// A learner's grade in a gradebook, for that audience.
    pub fn of(
        gradebook: Id<Gradebook>,
        learner: Id<Membership>,
        audience: Audience,
    ) -> Query<Self> {
        let same = Self::GRADEBOOK_ID.eq(gradebook).and(Self::LEARNER_ID.eq(learner));
        Query::filter(same.and(Self::AUDIENCE.eq(audience)))
    }
}

/// A learner's course grade is another than it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.course_grade_changed", subject = CourseGrade::ENTITY, id = course_grade_id)]
pub struct CourseGradeChanged {
    /// The grade that the learner sees.
    pub course_grade_id: Id<CourseGrade>,
    /// The gradebook.
    pub gradebook_id: Id<Gradebook>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// What the learner sees of the work so far, in percent.
    pub current_percent: Option<Points>,
}
