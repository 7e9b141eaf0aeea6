//! A member's notification preferences.
use std::collections::{BTreeMap, BTreeSet};

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::notification::{Category, Channel, Priority, QuietHours};
use lms_kernel::{Context, Id, TimeZone};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp};

/// How often e-mail, or anything else that travels, is sent.
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

/// A member's preference for one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ChannelWish {
    /// How often.
    pub frequency: EmailFrequency,
    /// The categories that are wanted; all of them when there is none.
    pub categories: Option<BTreeSet<Category>>,
}

/// A member's notification preferences. Without a record everything is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "notification_preferences", kind = "preference", unique(member_id))]
pub struct Preference {
    /// The record's id.
    pub id: Id<Preference>,
    /// When the record was created and last changed, and its version.
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
    /// What is wanted through single channels, on top of the rest; nothing special for a channel
    /// that is not named.
    #[record(json)]
    pub channels: BTreeMap<Channel, ChannelWish>,
    /// The hours in which nothing but what is urgent is sent.
    #[record(json)]
    pub quiet_hours: Option<QuietHours>,
    /// The clock that the hours and the mornings are by; the tenant's when there is none.
    pub time_zone: Option<TimeZone>,
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
            channels: BTreeMap::new(),
            quiet_hours: None,
            time_zone: None,
        }
    }

    /// Someone's wishes.
    pub fn of(member: Id<Membership>) -> Query<Self> {
        Query::filter(Self::MEMBER_ID.eq(member))
    }

    /// Whether the member wants this through that channel. Urgent notifications are always sent.
    pub fn wants(&self, category: Category, priority: Priority, channel: Channel) -> bool {
        if priority == Priority::Urgent {
            return true;
        }
        let among =
            |wanted: Option<&BTreeSet<Category>>| wanted.is_none_or(|it| it.contains(&category));
        let is_on = match channel {
            Channel::InApp => self.in_app_enabled,
            Channel::Email => self.email_enabled,
            Channel::Sms
            | Channel::Push
            | Channel::WhatsApp
            | Channel::Telegram
            | Channel::Webhook => true,
        };
        let special = self.channels.get(&channel).and_then(|it| it.categories.as_ref());
        is_on
            && self.frequency(channel) != EmailFrequency::Never
            && among(self.categories_enabled.as_ref())
            && among(special)
    }

    /// How often the member wants notifications through that channel.
    pub fn frequency(&self, channel: Channel) -> EmailFrequency {
        match (self.channels.get(&channel), channel) {
            (Some(wish), _) => wish.frequency,
            (None, Channel::Email) => self.email_frequency,
            (
                None,
                Channel::InApp
                | Channel::Sms
                | Channel::Push
                | Channel::WhatsApp
                | Channel::Telegram
                | Channel::Webhook,
            ) => EmailFrequency::Immediate,
        }
    }
}
