//! Checking that a feature is switched on.
use lms_derive::DomainError;

use crate::tenancy::{Feature, Features, TenantSettings};
use lms_store::{
    StoreError, Transaction,
    operation::{Failure, Refusal, SwitchedOff},
};

/// Why a service of a feature did nothing.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum FeatureError {
    /// The tenant has switched the feature off.
    #[error("`{feature}` is switched off for this tenant; switch it on in the settings")]
    #[fault(forbidden)]
    FeatureDisabled {
        /// The feature.
        feature: Feature,
    },
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Refusal for FeatureError {
    fn into_failure(self) -> Failure<Self> {
        match self {
            Self::FeatureDisabled { feature } => {
                Failure::SwitchedOff(SwitchedOff { feature: feature.as_str() })
            }
            Self::Store(error) => Failure::Store(error),
        }
    }
}

/// What the tenant has on, once it was looked up in a transaction.
#[derive(Debug)]
struct KnownFeatures(Features);

/// Refuses where the tenant has switched `feature` off. The settings are read once for a
/// transaction; a tenant without any has everything.
///
/// Services ask before they begin or change something, and not before they show, finish or undo it,
/// so that switching a feature off locks no one in.
///
/// # Errors
/// [`FeatureError::FeatureDisabled`].
pub async fn require_feature(tx: &mut Transaction, feature: Feature) -> Result<(), FeatureError> {
    let known = tx.extension::<KnownFeatures>().map(|it| it.0.has(feature));
    let on = match known {
        Some(on) => on,
        None => {
            let settings = tx.get(TenantSettings::id_of(tx.cx())).await?;
            let features = settings.map(|it| it.features).unwrap_or_default();
            let on = features.has(feature);
            tx.set_extension(KnownFeatures(features));
            on
        }
    };
    if on { Ok(()) } else { Err(FeatureError::FeatureDisabled { feature }) }
}

/// Clears the cached features, after a change to the settings.
pub(crate) fn forget_features(tx: &mut Transaction) {
    tx.remove_extension::<KnownFeatures>();
}
