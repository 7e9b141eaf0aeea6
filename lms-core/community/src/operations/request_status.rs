//! How a request goes from open to closed.
use lms_derive::TextEnum;

/// The status of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum RequestStatus {
    /// No one works on it.
    Open,
    /// Someone works on it.
    InProgress,
    /// It is resolved; the requester may reopen it.
    Resolved,
    /// It is over.
    Closed,
}

/// An event in the lifecycle of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum RequestEvent {
    /// Someone takes it up.
    Start,
    /// It is solved.
    Resolve,
    /// It was not solved after all.
    Reopen,
    /// It is archived: solved for good, or not to be done.
    Close,
}

lms_kernel::machine! {
    "request": RequestStatus x RequestEvent {
                    [Start       Resolve   Reopen      Close ]
        Open:       [InProgress  -         -           Closed]
        InProgress: [-           Resolved  -           -     ]
        Resolved:   [-           -         InProgress  Closed]
        Closed:     [-           -         -           -     ]
    }
}
