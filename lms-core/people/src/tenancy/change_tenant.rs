//! Changing a tenant's name, contacts and status.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{AuthorizationError, Permission, ThePlatform, TheTenant, authorize_on},
    tenancy::{DataRegion, RetentionClass, Tenant, TenantEvent, TenantStatusChanged},
};
use lms_kernel::{EmailAddress, Link, PhoneNumber, Rejected, Title};
use lms_store::{StoreError, Transaction};

/// Why a tenant could not be changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum TenantError {
    /// The tenant cannot take this step in its present status.
    #[error(transparent)]
    #[fault(transparent)]
    State(#[from] Rejected),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Changes the status of the tenant of the context: suspends, resumes, closes or reopens it.
/// Reserved for platform staff.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Errors
/// [`TenantError`].
#[operation("tenancy.change_tenant_status")]
pub struct ChangeTenantStatus {
    /// The transition to apply.
    pub event: TenantEvent,
}

impl Operation for ChangeTenantStatus {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_TENANTS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Tenant;
    type Error = TenantError;

    async fn run(self, tx: &mut Transaction) -> Result<Tenant, TenantError> {
        let Self { event } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_TENANTS, &ThePlatform).await?;
        let mut tenant = tx.require(Tenant::id_of(tx.tenant())).await?;
        tenant.status = tenant.status.apply(event)?;
        tx.update(&mut tenant).await?;
        tx.emit(&TenantStatusChanged { tenant_id: tenant.id, status: tenant.status });
        Ok(tenant)
    }
}

/// Sets the data region and the retention class of the tenant of the context. Reserved for platform
/// staff; the host moves data that are already stored elsewhere.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Errors
/// [`TenantError`].
#[operation("tenancy.set_data_rules")]
pub struct SetDataRules {
    /// The region in which the tenant's data must be stored.
    pub data_region: DataRegion,
    /// How long deleted data are retained before they are purged.
    pub retention_class: RetentionClass,
}

impl Operation for SetDataRules {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_TENANTS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Tenant;
    type Error = TenantError;

    async fn run(self, tx: &mut Transaction) -> Result<Tenant, TenantError> {
        let Self { data_region, retention_class } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_TENANTS, &ThePlatform).await?;
        let mut tenant = tx.require(Tenant::id_of(tx.tenant())).await?;
        tenant.data_region = data_region;
        tenant.retention_class = retention_class;
        tx.update(&mut tenant).await?;
        Ok(tenant)
    }
}

/// The name and contact details of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantDetails {
    /// Its name.
    pub name: Title,
    /// Its logo.
    pub logo_url: Option<Link>,
    /// Where it mainly is.
    pub location: Option<Title>,
    /// How to write to it.
    pub contact_email: Option<EmailAddress>,
    /// How to call it.
    pub contact_phone: Option<PhoneNumber>,
}

/// Changes the name and contact details of the tenant of the context.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform): the row is the
/// platform's.
///
/// # Errors
/// [`TenantError`].
#[operation("tenancy.change_tenant")]
pub struct ChangeTenant {
    /// The new details, which replace all earlier ones.
    pub details: TenantDetails,
}

impl Operation for ChangeTenant {
    const ACCESS: Access = Access::Asks(&[Permission::TENANT_MANAGE]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Tenant;
    type Error = TenantError;

    async fn run(self, tx: &mut Transaction) -> Result<Tenant, TenantError> {
        let Self { details } = self;
        authorize_on(tx, Permission::TENANT_MANAGE, &TheTenant).await?;
        let mut tenant = tx.require(Tenant::id_of(tx.tenant())).await?;
        tenant.name = details.name;
        tenant.logo_url = details.logo_url;
        tenant.location = details.location;
        tenant.contact_email = details.contact_email;
        tenant.contact_phone = details.contact_phone;
        tx.update(&mut tenant).await?;
        Ok(tenant)
    }
}
