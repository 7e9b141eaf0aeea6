//! The state machine of a user.
use lms_derive::TextEnum;

use crate::identity::UserStatus;

/// An event in the lifecycle of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum UserEvent {
    /// Shows that an address or a number is theirs.
    Verify,
    /// Leaves, or is switched off without blame.
    Deactivate,
    /// Comes back.
    Activate,
    /// Is locked out by the platform.
    Suspend,
    /// Is let in again.
    Reinstate,
    /// Loses name and addresses for good.
    Erase,
}

lms_kernel::machine! {
    /// A person who is active and verifies one more address stays active.
    "user": UserStatus x UserEvent {
                             [Verify  Deactivate  Activate  Suspend    Reinstate  Erase ]
        PendingVerification: [Active  -           -         -          -          Erased]
        Active:              [Active  Inactive    -         Suspended  -          Erased]
        Inactive:            [-       -           Active    Suspended  -          Erased]
        Suspended:           [-       -           -         -          Active     Erased]
        Erased:              [-       -           -         -          -          -     ]
    }
}
