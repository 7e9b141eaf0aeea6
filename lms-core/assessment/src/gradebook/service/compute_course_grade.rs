//! Computing a learner's course grade.
use lms_store::operation::{Access, Operation, operation};
use std::collections::HashMap;

use crate::gradebook::{
    Audience, CategoryPlan, ComputedGrade, CourseGrade, CourseGradeChanged, Grade, GradeCategory,
    GradeItem, Gradebook, GradebookError, GradebookPlan, LearnerGrades, compute_grade,
    service::withheld::Sources,
};
use lms_kernel::Id;
use lms_learning::{
    content::Course,
    learning::{CourseWork, Enrollment, EnrollmentStatus, LedCourse},
};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
};
use lms_store::{Query, StoreError, Transaction};

/// The contents of a gradebook, as stored.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn gradebook_plan(
    tx: &mut Transaction,
    book: &Gradebook,
) -> Result<GradebookPlan, StoreError> {
    let mut items: HashMap<Id<GradeCategory>, Vec<GradeItem>> = HashMap::new();
    for item in tx.all(GradeItem::of(book.id)).await? {
        items.entry(item.category_id).or_default().push(item);
    }
    let categories = tx.all(GradeCategory::of(book.id)).await?;
    let categories = categories.into_iter().map(|it| {
        let own = items.remove(&it.id).unwrap_or_default();
        CategoryPlan {
            id: it.id,
            name: it.name,
            weight: it.weight,
            extra_credit: it.extra_credit,
            aggregation: it.aggregation,
            drop: it.drop_rule,
            pad_to: it.pad_to,
            padded_points: it.padded_points,
            items: own.iter().map(GradeItem::plan).collect(),
        }
    });
    Ok(GradebookPlan {
        aggregation: book.aggregation,
        missing_earns: book.missing_earns,
        scale: book.scale.clone(),
        rounding: book.rounding,
        rules: book.rules,
        categories: categories.collect(),
    })
}

/// Computes a learner's course grade, and stores it with its full calculation: once for teachers,
/// and once for the learner without hidden items. Answers the first. Grades replaced by hand stay.
///
/// Hidden for the learner is also what came from a test whose result they may not see yet, or from
/// coursework that was not given back; it is there when the grade is computed after that.
///
/// # Locks
/// The learner's membership is locked, so that no grade changes meanwhile.
///
/// # Errors
/// [`GradebookError`] for a course without a gradebook, a learner who is not enrolled, or fractions
/// that do not fit in 128 bits.
#[operation("assessment.compute_course_grade")]
pub struct ComputeCourseGrade {
    /// The course with the gradebook.
    pub course_id: Id<Course>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for ComputeCourseGrade {
    const ACCESS: Access = Access::Asks(&[Permission::GRADEBOOK_MANAGE]);
    type Answer = CourseGrade;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<CourseGrade, GradebookError> {
        let Self { course_id: course, learner_id: learner } = self;
        let work = CourseWork { learner, course: Some(course) };
        authorize_on(tx, Permission::GRADEBOOK_MANAGE, &work).await?;
        let book =
            tx.first(Gradebook::of_course(course)).await?.ok_or(GradebookError::NoGradebook)?;
        if !tx.exists(Enrollment::live(learner, course)).await? {
            return Err(GradebookError::NotEnrolled);
        }
        let plan = gradebook_plan(tx, &book).await?;
        let sources = Sources::of(tx, &book).await?;
        compute(tx, &book, (&plan, &sources), learner).await
    }
}

/// Computes the course grades of all learners who take or have completed a course, and answers how
/// many there are.
///
/// # Locks
/// Their memberships are locked one after the other, by id.
///
/// # Errors
/// As [`ComputeCourseGrade`].
#[operation("assessment.compute_course_grades")]
pub struct ComputeCourseGrades {
    /// The course with the gradebook.
    pub course_id: Id<Course>,
}

impl Operation for ComputeCourseGrades {
    const ACCESS: Access = Access::Asks(&[Permission::GRADEBOOK_MANAGE]);
    type Answer = usize;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, GradebookError> {
        let Self { course_id: course } = self;
        authorize_on(tx, Permission::GRADEBOOK_MANAGE, &LedCourse(course)).await?;
        let book =
            tx.first(Gradebook::of_course(course)).await?.ok_or(GradebookError::NoGradebook)?;
        let plan = gradebook_plan(tx, &book).await?;
        let sources = Sources::of(tx, &book).await?;
        let graded = Enrollment::STATUS.is_in([
            EnrollmentStatus::Pending,
            EnrollmentStatus::Active,
            EnrollmentStatus::Suspended,
            EnrollmentStatus::Completed,
        ]);
        let enrollments =
            tx.all(Query::filter(Enrollment::COURSE_ID.eq(course).and(graded))).await?;
        let mut learners: Vec<_> = enrollments.iter().map(|it| it.learner_id).collect();
        learners.sort_unstable();
        learners.dedup();
        for learner in &learners {
            compute(tx, &book, (&plan, &sources), *learner).await?;
        }
        Ok(learners.len())
    }
}

async fn compute(
    tx: &mut Transaction,
    book: &Gradebook,
    (plan, sources): (&GradebookPlan, &Sources),
    learner: Id<Membership>,
) -> Result<CourseGrade, GradebookError> {
    tx.lock(learner).await?;
    let records = tx.all(Grade::of(book.id, learner)).await?;
    let grades: LearnerGrades = records.iter().map(|it| (it.item_id, it.state())).collect();
    let own = sources.plan_for_learner(tx, (plan, &records), learner).await?;
    let shown = compute_grade(own.as_ref().unwrap_or(plan), &grades, Audience::Learner)?;
    let shown = keep(tx, (book, learner, Audience::Learner), shown).await?;
    if let Some(grade) = shown.1 {
        tx.emit(&CourseGradeChanged {
            course_grade_id: grade,
            gradebook_id: book.id,
            learner_id: learner,
            current_percent: shown.0.current_percent,
        });
    }
    let whole = compute_grade(plan, &grades, Audience::Staff)?;
    Ok(keep(tx, (book, learner, Audience::Staff), whole).await?.0)
}

/// Stores a computed grade; gives it, and its id where it is another than it was.
async fn keep(
    tx: &mut Transaction,
    (book, learner, audience): (&Gradebook, Id<Membership>, Audience),
    computed: ComputedGrade,
) -> Result<(CourseGrade, Option<Id<CourseGrade>>), GradebookError> {
    let Some(mut grade) = tx.first(CourseGrade::of(book.id, learner, audience)).await? else {
        let grade = CourseGrade::new(tx.cx(), book.id, learner, audience, computed);
        tx.insert(&grade).await?;
        let id = grade.id;
        return Ok((grade, Some(id)));
    };
    let before = (grade.current_percent, grade.current_grade.clone(), grade.final_percent);
    grade.trace = computed;
    grade.computed_at = tx.now();
    grade.show();
    tx.update(&mut grade).await?;
    let after = (grade.current_percent, grade.current_grade.clone(), grade.final_percent);
    let changed = (before != after).then_some(grade.id);
    Ok((grade, changed))
}
