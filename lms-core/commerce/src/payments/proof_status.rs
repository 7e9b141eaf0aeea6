//! The state machine of a payment proof.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// The status of a proof of a bank transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ProofStatus {
    /// Waiting for a reviewer.
    #[text("submitted", "pending")]
    Submitted,
    /// A reviewer accepted it.
    Approved,
    /// A reviewer refused it. The payer may send another one until the deadline.
    Rejected,
    /// The payer took it back.
    Withdrawn,
    /// Another proof of the same payment was approved.
    Superseded,
    /// A second reviewer took the approval back before the money was reconciled.
    Revoked,
}

/// An event in the lifecycle of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum ProofEvent {
    /// A reviewer accepts it.
    Approve,
    /// A reviewer refuses it.
    Reject,
    /// The payer takes it back.
    Withdraw,
    /// Another proof of the same payment is approved.
    Supersede,
    /// A second reviewer takes the approval back.
    Revoke,
}

lms_kernel::machine! {
    /// A refused pair of decisions means that it was already decided.
    "payment proof": ProofStatus x ProofEvent => Step<Self> {
                    [Approve   Reject    Withdraw   Supersede   Revoke ]
        Submitted:  [Approved  Rejected  Withdrawn  Superseded  -      ]
        Approved:   [=         -         -          -           Revoked]
        Rejected:   [-         =         -          ~           -      ]
        Withdrawn:  [-         -         =          ~           -      ]
        Superseded: [-         -         -          =           -      ]
        Revoked:    [-         -         -          ~           =      ]
    }
}
