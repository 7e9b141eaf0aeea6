//! A payer's proof of a bank transfer.
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{NextAction, Payment, ProofStatus};
use lms_kernel::{Context, EntityKind, Id, Link, Money, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Direction, Query, Record, Stamp};

/// A payer's proof of a bank transfer: a picture or a PDF that another person looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "payment_proofs",
    index(payment_id),
    index(status),
    index(next_action_at),
    index(file_hash),
    index(bank_reference)
)]
pub struct PaymentProof {
    /// The proof's id.
    pub id: Id<PaymentProof>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// What it proves.
    pub payment_id: Id<Payment>,
    /// Where the picture or the PDF is.
    #[record(personal)]
    pub proof_url: Link,
    /// The SHA-256 of the file in hexadecimal, where the host gives it.
    pub file_hash: Option<String>,
    /// The reference on the bank's statement, where the payer gives it.
    #[record(personal)]
    pub bank_reference: Option<String>,
    /// How much the payer says was transferred.
    #[record(prefixed)]
    pub amount: Money,
    /// Who sent it.
    pub submitted_by: Id<Membership>,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
    /// Its status.
    pub status: ProofStatus,
    /// An earlier proof in the tenant with the same file or the same reference. It is a warning
    /// for the reviewer, who decides.
    pub duplicate_of: Option<Id<PaymentProof>>,
    /// Who decided.
    pub reviewer_id: Option<Id<Membership>>,
    /// When it was decided.
    pub reviewed_at: Option<Timestamp>,
    /// When reviewers are reminded of it.
    pub next_action_at: NextAction,
    /// What the reviewer wrote.
    pub review_note: Option<String>,
}

impl PaymentProof {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("payment_proof");

    /// How often reviewers are reminded of a proof that waits for them.
    pub const REMIND_EVERY: TimeDelta = TimeDelta::hours(24);

    /// A proof of `payment`, sent now by `sender`.
    pub fn new(
        cx: &Context,
        payment: Id<Payment>,
        sender: Id<Membership>,
        proof_url: Link,
        amount: Money,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            payment_id: payment,
            proof_url,
            file_hash: None,
            bank_reference: None,
            amount,
            submitted_by: sender,
            uploaded_at: cx.now(),
            status: ProofStatus::Submitted,
            duplicate_of: None,
            reviewer_id: None,
            reviewed_at: None,
            next_action_at: NextAction::at(cx.now().saturating_add(Self::REMIND_EVERY)),
            review_note: None,
        }
    }

    /// The proofs of one payment, oldest first.
    pub fn of_payment(payment: Id<Payment>) -> Query<Self> {
        Query::filter(Self::PAYMENT_ID.eq(payment)).order_by(Self::UPLOADED_AT, Direction::Asc)
    }

    /// The proofs that wait for a reviewer, oldest first.
    pub fn to_review() -> Query<Self> {
        Query::filter(Self::STATUS.eq(ProofStatus::Submitted))
            .order_by(Self::UPLOADED_AT, Direction::Asc)
    }

    /// The proofs of which reviewers are to be reminded, at that time.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }

    /// The proofs with that file or that reference.
    pub fn alike(file_hash: Option<&str>, bank_reference: Option<&str>) -> Query<Self> {
        let same_file = file_hash.map(|it| Self::FILE_HASH.is(it.to_owned()));
        let same_reference = bank_reference.map(|it| Self::BANK_REFERENCE.is(it.to_owned()));
        let same = same_file.into_iter().chain(same_reference);
        Query::filter(lms_store::Filter::any(same)).order_by(Self::UPLOADED_AT, Direction::Asc)
    }
}
