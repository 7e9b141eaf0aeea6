//! Payments and what they are told.
mod fact;
mod fact_record;
mod facts;
mod gateway_transaction;
mod method;
mod payment;
mod proof;
mod proof_status;

pub use fact::{FactKey, FactKind, PaymentFact, RefundRegister};
pub use fact_record::PaymentFactRecord;
pub use facts::{PaymentFacts, PaymentFailure, PaymentStatus};
pub use gateway_transaction::{GatewayOutcome, GatewayTransaction};
pub use method::PaymentMethod;
pub use payment::Payment;
pub use proof::PaymentProof;
pub use proof_status::{ProofEvent, ProofStatus};
