//! The state machine of a tenant.
use lms_derive::TextEnum;

use crate::tenancy::TenantStatus;

/// An event in the lifecycle of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum TenantEvent {
    /// Stops it from changing anything.
    Suspend,
    /// Lets it work again.
    Resume,
    /// Ends it.
    Close,
    /// Takes the end back, while its data are still there.
    Reopen,
}

lms_kernel::machine! {
    "tenant": TenantStatus x TenantEvent {
                   [Suspend    Resume  Close   Reopen]
        Active:    [Suspended  -       Closed  -     ]
        Suspended: [-          Active  Closed  -     ]
        Closed:    [-          -       -       Active]
    }
}
