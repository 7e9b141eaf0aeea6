//! The state machine of an order.
use std::fmt;

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::machine::{NoOpReason, StateAfter};

/// The status of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum OrderStatus {
    /// Waiting for money.
    Pending,
    /// Paid, and what it sold is granted.
    #[text("completed", "paid")]
    Completed,
    /// Every attempt to pay failed, or the money was reversed.
    Failed,
    /// Its deadline passed without money.
    Expired,
    /// Stopped before it was paid.
    #[text("cancelled", "canceled")]
    Cancelled,
    /// Everything that was taken went back.
    Refunded,
}

/// An event in the lifecycle of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum OrderEvent {
    /// What had to be paid for it to complete is paid.
    PaidInFull,
    /// Every attempt to pay failed or was stopped.
    AllAttemptsFailed,
    /// There is an attempt that may still succeed.
    NewAttempt,
    /// The time to pay is over.
    Deadline,
    /// Someone stops it.
    Cancel,
    /// Everything that was taken went back because we said so.
    FullyRefunded,
    /// Everything that was taken went back because the bank said so.
    MoneyReversed,
    /// The late-money policy takes the money that came after the deadline.
    LateMoneyAccepted,
    /// The order is paid after all: money other than the refunded amount is there, or a refund was
    /// returned.
    SaleRestored,
}

/// The outcome of an event that an order accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderStep {
    /// The status is now this one.
    Applied(OrderStatus),
    /// The status stays, because the event says nothing new.
    NoOp(NoOpReason),
    /// The status stays until the late-money policy has decided: complete, or pay back.
    LateMoney,
    /// The status stays, and money beyond what is due belongs to no one: it goes back.
    OrphanMoney,
    /// The status stays, and a person has to look: the money went back twice.
    Anomaly,
}

impl fmt::Display for OrderStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Applied(status) => status.as_str(),
            Self::NoOp(NoOpReason::Repeated) => "repeated",
            Self::NoOp(NoOpReason::Stale) => "stale",
            Self::LateMoney => "late_money",
            Self::OrphanMoney => "orphan_money",
            Self::Anomaly => "anomaly",
        })
    }
}

impl StateAfter<OrderStatus> for OrderStep {
    fn state_after(&self) -> Option<OrderStatus> {
        match self {
            Self::Applied(status) => Some(*status),
            Self::NoOp(_) | Self::LateMoney | Self::OrphanMoney | Self::Anomaly => None,
        }
    }
}

lms_kernel::machine! {
    "order": OrderStatus x OrderEvent => OrderStep, by event {
                           [Pending   Completed     Failed    Expired     Cancelled   Refunded     ]
        PaidInFull:        [Completed (OrphanMoney) Completed (LateMoney) (LateMoney) (OrphanMoney)]
        AllAttemptsFailed: [Failed    ~             =         ~           ~           ~            ]
        NewAttempt:        [=         -             Pending   -           -           -            ]
        Deadline:          [Expired   ~             Expired   =           ~           ~            ]
        Cancel:            [Cancelled -             Cancelled ~           =           ~            ]
        FullyRefunded:     [-         Refunded      -         -           -           =            ]
        MoneyReversed:     [-         Failed        ~         ~           ~           (Anomaly)    ]
        LateMoneyAccepted: [-         =             -         Completed   -           -            ]
        SaleRestored:      [-         =             -         -           -           Completed    ]
    }
}

impl OrderStatus {
    /// Whether it still waits for money.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::machine::{moves, reachable};

    #[test]
    fn every_status_is_reachable_and_only_money_restores_a_refunded_order() {
        for (from, event, _) in moves::<OrderStatus>() {
            assert_ne!(from, OrderStatus::Cancelled, "{event}");
            if from == OrderStatus::Refunded {
                assert_eq!(event, OrderEvent::SaleRestored);
            }
        }
        assert_eq!(reachable(&[OrderStatus::Pending]).len(), OrderStatus::ALL.len());
    }
}
