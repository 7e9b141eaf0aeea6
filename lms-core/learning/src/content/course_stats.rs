//! Figures about a course, kept ready for catalogues.
use serde::{Deserialize, Serialize};

use crate::content::{ContentNode, Course, CourseTree, NodeKind};
use lms_kernel::{Context, Id, NumberError, Points, Ratio, Rounding};
use lms_store::{LogStamp, Query, Record};

/// Figures about a course, kept ready for catalogues: what is in it, how many learn in it, what
/// they think of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "course_stats", unaudited, unique(course_id), index(average_rating))]
pub struct CourseStats {
    /// The record's id.
    pub id: Id<CourseStats>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The course.
    pub course_id: Id<Course>,
    /// How many visible modules or chapters it has.
    pub total_modules: u32,
    /// How many visible units it has.
    pub total_units: u32,
    /// How many visible lessons or lectures it has.
    pub total_lessons: u32,
    /// How many visible activities it has.
    pub total_activities: u32,
    /// How long its visible steps take, as far as their authors say.
    pub total_duration_minutes: u32,
    /// How many have an enrollment that is neither dropped nor expired.
    pub total_learners: u32,
    /// How many completed it.
    pub total_completions: u32,
    /// How many reviewed it.
    pub total_reviews: u32,
    /// All their stars together.
    pub rating_sum: i64,
    /// Their stars on average, to two digits, half up; 0 without a review.
    pub average_rating: Points,
}

impl CourseStats {
    /// The figures of a course that no one knows yet.
    pub fn new(cx: &Context, course: Id<Course>) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            course_id: course,
            total_modules: 0,
            total_units: 0,
            total_lessons: 0,
            total_activities: 0,
            total_duration_minutes: 0,
            total_learners: 0,
            total_completions: 0,
            total_reviews: 0,
            rating_sum: 0,
            average_rating: Points::ZERO,
        }
    }

    /// The figures of a course.
    pub fn of(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course))
    }

    /// Counts what is visible in the course.
    pub fn count_content(&mut self, tree: &CourseTree) {
        let of_kind = |kind: NodeKind| count(tree.visible().filter(|it| it.kind == kind));
        self.total_modules = of_kind(NodeKind::Module);
        self.total_units = of_kind(NodeKind::Unit);
        self.total_lessons = of_kind(NodeKind::Lesson);
        self.total_activities = of_kind(NodeKind::Activity);
        self.total_duration_minutes =
            tree.steps().filter_map(|it| it.duration_minutes).fold(0_u32, u32::saturating_add);
    }

    /// Takes a review's stars in, or another number instead of those it had, or out.
    pub fn rate(&mut self, before: Option<u8>, after: Option<u8>) {
        let stars = |it: Option<u8>| i64::from(it.unwrap_or(0));
        let reviews = |it: Option<u8>| u32::from(it.is_some());
        self.rating_sum = (self.rating_sum - stars(before) + stars(after)).max(0);
        self.total_reviews =
            self.total_reviews.saturating_sub(reviews(before)).saturating_add(reviews(after));
        self.average_rating =
            average_rating(self.rating_sum, self.total_reviews).unwrap_or(Points::ZERO);
    }
}

/// The average of stars, to two digits, half up; zero when there are none.
///
/// # Errors
/// [`NumberError`] if the sum is out of range.
pub fn average_rating(sum: i64, count: u32) -> Result<Points, NumberError> {
    if count == 0 {
        return Ok(Points::ZERO);
    }
    let average = Ratio::new(i128::from(sum), i128::from(count))?;
    Points::from_decimal(average.round(2, Rounding::HalfUp)?)
}

fn count<'a>(nodes: impl Iterator<Item = &'a ContentNode>) -> u32 {
    u32::try_from(nodes.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::content::tree::tests::{context, node};

    fn stats() -> CourseStats {
        CourseStats::new(&context(), Id::from_uuid(Uuid::from_u128(1)))
    }

    #[test]
    fn ratings_average_to_two_digits() {
        let mut stats = stats();
        for stars in [5, 4, 4] {
            stats.rate(None, Some(stars));
        }
        assert_eq!((stats.total_reviews, stats.average_rating.to_string().as_str()), (3, "4.33"));
        stats.rate(Some(4), Some(5));
        assert_eq!(stats.average_rating.to_string(), "4.67");
        stats.rate(Some(5), None);
        assert_eq!((stats.total_reviews, stats.average_rating.to_string().as_str()), (2, "4.5"));
    }

    #[test]
    fn only_what_is_visible_is_counted() {
        let mut nodes = vec![node(1, None, 0), node(2, Some(1), 0), node(3, Some(1), 1)];
        nodes[0].kind = NodeKind::Module;
        nodes[1].duration_minutes = Some(20);
        nodes[2].duration_minutes = Some(40);
        nodes[2].status = crate::content::PublicationStatus::Draft;
        let mut stats = stats();
        stats.count_content(&CourseTree::new(nodes));
        assert_eq!((stats.total_modules, stats.total_lessons), (1, 1));
        assert_eq!(stats.total_duration_minutes, 20);
    }

    proptest! {
        #[test]
        fn taking_a_review_in_and_out_changes_nothing(
            stars in proptest::collection::vec(1_u8..=5, 0..30),
            more in 1_u8..=5,
        ) {
            let mut kept = stats();
            stars.iter().for_each(|it| kept.rate(None, Some(*it)));
            let mut changed = kept.clone();
            changed.rate(None, Some(more));
            changed.rate(Some(more), None);
            prop_assert_eq!(&changed, &kept);
            let low = Points::from_whole(i64::from(!stars.is_empty()));
            prop_assert!(kept.average_rating >= low.unwrap());
            prop_assert!(kept.average_rating <= Points::from_whole(5).unwrap());
        }
    }
}
