//! Reviewing a course, and saying that a review was helpful.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use super::refresh_course::lock_stats;
use crate::content::{Course, Prose, Rating, Review, ReviewPosted, ReviewVote};
use lms_kernel::Id;
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, acting_member, authorize_on},
    identity::Membership,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Why a review or a vote was refused.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ReviewError {
    /// Only those who learn or learned in the course review it.
    #[error("only learners of the course review it; enroll first")]
    #[fault(forbidden, field = "course_id")]
    NotALearner,
    /// The author of a review does not vote on it.
    #[error("authors cannot vote for their own review")]
    #[fault(forbidden)]
    OwnReview,
    /// The person voted already.
    #[error("the review already has this person's vote")]
    #[fault(conflict)]
    AlreadyVoted,
    /// There is no vote to withdraw.
    #[error("the review has no vote of this person")]
    #[fault(not_found)]
    NoVote,
    /// The tenant has no reviews.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// What a learner thinks of a course.
#[derive(Clone, Debug)]
pub(crate) struct NewReview {
    /// The course.
    pub(crate) course_id: Id<Course>,
    /// Who thinks so.
    pub(crate) reviewer_id: Id<Membership>,
    /// The stars.
    pub(crate) rating: Rating,
    /// The words.
    pub(crate) comment: Option<Prose>,
}

/// Posts a review, or changes the one that the person posted, and takes its stars into the course's
/// figures. Anyone who calls it has seen to it that the person learns in the course.
///
/// The course's figures are locked before the review is read.
pub(crate) async fn post_review(
    tx: &mut Transaction,
    new: NewReview,
) -> Result<Review, ReviewError> {
    require_feature(tx, Feature::Reviews).await?;
    let mut stats = lock_stats(tx, new.course_id).await?;
    let earlier = tx.first(Review::by(new.course_id, new.reviewer_id)).await?;
    let counted = |it: &Review| (!it.is_hidden).then(|| it.rating.stars());
    let review = match earlier {
        Some(mut review) => {
            let before = counted(&review);
            review.rating = new.rating;
            review.comment = new.comment;
            stats.rate(before, counted(&review));
            tx.update(&mut review).await?;
            review
        }
        None => {
            let review =
                Review::new(tx.cx(), new.course_id, new.reviewer_id, new.rating, new.comment);
            stats.rate(None, counted(&review));
            tx.insert(&review).await?;
            review
        }
    };
    tx.update(&mut stats).await?;
    let (review_id, course_id) = (review.id, review.course_id);
    tx.emit(&ReviewPosted { review_id, course_id, rating: review.rating.stars() });
    Ok(review)
}

/// Votes a review helpful as the acting member: once per review, and never one's own.
///
/// # Locks
/// The review's row is locked before its votes are counted.
///
/// # Errors
/// [`ReviewError`].
#[operation("content.vote_helpful")]
pub struct VoteHelpful {
    /// The helpful review.
    pub review_id: Id<Review>,
}

impl Operation for VoteHelpful {
    const ACCESS: Access = Access::Asks(&[Permission::REVIEWS_VOTE]);
    type Answer = Review;
    type Error = ReviewError;

    async fn run(self, tx: &mut Transaction) -> Result<Review, ReviewError> {
        let Self { review_id: review } = self;
        require_feature(tx, Feature::Reviews).await?;
        let (voter, mut review) = voter_and_review(tx, review).await?;
        if review.reviewer_id == voter {
            return Err(ReviewError::OwnReview);
        }
        if tx.exists(ReviewVote::by(review.id, voter)).await? {
            return Err(ReviewError::AlreadyVoted);
        }
        tx.insert(&ReviewVote::new(tx.cx(), review.id, voter)).await?;
        review.helpful_count = review.helpful_count.saturating_add(1);
        tx.update(&mut review).await?;
        Ok(review)
    }
}

/// Withdraws the acting member's vote for a review.
///
/// # Errors
/// [`ReviewError::NoVote`].
#[operation("content.withdraw_vote")]
pub struct WithdrawVote {
    /// The review voted for.
    pub review_id: Id<Review>,
}

impl Operation for WithdrawVote {
    const ACCESS: Access = Access::Asks(&[Permission::REVIEWS_VOTE]);
    type Answer = Review;
    type Error = ReviewError;

    async fn run(self, tx: &mut Transaction) -> Result<Review, ReviewError> {
        let Self { review_id: review } = self;
        let (voter, mut review) = voter_and_review(tx, review).await?;
        let vote = tx.first(ReviewVote::by(review.id, voter)).await?.ok_or(ReviewError::NoVote)?;
        tx.purge(&vote).await?;
        review.helpful_count = review.helpful_count.saturating_sub(1);
        tx.update(&mut review).await?;
        Ok(review)
    }
}

async fn voter_and_review(
    tx: &mut Transaction,
    review: Id<Review>,
) -> Result<(Id<Membership>, Review), ReviewError> {
    let voter = acting_member(tx, Permission::REVIEWS_VOTE).await?.id;
    authorize_on(tx, Permission::REVIEWS_VOTE, &Subject::of(voter)).await?;
    Ok((voter, tx.lock(review).await?))
}
