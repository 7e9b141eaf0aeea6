//! What a person wants to be told, and how.
use std::collections::BTreeSet;

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    identity::Membership,
    kernel::{Context, Id},
    notification::{Category, Channel, Priority},
    store::{Query, Record, Stamp},
};

/// How often e-mail is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, TextEnum)]
#[non_exhaustive]
pub enum EmailFrequency {
    /// As it happens.
    #[default]
    #[text("immediate", "instant")]
    Immediate,
    /// One message a day.
    Daily,
    /// One message a week.
    Weekly,
    /// No e-mail.
    Never,
}

/// What a person wants to be told, and how. Without a record everything is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[record(table = "notification_preferences", kind = "preference", unique(member_id))]
pub struct Preference {
    /// The record's id.
    pub id: Id<Preference>,
    /// What the library keeps about the record.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Whose wishes they are.
    pub member_id: Id<Membership>,
    /// Whether e-mail is wanted at all.
    pub email_enabled: bool,
    /// How often e-mail is wanted.
    pub email_frequency: EmailFrequency,
    /// Whether notifications inside the product are wanted.
    pub in_app_enabled: bool,
    /// The categories that are wanted; all of them when there is none.
    #[record(json)]
    pub categories_enabled: Option<BTreeSet<Category>>,
}

impl Preference {
    /// Wishes for everything.
    pub fn new(cx: &Context, member_id: Id<Membership>) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            member_id,
            email_enabled: true,
            email_frequency: EmailFrequency::default(),
            in_app_enabled: true,
            categories_enabled: None,
        }
    }

    /// Somebody's wishes.
    pub fn of(member: Id<Membership>) -> Query<Self> {
        Query::filter(Self::MEMBER_ID.eq(member))
    }

    /// Whether the person wants to hear this through that channel. What is urgent is always told.
    pub fn wants(&self, category: Category, priority: Priority, channel: Channel) -> bool {
        if priority == Priority::Urgent {
            return true;
        }
        let category = self.categories_enabled.as_ref().is_none_or(|it| it.contains(&category));
        let channel = match channel {
            Channel::InApp => self.in_app_enabled,
            Channel::Email => self.email_enabled && self.email_frequency != EmailFrequency::Never,
            Channel::Sms
            | Channel::Push
            | Channel::WhatsApp
            | Channel::Telegram
            | Channel::Webhook => true,
        };
        category && channel
    }
}
