//! Notifications: deliveries, templates and preferences.
//!
//! A **notification** is a message to a member; a **delivery** is one attempt to send it through
//! one channel. The library decides what to send and when, by the recipient's **preferences**, and
//! stores the outcome; the host's sender claims deliveries that are due and sends them.
//! [`NotifyOfEvent`] turns events of the domain into notifications; the texts are the **standard
//! texts**, or a tenant's own **templates**.
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

pub use announce::{Announce, Announced, Audience, PostAnnouncement};
pub use change_preferences::ChangePreferences;
pub use delivery::{Channel, Delivery};
pub use delivery_state::{DeliveryEvent, DeliveryStatus};
pub use inbox::{CountUnread, ListNotifications, MarkAllRead, MarkRead, MarkUnread};
pub use keep_template::{KeepTemplate, RemoveTemplate, check_template};
pub use notification::{Category, Notification, Priority};
pub use notify::{Announcement, NotificationError, NotificationSent, Notify};
pub use occasions::TOLD_EVENTS;
pub use preference::{ChannelWish, EmailFrequency, Preference};
pub use quiet_hours::{QuietHours, QuietHoursError};
pub use remind_streaks::{RemindOfStreaks, StreakReminders, is_at_risk};
pub use send::{
    ClaimDeliveries, ClaimedDelivery, Courier, Envelope, MarkDelivered, MarkDeliveryFailed,
    NotificationSender, RetryDelivery, SendingClaim, gather,
};
pub use standard_texts::{STANDARD_TEXTS, StandardText, standard_text};
pub use tell::{NotifyOfEvent, Told};
pub use template::{RenderError, Template, render};
pub use timing::{Timing, timing, timing_of_due};

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

/// The scheduled jobs of this context.
pub fn jobs() -> Vec<lms_store::job::JobType> {
    use lms_learning::learning::LearnerStats;
    use lms_store::{
        job::{Every, JobType, Need},
        operation::Described as _,
    };
    const LEAST_DAYS: u32 = 3;
    vec![
        JobType::new(
            "notification.send",
            "Sends mail and messages to people.",
            Every::FewSeconds,
            |job| Box::pin(send::send_all(job)),
        )
        .needing(const { &[Need::of::<dyn NotificationSender>()] })
        .running(const { &[ClaimDeliveries::NAME, MarkDelivered::NAME, MarkDeliveryFailed::NAME] }),
        JobType::new(
            RemindOfStreaks::NAME,
            "Reminds learners whose streak of at least three days ends today.",
            Every::Hour,
            |job| {
                let page = |size, after| RemindOfStreaks { least_days: LEAST_DAYS, size, after };
                let streaks = LearnerStats::with_streak(LEAST_DAYS);
                Box::pin(job.pages(streaks, page, |it| (it.told.told.into(), it.next.clone())))
            },
        )
        .running(const { &[RemindOfStreaks::NAME] }),
    ]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![EventType::of::<NotificationSent>()]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::typed::<ChangePreferences>(),
        OperationType::typed::<ClaimDeliveries>(),
        OperationType::of::<CountUnread>(),
        OperationType::typed::<KeepTemplate>(),
        OperationType::of::<ListNotifications>(),
        OperationType::of::<MarkAllRead>(),
        OperationType::typed::<MarkDelivered>(),
        OperationType::typed::<MarkDeliveryFailed>(),
        OperationType::of::<MarkRead>(),
        OperationType::of::<MarkUnread>(),
        OperationType::of::<Notify>(),
        OperationType::of::<NotifyOfEvent>(),
        OperationType::of::<PostAnnouncement>(),
        OperationType::of::<RemindOfStreaks>(),
        OperationType::of::<RemoveTemplate>(),
        OperationType::of::<RetryDelivery>(),
    ]
}
