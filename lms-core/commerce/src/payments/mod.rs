//! Payments and the facts about them.
mod dispute_facts;
mod error;
mod events;
mod fact;
mod fact_record;
mod facts;
mod fee_facts;
mod gateway_transaction;
mod look;
mod payment;
mod proof;
mod proof_error;
mod proof_status;
mod reconcile;
mod status;
mod told;

pub use error::PaymentError;
pub use events::{
    DisputeChanged, ForeignMoneyReceived, PaymentChanged, PaymentQuestionDue, PaymentStarted,
    PaymentUnreconciled, ProofDecided, ProofSubmitted, ProofWaiting,
};
pub use fact::{FactKey, FactKind, PaymentFact, RefundRegister};
pub use fact_record::PaymentFactRecord;
pub use facts::PaymentFacts;
pub use gateway_transaction::{GatewayOutcome, GatewayTransaction};
pub(crate) use look::{ASK_EVERY, GIVE_UP_AFTER, LOOK_EVERY, first_look};
pub use payment::Payment;
pub use proof::PaymentProof;
pub use proof_error::ProofError;
pub use proof_status::{ProofEvent, ProofStatus};
pub(crate) use reconcile::is_ours;
pub use reconcile::{
    KnownMovement, MovementKind, Reconciliation, ReconciliationFinding, StatementLine, reconcile,
};
pub use status::{DisputeStatus, PaymentFailure, PaymentStatus};
pub use told::MAX_FACT_KEY_LENGTH;
pub(crate) use told::{check_length, facts_told};
