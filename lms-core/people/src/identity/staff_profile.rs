//! The profile of a member of staff.
use chrono::{NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

use crate::identity::Membership;
use lms_kernel::{Context, Id, Title};
use lms_store::{Query, Record, Stamp};

/// A time of the week at which someone can be booked, by the clocks of their unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "WeeklySlotText", into = "WeeklySlotText")]
pub struct WeeklySlot {
    day: Weekday,
    from: NaiveTime,
    until: NaiveTime,
}

impl WeeklySlot {
    /// A time on one day of the week; `None` if it would end before it starts.
    pub fn new(day: Weekday, from: NaiveTime, until: NaiveTime) -> Option<Self> {
        (from < until).then_some(Self { day, from, until })
    }

    /// The day of the week.
    pub const fn day(&self) -> Weekday {
        self.day
    }

    /// From when.
    pub const fn from(&self) -> NaiveTime {
        self.from
    }

    /// Until when, exclusive.
    pub const fn until(&self) -> NaiveTime {
        self.until
    }

    /// Whether a lesson on that day from `from` until `until` fits in.
    pub fn holds(&self, day: Weekday, from: NaiveTime, until: NaiveTime) -> bool {
        self.day == day && self.from <= from && until <= self.until
    }
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct WeeklySlotText {
    day: Weekday,
    from: NaiveTime,
    until: NaiveTime,
}

impl From<WeeklySlot> for WeeklySlotText {
    fn from(slot: WeeklySlot) -> Self {
        Self { day: slot.day, from: slot.from, until: slot.until }
    }
}

impl TryFrom<WeeklySlotText> for WeeklySlot {
    type Error = &'static str;

    fn try_from(text: WeeklySlotText) -> Result<Self, Self::Error> {
        Self::new(text.day, text.from, text.until).ok_or("a weekly slot ends after it starts")
    }
}

/// The profile of a staff member: one for each.
///
/// How many learners a tutor has is not stored: it is counted from the learners' profiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "staff_profiles", unique(member_id), contains(expertise))]
pub struct StaffProfile {
    /// The profile's id.
    pub id: Id<StaffProfile>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Whose it is.
    pub member_id: Id<Membership>,
    /// The person's title, such as `Senior tutor`.
    pub title: Option<Title>,
    /// A few words, at most [`StaffProfile::MAX_BIO_LENGTH`] characters.
    #[record(personal)]
    pub bio: Option<String>,
    /// What the person knows: subjects they teach, at most [`StaffProfile::MAX_SUBJECTS`].
    #[record(json)]
    pub expertise: Vec<Title>,
    /// The most learners whose tutor the person can be; none for as many as there are.
    pub max_students: Option<u32>,
    /// When the person can be booked; an empty list says nothing about it.
    #[record(json, personal)]
    pub availability: Vec<WeeklySlot>,
}

impl StaffProfile {
    /// The most characters of a bio.
    pub const MAX_BIO_LENGTH: usize = 5_000;

    /// The most subjects.
    pub const MAX_SUBJECTS: usize = 100;

    /// The most weekly slots.
    pub const MAX_SLOTS: usize = 100;

    /// A profile that says nothing yet.
    pub fn new(cx: &Context, member_id: Id<Membership>) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            member_id,
            title: None,
            bio: None,
            expertise: Vec::new(),
            max_students: None,
            availability: Vec::new(),
        }
    }

    /// Whether the person can be booked on that day from `from` until `until`, by the clocks of
    /// their unit. A person who named no times can always be.
    pub fn is_available(&self, day: Weekday, from: NaiveTime, until: NaiveTime) -> bool {
        self.availability.is_empty()
            || self.availability.iter().any(|it| it.holds(day, from, until))
    }

    /// The profile of a member.
    pub fn of_member(member: Id<Membership>) -> Query<Self> {
        Query::filter(Self::MEMBER_ID.eq(member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(hour: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
    }

    #[test]
    fn a_slot_holds_what_lies_inside() {
        let slot = WeeklySlot::new(Weekday::Mon, time(9), time(12)).unwrap();
        assert!(slot.holds(Weekday::Mon, time(9), time(12)));
        assert!(!slot.holds(Weekday::Mon, time(8), time(10)));
        assert!(!slot.holds(Weekday::Mon, time(11), time(13)));
        assert!(!slot.holds(Weekday::Tue, time(9), time(10)));
        assert_eq!(WeeklySlot::new(Weekday::Mon, time(9), time(9)), None);
    }

    #[test]
    fn a_stored_slot_is_checked() {
        let slot = WeeklySlot::new(Weekday::Mon, time(9), time(12)).unwrap();
        let json = serde_json::to_string(&slot).unwrap();
        assert_eq!(serde_json::from_str::<WeeklySlot>(&json).unwrap(), slot);
        let backwards = json.replace("09:", "13:");
        assert!(serde_json::from_str::<WeeklySlot>(&backwards).is_err());
    }
}
