//! The state machine of a grant.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// The status of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum GrantStatus {
    /// It gives access, from its start to its end.
    Active,
    /// It gives no access until it is resumed: a pause, or an overdue instalment.
    Suspended,
    /// It was taken away.
    Revoked,
    /// Its time is over.
    Expired,
}

/// Why a grant was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum RevokeReason {
    /// What it was bought with was refunded.
    Refunded,
    /// What it was bought with was reversed by the bank.
    Reversed,
    /// The subscription that gave it ended.
    SubscriptionEnded,
}

/// An event in the lifecycle of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum GrantEvent {
    /// It must give no access for a while.
    Suspend,
    /// It may give access again.
    Resume,
    /// It is taken away.
    Revoke,
    /// Its end has come.
    Expire,
    /// It is paid again, for the same row: reactivation, renewal, or new money for a reversed order.
    Renew,
}

lms_kernel::machine! {
    "grant": GrantStatus x GrantEvent => Step<Self> {
                   [Suspend    Resume  Revoke   Expire   Renew ]
        Active:    [Suspended  =       Revoked  Expired  =     ]
        Suspended: [=          Active  Revoked  Expired  Active]
        Revoked:   [-          -       =        ~        Active]
        Expired:   [-          -       Revoked  =        Active]
    }
}
