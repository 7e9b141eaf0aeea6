//! Opening a tenant.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{AuthorizationError, Permission, ThePlatform, authorize_on, seed_roles},
    tenancy::{
        DataRegion, MailDomain, PlanLimits, Preset, RetentionClass, Tenant, TenantOpened,
        TenantPlan, TenantSettings,
    },
};
use lms_kernel::{Currency, LanguageTag, Money, Slug, TimeZone, Title};
use lms_store::{StoreError, Transaction};

/// Creates the tenant whose id is in the context, with its settings, built-in roles and plan.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform): the tenant's row
/// is the platform's, the others are the tenant's own. Two tenants never get one slug: the store
/// refuses the second.
///
/// # Errors
/// [`CreateTenantError`].
#[operation("tenancy.create_tenant")]
#[derive(PartialEq)]
pub struct CreateTenant {
    /// The tenant's name.
    pub name: Title,
    /// The tenant's part of web addresses, unique on the platform.
    pub slug: Slug,
    /// The business model that sets its features and sign-up mode; public sign-up with
    /// subscriptions by default.
    pub preset: Preset,
    /// The e-mail domains whose addresses may join, where the preset restricts sign-up; at most
    /// 100.
    pub allowed_domains: Vec<MailDomain>,
    /// The language for people who have not chosen one.
    pub locale: LanguageTag,
    /// The time zone for units and people that have none of their own; UTC by default.
    pub time_zone: TimeZone,
    /// The default currency of amounts; US dollars by default.
    pub currency: Currency,
    /// The region in which the tenant's data must be stored.
    pub data_region: DataRegion,
    /// How long deleted data are retained; 30 days by default.
    pub retention_class: RetentionClass,
    /// The plan's price and limits; `None` for a tenant without limits.
    pub plan: Option<NewPlan>,
}

/// A plan to start with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewPlan {
    /// Its name.
    pub name: Title,
    /// What it costs each month.
    pub price_per_month: Money,
    /// How large the tenant may grow.
    pub limits: PlanLimits,
}

impl CreateTenant {
    /// A tenant for everyone, without limits, in UTC and United States dollars.
    pub fn new(name: Title, slug: Slug, locale: LanguageTag) -> Self {
        Self {
            name,
            slug,
            preset: Preset::default(),
            allowed_domains: Vec::new(),
            locale,
            time_zone: TimeZone::UTC,
            currency: Currency::USD,
            data_region: DataRegion::default(),
            retention_class: RetentionClass::default(),
            plan: None,
        }
    }
}

/// Why a tenant could not be opened.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CreateTenantError {
    /// The tenant of the context is open already.
    #[error("the tenant is already open; use a new tenant id in the context")]
    #[fault(conflict)]
    AlreadyOpen,
    /// Another tenant has the same slug.
    #[error("the slug is taken; choose another")]
    #[fault(conflict, field = "slug")]
    SlugTaken,
    /// The actor may not open tenants.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Operation for CreateTenant {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_TENANTS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Tenant;
    type Error = CreateTenantError;

    async fn run(self, tx: &mut Transaction) -> Result<Tenant, CreateTenantError> {
        let command = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_TENANTS, &ThePlatform).await?;
        if tx.get(Tenant::id_of(tx.tenant())).await?.is_some() {
            return Err(CreateTenantError::AlreadyOpen);
        }
        let mut tenant = Tenant::new(tx.cx(), command.name, command.slug);
        tenant.data_region = command.data_region;
        tenant.retention_class = command.retention_class;
        tx.insert(&tenant).await.map_err(|error| match error {
            StoreError::Duplicate { columns, .. } if columns.contains(&"slug") => {
                CreateTenantError::SlugTaken
            }
            error => error.into(),
        })?;
        let mut settings = TenantSettings::new(tx.cx(), command.preset, command.locale);
        settings.allowed_domains = command.allowed_domains;
        settings.time_zone = command.time_zone;
        settings.currency = command.currency;
        tx.insert(&settings).await?;
        seed_roles(tx).await?;
        if let Some(plan) = command.plan {
            let plan = TenantPlan::new(tx.cx(), plan.name, plan.price_per_month, plan.limits);
            tx.insert(&plan).await?;
        }
        tx.emit(&TenantOpened { tenant_id: tenant.id });
        Ok(tenant)
    }
}

/// Creates the only tenant of a single-tenant host, unless it exists already. Safe to run at every
/// start of the program, with [`TenantId::SINGLE`](lms_kernel::TenantId::SINGLE) and a system actor
/// in the context.
///
/// # Errors
/// [`CreateTenantError`].
#[operation("tenancy.open_single_tenant")]
pub struct OpenSingleTenant {
    /// The tenant to create if there is none.
    pub tenant: CreateTenant,
}

impl Operation for OpenSingleTenant {
    const ACCESS: Access = Access::Public("the host opens its one tenant when it starts");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Tenant;
    type Error = CreateTenantError;

    async fn run(self, tx: &mut Transaction) -> Result<Tenant, CreateTenantError> {
        let Self { tenant: command } = self;
        match tx.get(Tenant::id_of(tx.tenant())).await? {
            Some(tenant) => Ok(tenant),
            None => tx.run(command).await,
        }
    }
}
