//! Errors of payment proofs.
use lms_derive::DomainError;

use crate::{OrderStatus, PaymentError, PaymentMethod, ProofStatus};
use lms_kernel::{Currency, MoneyError};
use lms_people::authorization::AuthorizationError;
use lms_store::{IdempotencyError, StoreError};

/// Why a proof was not taken or decided.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ProofError {
    /// Only a bank transfer is proved.
    #[error("a `{method}` payment needs no proof")]
    #[fault(conflict)]
    NotATransfer {
        /// How it is paid.
        method: PaymentMethod,
    },
    /// The order no longer waits for money, or its deadline has passed.
    #[error("the order is `{status}` and takes no more proofs; place a new one")]
    #[fault(conflict)]
    OrderClosed {
        /// Its status.
        status: OrderStatus,
    },
    /// The amount is in another currency or not above zero.
    #[error("the amount must be above zero and in `{expected}`")]
    #[fault(invalid, field = "amount")]
    Amount {
        /// The payment's currency.
        expected: Currency,
    },
    /// The hash is not a SHA-256 in hexadecimal, or the reference or the note is too long.
    #[error("the {what} is malformed: {remedy}")]
    #[fault(invalid)]
    Malformed {
        /// What is malformed.
        what: &'static str,
        /// What to write instead.
        remedy: &'static str,
    },
    /// The payer, or anyone who sent the proof, cannot review it.
    #[error("a proof is reviewed by someone other than the payer")]
    #[fault(forbidden)]
    OwnProof,
    /// The reviewer who approved it cannot revoke the approval alone.
    #[error("an approval is taken back by a second reviewer")]
    #[fault(forbidden)]
    SameReviewer,
    /// No one in particular asks: a review needs a member of the tenant.
    #[error("a review needs a person; act as a member of the tenant")]
    #[fault(forbidden)]
    NoReviewer,
    /// Someone decided otherwise, or the proof is out of the race.
    #[error("the proof is already `{status}`")]
    #[fault(conflict)]
    AlreadyDecided {
        /// Its status.
        status: ProofStatus,
    },
    /// The proof has changed since the reviewer looked at it.
    #[error("the proof was changed since it was read; look at it again")]
    #[fault(conflict, field = "expected_version")]
    Changed,
    /// Finance has found the money on the bank statement.
    #[error("the transfer is reconciled; refund it instead")]
    #[fault(conflict)]
    AlreadyReconciled,
    /// Amounts cannot be summed up.
    #[error("the payment total cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
    /// The facts could not be recorded, or the order not settled.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
    /// The idempotency key does not fit.
    #[error(transparent)]
    #[fault(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}
