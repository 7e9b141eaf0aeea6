//! The life of a delivery.
use lms_derive::TextEnum;

/// The status of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum DeliveryStatus {
    /// Waiting to be tried.
    Pending,
    /// Handed to the channel.
    #[text("sent", "delivered")]
    Sent,
    /// Given up.
    Failed,
    /// Not wanted by the recipient.
    Suppressed,
}

/// An event in the lifecycle of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum DeliveryEvent {
    /// The channel took it.
    Send,
    /// An attempt failed, and another follows.
    FailAttempt,
    /// The last attempt failed.
    GiveUp,
    /// The recipient does not want it.
    Suppress,
    /// An operator lets it be tried again.
    Retry,
}

lms_kernel::machine! {
    "delivery": DeliveryStatus x DeliveryEvent {
                    [Send  FailAttempt  GiveUp  Suppress    Retry  ]
        Pending:    [Sent  Pending      Failed  Suppressed  -      ]
        Sent:       [-     -            -       -           -      ]
        Failed:     [-     -            -       -           Pending]
        Suppressed: [-     -            -       -           -      ]
    }
}
