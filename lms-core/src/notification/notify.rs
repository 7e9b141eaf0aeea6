//! Telling somebody something.
use chrono::TimeDelta;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{AuthorizationError, Permission, Place, acting_member, authorize},
    identity::Membership,
    kernel::{Context, EntityRef, Id, Link, Title},
    notification::{
        Category, Channel, Delivery, DeliveryEvent, DeliveryStatus, Notification, Preference,
        Priority, TransitionError,
    },
    outbox::DomainEvent,
    store::{Record, StoreError, Transaction},
};

/// What to tell whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    /// Who is told.
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
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NotificationSent {
    /// The notification.
    pub notification: Id<Notification>,
    /// Who is told.
    pub recipient: Id<Membership>,
    /// What it is about.
    pub category: Category,
}

impl DomainEvent for NotificationSent {
    const KIND: &'static str = "notification.sent";
    fn subject(&self) -> EntityRef {
        EntityRef::to(crate::kernel::EntityKind::from_static(Notification::KIND), self.notification)
    }
}

/// Why somebody could not be told.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum NotificationError {
    /// The delivery's state does not allow it.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] TransitionError),
    /// The actor may not do it.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// How often a delivery is tried before it is given up.
const MAX_ATTEMPTS: u32 = 5;

/// Tells somebody something, through the channels that they want.
///
/// A channel that they do not want leaves a suppressed delivery, so that support can answer "why
/// did I not get it". Inside the product the delivery is done by being stored.
pub async fn notify(
    cx: &Context,
    tx: &mut Transaction,
    announcement: Announcement,
) -> Result<Notification, NotificationError> {
    let wishes = tx.first(Preference::of(announcement.recipient)).await?;
    let Announcement { recipient, category, priority, title, body, link, channels } = announcement;
    let notification =
        Notification { priority, link, ..Notification::new(cx, recipient, category, title, body) };
    tx.insert(&notification).await?;
    let mut deliveries = Vec::with_capacity(channels.len());
    for channel in channels {
        let mut delivery = Delivery::new(cx, notification.id, channel);
        if wishes.as_ref().is_some_and(|it| !it.wants(category, priority, channel)) {
            delivery.status = delivery.status.apply(DeliveryEvent::Suppress)?;
        } else if channel == Channel::InApp {
            delivery.status = delivery.status.apply(DeliveryEvent::Send)?;
            delivery.sent_at = Some(cx.now());
        }
        deliveries.push(delivery);
    }
    tx.insert_all(&deliveries).await?;
    tx.emit(&NotificationSent { notification: notification.id, recipient, category });
    Ok(notification)
}

/// Marks a notification as read; again does nothing. Only its recipient may.
pub async fn mark_read(
    cx: &Context,
    tx: &mut Transaction,
    id: Id<Notification>,
) -> Result<Notification, NotificationError> {
    let reader = acting_member(cx, tx, Permission::NOTIFICATIONS_VIEW).await?;
    let mut notification = tx.require(id).await?;
    if notification.recipient_id != reader.id {
        return Err(StoreError::NotFound { table: Notification::TABLE, id: id.uuid() }.into());
    }
    if notification.read_at.is_none() {
        notification.read_at = Some(cx.now());
        tx.update(&mut notification).await?;
    }
    Ok(notification)
}

/// Notes that the channel took a delivery.
pub async fn record_delivery_success(
    cx: &Context,
    tx: &mut Transaction,
    id: Id<Delivery>,
) -> Result<Delivery, NotificationError> {
    authorize(cx, tx, Permission::NOTIFICATIONS_MANAGE, Place::Tenant).await?;
    let mut delivery = tx.lock(id).await?;
    delivery.status = delivery.status.apply(DeliveryEvent::Send)?;
    delivery.attempts = delivery.attempts.saturating_add(1);
    delivery.sent_at = Some(cx.now());
    tx.update(&mut delivery).await?;
    Ok(delivery)
}

/// Notes that an attempt failed: it is tried again after 1, 2, 4, … minutes, and given up after
/// the fifth attempt.
pub async fn record_delivery_failure(
    cx: &Context,
    tx: &mut Transaction,
    id: Id<Delivery>,
    failure: &str,
) -> Result<Delivery, NotificationError> {
    authorize(cx, tx, Permission::NOTIFICATIONS_MANAGE, Place::Tenant).await?;
    let mut delivery = tx.lock(id).await?;
    let attempts = delivery.attempts.saturating_add(1);
    let last = attempts >= MAX_ATTEMPTS;
    let event = if last { DeliveryEvent::GiveUp } else { DeliveryEvent::FailAttempt };
    delivery.status = delivery.status.apply(event)?;
    delivery.attempts = attempts;
    delivery.failure = Some(failure.chars().filter(|it| *it != '\0').take(500).collect());
    let wait = TimeDelta::minutes(1 << (attempts - 1).min(10));
    delivery.due_at = cx.now().saturating_add(wait);
    tx.update(&mut delivery).await?;
    Ok(delivery)
}

/// Lets a delivery that was given up be tried again from the start.
pub async fn retry_delivery(
    cx: &Context,
    tx: &mut Transaction,
    id: Id<Delivery>,
) -> Result<Delivery, NotificationError> {
    authorize(cx, tx, Permission::NOTIFICATIONS_MANAGE, Place::Tenant).await?;
    let mut delivery = tx.lock(id).await?;
    delivery.status = delivery.status.apply(DeliveryEvent::Retry)?;
    delivery.attempts = 0;
    delivery.due_at = cx.now();
    tx.update(&mut delivery).await?;
    debug_assert_eq!(delivery.status, DeliveryStatus::Pending);
    Ok(delivery)
}
