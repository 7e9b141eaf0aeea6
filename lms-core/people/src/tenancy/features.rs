//! Features that a tenant switches on and off.
use std::collections::BTreeMap;

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

/// A part of the product that a tenant can do without.
///
/// Where a feature is switched off, nothing new of it is created or changed: that is refused with
/// [`FeatureError::FeatureDisabled`](crate::tenancy::FeatureError::FeatureDisabled). Existing
/// things can still be seen, completed and undone: a class ends, a request is resolved, assigned
/// coursework is submitted, a comment is removed, money leaves a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum Feature {
    /// Plans that people subscribe to.
    Subscriptions,
    /// Orders and payments.
    Sales,
    /// Vouchers.
    Vouchers,
    /// Wallets.
    Wallets,
    /// Payouts to instructors.
    Payouts,
    /// The books of units.
    Ledger,
    /// Programs of courses.
    Programs,
    /// Classes with a timetable.
    Classes,
    /// Lessons by video.
    LiveSessions,
    /// Classes by test result.
    Placement,
    /// Coursework that is handed in.
    Coursework,
    /// Supervised tests.
    Proctoring,
    /// Tutors' observations of learners.
    Observations,
    /// Certificates.
    Certificates,
    /// Badges.
    Badges,
    /// Points and the leaderboard.
    Points,
    /// Comments and reactions.
    Comments,
    /// Reviews of courses.
    Reviews,
    /// Following people.
    Follows,
    /// Downloads for use without a connection.
    Downloads,
    /// Requests for help.
    Requests,
    /// The inventory.
    Inventory,
    /// Enrollment by the learners themselves.
    SelfEnrollment,
    /// Accounts for guardians.
    Guardians,
    /// Outgoing webhooks.
    Webhooks,
}

/// Which features a tenant has. A feature that was never switched is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Features(BTreeMap<Feature, bool>);

impl Features {
    /// Whether the tenant has the feature.
    pub fn has(&self, feature: Feature) -> bool {
        self.0.get(&feature).copied().unwrap_or(true)
    }

    /// The same, with the feature switched on or off.
    #[must_use]
    pub fn with(mut self, feature: Feature, on: bool) -> Self {
        self.0.insert(feature, on);
        self
    }

    /// The features that are switched off.
    pub fn switched_off(&self) -> impl Iterator<Item = Feature> + '_ {
        self.0.iter().filter(|(_, on)| !**on).map(|(feature, _)| *feature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_on_until_it_is_switched_off() {
        let features = Features::default().with(Feature::Badges, false);
        assert!(features.has(Feature::Comments) && !features.has(Feature::Badges));
        assert_eq!(features.switched_off().collect::<Vec<_>>(), [Feature::Badges]);
        assert!(features.with(Feature::Badges, true).has(Feature::Badges));
    }

    #[test]
    fn json_names_the_features() {
        let features = Features::default().with(Feature::LiveSessions, false);
        let json = serde_json::to_string(&features).unwrap();
        assert_eq!(json, r#"{"live_sessions":false}"#);
        assert_eq!(serde_json::from_str::<Features>(&json).unwrap(), features);
        assert!(serde_json::from_str::<Features>(r#"{"time_travel":true}"#).is_err());
    }
}
