//! Listing the tenants for platform staff.
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{AuthorizationError, Permission, ThePlatform, authorize_on},
    tenancy::{DataRegion, Tenant, TenantStatus},
};
use lms_kernel::{EmailAddress, Id, Slug, Timestamp, Title};
use lms_store::{
    Cursor, Direction, Page, PageSize, Query, Transaction,
    operation::{Access, Effect, Operation, Within, operation},
};

/// Which tenants to list; all where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TenantFilter {
    /// Those with this status.
    pub status: Option<TenantStatus>,
    /// Those whose name starts like this, letter for letter.
    pub name: Option<String>,
}

/// A tenant, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantView {
    /// The tenant's id.
    pub id: Id<Tenant>,
    /// Its name.
    pub name: Title,
    /// Its part of a web address.
    pub slug: Slug,
    /// Its status.
    pub status: TenantStatus,
    /// How to write to it.
    pub contact_email: Option<EmailAddress>,
    /// Where its data is kept.
    pub data_region: DataRegion,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// Lists the tenants of the platform by name.
///
/// # Permission
/// `platform.view_tenants` on the platform.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("tenancy.list_tenants")]
pub struct ListTenants {
    /// Which tenants.
    pub filter: TenantFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListTenants {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_VIEW_TENANTS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<TenantView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<TenantView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        authorize_on(tx, Permission::PLATFORM_VIEW_TENANTS, &ThePlatform).await?;
        let query = Query::all()
            .and_some(filter.status, |status| Tenant::STATUS.eq(status))
            .and_some(filter.name, |start| Tenant::NAME.starts_with(start));
        let query = query.order_by(Tenant::NAME, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let views = items.into_iter().map(|it| TenantView {
            id: it.id,
            name: it.name,
            slug: it.slug,
            status: it.status,
            contact_email: it.contact_email,
            data_region: it.data_region,
            opened_at: it.stamp.created_at,
        });
        Ok(Page { items: views.collect(), next })
    }
}
