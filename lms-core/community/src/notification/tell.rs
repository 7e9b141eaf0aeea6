//! Notifying people of an event.
use lms_store::operation::{Access, Operation, operation};
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{notify::put, occasions::Occasion};
use crate::notification::{
    Announcement, Category, Channel, Notification, NotificationError, Priority, Template, render,
    standard_text,
};
use lms_kernel::{Id, Slug, Timestamp, Title, uuid_v7};
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    identity::{Membership, MembershipStatus},
};
use lms_store::{Transaction, outbox::Message};

/// The outcome of notifying the people whom an event concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Told {
    /// The number of members notified now.
    pub told: u32,
    /// The number of members notified before, when the event came for the first time.
    pub before: u32,
}

impl Told {
    pub(super) fn add(&mut self, is_new: bool) {
        let count = if is_new { &mut self.told } else { &mut self.before };
        *count = count.saturating_add(1);
    }
}

/// Notifies the people whom an event concerns, such as a class of its new assignment or a payer of
/// a reviewed proof. The host's relay runs it for each message; events that concern no one are
/// skipped.
///
/// An event that comes again tells no one twice: a notification's id is made from the event's, the
/// recipient's and the text's name. People who have left are not told, and what an event is about
/// and is gone tells no one.
///
/// # Errors
/// [`NotificationError::BadEvent`]; [`NotificationError::Render`] where a tenant's own text has a
/// gap without a value.
#[operation("notification.notify_of_event")]
pub struct NotifyOfEvent {
    /// The outbox message with the event.
    pub event: Message,
}

impl Operation for NotifyOfEvent {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_SEND]);
    type Answer = Told;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Told, NotificationError> {
        let Self { event } = self;
        let event = &event;
        authorize_on(tx, Permission::NOTIFICATIONS_SEND, &TheTenant).await?;
        let mut told = Told::default();
        for occasion in Occasion::of_event(tx, event).await? {
            let Wording { title, body, priority } = wording(tx, &occasion).await?;
            let people = tx.get_many(&occasion.recipients).await?;
            let present = people.into_iter().filter(|it| it.status == MembershipStatus::Active);
            let present: BTreeSet<_> = present.map(|it| it.id).collect();
            let once = occasion.recipients.iter().filter(|it| present.contains(it));
            for recipient in once.collect::<BTreeSet<_>>() {
                let key = (event.id.uuid(), occasion.text);
                let id = notification_id(event.occurred_at, key, *recipient);
                let announcement = Announcement {
                    priority,
                    ..Announcement::new(*recipient, category(occasion.text), title.clone(), &body)
                };
                told.add(tell_once(tx, announcement, id).await?);
            }
        }
        Ok(told)
    }
}

/// Tells someone something under an id that is made from its cause; nothing if that was done
/// before. Says whether it was done now.
pub(super) async fn tell_once(
    tx: &mut Transaction,
    announcement: Announcement,
    id: Id<Notification>,
) -> Result<bool, NotificationError> {
    if tx.get(id).await?.is_some() {
        return Ok(false);
    }
    put(tx, announcement, id).await?;
    Ok(true)
}

/// The id of a recipient's notification for one cause: the same for the same cause, and ordered by
/// time among the others.
pub(super) fn notification_id(
    at: Timestamp,
    (cause, text): (Uuid, &str),
    recipient: Id<Membership>,
) -> Id<Notification> {
    let mut hash = Sha256::new();
    hash.update(cause.as_bytes());
    hash.update(recipient.uuid().as_bytes());
    hash.update(text.as_bytes());
    let mut random = [0; 10];
    for (to, from) in random.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    Id::from_uuid(uuid_v7(at, random))
}

/// The cause of a notification that is sent once a day.
pub(super) fn daily_cause(day: NaiveDate) -> Uuid {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(day.to_string().bytes()) {
        *to = from;
    }
    Uuid::from_bytes(bytes)
}

/// What is said.
pub(super) struct Wording {
    pub(super) title: Title,
    pub(super) body: String,
    pub(super) priority: Priority,
}

/// The tenant's own words for it, or the standard ones.
pub(super) async fn wording(
    tx: &mut Transaction,
    occasion: &Occasion,
) -> Result<Wording, NotificationError> {
    let own = match Slug::new(occasion.text) {
        Ok(name) => tx.first(Template::named(name, Channel::InApp)).await?,
        Err(_) => None,
    };
    fill(own.as_ref(), occasion.text, &occasion.values)
}

fn fill(
    own: Option<&Template>,
    name: &str,
    values: &BTreeMap<String, String>,
) -> Result<Wording, NotificationError> {
    let bad = || NotificationError::BadHeadline { template: name.to_owned() };
    let standard = standard_text(name).ok_or_else(bad)?;
    let (subject, body, priority) = match own {
        Some(own) => (own.subject.as_str(), own.body.as_str(), own.priority),
        None => (standard.subject, standard.body, standard.priority),
    };
    let subject: String = render(subject, values)?.chars().take(Title::MAX_LENGTH).collect();
    let title = Title::new(&subject).map_err(|_| bad())?;
    Ok(Wording { title, body: render(body, values)?, priority })
}

fn category(text: &str) -> Category {
    standard_text(text).map_or(Category::Info, |it| it.category)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cause_makes_one_notification_for_each_person_and_text() {
        let at = "2024-03-01T12:00:00Z".parse().unwrap();
        let person = |it| Id::from_uuid(Uuid::from_u128(it));
        let cause = Uuid::from_u128(9);
        let id = notification_id(at, (cause, "badge-awarded"), person(1));
        assert_eq!(id, notification_id(at, (cause, "badge-awarded"), person(1)));
        assert_ne!(id, notification_id(at, (cause, "badge-awarded"), person(2)));
        assert_ne!(id, notification_id(at, (cause, "seat-given"), person(1)));
        assert_ne!(id, notification_id(at, (Uuid::nil(), "badge-awarded"), person(1)));
        let later = "2024-03-01T12:00:01Z".parse().unwrap();
        assert!(id.uuid() < notification_id(later, (Uuid::nil(), "a"), person(1)).uuid());
        let days = ["2024-03-01", "2024-03-02"].map(|it| daily_cause(it.parse().unwrap()));
        assert_ne!(days[0], days[1]);
    }
}
