//! Presets of settings that hosts choose from.
use lms_derive::TextEnum;

use crate::tenancy::{Feature, Features, SignupMode};

/// A way to run the product: which settings a tenant starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, TextEnum)]
#[non_exhaustive]
pub enum Preset {
    /// A service for everyone: public sign-up, subscriptions on.
    #[default]
    #[text("b2c_saas", "b2c")]
    B2cSaas,
    /// Inside an organisation: addresses of its domains, nothing for sale, everything free.
    #[text("b2b_internal")]
    B2bInternal,
    /// For invited people only, without subscriptions.
    #[text("b2b_invite_only")]
    B2bInviteOnly,
}

impl Preset {
    /// Who may join on their own.
    pub const fn signup_mode(self) -> SignupMode {
        match self {
            Self::B2cSaas => SignupMode::Public,
            Self::B2bInternal => SignupMode::DomainRestricted,
            Self::B2bInviteOnly => SignupMode::InviteOnly,
        }
    }

    /// What is switched off.
    pub fn features(self) -> Features {
        const SALES: [Feature; 4] =
            [Feature::Subscriptions, Feature::Sales, Feature::Vouchers, Feature::Wallets];
        match self {
            Self::B2cSaas => Features::default(),
            Self::B2bInternal => {
                SALES.into_iter().fold(Features::default(), |it, feature| it.with(feature, false))
            }
            Self::B2bInviteOnly => Features::default().with(Feature::Subscriptions, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_the_ways_of_the_source_schema() {
        let rows: Vec<_> = Preset::ALL
            .iter()
            .map(|it| {
                let subscriptions = it.features().has(Feature::Subscriptions);
                (it.as_str(), it.signup_mode(), subscriptions)
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("b2c_saas", SignupMode::Public, true),
                ("b2b_internal", SignupMode::DomainRestricted, false),
                ("b2b_invite_only", SignupMode::InviteOnly, false),
            ]
        );
        assert!(!Preset::B2bInternal.features().has(Feature::Sales));
        assert!(Preset::B2bInviteOnly.features().has(Feature::Badges));
    }
}
