//! The state machine of a membership.
use lms_derive::TextEnum;

use crate::identity::MembershipStatus;

/// An event in the lifecycle of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum MembershipEvent {
    /// The person accepts, or verifies their address.
    Activate,
    /// The tenant stops the person from acting.
    Suspend,
    /// The tenant lets the person act again.
    Reinstate,
    /// The person leaves, or is removed.
    Leave,
    /// The person comes back.
    Rejoin,
}

lms_kernel::machine! {
    "membership": MembershipStatus x MembershipEvent {
                   [Activate  Suspend    Reinstate  Leave  Rejoin]
        Pending:   [Active    -          -          Left   -     ]
        Active:    [-         Suspended  -          Left   -     ]
        Suspended: [-         -          Active     Left   -     ]
        Left:      [-         -          -          -      Active]
    }
}
