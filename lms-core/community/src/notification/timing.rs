//! The time at which a notification is sent through a channel.
use chrono::{Datelike as _, Days, Weekday};

use super::quiet_hours::instant;
use crate::notification::{Category, Channel, EmailFrequency, Preference, Priority};
use lms_kernel::{TimeZone, Timestamp};

/// When a delivery is due, and whether it is gathered with others into one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Not before then.
    pub due_at: Timestamp,
    /// At once, or in the message of the day or the week.
    pub frequency: EmailFrequency,
}

/// Digests go out at eight in the morning, by the recipient's clock; weekly ones on Mondays.
const DIGEST_MINUTE: u16 = 8 * 60;

/// When a person with those wishes gets it through that channel; none if they do not want it.
///
/// What is urgent is always sent at once. Inside the product everything is there at once. Anything
/// else waits for the message of the day or the week where the person wants one, and then for the
/// end of their quiet hours. `home` is the clock of a person who has said nothing about theirs.
pub fn timing(
    wishes: Option<&Preference>,
    home: TimeZone,
    (category, priority, channel): (Category, Priority, Channel),
    now: Timestamp,
) -> Option<Timing> {
    let at_once = Timing { due_at: now, frequency: EmailFrequency::Immediate };
    let Some(wishes) = wishes else { return Some(at_once) };
    if !wishes.wants(category, priority, channel) {
        return None;
    }
    if priority == Priority::Urgent || channel == Channel::InApp {
        return Some(at_once);
    }
    let zone = wishes.time_zone.unwrap_or(home);
    let frequency = wishes.frequency(channel);
    let slot = match frequency {
        EmailFrequency::Daily => next_slot(now, zone, None),
        EmailFrequency::Weekly => next_slot(now, zone, Some(Weekday::Mon)),
        EmailFrequency::Immediate | EmailFrequency::Never => now,
    };
    let quiet_until = wishes.quiet_hours.and_then(|it| it.end_at(slot, zone));
    Some(Timing { due_at: quiet_until.unwrap_or(slot), frequency })
}

/// When a delivery that is due now is sent by the wishes of now, which may be others than when it
/// was queued; none if the person does not want it any more. `queued` is how it was to travel: a
/// message of the day or the week whose morning has come waits for no other.
pub fn timing_of_due(
    wishes: Option<&Preference>,
    home: TimeZone,
    (what, queued): ((Category, Priority, Channel), EmailFrequency),
    now: Timestamp,
) -> Option<Timing> {
    let asked = timing(wishes, home, what, now)?;
    let is_digest = matches!(queued, EmailFrequency::Daily | EmailFrequency::Weekly);
    if !is_digest || asked.frequency != queued {
        return Some(asked);
    }
    let zone = wishes.and_then(|it| it.time_zone).unwrap_or(home);
    let quiet = wishes.and_then(|it| it.quiet_hours).and_then(|it| it.end_at(now, zone));
    Some(Timing { due_at: quiet.unwrap_or(now), ..asked })
}

/// The next time for digests after `now`.
fn next_slot(now: Timestamp, zone: TimeZone, weekday: Option<Weekday>) -> Timestamp {
    let today = zone.date(now);
    let days = (0..=7).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
    let right = days.filter(|day| weekday.is_none_or(|it| day.weekday() == it));
    let mut slots = right.map(|day| instant(day, DIGEST_MINUTE, zone));
    slots.find(|it| *it > now).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::notification::{ChannelWish, QuietHours};
    use lms_kernel::{Actor, Context, SequentialIds, TenantId};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn wishes() -> Preference {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("t"), Timestamp::EPOCH, ids);
        Preference::new(&cx, cx.id())
    }

    fn due(wishes: &Preference, channel: Channel, now: &str) -> Option<String> {
        let what = (Category::Info, Priority::Medium, channel);
        let home = TimeZone::new("Asia/Jakarta").unwrap();
        timing(Some(wishes), home, what, at(now)).map(|it| it.due_at.to_string())
    }

    #[test]
    fn a_message_of_the_day_goes_out_in_the_morning_where_the_person_lives() {
        let mut daily = wishes();
        daily.email_frequency = EmailFrequency::Daily;
        // Eight in the morning in Jakarta is one in the morning in UTC.
        for (now, wanted) in [
            ("2024-03-01T00:59:59Z", "2024-03-01T01:00:00Z"),
            ("2024-03-01T01:00:00Z", "2024-03-02T01:00:00Z"),
        ] {
            assert_eq!(due(&daily, Channel::Email, now).as_deref(), Some(wanted));
        }
        daily.time_zone = Some(TimeZone::UTC);
        let there = due(&daily, Channel::Email, "2024-03-01T01:00:00Z");
        assert_eq!(there.as_deref(), Some("2024-03-01T08:00:00Z"));
        assert_eq!(
            due(&daily, Channel::Sms, "2024-03-01T01:00:00Z").as_deref(),
            Some("2024-03-01T01:00:00Z")
        );
    }

    #[test]
    fn a_message_of_the_week_goes_out_on_monday() {
        let mut weekly = wishes();
        weekly.email_frequency = EmailFrequency::Weekly;
        // The first of March 2024 was a Friday.
        let due = |now| due(&weekly, Channel::Email, now);
        assert_eq!(due("2024-03-01T12:00:00Z").as_deref(), Some("2024-03-04T01:00:00Z"));
        assert_eq!(due("2024-03-04T01:00:00Z").as_deref(), Some("2024-03-11T01:00:00Z"));
    }

    #[test]
    fn quiet_hours_put_off_all_but_what_is_urgent_or_inside_the_product() {
        let mut quiet = wishes();
        quiet.quiet_hours = Some(QuietHours::new(22 * 60, 7 * 60).unwrap());
        let night = "2024-03-01T16:00:00Z";
        assert_eq!(due(&quiet, Channel::Email, night).as_deref(), Some("2024-03-02T00:00:00Z"));
        assert_eq!(due(&quiet, Channel::InApp, night).as_deref(), Some(night));
        let urgent = (Category::Info, Priority::Urgent, Channel::Sms);
        let home = TimeZone::new("Asia/Jakarta").unwrap();
        let told = timing(Some(&quiet), home, urgent, at(night)).unwrap();
        assert_eq!(told.due_at, at(night));
    }

    #[test]
    fn a_wish_for_a_channel_counts_for_it_alone() {
        let mut wishes = wishes();
        let off = ChannelWish { frequency: EmailFrequency::Never, categories: None };
        wishes.channels.insert(Channel::Sms, off);
        let only = Some([Category::Payment].into());
        let money = ChannelWish { frequency: EmailFrequency::Immediate, categories: only };
        wishes.channels.insert(Channel::Push, money);
        let now = "2024-03-01T12:00:00Z";
        for (channel, wanted) in [
            (Channel::Sms, false),
            (Channel::Push, false),
            (Channel::Email, true),
            (Channel::Telegram, true),
        ] {
            assert_eq!(due(&wishes, channel, now).is_some(), wanted, "{channel}");
        }
        assert!(wishes.wants(Category::Payment, Priority::Low, Channel::Push));
        assert!(wishes.wants(Category::Info, Priority::Urgent, Channel::Sms));
    }
}
