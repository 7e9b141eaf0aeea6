//! Settings of a tenant.
use serde::{Deserialize, Serialize};

use crate::tenancy::{Features, MailDomain, Preset, SignupMode};
use lms_kernel::{Context, Currency, EntityKind, Id, LanguageTag, Metadata, TimeZone};
use lms_store::{Record, Stamp};

/// How a tenant wants the product to work for it. Each tenant has one.
///
/// The row is also the lock under which a tenant grows: anyone who counts against a limit of the
/// plan, or moves a unit, holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "tenant_settings")]
pub struct TenantSettings {
    /// The record's id: the tenant's own.
    pub id: Id<TenantSettings>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who may join on their own.
    pub signup_mode: SignupMode,
    /// The domains whose addresses may join, where sign-up is restricted to some.
    #[record(json)]
    pub allowed_domains: Vec<MailDomain>,
    /// What the tenant has switched on and off.
    #[record(json)]
    pub features: Features,
    /// Whether a person has to approve a course before it is published.
    pub courses_need_review: bool,
    /// Whether staff may work for other tenants of the platform too.
    pub staff_may_work_elsewhere: bool,
    /// Whether a person who is the tenant's only staff may decide on what is their own, such as
    /// their own refund or mark. Each such decision is noted in the audit trail.
    pub decides_alone: bool,
    /// From how many years on learners agree to the use of their data for themselves; before that
    /// a guardian does. 0 where all learners do.
    pub age_of_consent: u8,
    /// The language for people who chose none.
    pub locale: LanguageTag,
    /// The time zone for units and people that have none of their own.
    pub time_zone: TimeZone,
    /// The currency of amounts that come without one.
    pub currency: Currency,
    /// The host's own settings.
    #[record(open)]
    pub settings: Metadata,
}

impl TenantSettings {
    /// What settings are called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("tenant_settings");

    /// Settings after a preset, for people who speak `locale`; UTC and United States dollars.
    pub fn new(cx: &Context, preset: Preset, locale: LanguageTag) -> Self {
        Self {
            id: Self::id_of(cx),
            stamp: Stamp::new(cx),
            signup_mode: preset.signup_mode(),
            allowed_domains: Vec::new(),
            features: preset.features(),
            courses_need_review: false,
            staff_may_work_elsewhere: false,
            decides_alone: false,
            age_of_consent: 0,
            locale,
            time_zone: TimeZone::UTC,
            currency: Currency::USD,
            settings: Metadata::default(),
        }
    }

    /// The id of the settings of the tenant of `cx`: the tenant's own, so that there is one.
    pub const fn id_of(cx: &Context) -> Id<Self> {
        Id::from_uuid(cx.tenant().uuid())
    }
}
