//! Telling people: notifications, deliveries, templates and preferences.
//!
//! A **notification** is what a person is told; a **delivery** is one attempt to tell it through
//! one channel. The library decides what to send and keeps what became of it; the host's sender
//! carries it.
mod delivery;
mod delivery_state;
#[expect(clippy::module_inception, reason = "the record of the same name")]
mod notification;
mod notify;
mod preference;
mod template;

pub use delivery::{Channel, Delivery};
pub use delivery_state::{DeliveryEvent, DeliveryStatus, TransitionError};
pub use notification::{Category, Notification, Priority};
pub use notify::{
    Announcement, NotificationError, NotificationSent, mark_read, notify, record_delivery_failure,
    record_delivery_success, retry_delivery,
};
pub use preference::{EmailFrequency, Preference};
pub use template::{RenderError, Template, render};

use crate::store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Notification>(),
        RecordType::of::<Delivery>(),
        RecordType::of::<Template>(),
        RecordType::of::<Preference>(),
    ]
}
