//! Course reviews by learners.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::content::{Course, Prose};
use lms_kernel::{Context, EntityKind, Id};
use lms_people::identity::Membership;
use lms_store::{Direction, Field, FieldError, LogStamp, Query, Record, Stamp, Type, Value};

/// Stars, from 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u8", into = "u8")]
pub struct Rating(u8);

impl Rating {
    /// That many stars.
    ///
    /// # Errors
    /// [`RatingError`] if it is not 1 to 5.
    pub const fn new(stars: u8) -> Result<Self, RatingError> {
        match stars {
            1..=5 => Ok(Self(stars)),
            _ => Err(RatingError::OutOfRange),
        }
    }

    /// How many stars.
    pub const fn stars(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Rating {
    type Error = RatingError;

    fn try_from(stars: u8) -> Result<Self, RatingError> {
        Self::new(stars)
    }
}

impl From<Rating> for u8 {
    fn from(rating: Rating) -> Self {
        rating.0
    }
}

impl Field for Rating {
    const TYPE: Type = Type::Int;
    const RANGE: Option<(i64, i64)> = Some((1, 5));
    fn to_value(&self) -> Value {
        Value::Int(i64::from(self.0))
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        Self::new(u8::from_value(value)?).map_err(|e| FieldError::invalid("Rating", e))
    }
}

/// Why stars were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RatingError {
    /// There are none, or more than five.
    #[error("a rating is 1 to 5 stars")]
    #[fault(invalid, field = "rating")]
    OutOfRange,
}

/// A learner's review of a course: one per learner and course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "reviews", unique(course_id, reviewer_id), index(reviewer_id))]
pub struct Review {
    /// The review's id.
    pub id: Id<Review>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The course.
    pub course_id: Id<Course>,
    /// Who thinks so.
    pub reviewer_id: Id<Membership>,
    /// The stars.
    pub rating: Rating,
    /// The words.
    #[record(personal)]
    pub comment: Option<Prose>,
    /// Whether the tenant shows it first.
    pub is_featured: bool,
    /// Whether the tenant hides it: it is kept and no longer counts.
    pub is_hidden: bool,
    /// How many found it helpful.
    pub helpful_count: u32,
}

impl Review {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("review");

    /// A review that no one has read.
    pub fn new(
        cx: &Context,
        course: Id<Course>,
        reviewer: Id<Membership>,
        rating: Rating,
        comment: Option<Prose>,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            course_id: course,
            reviewer_id: reviewer,
            rating,
            comment,
            is_featured: false,
            is_hidden: false,
            helpful_count: 0,
        }
    }

    /// The reviews of a course that are shown, the most helpful first.
    pub fn shown_of(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course).and(Self::IS_HIDDEN.eq(false)))
            .order_by(Self::HELPFUL_COUNT, Direction::Desc)
    }

    /// The review of a course by a person.
    pub fn by(course: Id<Course>, reviewer: Id<Membership>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course).and(Self::REVIEWER_ID.eq(reviewer)))
    }
}

/// A vote that a review is helpful: one per person and review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "review_votes", unaudited, unique(review_id, voter_id), index(voter_id))]
pub struct ReviewVote {
    /// The vote's id.
    pub id: Id<ReviewVote>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The review.
    pub review_id: Id<Review>,
    /// Who found it helpful.
    pub voter_id: Id<Membership>,
}

impl ReviewVote {
    /// That `voter` finds `review` helpful.
    pub fn new(cx: &Context, review: Id<Review>, voter: Id<Membership>) -> Self {
        Self { id: cx.id(), stamp: LogStamp::new(cx), review_id: review, voter_id: voter }
    }

    /// Whether someone found a review helpful.
    pub fn by(review: Id<Review>, voter: Id<Membership>) -> Query<Self> {
        Query::filter(Self::REVIEW_ID.eq(review).and(Self::VOTER_ID.eq(voter)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_store::Column;

    #[test]
    fn ratings_have_one_to_five_stars() {
        for stars in 1..=5 {
            assert_eq!(Rating::new(stars).map(Rating::stars), Ok(stars));
        }
        for stars in [0, 6, 255] {
            assert_eq!(Rating::new(stars), Err(RatingError::OutOfRange));
        }
        assert!(serde_json::from_str::<Rating>("6").is_err());
        assert_eq!(Column::of::<Rating>("rating").range, Some((1, 5)));
    }
}
