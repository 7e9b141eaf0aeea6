//! The settings of a tenant.
use crate::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    tenancy::TenantSettings,
};
use lms_store::{
    Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Shows the settings of the tenant: sign-up, features and defaults.
///
/// # Permission
/// `settings.view` in the tenant.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("tenancy.view_settings")]
pub struct ViewSettings {}

impl Operation for ViewSettings {
    const ACCESS: Access = Access::Asks(&[Permission::SETTINGS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = TenantSettings;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantSettings, AuthorizationError> {
        authorize_on(tx, Permission::SETTINGS_VIEW, &TheTenant).await?;
        Ok(tx.require(TenantSettings::id_of(tx.cx())).await?)
    }
}
