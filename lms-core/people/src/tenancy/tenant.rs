//! Tenants of the platform.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::tenancy::{DataRegion, RetentionClass};
use lms_kernel::{Context, EmailAddress, EntityKind, Id, Link, PhoneNumber, Slug, TenantId, Title};
use lms_store::{PlatformStamp, Query, Record};

/// The status of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum TenantStatus {
    /// It works.
    Active,
    /// It can be read but not changed.
    #[text("suspended", "inactive", "disabled")]
    Suspended,
    /// It is over: nothing can be read, until its data are purged.
    Closed,
}

/// A customer of the platform: a school, a chain of tutoring centres, a company.
///
/// The platform owns the row; a tenant reads its own and no other. Everything else of a tenant
/// (people, courses, orders) carries its id, and no query can leave it.
///
/// # Pitfalls
/// - A host with one tenant uses [`TenantId::SINGLE`](lms_kernel::TenantId::SINGLE) and
///   [`OpenSingleTenant`](crate::tenancy::OpenSingleTenant), and needs no tenant in its addresses.
/// - A suspended tenant can read and not write, for everyone but the platform's staff.
/// - Users belong to the platform and may be members of several tenants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "tenants", platform, unique(slug))]
pub struct Tenant {
    /// The tenant's id, which its rows carry as `tenant_id`.
    pub id: Id<Tenant>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: PlatformStamp,
    /// Its name.
    pub name: Title,
    /// Its part of a web address, unique on the platform.
    pub slug: Slug,
    /// Its logo.
    pub logo_url: Option<Link>,
    /// Where it mainly is.
    pub location: Option<Title>,
    /// How to write to it.
    pub contact_email: Option<EmailAddress>,
    /// How to call it.
    pub contact_phone: Option<PhoneNumber>,
    /// Its status.
    pub status: TenantStatus,
    /// Where its data have to stay.
    pub data_region: DataRegion,
    /// How long deleted data are kept.
    pub retention_class: RetentionClass,
}

impl Tenant {
    /// What a tenant is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("tenant");

    /// An active tenant: the one that `cx` is about.
    pub fn new(cx: &Context, name: Title, slug: Slug) -> Self {
        Self {
            id: Self::id_of(cx.tenant()),
            stamp: PlatformStamp::new(cx),
            name,
            slug,
            logo_url: None,
            location: None,
            contact_email: None,
            contact_phone: None,
            status: TenantStatus::Active,
            data_region: DataRegion::default(),
            retention_class: RetentionClass::default(),
        }
    }

    /// The id of the tenant's own row.
    pub const fn id_of(tenant: TenantId) -> Id<Self> {
        Id::from_uuid(tenant.uuid())
    }

    /// The id that the tenant's rows carry.
    pub const fn tenant_id(&self) -> TenantId {
        TenantId::from_uuid(self.id.uuid())
    }

    /// The tenant with that part of a web address.
    pub fn by_slug(slug: Slug) -> Query<Self> {
        Query::filter(Self::SLUG.eq(slug))
    }
}
