//! The time of the next action of a record.
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use lms_kernel::Timestamp;
use lms_store::{Field, FieldError, Sortable, Type, Value};

/// When time next changes something about a record, or never.
///
/// It is stored as an instant even for never (the last one there is), so that what is due can be
/// read in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "Option<Timestamp>", into = "Option<Timestamp>")]
pub struct NextAction(Timestamp);

impl NextAction {
    /// Time changes nothing any more.
    pub const NEVER: Self = Self(Timestamp::MAX);

    /// At that time.
    pub const fn at(at: Timestamp) -> Self {
        Self(at)
    }

    /// The first of the times `start`, `start + every`, `start + 2 × every`, … that is after `now`.
    /// Anyone who looks once a day or once a year finds the same series.
    pub fn in_series(start: Timestamp, every: TimeDelta, now: Timestamp) -> Self {
        let behind = now.micros().saturating_sub(start.micros());
        let step = every.num_microseconds().unwrap_or(i64::MAX).max(1);
        if behind < 0 {
            return Self(start);
        }
        let micros = (behind / step + 1).saturating_mul(step);
        Self(start.saturating_add(TimeDelta::microseconds(micros)))
    }

    /// The time, unless it is never.
    pub fn time(self) -> Option<Timestamp> {
        if self == Self::NEVER { None } else { Some(self.0) }
    }

    /// Whether it is due at that time.
    pub fn is_due(self, now: Timestamp) -> bool {
        self != Self::NEVER && self.0 <= now
    }

    /// The earlier of the two.
    #[must_use]
    pub fn or_before(self, other: Option<Timestamp>) -> Self {
        other.map_or(self, |other| self.min(Self(other)))
    }
}

impl From<Option<Timestamp>> for NextAction {
    fn from(at: Option<Timestamp>) -> Self {
        at.map_or(Self::NEVER, Self)
    }
}

impl From<NextAction> for Option<Timestamp> {
    fn from(next: NextAction) -> Self {
        next.time()
    }
}

impl Field for NextAction {
    const TYPE: Type = Type::Time;
    fn to_value(&self) -> Value {
        Value::Time(self.0)
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        Timestamp::from_value(value).map(Self)
    }
}

impl Sortable for NextAction {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000).unwrap()
    }

    #[test]
    fn never_is_after_everything_and_never_due() {
        assert!(NextAction::at(at(1_000_000_000)) < NextAction::NEVER);
        assert!(!NextAction::NEVER.is_due(Timestamp::MAX));
        assert_eq!(NextAction::from(None).time(), None);
        assert!(NextAction::at(at(5)).is_due(at(5)));
        assert!(!NextAction::at(at(5)).is_due(at(4)));
        assert_eq!(NextAction::at(at(5)).or_before(Some(at(4))), NextAction::at(at(4)));
    }

    proptest! {
        #[test]
        fn a_series_is_the_same_however_often_somebody_looks(
            start in 0_i64..1_000,
            every in 1_i64..50,
            looks in proptest::collection::vec(0_i64..3_000, 1..8),
        ) {
            let mut looks = looks;
            looks.sort_unstable();
            let step = TimeDelta::seconds(every);
            let mut next = NextAction::at(at(start));
            for look in &looks {
                if next.is_due(at(*look)) {
                    next = NextAction::in_series(next.time().unwrap(), step, at(*look));
                }
            }
            let last = looks.last().copied().unwrap();
            prop_assert_eq!(next, NextAction::in_series(at(start), step, at(last)));
            prop_assert!(!next.is_due(at(last)));
        }
    }
}
