//! Telling people: notifications, deliveries, templates and preferences.
//!
//! A **notification** is what a person is told; a **delivery** is one attempt to tell it through
//! one channel. The library decides what to send and when, by the recipient's **preferences**, and
//! keeps what became of it; the host's sender claims deliveries that are due and carries them.
//! What happened in the domain is told by [`tell_of_event`]; its words are the **standard texts**,
//! or a tenant's own **templates**.
mod announce;
mod change_preferences;
mod delivery;
mod delivery_state;
mod inbox;
mod keep_template;
#[expect(clippy::module_inception, reason = "the record of the same name")]
mod notification;
mod notify;
mod occasions;
mod preference;
mod quiet_hours;
mod remind_streaks;
mod send;
mod standard_texts;
mod tell;
mod template;
mod timing;

pub use announce::{Announce, Announced, Audience, announce};
pub use change_preferences::{ChangePreferences, change_preferences};
pub use delivery::{Channel, Delivery};
pub use delivery_state::{DeliveryEvent, DeliveryStatus};
pub use inbox::{count_unread, inbox, mark_all_read, mark_read, mark_unread};
pub use keep_template::{KeepTemplate, check_template, keep_template, remove_template};
pub use notification::{Category, Notification, Priority};
pub use notify::{Announcement, NotificationError, NotificationSent, notify};
pub use occasions::TOLD_EVENTS;
pub use preference::{ChannelWish, EmailFrequency, Preference};
pub use quiet_hours::{QuietHours, QuietHoursError};
pub use remind_streaks::{StreakReminders, is_at_risk, remind_of_streaks};
pub use send::{
    ClaimedDelivery, Courier, Envelope, SendingClaim, claim_deliveries, gather, mark_delivered,
    mark_delivery_failed, retry_delivery,
};
pub use standard_texts::{STANDARD_TEXTS, StandardText, standard_text};
pub use tell::{Told, tell_of_event};
pub use template::{RenderError, Template, render};
pub use timing::{Timing, timing};

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Notification>(),
        RecordType::of::<Delivery>(),
        RecordType::of::<Template>(),
        RecordType::of::<Preference>(),
    ]
}
