//! Storing a tenant's usage of a month.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{AuthorizationError, Permission, ThePlatform, authorize_on},
    tenancy::{BYTES_PER_MB, Month, TenantUsage, UsageTaken},
};
use lms_store::{StoreError, Transaction, Upsert};

/// The usage counted for a month, by the contexts that measure it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UsageFigures {
    /// How many learners are active now.
    pub active_students: u64,
    /// How many enrollments began in the month.
    pub total_enrollments: u64,
    /// How many bytes are stored now.
    pub storage_used_bytes: u64,
}

/// Why usage could not be counted.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum UsageError {
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Saves a tenant's usage figures for a month.
///
/// There is one snapshot for each month. Taking it again replaces it; a snapshot that was taken
/// earlier never replaces a later one. Only the platform's people and the system take it: invoices
/// are made from it.
///
/// # Errors
/// [`UsageError`].
#[operation("tenancy.snapshot_usage")]
pub struct SnapshotUsage {
    /// The calendar month that was counted.
    pub period: Month,
    /// The figures, which replace those of an earlier snapshot.
    pub figures: UsageFigures,
}

impl Operation for SnapshotUsage {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_BILLING]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = TenantUsage;
    type Error = UsageError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantUsage, UsageError> {
        let Self { period, figures } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_BILLING, &ThePlatform).await?;
        let mut usage = TenantUsage::new(tx.cx(), period);
        usage.active_students = at_most_u32(figures.active_students);
        usage.total_enrollments = at_most_u32(figures.total_enrollments);
        usage.storage_used_mb = at_most_u32(figures.storage_used_bytes.div_ceil(BYTES_PER_MB));
        let replace = Upsert::on(TenantUsage::PERIOD)
            .replace(TenantUsage::ACTIVE_STUDENTS)
            .replace(TenantUsage::TOTAL_ENROLLMENTS)
            .replace(TenantUsage::STORAGE_USED_MB)
            .if_newer(TenantUsage::TAKEN_AT);
        tx.upsert(&usage, replace).await?;
        let kept = tx.first(TenantUsage::of_month(period)).await?.unwrap_or(usage);
        tx.emit(&UsageTaken { usage_id: kept.id, period });
        Ok(kept)
    }
}

fn at_most_u32(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
