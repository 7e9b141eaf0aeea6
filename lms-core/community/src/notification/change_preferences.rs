//! Changing notification preferences.
use lms_store::operation::{Access, Operation, operation};
use std::collections::{BTreeMap, BTreeSet};

use crate::notification::{
    Category, Channel, ChannelWish, EmailFrequency, NotificationError, Preference, QuietHours,
};
use lms_kernel::TimeZone;
use lms_people::authorization::{Permission, Subject, acting_member, authorize_on};
use lms_store::Transaction;

/// Changes the notification preferences of the acting member. Fields that are `None` stay as they
/// are; before the first change everything is delivered.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.change_preferences", secret)]
#[derive(Default, PartialEq)]
pub struct ChangePreferences {
    /// Whether to send e-mail.
    pub email_enabled: Option<bool>,
    /// How often to send e-mail: at once or as a digest.
    pub email_frequency: Option<EmailFrequency>,
    /// Whether to show notifications inside the product.
    pub in_app_enabled: Option<bool>,
    /// The categories to deliver; `Some(None)` delivers all.
    pub categories: Option<Option<BTreeSet<Category>>>,
    /// Preferences for single channels, which replace the earlier ones.
    pub channels: Option<BTreeMap<Channel, ChannelWish>>,
    /// The hours in which only urgent notifications are sent; `Some(None)` for no quiet hours.
    pub quiet_hours: Option<Option<QuietHours>>,
    /// The time zone of quiet hours and digests; `Some(None)` uses the tenant's.
    pub time_zone: Option<Option<TimeZone>>,
}

impl Operation for ChangePreferences {
    const ACCESS: Access = Access::Asks(&[Permission::PREFERENCES_EDIT]);
    type Answer = Preference;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Preference, NotificationError> {
        let change = self;
        let member = acting_member(tx, Permission::PREFERENCES_EDIT).await?.id;
        authorize_on(tx, Permission::PREFERENCES_EDIT, &Subject::of(member)).await?;
        let found = tx.first(Preference::of(member)).await?;
        let is_new = found.is_none();
        let mut wishes = found.unwrap_or_else(|| Preference::new(tx.cx(), member));
        let ChangePreferences {
            email_enabled,
            email_frequency,
            in_app_enabled,
            categories,
            channels,
            quiet_hours,
            time_zone,
        } = change;
        wishes.email_enabled = email_enabled.unwrap_or(wishes.email_enabled);
        wishes.email_frequency = email_frequency.unwrap_or(wishes.email_frequency);
        wishes.in_app_enabled = in_app_enabled.unwrap_or(wishes.in_app_enabled);
        wishes.categories_enabled = categories.unwrap_or(wishes.categories_enabled);
        wishes.channels = channels.unwrap_or(wishes.channels);
        wishes.quiet_hours = quiet_hours.unwrap_or(wishes.quiet_hours);
        wishes.time_zone = time_zone.unwrap_or(wishes.time_zone);
        if is_new {
            tx.insert(&wishes).await?;
        } else {
            tx.update(&mut wishes).await?;
        }
        Ok(wishes)
    }
}
