//! The limits of a plan: the rule behind every count against it.
use std::fmt;

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

/// Bytes in a megabyte, as plans and reports count them.
pub const BYTES_PER_MB: u64 = 1_000_000;

/// How large a tenant may grow. `None` means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanLimits {
    /// The most active learners.
    pub max_students: Option<u32>,
    /// The most active staff and administrators.
    pub max_staff: Option<u32>,
    /// The most storage, in megabytes of 1,000,000 bytes.
    pub max_storage_mb: Option<u32>,
}

/// A resource that a plan limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resource {
    /// Active learners.
    Students,
    /// Active staff and administrators.
    Staff,
    /// Stored bytes.
    StorageBytes,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Students => "students",
            Self::Staff => "staff",
            Self::StorageBytes => "bytes of storage",
        })
    }
}

/// A plan's limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum QuotaError {
    /// There would be more than the plan allows.
    #[error("the plan allows {limit} {resource}, and there would be {wanted}; choose a larger one")]
    #[fault(quota)]
    LimitReached {
        /// What would be too many.
        resource: Resource,
        /// How many the plan allows.
        limit: u64,
        /// How many there would be.
        wanted: u64,
    },
    /// The tenant has plans, but none that holds now.
    #[error("the plan of the tenant is over; renew it to grow")]
    #[fault(quota)]
    PlanOver,
    /// What the tenant owes for its plan was not paid within its grace.
    #[error("the plan of the tenant is suspended; pay what is due to grow")]
    #[fault(quota)]
    PlanSuspended,
}

impl PlanLimits {
    /// No limits at all.
    pub const UNLIMITED: Self = Self { max_students: None, max_staff: None, max_storage_mb: None };

    /// How many the plan allows.
    pub fn limit(&self, resource: Resource) -> Option<u64> {
        match resource {
            Resource::Students => self.max_students.map(u64::from),
            Resource::Staff => self.max_staff.map(u64::from),
            Resource::StorageBytes => {
                self.max_storage_mb.map(|mb| u64::from(mb).saturating_mul(BYTES_PER_MB))
            }
        }
    }

    /// Whether `added` more may join the `present` ones. Nothing added is always allowed, also
    /// where a smaller plan left the tenant with too many.
    ///
    /// # Errors
    /// [`QuotaError::LimitReached`].
    pub fn check(&self, resource: Resource, present: u64, added: u64) -> Result<(), QuotaError> {
        let wanted = present.saturating_add(added);
        match self.limit(resource) {
            Some(limit) if added > 0 && wanted > limit => {
                Err(QuotaError::LimitReached { resource, limit, wanted })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_place_is_given_and_the_next_is_not() {
        let limits = PlanLimits { max_students: Some(20), ..PlanLimits::UNLIMITED };
        assert_eq!(limits.check(Resource::Students, 19, 1), Ok(()));
        let error = limits.check(Resource::Students, 20, 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the plan allows 20 students, and there would be 21; choose a larger one"
        );
        assert_eq!(limits.check(Resource::Students, 25, 0), Ok(()));
        assert_eq!(limits.check(Resource::Staff, 1_000, 1), Ok(()));
    }

    #[test]
    fn a_megabyte_has_a_million_bytes() {
        let limits = PlanLimits { max_storage_mb: Some(2), ..PlanLimits::UNLIMITED };
        assert_eq!(limits.check(Resource::StorageBytes, 1_999_999, 1), Ok(()));
        assert!(limits.check(Resource::StorageBytes, 1_999_999, 2).is_err());
        assert!(limits.check(Resource::StorageBytes, u64::MAX, 1).is_err());
    }

    proptest! {
        #[test]
        fn a_larger_plan_never_refuses_what_a_smaller_one_allows(
            limit in 0_u32..50, more in 0_u32..50, present in 0_u64..80, added in 0_u64..80,
        ) {
            let of = |most| PlanLimits { max_staff: Some(most), ..PlanLimits::UNLIMITED };
            let small = of(limit).check(Resource::Staff, present, added);
            let large = of(limit + more).check(Resource::Staff, present, added);
            prop_assert!(small.is_err() || large.is_ok());
            if added > 0 {
                prop_assert_eq!(small.is_ok(), present + added <= u64::from(limit));
            }
        }
    }
}
