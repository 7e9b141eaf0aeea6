//! The gradebook of a course, learner by learner.
use serde::{Deserialize, Serialize};

use crate::gradebook::{Audience, CourseGrade, GradeItem, GradeState, Gradebook};
use lms_kernel::{Id, Points, Timestamp, Title};
use lms_learning::{
    content::Course,
    delivery::{ClassGroup, ClassMember},
};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which lines of a gradebook to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CourseGradeFilter {
    /// Those of the learners who have a seat in this class.
    pub class_id: Option<Id<ClassGroup>>,
    /// That of this learner.
    pub learner_id: Option<Id<Membership>>,
}

/// A column of a gradebook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GradebookColumn {
    /// The item.
    pub id: Id<GradeItem>,
    /// Its title.
    pub title: Title,
    /// What is possible, in points.
    pub possible: Points,
    /// Whether learners do not see it.
    pub hidden: bool,
    /// When it is due.
    pub due_at: Option<Timestamp>,
}

/// What is known of one learner's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GradebookCell {
    /// The item.
    pub item_id: Id<GradeItem>,
    /// Its status, and what it earned.
    #[serde(flatten)]
    pub state: GradeState,
}

/// A line of a gradebook: a learner with all grades, hidden items included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GradebookLine {
    /// The learner.
    pub learner: Named<Membership>,
    /// What is known of each item.
    pub cells: Vec<GradebookCell>,
    /// The grade over the items marked so far, in percent.
    pub current_percent: Option<Points>,
    /// The same on the scale of the course.
    pub current_grade: Option<String>,
    /// The grade if nothing more is earned, in percent.
    pub final_percent: Option<Points>,
    /// The same on the scale of the course.
    pub final_grade: Option<String>,
    /// Whether a person replaced the grade.
    pub is_replaced: bool,
    /// When the line was computed.
    pub computed_at: Timestamp,
}

/// A page of a gradebook.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GradebookPage {
    /// The columns, in order.
    pub columns: Vec<GradebookColumn>,
    /// A page of its lines.
    pub lines: Page<GradebookLine>,
}

/// Lists the gradebook of a course, a line for each learner whose grade was computed, without the
/// reader's own.
///
/// # Permission
/// `gradebook.view`; the page holds the learners on whose work in the course the reader has it.
/// The teacher of a class sees the learners of the class.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("assessment.list_course_grades")]
pub struct ListCourseGrades {
    /// The course that is graded.
    pub course_id: Id<Course>,
    /// Which lines.
    pub filter: CourseGradeFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListCourseGrades {
    const ACCESS: Access = Access::Asks(&[Permission::GRADEBOOK_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = GradebookPage;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<GradebookPage, AuthorizationError> {
        let Self { course_id, filter, size, after } = self;
        let query = authorize_list::<CourseGrade>(tx, Permission::GRADEBOOK_VIEW).await?;
        let Some(book) = tx.first(Gradebook::of_course(course_id)).await? else {
            let lines = Page { items: Vec::new(), next: None };
            return Ok(GradebookPage { columns: Vec::new(), lines });
        };
        let query = query
            .and(CourseGrade::GRADEBOOK_ID.eq(book.id))
            .and(CourseGrade::AUDIENCE.eq(Audience::Staff))
            .and_some(filter.class_id, |class| {
                let seats = ClassMember::seated_in([class]);
                CourseGrade::LEARNER_ID.in_records(ClassMember::STUDENT_ID, seats)
            })
            .and_some(filter.learner_id, |learner| CourseGrade::LEARNER_ID.eq(learner));
        let query = query.order_by(CourseGrade::LEARNER_ID, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        // The set-up of the gradebook is shown to those who see a line of it.
        let columns = match items.is_empty() {
            true => Vec::new(),
            false => columns(tx, book.id).await?,
        };
        let learners = items.iter().map(|it| it.learner_id);
        let learners = Names::read(tx, learners, Membership::name).await?;
        let lines = items.into_iter().map(|it| line(it, &learners)).collect();
        Ok(GradebookPage { columns, lines: Page { items: lines, next } })
    }
}

async fn columns(
    tx: &mut Transaction,
    book: Id<Gradebook>,
) -> Result<Vec<GradebookColumn>, AuthorizationError> {
    let mut items = tx.all(GradeItem::of(book)).await?;
    items.sort_by_key(|it| (it.category_id, it.position));
    let columns = items.into_iter().map(|it| GradebookColumn {
        id: it.id,
        title: it.title,
        possible: it.possible,
        hidden: it.hidden,
        due_at: it.due_at,
    });
    Ok(columns.collect())
}

fn line(grade: CourseGrade, learners: &Names<Membership>) -> GradebookLine {
    let items = grade.trace.last.categories.iter().flat_map(|it| &it.items);
    let cells =
        items.filter_map(|it| Some(GradebookCell { item_id: it.item?, state: it.state })).collect();
    GradebookLine {
        learner: learners.of(grade.learner_id),
        cells,
        current_percent: grade.current_percent,
        current_grade: grade.current_grade,
        final_percent: grade.final_percent,
        final_grade: grade.final_grade,
        is_replaced: grade.replaced.is_some(),
        computed_at: grade.computed_at,
    }
}
