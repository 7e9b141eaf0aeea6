//! The progress of the students of a school or a unit.
use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::learning::{Enrollment, EnrollmentStatus, LearnerStats};
use lms_kernel::{Id, Percent, Timestamp};
use lms_people::{identity::Membership, tenancy::OrgUnit};
use lms_store::{Query, Report, StoreError, Transaction};

/// How far each student is over all courses: what a centre looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StudentProgress {
    /// Only the students of this unit itself; all when there is none.
    pub org_unit_id: Option<Id<OrgUnit>>,
}

/// How far one student is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StudentProgressLine {
    /// The student.
    pub learner_id: Id<Membership>,
    /// In how many courses the student learns; those that rest are counted.
    pub active_courses: u32,
    /// How many courses are completed.
    pub completed_courses: u32,
    /// The mean progress in both, rounded half up to a ten-thousandth of a percent.
    pub mean_progress: Percent,
    /// How many lessons are done.
    pub lessons_completed: u32,
    /// How many activities are done.
    pub activities_completed: u32,
    /// How long the student spent learning.
    pub time_spent_seconds: i64,
    /// When the student was last active.
    pub last_activity_at: Option<Timestamp>,
}

impl StudentProgressLine {
    /// A student who has not begun.
    pub const fn new(learner: Id<Membership>) -> Self {
        Self {
            learner_id: learner,
            active_courses: 0,
            completed_courses: 0,
            mean_progress: Percent::ZERO,
            lessons_completed: 0,
            activities_completed: 0,
            time_spent_seconds: 0,
            last_activity_at: None,
        }
    }
}

#[async_trait]
impl Report for StudentProgress {
    const NAME: &'static str = "learning.student_progress";
    /// One line for each student who learns, has completed a course or was ever active, by id.
    type Output = Vec<StudentProgressLine>;

    async fn compute(&self, tx: &mut Transaction) -> Result<Self::Output, StoreError> {
        const COUNTED: [EnrollmentStatus; 3] =
            [EnrollmentStatus::Active, EnrollmentStatus::Suspended, EnrollmentStatus::Completed];
        let mut enrollments = Query::filter(Enrollment::STATUS.is_in(COUNTED));
        let mut stats = Query::<LearnerStats>::all();
        if let Some(unit) = self.org_unit_id {
            let here = || Membership::ORG_UNIT_ID.is(unit);
            enrollments =
                enrollments.and(Enrollment::LEARNER_ID.in_records(Membership::ID, here()));
            stats = stats.and(LearnerStats::LEARNER_ID.in_records(Membership::ID, here()));
        }
        let mut lines: BTreeMap<Id<Membership>, StudentProgressLine> = BTreeMap::new();
        let mut sums: BTreeMap<Id<Membership>, (i64, i64)> = BTreeMap::new();
        for enrollment in tx.all(enrollments).await? {
            let learner = enrollment.learner_id;
            let line = lines.entry(learner).or_insert(StudentProgressLine::new(learner));
            match enrollment.status {
                EnrollmentStatus::Completed => line.completed_courses += 1,
                _ => line.active_courses += 1,
            }
            let (sum, count) = sums.entry(learner).or_default();
            *sum += enrollment.progress.ten_thousandths();
            *count += 1;
        }
        for (learner, (sum, count)) in sums {
            if let Some(line) = lines.get_mut(&learner) {
                line.mean_progress = mean(sum, count);
            }
        }
        for stats in tx.all(stats).await? {
            let learner = stats.learner_id;
            let line = lines.entry(learner).or_insert(StudentProgressLine::new(learner));
            line.lessons_completed = stats.lessons_completed;
            line.activities_completed = stats.activities_completed;
            line.time_spent_seconds = stats.time_spent_seconds;
            line.last_activity_at = stats.last_activity_at;
        }
        Ok(lines.into_values().collect())
    }
}

/// Half up; the mean of percentages is one.
fn mean(sum: i64, count: i64) -> Percent {
    let rounded = (2 * sum + count).checked_div(2 * count).unwrap_or_default();
    Percent::from_ten_thousandths(rounded).unwrap_or(Percent::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_rounded_half_up_once() {
        let of = |sum, count| mean(sum, count).ten_thousandths();
        assert_eq!(of(0, 1), 0);
        assert_eq!(of(1_000_000, 3), 333_333);
        assert_eq!(of(2_000_000, 3), 666_667);
        assert_eq!(of(1, 2), 1);
        assert_eq!(of(3_000_000, 3), 1_000_000);
    }
}
