//! Reviewing a course that one learns in.
use crate::{
    content::{Course, NewReview, Prose, Rating, Review, ReviewError, post_review},
    learning::{Enrollment, EnrollmentStatus},
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, Subject, acting_member, authorize_on};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Posts the acting member's review of a course that they take or took, or changes the one they
/// posted.
///
/// # Errors
/// [`ReviewError::NotALearner`] if they never had a seat in the course.
#[operation("learning.review_course")]
pub struct ReviewCourse {
    /// The course to review.
    pub course_id: Id<Course>,
    /// One to five stars.
    pub rating: Rating,
    /// The text of the review; `None` for stars only.
    pub comment: Option<Prose>,
}

impl Operation for ReviewCourse {
    const ACCESS: Access = Access::Asks(&[Permission::REVIEWS_WRITE]);
    type Answer = Review;
    type Error = ReviewError;

    async fn run(self, tx: &mut Transaction) -> Result<Review, ReviewError> {
        let Self { course_id: course, rating, comment } = self;
        let reviewer = acting_member(tx, Permission::REVIEWS_WRITE).await?.id;
        authorize_on(tx, Permission::REVIEWS_WRITE, &Subject::of(reviewer)).await?;
        let course = tx.require(course).await?;
        let learned = [
            EnrollmentStatus::Active,
            EnrollmentStatus::Suspended,
            EnrollmentStatus::Completed,
            EnrollmentStatus::Dropped,
            EnrollmentStatus::Expired,
        ];
        // Who only waited for a seat has seen nothing of it.
        let enrolled = Enrollment::of(reviewer, course.id)
            .and(Enrollment::STATUS.is_in(learned))
            .and(Enrollment::SCHEDULE_FROM.is_not_null());
        if !tx.exists(enrolled).await? {
            return Err(ReviewError::NotALearner);
        }
        let new = NewReview { course_id: course.id, reviewer_id: reviewer, rating, comment };
        post_review(tx, new).await
    }
}
