//! Announcing something to a class, a unit or everyone.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tell::{notification_id, tell_once};
use crate::notification::{Announcement, Category, Channel, NotificationError, Priority, Told};
use lms_kernel::{Id, Link, Timestamp, Title};
use lms_learning::delivery::{ClassGroup, ClassMember, MemberStatus};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::{Membership, MembershipStatus},
    tenancy::OrgUnit,
};
use lms_store::{Cursor, PageSize, Query, Transaction};

/// To whom something is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Audience {
    /// Every active member of the tenant.
    Everybody,
    /// The active members of a unit itself.
    Unit(Id<OrgUnit>),
    /// The learners of a class who have a seat.
    Class(Id<ClassGroup>),
}

/// An announcement to post.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Announce {
    /// What tells it from every other: the same key tells no one twice.
    pub key: Uuid,
    /// The time of the announcement, by which it is sorted among notifications.
    pub at: Timestamp,
    /// The recipients.
    pub audience: Audience,
    /// What it is about; word from the platform, such as of maintenance, is
    /// [`Category::System`].
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

/// How far an announcement came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Announced {
    /// The members who were notified.
    pub told: Told,
    /// Where the next page of recipients starts; `None` after the last page.
    pub next: Option<Cursor>,
}

/// Posts an announcement to one page of its recipients. A host repeats it with the `next` of the
/// previous answer until there is none, each time in a new transaction; repeating a page notifies
/// no one twice.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.post_announcement")]
pub struct PostAnnouncement {
    /// The announcement and its audience.
    pub what: Announce,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for PostAnnouncement {
    const ACCESS: Access = Access::Asks(&[Permission::ANNOUNCEMENTS_POST]);
    type Answer = Announced;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Announced, NotificationError> {
        let Self { what, size, after } = self;
        let what = &what;
        authorize_on(tx, Permission::ANNOUNCEMENTS_POST, &what.audience).await?;
        let active = || Query::filter(Membership::STATUS.eq(MembershipStatus::Active));
        let (people, next) = match what.audience {
            Audience::Everybody => ids(tx.page(active().page(size, after)).await?),
            Audience::Unit(unit) => {
                let here = active().and(Membership::ORG_UNIT_ID.is(unit));
                ids(tx.page(here.page(size, after)).await?)
            }
            Audience::Class(class) => {
                let learners = ClassMember::of(class, MemberStatus::Active);
                let page = tx.page(learners.page(size, after)).await?;
                (page.items.into_iter().map(|it| it.student_id).collect(), page.next)
            }
        };
        let mut told = Told::default();
        for recipient in people {
            let id = notification_id(what.at, (what.key, "announcement"), recipient);
            let announcement = Announcement {
                recipient,
                category: what.category,
                priority: what.priority,
                title: what.title.clone(),
                body: what.body.clone(),
                link: what.link.clone(),
                channels: what.channels.clone(),
            };
            told.add(tell_once(tx, announcement, id).await?);
        }
        Ok(Announced { told, next })
    }
}

fn ids(page: lms_store::Page<Membership>) -> (Vec<Id<Membership>>, Option<Cursor>) {
    (page.items.into_iter().map(|it| it.id).collect(), page.next)
}
