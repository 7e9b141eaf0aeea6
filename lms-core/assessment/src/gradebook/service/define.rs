//! Setting up a gradebook with its categories and items.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    Assessment,
    assignment::Assignment,
    gradebook::{
        Aggregation, DropRule, GradeCategory, GradeItem, GradeScale, Gradebook, GradebookError,
        LatePolicy, gradebook_plan,
    },
    scoring::{CourseRules, ScoreRounding},
};
use lms_kernel::{Id, Percent, Points, Timestamp, Title};
use lms_learning::{content::Course, learning::LedCourse};
use lms_people::authorization::{Permission, authorize_on, lock_authorized};
use lms_store::Transaction;

/// Sets how the grades of a course are computed. Grades already computed change when they are
/// computed again.
///
/// # Locks
/// The course's row is locked, so that it gets one gradebook.
///
/// # Errors
/// [`GradebookError::Plan`] where the categories that there are do not fit.
#[operation("assessment.define_gradebook")]
pub struct DefineGradebook {
    /// The course that is graded.
    pub course_id: Id<Course>,
    /// How category results are combined into the course result.
    pub aggregation: Aggregation,
    /// The percentage of its points that a missing item earns, 0 to 100.
    pub missing_earns: Percent,
    /// The letter grades by their lowest percentages; `None` shows percentages only.
    pub scale: Option<GradeScale>,
    /// How percentages are rounded, and whether grades follow from rounded or exact ones.
    pub rounding: ScoreRounding,
    /// How weights below 100 percent and results above 100 percent are treated.
    #[serde(default)]
    pub rules: CourseRules,
}

impl Operation for DefineGradebook {
    const ACCESS: Access = Access::Asks(&[Permission::GRADEBOOK_MANAGE]);
    type Answer = Gradebook;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<Gradebook, GradebookError> {
        let command = self;
        let course = tx.require(command.course_id).await?;
        authorize_on(tx, Permission::GRADEBOOK_MANAGE, &LedCourse(course.id)).await?;
        let course = tx.lock(course.id).await?;
        let existing = tx.first(Gradebook::of_course(course.id)).await?;
        let is_new = existing.is_none();
        let mut book = existing.unwrap_or_else(|| Gradebook::new(tx.cx(), course.id));
        book.aggregation = command.aggregation;
        book.missing_earns = command.missing_earns;
        book.scale = command.scale;
        book.rounding = command.rounding;
        book.rules = command.rules;
        if is_new {
            tx.insert(&book).await?;
        } else {
            tx.update(&mut book).await?;
        }
        gradebook_plan(tx, &book).await?.check()?;
        Ok(book)
    }
}

/// Creates a category of a gradebook, or changes one.
///
/// # Locks
/// The gradebook's row is locked, so that the plan stays valid.
///
/// # Errors
/// [`GradebookError`] for a category that does not fit, or belongs to another gradebook.
#[operation("assessment.define_category")]
pub struct DefineCategory {
    /// The gradebook it belongs to.
    pub gradebook_id: Id<Gradebook>,
    /// The category to change; `None` creates one.
    pub category_id: Option<Id<GradeCategory>>,
    /// The category's name.
    pub name: Title,
    /// The position in the gradebook, counted from 0.
    pub position: u32,
    /// The weight in percent of the course result, where categories are weighted.
    pub weight: Percent,
    /// Whether it adds to the points earned but not to the points possible.
    pub extra_credit: bool,
    /// How item results are combined into the category result.
    pub aggregation: Aggregation,
    /// How many of the lowest or highest results are dropped.
    pub drop_rule: DropRule,
    /// The least number of items at the end of the course; items not there yet count as unearned.
    pub pad_to: u16,
    /// The points possible of each padded item; 1 by default.
    pub padded_points: Option<Points>,
}

impl DefineCategory {
    /// A new category of that weight, counted by points, of which nothing is dropped.
    pub const fn new(gradebook: Id<Gradebook>, name: Title, weight: Percent) -> Self {
        Self {
            gradebook_id: gradebook,
            category_id: None,
            name,
            position: 0,
            weight,
            extra_credit: false,
            aggregation: Aggregation::Natural,
            drop_rule: DropRule { lowest: 0, highest: 0 },
            pad_to: 0,
            padded_points: None,
        }
    }
}

impl Operation for DefineCategory {
    const ACCESS: Access = Access::Asks(&[Permission::GRADEBOOK_MANAGE]);
    type Answer = GradeCategory;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<GradeCategory, GradebookError> {
        let command = self;
        let book = may_manage(tx, command.gradebook_id).await?;
        let existing = match command.category_id {
            Some(id) => Some(tx.lock(id).await?),
            None => None,
        };
        let is_new = existing.is_none();
        let mut category =
            existing.unwrap_or_else(|| GradeCategory::new(tx.cx(), book.id, command.name.clone()));
        if category.gradebook_id != book.id {
            return Err(GradebookError::OtherGradebook);
        }
        category.name = command.name;
        category.position = command.position;
        category.weight = command.weight;
        category.extra_credit = command.extra_credit;
        category.aggregation = command.aggregation;
        category.drop_rule = command.drop_rule;
        category.pad_to = command.pad_to;
        category.padded_points = command.padded_points.unwrap_or(category.padded_points);
        if is_new {
            tx.insert(&category).await?;
        } else {
            tx.update(&mut category).await?;
        }
        gradebook_plan(tx, &book).await?.check()?;
        Ok(category)
    }
}

/// Creates a gradebook item, or changes one; it may move to another category of the same gradebook.
///
/// # Locks
/// The gradebook's row is locked, so that the plan stays valid.
///
/// # Errors
/// [`GradebookError`] for an item that does not fit, or belongs to another gradebook or course.
#[operation("assessment.define_item")]
pub struct DefineItem {
    /// The category it counts in.
    pub category_id: Id<GradeCategory>,
    /// The item to change; `None` creates one.
    pub item_id: Option<Id<GradeItem>>,
    /// The item's title.
    pub title: Title,
    /// The position in the category, counted from 0.
    pub position: u32,
    /// The points possible, from 0 to a million; 0 for an item that only adds.
    pub possible: Points,
    /// The weight in a weighted mean, up to a million; 1 by default.
    pub weight: Option<Points>,
    /// The share of its category that it weighs where items count by their points, from 0 to 100
    /// percent; `None` for what its points say.
    pub own_weight: Option<Percent>,
    /// Whether it adds to the points earned but not to the points possible.
    pub extra_credit: bool,
    /// Whether drop rules leave it out.
    pub never_drop: bool,
    /// Whether it is hidden from learners.
    pub hidden: bool,
    /// The due date; `None` means never late.
    pub due_at: Option<Timestamp>,
    /// The penalty for late work.
    pub late_policy: LatePolicy,
    /// The test whose results it collects; `None` for an item graded by hand.
    pub assessment_id: Option<Id<Assessment>>,
    /// The coursework whose marks it collects; `None` for an item graded by hand.
    pub assignment_id: Option<Id<Assignment>>,
}

impl DefineItem {
    /// A new item worth so much that everyone sees.
    pub const fn new(category: Id<GradeCategory>, title: Title, possible: Points) -> Self {
        Self {
            category_id: category,
            item_id: None,
            title,
            position: 0,
            possible,
            weight: None,
            own_weight: None,
            extra_credit: false,
            never_drop: false,
            hidden: false,
            due_at: None,
            late_policy: LatePolicy::Free,
            assessment_id: None,
            assignment_id: None,
        }
    }
}

impl Operation for DefineItem {
    const ACCESS: Access = Access::Asks(&[Permission::GRADEBOOK_MANAGE]);
    type Answer = GradeItem;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<GradeItem, GradebookError> {
        let command = self;
        let category = tx.require(command.category_id).await?;
        let book = may_manage(tx, category.gradebook_id).await?;
        check_sources(tx, &book, &command).await?;
        let existing = match command.item_id {
            Some(id) => Some(tx.lock(id).await?),
            None => None,
        };
        let is_new = existing.is_none();
        let mut item = existing.unwrap_or_else(|| {
            GradeItem::new(tx.cx(), &category, command.title.clone(), command.possible)
        });
        if item.gradebook_id != book.id {
            return Err(GradebookError::OtherGradebook);
        }
        item.category_id = category.id;
        item.title = command.title;
        item.position = command.position;
        item.possible = command.possible;
        item.weight = command.weight.unwrap_or(item.weight);
        item.own_weight = command.own_weight;
        item.extra_credit = command.extra_credit;
        item.never_drop = command.never_drop;
        item.hidden = command.hidden;
        item.due_at = command.due_at;
        item.late_policy = command.late_policy;
        item.assessment_id = command.assessment_id;
        item.assignment_id = command.assignment_id;
        item.plan().check()?;
        if is_new {
            tx.insert(&item).await?;
        } else {
            tx.update(&mut item).await?;
        }
        gradebook_plan(tx, &book).await?.check()?;
        Ok(item)
    }
}

async fn may_manage(
    tx: &mut Transaction,
    book: Id<Gradebook>,
) -> Result<Gradebook, GradebookError> {
    Ok(lock_authorized(tx, Permission::GRADEBOOK_MANAGE, book).await?)
}

/// The test or coursework of an item must be of the same course.
async fn check_sources(
    tx: &mut Transaction,
    book: &Gradebook,
    command: &DefineItem,
) -> Result<(), GradebookError> {
    if let Some(id) = command.assessment_id
        && tx.require(id).await?.course_id != Some(book.course_id)
    {
        return Err(GradebookError::OtherCourse);
    }
    if let Some(id) = command.assignment_id
        && tx.require(id).await?.course_id != book.course_id
    {
        return Err(GradebookError::OtherCourse);
    }
    Ok(())
}
