//! Money that comes after an order was closed.
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::OrderStatus;
use lms_kernel::Timestamp;

/// How money that arrives after an order was closed is treated. It is never dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LateMoney {
    /// The order completes after all.
    Complete,
    /// The money goes back.
    PayBack,
}

/// Up to when late money still completes an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LateMoneyPolicy {
    /// How many days after it expired.
    pub days: u16,
}

impl Default for LateMoneyPolicy {
    /// Three days, the longest time in which a gateway reports a late authorisation.
    fn default() -> Self {
        Self { days: 3 }
    }
}

impl LateMoneyPolicy {
    /// Late money completes an order that expired at most `days` ago and whose things are still
    /// sold at the same price; otherwise it goes back. A cancelled order never completes.
    pub fn decide(
        self,
        status: OrderStatus,
        expired_at: Option<Timestamp>,
        now: Timestamp,
        same_offer: bool,
    ) -> LateMoney {
        let last = expired_at.map(|it| it.saturating_add(TimeDelta::days(i64::from(self.days))));
        let in_time = last.is_some_and(|last| now <= last);
        match status {
            OrderStatus::Expired if in_time && same_offer => LateMoney::Complete,
            OrderStatus::Expired
            | OrderStatus::Pending
            | OrderStatus::Completed
            | OrderStatus::Failed
            | OrderStatus::Cancelled
            | OrderStatus::Refunded => LateMoney::PayBack,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::days(day))
    }

    #[test]
    fn three_days_are_in_time_and_a_cancelled_order_never_is() {
        let policy = LateMoneyPolicy::default();
        let decide = |status, now, same| policy.decide(status, Some(day(10)), now, same);
        assert_eq!(decide(OrderStatus::Expired, day(13), true), LateMoney::Complete);
        let later = day(13).saturating_add(TimeDelta::microseconds(1));
        assert_eq!(decide(OrderStatus::Expired, later, true), LateMoney::PayBack);
        assert_eq!(decide(OrderStatus::Expired, day(11), false), LateMoney::PayBack);
        assert_eq!(decide(OrderStatus::Cancelled, day(11), true), LateMoney::PayBack);
    }
}
