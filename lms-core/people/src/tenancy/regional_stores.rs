//! One store for each region in which data have to stay.
use std::collections::BTreeMap;

use lms_derive::DomainError;

use crate::tenancy::DataRegion;
use lms_store::Store;

/// The stores of a host, by the region whose data each keeps.
///
/// The host looks a tenant up in the store that has its directory, and opens transactions for it
/// in the store of its region. The library never moves data from one to the other.
#[derive(Clone, Debug, Default)]
pub struct RegionalStores(BTreeMap<DataRegion, Store>);

/// Why there is no store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RegionError {
    /// The host has no store in the region.
    #[error("there is no store in region `{region}`; connect one before serving its tenants")]
    #[fault(unavailable)]
    NoStore {
        /// The region.
        region: DataRegion,
    },
}

impl RegionalStores {
    /// One store for everything, in the default region.
    pub fn single(store: Store) -> Self {
        Self::default().with(DataRegion::default(), store)
    }

    /// The same, with `store` for the data of `region`.
    #[must_use]
    pub fn with(mut self, region: DataRegion, store: Store) -> Self {
        self.0.insert(region, store);
        self
    }

    /// The store that keeps the data of a region. It never falls back to another region.
    ///
    /// # Errors
    /// [`RegionError::NoStore`].
    pub fn of(&self, region: &DataRegion) -> Result<&Store, RegionError> {
        self.0.get(region).ok_or_else(|| RegionError::NoStore { region: region.clone() })
    }

    /// The regions that have a store.
    pub fn regions(&self) -> impl Iterator<Item = &DataRegion> {
        self.0.keys()
    }
}
