//! Setting the score bands of a class.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::delivery::{ClassGroup, PlacementBand};
use lms_kernel::{Id, Points};
use lms_people::{
    authorization::{AuthorizationError, Permission, get_authorized},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Why bands were refused.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum BandError {
    /// A band has no score inside.
    #[error("a band goes from a lower to a higher score")]
    #[fault(invalid, field = "max_score")]
    Empty,
    /// Two bands of the class have a score in common.
    #[error("the bands of a class must not overlap")]
    #[fault(invalid, field = "min_score")]
    Overlap,
    /// The tenant does not place by tests.
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

/// Sets the placement bands of a class: the test scores that lead into it.
///
/// # Locks
/// The class's row is locked while they are replaced.
///
/// # Errors
/// [`BandError`].
#[operation("delivery.set_placement_bands")]
pub struct SetPlacementBands {
    /// The class to change.
    pub class_id: Id<ClassGroup>,
    /// The lowest and highest score of each band; the highest belongs only to the topmost band of
    /// the group. The list replaces the earlier bands.
    pub bands: Vec<(Points, Points)>,
}

impl Operation for SetPlacementBands {
    const ACCESS: Access = Access::Asks(&[Permission::PLACEMENT_MANAGE]);
    type Answer = Vec<PlacementBand>;
    type Error = BandError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<PlacementBand>, BandError> {
        let Self { class_id: class, mut bands } = self;
        require_feature(tx, Feature::Placement).await?;
        let class = get_authorized(tx, Permission::PLACEMENT_MANAGE, class).await?;
        bands.sort_unstable();
        if bands.iter().any(|(min, max)| min >= max) {
            return Err(BandError::Empty);
        }
        let touching = bands.iter().zip(bands.iter().skip(1));
        if touching.into_iter().any(|((_, max), (next, _))| next < max) {
            return Err(BandError::Overlap);
        }
        let class = tx.lock(class.id).await?;
        for old in tx.all(PlacementBand::of_any([class.id])).await? {
            tx.purge(&old).await?;
        }
        let bands: Vec<_> = bands
            .into_iter()
            .map(|(min, max)| PlacementBand::new(tx.cx(), class.id, min, max))
            .collect();
        tx.insert_all(&bands).await?;
        Ok(bands)
    }
}
