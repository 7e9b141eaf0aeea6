//! One delivery of a notification through one channel.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::notification::{DeliveryStatus, EmailFrequency, Notification};
use lms_kernel::{Context, Id, Timestamp};
use lms_store::{Direction, Lock, LogStamp, PageSize, Query, Record};

/// The way a notification travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum Channel {
    /// Shown inside the product; delivered by being stored.
    InApp,
    /// E-mail.
    Email,
    /// A text message.
    Sms,
    /// A push message to a phone or browser.
    Push,
    /// WhatsApp.
    #[text("whatsapp")]
    WhatsApp,
    /// Telegram.
    Telegram,
    /// A call to the recipient's own system.
    Webhook,
}

/// One attempt to tell something through one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "notification_deliveries",
    kind = "delivery",
    unaudited,
    unique_always(notification_id, channel),
    index(status, due_at)
)]
pub struct Delivery {
    /// The delivery's id.
    pub id: Id<Delivery>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The notification that is delivered.
    pub notification_id: Id<Notification>,
    /// The way it travels.
    pub channel: Channel,
    /// Its status.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether it is sent on its own, or gathered into the message of the day or the week.
    pub frequency: EmailFrequency,
    /// Not before this instant is it tried; while a sender has it, when that one's claim ends.
    pub due_at: Timestamp,
    /// Which claim it is under, while a sender has it.
    pub claim: Option<Uuid>,
    /// When it was handed to the channel.
    pub sent_at: Option<Timestamp>,
    /// Why the last attempt failed, in the channel's words.
    #[record(personal)]
    pub failure: Option<String>,
}

impl Delivery {
    /// A delivery that waits for its first attempt.
    pub fn new(cx: &Context, notification_id: Id<Notification>, channel: Channel) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            notification_id,
            channel,
            status: DeliveryStatus::Pending,
            attempts: 0,
            frequency: EmailFrequency::Immediate,
            due_at: cx.now(),
            claim: None,
            sent_at: None,
            failure: None,
        }
    }

    /// The deliveries that are due and that no one else is sending, those waiting longest first.
    pub fn due(now: Timestamp, limit: PageSize) -> Query<Self> {
        let due = Self::STATUS.eq(DeliveryStatus::Pending).and(Self::DUE_AT.le(now));
        Query::filter(due)
            .order_by(Self::DUE_AT, Direction::Asc)
            .limit(limit)
            .lock(Lock::SkipLocked)
    }

    /// The deliveries of one notification.
    pub fn of(notification: Id<Notification>) -> Query<Self> {
        Query::filter(Self::NOTIFICATION_ID.eq(notification))
    }
}
