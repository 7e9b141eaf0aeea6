//! Notifying a member.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::notification::{
    Category, Channel, Delivery, DeliveryEvent, Notification, Preference, Priority, RenderError,
    timing,
};
use lms_kernel::{Id, Link, Rejected, TimeZone, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    identity::Membership,
    tenancy::TenantSettings,
};
use lms_store::{
    operation::{Access, Operation, operation},
    outbox::DomainEvent,
    {Record, StoreError, Transaction},
};

/// A notification to create, with its recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Announcement {
    /// The recipient.
    pub recipient: Id<Membership>,
    /// What it is about.
    pub category: Category,
    /// How urgent it is.
    pub priority: Priority,
    /// Its headline.
    pub title: Title,
    /// Its text.
    pub body: String,
    /// Where it leads.
    pub link: Option<Link>,
    /// The ways it should travel.
    pub channels: Vec<Channel>,
}

impl Announcement {
    /// An announcement of usual priority, inside the product and by e-mail.
    pub fn new(
        recipient: Id<Membership>,
        category: Category,
        title: Title,
        body: impl Into<String>,
    ) -> Self {
        Self {
            recipient,
            category,
            priority: Priority::default(),
            title,
            body: body.into(),
            link: None,
            channels: vec![Channel::InApp, Channel::Email],
        }
    }
}

/// A notification was stored and its deliveries wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("notification.sent", subject = lms_kernel::EntityKind::from_static(Notification::KIND), id = notification)]
pub struct NotificationSent {
    /// The notification.
    pub notification: Id<Notification>,
    /// The recipient.
    pub recipient: Id<Membership>,
    /// What it is about.
    pub category: Category,
}

/// Why a member could not be notified.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum NotificationError {
    /// Another sender has the delivery.
    #[error("the claim has run out and another sender may have the delivery; leave it")]
    #[fault(conflict)]
    ClaimLost,
    /// An event does not say what events of its kind say.
    #[error("the event `{kind}` cannot be read; replay it with the library that wrote it")]
    #[fault(invalid)]
    BadEvent {
        /// Its kind.
        kind: String,
    },
    /// A text makes a headline that is none.
    #[error("the subject of `{template}` is empty or too long; use 1 to 500 characters")]
    #[fault(invalid, field = "subject")]
    BadHeadline {
        /// The text.
        template: String,
    },
    /// A text cannot be filled.
    #[error(transparent)]
    #[fault(transparent)]
    Render(#[from] RenderError),
    /// The delivery's state does not allow it.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// The actor may not do it.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Notifies a person, through the channels that they want and when they want it.
///
/// A channel that they do not want leaves a suppressed delivery, so that support can answer "why
/// did I not get it". Inside the product the delivery is done by being stored.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.notify")]
pub struct Notify {
    /// Whom to notify of what.
    pub announcement: Announcement,
}

impl Operation for Notify {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_SEND]);
    type Answer = Notification;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Notification, NotificationError> {
        let recipient = Subject::of(self.announcement.recipient);
        authorize_on(tx, Permission::NOTIFICATIONS_SEND, &recipient).await?;
        let id = tx.id();
        put(tx, self.announcement, id).await
    }
}

/// Stores a notification under that id, and its deliveries.
pub(super) async fn put(
    tx: &mut Transaction,
    announcement: Announcement,
    id: Id<Notification>,
) -> Result<Notification, NotificationError> {
    let wishes = tx.first(Preference::of(announcement.recipient)).await?;
    let home = match &wishes {
        Some(wishes) if wishes.time_zone.is_none() => {
            tx.get(TenantSettings::id_of(tx.cx())).await?.map(|it| it.time_zone)
        }
        Some(_) | None => None,
    };
    let Announcement { recipient, category, priority, title, body, link, channels } = announcement;
    let new = Notification::new(tx.cx(), recipient, category, title, body);
    let notification = Notification { id, priority, link, ..new };
    tx.insert(&notification).await?;
    let mut deliveries = Vec::with_capacity(channels.len());
    for channel in channels {
        let mut delivery = Delivery::new(tx.cx(), notification.id, channel);
        let what = (category, priority, channel);
        match timing(wishes.as_ref(), home.unwrap_or(TimeZone::UTC), what, tx.now()) {
            None => delivery.status = delivery.status.apply(DeliveryEvent::Suppress)?,
            Some(_) if channel == Channel::InApp => {
                delivery.status = delivery.status.apply(DeliveryEvent::Send)?;
                delivery.sent_at = Some(tx.now());
            }
            Some(timing) => {
                delivery.due_at = timing.due_at;
                delivery.frequency = timing.frequency;
            }
        }
        deliveries.push(delivery);
    }
    tx.insert_all(&deliveries).await?;
    tx.emit(&NotificationSent { notification: notification.id, recipient, category });
    Ok(notification)
}
