//! Changing a tenant's settings.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    tenancy::{
        Feature, MailDomain, Preset, SettingsChanged, SignupMode, TenantSettings,
        require_feature::forget_features,
    },
};
use lms_kernel::{Currency, LanguageTag, Metadata, TimeZone};
use lms_store::{StoreError, Transaction};

/// Changes the tenant's settings. Fields that are `None` stay as they are.
///
/// # Errors
/// [`SettingsError`].
#[operation("tenancy.change_settings")]
#[derive(Default, PartialEq)]
pub struct ChangeSettings {
    /// Who may join without being added by staff.
    pub signup_mode: Option<SignupMode>,
    /// The e-mail domains whose addresses may join, at most 100; the list replaces the earlier one.
    pub allowed_domains: Option<Vec<MailDomain>>,
    /// The features to switch on (`true`) or off (`false`); features not listed stay as they are.
    pub features: Vec<(Feature, bool)>,
    /// Whether a course must be approved before it is published.
    pub courses_need_review: Option<bool>,
    /// Whether staff may also be members of other tenants.
    pub staff_may_work_elsewhere: Option<bool>,
    /// Whether the tenant's only staff member may decide on their own matters, such as their own
    /// refund.
    pub decides_alone: Option<bool>,
    /// The age in years, 0 to 21, from which learners consent for themselves; 0 lets every learner
    /// consent.
    pub age_of_consent: Option<u8>,
    /// The language for people who have not chosen one.
    pub locale: Option<LanguageTag>,
    /// The time zone for units and people that have none of their own.
    pub time_zone: Option<TimeZone>,
    /// The default currency of new amounts; existing amounts keep theirs.
    pub currency: Option<Currency>,
    /// The host's own settings, which replace the earlier ones; at most 64 keys and 16 KiB.
    pub settings: Option<Metadata>,
}

/// Why settings could not be changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SettingsError {
    /// Sign-up would be restricted to no domain at all.
    #[error("sign-up by domain needs at least one domain; add one, or ask for invitations")]
    #[fault(invalid, field = "allowed_domains")]
    DomainsNeeded,
    /// There are too many domains.
    #[error("a tenant has at most {} domains", TenantSettings::MAX_DOMAINS)]
    #[fault(invalid, field = "allowed_domains")]
    TooManyDomains,
    /// No one would ever come of age.
    #[error("the age of consent is at most {} years", TenantSettings::MAX_AGE_OF_CONSENT)]
    #[fault(invalid, field = "age_of_consent")]
    AgeTooHigh,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Operation for ChangeSettings {
    const ACCESS: Access = Access::Asks(&[Permission::SETTINGS_MANAGE]);
    type Answer = TenantSettings;
    type Error = SettingsError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantSettings, SettingsError> {
        let change = self;
        authorize_on(tx, Permission::SETTINGS_MANAGE, &TheTenant).await?;
        let settings = tx.require(TenantSettings::id_of(tx.cx())).await?;
        save(tx, settings.changed(change)?).await
    }
}

/// Applies a preset to the tenant: sets its features and sign-up mode. The allowed domains stay.
///
/// # Errors
/// [`SettingsError`].
#[operation("tenancy.apply_preset")]
pub struct ApplyPreset {
    /// The preset to apply.
    pub preset: Preset,
}

impl Operation for ApplyPreset {
    const ACCESS: Access = Access::Asks(&[Permission::SETTINGS_MANAGE]);
    type Answer = TenantSettings;
    type Error = SettingsError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantSettings, SettingsError> {
        let Self { preset } = self;
        authorize_on(tx, Permission::SETTINGS_MANAGE, &TheTenant).await?;
        let mut settings = tx.require(TenantSettings::id_of(tx.cx())).await?;
        settings.features = preset.features();
        let signup_mode = Some(preset.signup_mode());
        save(tx, settings.changed(ChangeSettings { signup_mode, ..ChangeSettings::default() })?)
            .await
    }
}

async fn save(
    tx: &mut Transaction,
    mut settings: TenantSettings,
) -> Result<TenantSettings, SettingsError> {
    tx.update(&mut settings).await?;
    forget_features(tx);
    tx.emit(&SettingsChanged { settings_id: settings.id });
    Ok(settings)
}

impl TenantSettings {
    /// The most domains whose addresses may join.
    pub const MAX_DOMAINS: usize = 100;

    /// The highest age of consent, in years.
    pub const MAX_AGE_OF_CONSENT: u8 = 21;

    /// The settings after a change.
    ///
    /// # Errors
    /// [`SettingsError::DomainsNeeded`], [`SettingsError::TooManyDomains`],
    /// [`SettingsError::AgeTooHigh`].
    pub fn changed(mut self, change: ChangeSettings) -> Result<Self, SettingsError> {
        self.signup_mode = change.signup_mode.unwrap_or(self.signup_mode);
        if let Some(mut domains) = change.allowed_domains {
            domains.sort_unstable();
            domains.dedup();
            self.allowed_domains = domains;
        }
        for (feature, on) in change.features {
            self.features = self.features.with(feature, on);
        }
        self.courses_need_review = change.courses_need_review.unwrap_or(self.courses_need_review);
        self.staff_may_work_elsewhere =
            change.staff_may_work_elsewhere.unwrap_or(self.staff_may_work_elsewhere);
        self.decides_alone = change.decides_alone.unwrap_or(self.decides_alone);
        self.age_of_consent = change.age_of_consent.unwrap_or(self.age_of_consent);
        self.locale = change.locale.unwrap_or(self.locale);
        self.time_zone = change.time_zone.unwrap_or(self.time_zone);
        self.currency = change.currency.unwrap_or(self.currency);
        self.settings = change.settings.unwrap_or(self.settings);
        if self.signup_mode == SignupMode::DomainRestricted && self.allowed_domains.is_empty() {
            return Err(SettingsError::DomainsNeeded);
        }
        if self.allowed_domains.len() > Self::MAX_DOMAINS {
            return Err(SettingsError::TooManyDomains);
        }
        if self.age_of_consent > Self::MAX_AGE_OF_CONSENT {
            return Err(SettingsError::AgeTooHigh);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lms_kernel::Context;

    use super::*;
    use lms_kernel::{Actor, SequentialIds, TenantId, Timestamp};

    fn settings() -> TenantSettings {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
        TenantSettings::new(&cx, Preset::B2cSaas, LanguageTag::new("en").unwrap())
    }

    #[test]
    fn what_is_left_out_stays() {
        let before = settings();
        assert_eq!(before.clone().changed(ChangeSettings::default()).unwrap(), before);
        let change = ChangeSettings {
            features: vec![(Feature::Badges, false)],
            currency: Some(Currency::EUR),
            ..ChangeSettings::default()
        };
        let after = before.clone().changed(change).unwrap();
        assert!(!after.features.has(Feature::Badges) && after.features.has(Feature::Comments));
        assert_eq!((after.currency, after.signup_mode), (Currency::EUR, before.signup_mode));
    }

    #[test]
    fn sign_up_by_domain_needs_a_domain() {
        let mode = Some(SignupMode::DomainRestricted);
        let change = ChangeSettings { signup_mode: mode, ..ChangeSettings::default() };
        let error = settings().changed(change.clone()).unwrap_err();
        assert!(matches!(error, SettingsError::DomainsNeeded));
        let school = MailDomain::new("school.example").unwrap();
        let domains = Some(vec![school.clone(), school.clone()]);
        let with = ChangeSettings { allowed_domains: domains, ..change };
        assert_eq!(settings().changed(with).unwrap().allowed_domains, [school]);
    }

    #[test]
    fn an_age_of_consent_is_one_that_people_reach() {
        let of = |age| {
            let age_of_consent = Some(age);
            settings().changed(ChangeSettings { age_of_consent, ..ChangeSettings::default() })
        };
        assert_eq!(settings().age_of_consent, 0);
        assert_eq!(of(16).unwrap().age_of_consent, 16);
        assert!(of(21).is_ok() && matches!(of(22), Err(SettingsError::AgeTooHigh)));
    }

    #[test]
    fn a_tenant_has_at_most_a_hundred_domains() {
        let of = |count: usize| {
            let domain = |at| MailDomain::new(&format!("d{at}.example")).unwrap();
            let allowed_domains = Some((0..count).map(domain).collect());
            settings().changed(ChangeSettings { allowed_domains, ..ChangeSettings::default() })
        };
        assert!(of(100).is_ok());
        assert!(matches!(of(101), Err(SettingsError::TooManyDomains)));
    }
}
