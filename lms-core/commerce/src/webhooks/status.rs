//! The state machine of a webhook.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// The status of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum WebhookStatus {
    /// Verified and kept, waiting for a worker.
    Received,
    /// A worker has claimed it, until its lease ends.
    Processing,
    /// What it says was applied.
    Processed,
    /// It says nothing about a payment.
    Ignored,
    /// The payment that it is about is not there yet; it is tried again later.
    Deferred,
    /// Applying it failed; it is tried again later.
    Failed,
    /// Given up after too many attempts.
    Dead,
    /// It was not signed with any of the account's secrets.
    Rejected,
    /// It has the key of another webhook and says something else.
    Conflict,
}

/// An event in the lifecycle of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum WebhookEvent {
    /// A worker takes it.
    Claim,
    /// What it says was applied.
    Apply,
    /// It says nothing about a payment.
    Ignore,
    /// The payment that it is about is not there yet.
    Defer,
    /// Applying it failed.
    Fail,
    /// There were too many attempts.
    GiveUp,
    /// The worker did not finish in time.
    LoseLease,
    /// An operator wants it tried again.
    Replay,
}

lms_kernel::machine! {
    "webhook": WebhookStatus x WebhookEvent => Step<Self> {
                    [Claim       Apply      Ignore   Defer     Fail    GiveUp  LoseLease  Replay  ]
        Received:   [Processing  -          Ignored  -         -       Dead    ~          =       ]
        Processing: [-           Processed  Ignored  Deferred  Failed  Dead    Received   -       ]
        Processed:  [-           =          -        -         -       -       ~          -       ]
        Ignored:    [-           -          =        -         -       -       ~          Received]
        Deferred:   [Processing  -          -        =         -       Dead    ~          Received]
        Failed:     [Processing  -          -        -         =       Dead    ~          Received]
        Dead:       [-           -          -        -         -       =       ~          Received]
        Rejected:   [-           -          -        -         -       -       ~          -       ]
        Conflict:   [-           -          -        -         -       -       ~          -       ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::machine::moves;

    #[test]
    fn what_was_applied_or_not_believed_never_moves() {
        for (from, event, _) in moves::<WebhookStatus>() {
            let over = [WebhookStatus::Processed, WebhookStatus::Rejected, WebhookStatus::Conflict];
            assert!(!over.contains(&from), "{from} {event}");
        }
    }
}
