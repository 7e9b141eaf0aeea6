//! The state machine of a subscription.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// The status of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum SubscriptionStatus {
    /// Its period is paid.
    Active,
    /// Its period is not paid; it waits for money, with access as long as there is grace.
    PastDue,
    /// It rests: time does not count against what is paid.
    Paused,
    /// Someone ended it.
    #[text("cancelled", "canceled")]
    Cancelled,
    /// It ended because no one paid, or because it rested for too long.
    Expired,
}

/// An event in the lifecycle of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum SubscriptionEvent {
    /// A period was paid, in time for this subscription.
    Paid,
    /// A period was paid after the time in which that brings the subscription back.
    PaidLate,
    /// The period is over, and the next one is paid.
    PeriodEndPaid,
    /// The period is over, and the next one is not paid.
    PeriodEndUnpaid,
    /// The period is over, and it was to be cancelled then.
    PeriodEndCancelled,
    /// It is to be cancelled when the period is over.
    CancelAtPeriodEnd,
    /// It is not to be cancelled after all.
    UndoCancel,
    /// It is cancelled at once.
    CancelNow,
    /// It is to rest.
    Pause,
    /// It goes on: someone says so, or the time to go on has come.
    Resume,
    /// It has rested for as long as it may.
    PauseLimit,
    /// The grace is over.
    GraceEnd,
    /// The time in which it could come back is over.
    WindowEnd,
    /// The subscriber wants it back while the paid period runs.
    Resubscribe,
    /// The subscriber wants it back after the paid period.
    ResubscribeLate,
    /// The bank took the money for the current period back.
    MoneyReversed,
    /// It goes on under another plan.
    ChangePlan,
}

lms_kernel::machine! {
    /// A payment that comes too late for a subscription changes nothing in it: it starts a new one.
    /// A reversal of what is over already takes nothing that is still there.
    "subscription": SubscriptionStatus x SubscriptionEvent => Step<Self>, by event {
                            [Active     PastDue    Paused     Cancelled  Expired]
        Paid:               [Active     Active     Paused     ~          Active ]
        PaidLate:           [-          -          -          ~          ~      ]
        PeriodEndPaid:      [Active     ~          ~          ~          ~      ]
        PeriodEndUnpaid:    [PastDue    =          ~          ~          ~      ]
        PeriodEndCancelled: [Cancelled  ~          ~          ~          ~      ]
        CancelAtPeriodEnd:  [Active     -          -          =          -      ]
        UndoCancel:         [Active     -          -          -          -      ]
        CancelNow:          [Cancelled  Cancelled  Cancelled  =          ~      ]
        Pause:              [Paused     -          =          -          -      ]
        Resume:             [=          -          Active     -          -      ]
        PauseLimit:         [~          ~          Expired    ~          ~      ]
        GraceEnd:           [~          Expired    ~          ~          =      ]
        WindowEnd:          [~          ~          ~          Cancelled  Expired]
        Resubscribe:        [=          -          -          Active     -      ]
        ResubscribeLate:    [-          -          -          -          -      ]
        MoneyReversed:      [PastDue    PastDue    PastDue    ~          ~      ]
        ChangePlan:         [Active     -          -          -          -      ]
    }
}

impl SubscriptionStatus {
    /// Whether it goes on unless something ends it.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Active | Self::PastDue | Self::Paused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::machine::moves;

    #[test]
    fn what_is_over_comes_back_only_paid_or_within_its_period() {
        let back: Vec<_> = moves::<SubscriptionStatus>()
            .into_iter()
            .filter(|(from, _, to)| !from.is_live() && to != from)
            .collect();
        let active = SubscriptionStatus::Active;
        let bought = (SubscriptionStatus::Expired, SubscriptionEvent::Paid, active);
        let within = (SubscriptionStatus::Cancelled, SubscriptionEvent::Resubscribe, active);
        assert_eq!(back, [within, bought]);
    }
}
