//! A category of a gradebook.
use serde::{Deserialize, Serialize};

use crate::gradebook::{Aggregation, DropRule, Gradebook};
use lms_kernel::{Context, EntityKind, Id, Percent, Points, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// Items of a gradebook that are counted together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "grade_categories", index(gradebook_id, position))]
pub struct GradeCategory {
    /// The category's id.
    pub id: Id<GradeCategory>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The gradebook.
    pub gradebook_id: Id<Gradebook>,
    /// Its name.
    pub name: Title,
    /// Its place in the gradebook; categories with the same place go by id.
    pub position: u32,
    /// Its share of the whole, where categories count by weight.
    pub weight: Percent,
    /// Whether it adds to what is earned and not to what is possible.
    pub extra_credit: bool,
    /// How its items become one share.
    pub aggregation: Aggregation,
    /// How many of its items do not count.
    #[record(json)]
    pub drop_rule: DropRule,
    /// How many items there are at least in the end.
    pub pad_to: u16,
    /// What an item that is padded would be worth.
    pub padded_points: Points,
}

impl GradeCategory {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("grade_category");

    /// A category of the whole weight, counted by points, of which nothing is dropped.
    pub fn new(cx: &Context, gradebook: Id<Gradebook>, name: Title) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            gradebook_id: gradebook,
            name,
            position: 0,
            weight: Percent::HUNDRED,
            extra_credit: false,
            aggregation: Aggregation::Natural,
            drop_rule: DropRule::default(),
            pad_to: 0,
            padded_points: Points::from_ten_thousandths(10_000),
        }
    }

    /// The categories of a gradebook, in order.
    pub fn of(gradebook: Id<Gradebook>) -> Query<Self> {
        Query::filter(Self::GRADEBOOK_ID.eq(gradebook)).order_by(Self::POSITION, Direction::Asc)
    }
}
