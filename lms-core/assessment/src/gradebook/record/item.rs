//! An item of a gradebook.
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    assignment::Assignment,
    gradebook::{GradeCategory, Gradebook, ItemPlan, LatePolicy},
};
use lms_kernel::{Context, EntityKind, Id, Percent, Points, Timestamp, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// Something that is graded: a test, coursework, or whatever else a teacher puts in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "grade_items",
    index(gradebook_id, position),
    index(category_id),
    index(assessment_id),
    index(assignment_id)
)]
pub struct GradeItem {
    /// The item's id.
    pub id: Id<GradeItem>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The gradebook.
    pub gradebook_id: Id<Gradebook>,
    /// The category it is counted in.
    pub category_id: Id<GradeCategory>,
    /// The test whose results it collects, if any.
    pub assessment_id: Option<Id<Assessment>>,
    /// The coursework whose marks it collects, if any.
    pub assignment_id: Option<Id<Assignment>>,
    /// Its name.
    pub title: Title,
    /// Its place in the gradebook; items with the same place go by id.
    pub position: u32,
    /// What is possible; zero for an item that only adds.
    pub possible: Points,
    /// What it weighs in a weighted mean.
    pub weight: Points,
    /// The share of its category that it weighs where items count by their points; none where it
    /// weighs what its points say.
    pub own_weight: Option<Percent>,
    /// Whether it adds to what is earned and not to what is possible.
    pub extra_credit: bool,
    /// Whether it is never dropped.
    pub never_drop: bool,
    /// Whether learners do not see it yet.
    pub hidden: bool,
    /// Until when it is in time.
    pub due_at: Option<Timestamp>,
    /// What lateness costs.
    #[record(json)]
    pub late_policy: LatePolicy,
}

impl GradeItem {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("grade_item");

    /// An item worth so much that everyone sees.
    pub fn new(cx: &Context, category: &GradeCategory, title: Title, possible: Points) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            gradebook_id: category.gradebook_id,
            category_id: category.id,
            assessment_id: None,
            assignment_id: None,
            title,
            position: 0,
            possible,
            weight: Points::from_ten_thousandths(10_000),
            own_weight: None,
            extra_credit: false,
            never_drop: false,
            hidden: false,
            due_at: None,
            late_policy: LatePolicy::Free,
        }
    }

    /// What the computation needs of it.
    pub const fn plan(&self) -> ItemPlan {
        ItemPlan {
            id: self.id,
            possible: self.possible,
            weight: self.weight,
            own_weight: self.own_weight,
            extra_credit: self.extra_credit,
            never_drop: self.never_drop,
            hidden: self.hidden,
            late: self.late_policy,
        }
    }

    /// The items of a gradebook, in order.
    pub fn of(gradebook: Id<Gradebook>) -> Query<Self> {
        Query::filter(Self::GRADEBOOK_ID.eq(gradebook)).order_by(Self::POSITION, Direction::Asc)
    }
}
