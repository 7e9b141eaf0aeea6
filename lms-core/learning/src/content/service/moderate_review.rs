//! Featuring and hiding reviews.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use super::refresh_course::lock_stats;
use crate::content::{Review, ReviewError};
use lms_kernel::Id;
use lms_people::authorization::{Permission, get_authorized};
use lms_store::Transaction;

/// The action of a moderator on a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Moderation {
    /// Shows it first.
    Feature,
    /// Shows it like any other.
    Unfeature,
    /// Hides it; its stars no longer count.
    Hide,
    /// Shows it again; its stars count again.
    Show,
}

/// Features, hides or shows a review.
///
/// # Locks
/// The course's figures are locked before the review is changed.
///
/// # Errors
/// [`ReviewError`].
#[operation("content.moderate_review")]
pub struct ModerateReview {
    /// The review to moderate.
    pub review_id: Id<Review>,
    /// Whether to feature, hide or show it.
    pub moderation: Moderation,
}

impl Operation for ModerateReview {
    const ACCESS: Access = Access::Asks(&[Permission::REVIEWS_MODERATE]);
    type Answer = Review;
    type Error = ReviewError;

    async fn run(self, tx: &mut Transaction) -> Result<Review, ReviewError> {
        let Self { review_id: review, moderation } = self;
        let course = get_authorized(tx, Permission::REVIEWS_MODERATE, review).await?.course_id;
        let mut stats = lock_stats(tx, course).await?;
        let mut review = tx.require(review).await?;
        let counted = |it: &Review| (!it.is_hidden).then(|| it.rating.stars());
        let before = counted(&review);
        match moderation {
            Moderation::Feature => review.is_featured = true,
            Moderation::Unfeature => review.is_featured = false,
            Moderation::Hide => review.is_hidden = true,
            Moderation::Show => review.is_hidden = false,
        }
        let after = counted(&review);
        tx.update(&mut review).await?;
        if before != after {
            stats.rate(before, after);
            tx.update(&mut stats).await?;
        }
        Ok(review)
    }
}
