//! Payments and the facts about them.
mod ask;
mod dispute;
mod dispute_facts;
mod error;
mod fact;
mod fact_record;
mod facts;
mod gateway_answer;
mod gateway_transaction;
mod learn;
mod list_payments;
mod method;
mod payment;
mod proof;
mod proof_error;
mod proof_status;
mod reconcile;
mod record_receipt;
mod review_proof;
mod start_payment;
mod status;
mod submit_proof;

pub use ask::{AskPaymentsDue, RemindProofsDue};
pub(crate) use ask::{first_look, stop_unheard};
pub use error::PaymentError;
pub use fact::{FactKey, FactKind, PaymentFact, RefundRegister};
pub use fact_record::PaymentFactRecord;
pub use facts::PaymentFacts;
pub(crate) use gateway_answer::initiated_charge;
pub use gateway_answer::{PaymentAnswer, RecordPaymentAnswer};
pub use gateway_transaction::{GatewayOutcome, GatewayTransaction};
pub use learn::{MAX_FACT_KEY_LENGTH, RecordPaymentFacts};
pub(crate) use learn::{check_length, facts_told, learn};
pub use list_payments::{ListPayments, PaymentFilter, PaymentView};
pub use method::PaymentMethod;
pub use payment::Payment;
pub use proof::PaymentProof;
pub use proof_error::ProofError;
pub use proof_status::{ProofEvent, ProofStatus};
pub use reconcile::{
    KnownMovement, MovementKind, Reconciliation, ReconciliationFinding, StatementLine, reconcile,
};
pub use record_receipt::RecordReceipt;
pub use review_proof::{Counting, ProofDecision, ReviewProof, RevokeApproval};
pub use start_payment::StartPayment;
pub use status::{DisputeStatus, PaymentFailure, PaymentStatus};
pub use submit_proof::{SubmitProof, WithdrawProof};
