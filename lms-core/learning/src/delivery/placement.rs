//! Placement: the scores that lead into a class.
use serde::{Deserialize, Serialize};

use crate::delivery::ClassGroup;
use lms_kernel::{Context, Id, Points};
use lms_store::{Direction, LogStamp, Query, Record};

/// The scores of a placement test that lead into a class: from the least, up to but without the
/// greatest; the topmost band of a placement group includes its greatest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "placement_bands", unique(class_id, min_score))]
pub struct PlacementBand {
    /// The band's id.
    pub id: Id<PlacementBand>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The least score.
    pub min_score: Points,
    /// The greatest score, which only the topmost band includes.
    pub max_score: Points,
}

impl PlacementBand {
    /// That scores from `min_score` to `max_score` lead into `class`.
    pub fn new(cx: &Context, class: Id<ClassGroup>, min_score: Points, max_score: Points) -> Self {
        Self { id: cx.id(), stamp: LogStamp::new(cx), class_id: class, min_score, max_score }
    }

    /// The bands of some classes, from the least score.
    pub fn of_any(classes: impl IntoIterator<Item = Id<ClassGroup>>) -> Query<Self> {
        Query::filter(Self::CLASS_ID.is_in(classes)).order_by(Self::MIN_SCORE, Direction::Asc)
    }
}
