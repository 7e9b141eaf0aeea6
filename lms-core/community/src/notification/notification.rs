//! Notifications: messages to members.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::{Context, Id, Link, Timestamp, Title};
use lms_people::identity::Membership;
use lms_store::{Direction, Query, Record, Stamp};

/// The category of a notification; members switch categories on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum Category {
    /// News without a category of its own.
    #[text("info", "subscription_expiring")]
    Info,
    /// Something was reached, such as a badge.
    Achievement,
    /// Something is due.
    Reminder,
    /// Work was set.
    Assignment,
    /// Word from the platform.
    #[text("system", "maintenance")]
    System,
    /// A course changed.
    CourseUpdate,
    /// Money moved, or should.
    Payment,
    /// A message to many.
    Announcement,
    /// A live session starts or changes.
    LiveSession,
    /// A test was marked.
    TestResult,
    /// A proctoring rule was broken.
    Violation,
    /// A class was given, moved or cancelled.
    ClassSchedule,
}

/// How urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, TextEnum)]
#[non_exhaustive]
pub enum Priority {
    /// Whenever.
    Low,
    /// As usual.
    #[default]
    #[text("medium", "normal")]
    Medium,
    /// Today.
    High,
    /// Now.
    Urgent,
}

/// A message to a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "notifications",
    unaudited,
    index(recipient_id, read_at; covers(deleted_at)),
    index(created_at)
)]
pub struct Notification {
    /// The notification's id.
    pub id: Id<Notification>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The recipient.
    pub recipient_id: Id<Membership>,
    /// What it is about.
    pub category: Category,
    /// How urgent it is.
    pub priority: Priority,
    /// Its headline.
    #[record(personal)]
    pub title: Title,
    /// Its text.
    #[record(personal)]
    pub body: String,
    /// Where it leads.
    pub link: Option<Link>,
    /// When the recipient read it.
    pub read_at: Option<Timestamp>,
}

impl Notification {
    /// An unread notification of usual priority.
    pub fn new(
        cx: &Context,
        recipient_id: Id<Membership>,
        category: Category,
        title: Title,
        body: impl Into<String>,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            recipient_id,
            category,
            priority: Priority::default(),
            title,
            body: body.into(),
            link: None,
            read_at: None,
        }
    }

    /// The notifications of a member, latest first.
    pub fn of(recipient: Id<Membership>) -> Query<Self> {
        Query::filter(Self::RECIPIENT_ID.eq(recipient)).order_by(Self::ID, Direction::Desc)
    }

    /// The unread notifications of a member, latest first.
    pub fn unread_of(recipient: Id<Membership>) -> Query<Self> {
        Self::of(recipient).and(Self::READ_AT.is_null())
    }
}
