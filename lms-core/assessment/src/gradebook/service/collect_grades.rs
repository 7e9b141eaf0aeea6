//! Collecting the results of tests and coursework into the gradebook.
use lms_store::operation::{Access, Operation, operation};
use std::collections::HashMap;

use crate::{
    Assessment,
    assignment::{Assignment, DeadlineExtension, Submission, SubmissionStatus, deadline_of},
    attempt::{
        Attempt, AttemptLimits, AttemptStatus, CountedAttempt, Score, ScoreStatus, learner_limits,
        select_result,
    },
    gradebook::{Grade, GradeItem, GradeRecorded, GradeStatus, Gradebook, GradebookError},
};
use lms_kernel::{Id, NumberError, Points, Ratio, Rounding};
use lms_learning::{
    content::Course,
    learning::{CourseWork, Enrollment},
};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
};
use lms_store::Transaction;

/// A learner's status with the test or coursework of an item, and the points it earned.
type Found = Option<(GradeStatus, Option<Points>)>;

/// Collects a learner's results into the gradebook items linked to tests and coursework, and
/// answers how many grades changed. Grades recorded by hand stay.
///
/// A test gives the result that its rule selects of the attempts that are completed; coursework the
/// grade with lateness taken off. Both are scaled to the points of the item, to the nearest
/// ten-thousandth. Where nothing was handed in, the item is missing once it was due for the
/// learner: by the date of the item or, where they were given longer for the test or the work, by
/// theirs.
///
/// # Locks
/// The learner's membership is locked, so that no grade changes while the course grade is computed.
///
/// # Errors
/// [`GradebookError`] for a course without a gradebook or a learner who is not enrolled.
#[operation("assessment.collect_grades")]
pub struct CollectGrades {
    /// The course with the gradebook.
    pub course_id: Id<Course>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for CollectGrades {
    const ACCESS: Access = Access::Asks(&[Permission::SUBMISSIONS_GRADE]);
    type Answer = usize;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, GradebookError> {
        let Self { course_id: course, learner_id: learner } = self;
        let work = CourseWork { learner, course: Some(course) };
        authorize_on(tx, Permission::SUBMISSIONS_GRADE, &work).await?;
        let book =
            tx.first(Gradebook::of_course(course)).await?.ok_or(GradebookError::NoGradebook)?;
        if !tx.exists(Enrollment::live(learner, course)).await? {
            return Err(GradebookError::NotEnrolled);
        }
        tx.lock(learner).await?;
        let grades = tx.all(Grade::of(book.id, learner)).await?;
        let mut grades: HashMap<_, _> = grades.into_iter().map(|it| (it.item_id, it)).collect();
        let mut changed = 0;
        for item in tx.all(GradeItem::of(book.id)).await? {
            let found = match (item.assessment_id, item.assignment_id) {
                (Some(test), _) => of_test(tx, &item, test, learner).await?,
                (None, Some(work)) => of_coursework(tx, &item, work, learner).await?,
                (None, None) => continue,
            };
            let overdue = item.due_at.is_some_and(|due| due < tx.now())
                && !has_longer(tx, &item, learner).await?;
            let Some((status, score)) = found.or(overdue.then_some((GradeStatus::Missing, None)))
            else {
                continue;
            };
            let existing = grades.remove(&item.id);
            if keep(tx, existing, Grade::collected(tx.cx(), &item, learner, status, score)).await? {
                changed += 1;
            }
        }
        Ok(changed)
    }
}

/// Whether a learner may still hand in or start the work of an item, though the item was due
/// for everyone: they were given longer.
async fn has_longer(
    tx: &mut Transaction,
    item: &GradeItem,
    learner: Id<Membership>,
) -> Result<bool, GradebookError> {
    if let Some(test) = item.assessment_id {
        let test = tx.require_even_deleted(test).await?;
        let own = learner_limits(tx, &test, learner).await?.closes_at;
        let is_own = own != AttemptLimits::of(&test).closes_at;
        return Ok(is_own && own.is_none_or(|it| tx.now() < it));
    }
    if let Some(work) = item.assignment_id {
        let own = tx.first(DeadlineExtension::of(work, learner)).await?;
        return Ok(own.is_some_and(|it| tx.now() <= it.due_at));
    }
    Ok(false)
}

/// Stores a grade that was collected, unless it is there already or a person recorded another.
async fn keep(
    tx: &mut Transaction,
    existing: Option<Grade>,
    found: Grade,
) -> Result<bool, GradebookError> {
    let grade = match existing {
        None => {
            tx.insert(&found).await?;
            found
        }
        Some(own) if !own.is_collected => return Ok(false),
        Some(own) if (own.status, own.score) == (found.status, found.score) => return Ok(false),
        Some(mut own) => {
            (own.status, own.score) = (found.status, found.score);
            own.graded_at = Some(tx.now());
            tx.update(&mut own).await?;
            own
        }
    };
    tx.emit(&GradeRecorded {
        grade_id: grade.id,
        item_id: grade.item_id,
        learner_id: grade.learner_id,
        status: grade.status,
    });
    Ok(true)
}

async fn of_test(
    tx: &mut Transaction,
    item: &GradeItem,
    test: Id<Assessment>,
    learner: Id<Membership>,
) -> Result<Found, GradebookError> {
    let rule = tx.require(test).await?.attempt_rules.result;
    let scores = tx.all(Score::of_learner(test, learner)).await?;
    let attempts = tx.all(Attempt::of(test, learner)).await?;
    let mut counted = Vec::with_capacity(attempts.len());
    for attempt in &attempts {
        let score = scores.iter().find(|it| it.attempt_id == attempt.id);
        let score = match score.filter(|it| it.status != ScoreStatus::Pending) {
            Some(score) => Some(in_points_of(item, earned(score), score.raw_maximum)?),
            None => None,
        };
        counted.push(CountedAttempt {
            number: attempt.number,
            status: attempt.status,
            submitted_at: attempt.submitted_at,
            score,
        });
    }
    if let Some(result) = select_result(rule, &counted).map_err(number)? {
        let score = Points::from_ratio(result.score, Rounding::HalfUp).map_err(number)?;
        return Ok(Some((GradeStatus::Graded, Some(score))));
    }
    let waits = attempts.iter().any(|it| it.status == AttemptStatus::Submitted);
    Ok(waits.then_some((GradeStatus::Pending, None)))
}

/// What an attempt earned in raw points: what a person gave instead, where that is on the same
/// scale.
fn earned(score: &Score) -> Points {
    if score.scaled.is_some() { score.raw } else { score.total }
}

async fn of_coursework(
    tx: &mut Transaction,
    item: &GradeItem,
    work: Id<Assignment>,
    learner: Id<Membership>,
) -> Result<Found, GradebookError> {
    let assignment = tx.require(work).await?;
    let Some(submission) = tx.first(Submission::of(work, learner)).await? else {
        let due_at = deadline_of(tx, &assignment, learner).await?;
        let overdue = due_at.is_some_and(|due| due < tx.now());
        return Ok(overdue.then_some((GradeStatus::Missing, None)));
    };
    Ok(match (submission.status, submission.grade) {
        (SubmissionStatus::Graded | SubmissionStatus::Returned, Some(grade)) => {
            let score = in_points_of(item, grade, assignment.points)?;
            Some((GradeStatus::Graded, Some(score)))
        }
        (SubmissionStatus::Draft | SubmissionStatus::Superseded, _) => None,
        _ => Some((GradeStatus::Pending, None)),
    })
}

/// Points of one maximum in points of the item; nothing where nothing could be earned.
fn in_points_of(item: &GradeItem, earned: Points, most: Points) -> Result<Points, GradebookError> {
    if most.is_zero() {
        return Ok(Points::ZERO);
    }
    let share = Ratio::from(earned).div(Ratio::from(most)).map_err(number)?;
    let points = share.mul(Ratio::from(item.possible)).map_err(number)?;
    Points::from_ratio(points, Rounding::HalfUp).map_err(number)
}

fn number(error: NumberError) -> GradebookError {
    GradebookError::Plan(error.into())
}
