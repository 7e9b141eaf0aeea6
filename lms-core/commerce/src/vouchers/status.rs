//! The state machines of vouchers, their redemptions, and seats.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// The status of a voucher. That it is over or used up follows from its dates and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum VoucherStatus {
    /// Being prepared.
    Draft,
    /// It can be used.
    Active,
    /// It cannot be used any more.
    Archived,
}

/// An event in the lifecycle of a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum VoucherEvent {
    /// It may be used from now on.
    Activate,
    /// It is archived.
    Archive,
}

lms_kernel::machine! {
    "voucher": VoucherStatus x VoucherEvent => Step<Self> {
                  [Activate  Archive ]
        Draft:    [Active    Archived]
        Active:   [=         Archived]
        Archived: [-         =       ]
    }
}

/// The status of the use of a voucher by an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum RedemptionStatus {
    /// The order may still be paid: the use is kept for it.
    Reserved,
    /// The order was paid: it is used.
    Confirmed,
    /// The order came to nothing: others may use it.
    Released,
}

/// An event in the lifecycle of the use of a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum RedemptionEvent {
    /// It is kept for the order again.
    Reserve,
    /// The order completed.
    Confirm,
    /// The order failed, was cancelled or expired.
    Release,
}

lms_kernel::machine! {
    "voucher redemption": RedemptionStatus x RedemptionEvent => Step<Self> {
                   [Reserve   Confirm    Release ]
        Reserved:  [=         Confirmed  Released]
        Confirmed: [~         =          ~       ]
        Released:  [Reserved  -          =       ]
    }
}

impl RedemptionStatus {
    /// Whether it counts against the voucher's limits.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Reserved | Self::Confirmed)
    }
}

/// The status of one seat of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum SeatStatus {
    /// No one has taken it.
    Free,
    /// A person has.
    Redeemed,
    /// The pack was refunded or reversed.
    Revoked,
}

/// An event in the lifecycle of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum SeatEvent {
    /// Someone takes it.
    Redeem,
    /// The pack is refunded or reversed.
    Revoke,
    /// The pack is paid again, and no one had taken the seat.
    RestoreFree,
    /// The pack is paid again, and someone had taken the seat.
    RestoreRedeemed,
}

lms_kernel::machine! {
    "seat": SeatStatus x SeatEvent => Step<Self> {
                  [Redeem    Revoke   RestoreFree  RestoreRedeemed]
        Free:     [Redeemed  Revoked  =            -              ]
        Redeemed: [-         Revoked  -            =              ]
        Revoked:  [-         =        Free         Redeemed       ]
    }
}
