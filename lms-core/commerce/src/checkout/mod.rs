//! What people and gateways do with orders, payments and subscriptions: place, pay, prove, cancel,
//! send back, subscribe. Each settles what it changed.
mod ask;
mod cancel_order;
mod cancel_subscription;
mod change_plan;
mod expire_orders;
mod gateway_answer;
mod import_order;
mod pause_subscription;
mod place_order;
mod record_receipt;
mod release_holds;
mod remind_refunds;
mod review_proof;
mod send_refund;
mod start_payment;
mod submit_proof;
mod subscribe;
mod wallet;

pub use ask::{AskPaymentsDue, RemindProofsDue};
pub use cancel_order::CancelOrder;
pub use cancel_subscription::{CancelSubscription, Cancellation, UndoCancellation};
pub use change_plan::{ChangePlan, KeepPlan, PlanChangeTime, PlanChanged};
pub use expire_orders::{ExpireOrdersDue, ReleaseReservationsDue};
pub use gateway_answer::{PaymentAnswer, RecordPaymentAnswer};
pub use import_order::{ImportOrder, ImportOrderError, ImportedLine, ImportedPayment};
pub use pause_subscription::{PauseSubscription, ResumeSubscription};
pub use place_order::{MAX_INSTALMENTS, MAX_SEATS, OrderLine, PlaceOrder};
pub use record_receipt::RecordReceipt;
pub use release_holds::ReleaseHoldsDue;
pub use remind_refunds::RemindRefundsDue;
pub use review_proof::{Counting, ProofDecision, ReviewProof, RevokeApproval};
pub use send_refund::{CompleteRefundByHand, RecordRefundAnswer, RefundAnswer, SendRefund};
pub use start_payment::StartPayment;
pub use submit_proof::{SubmitProof, WithdrawProof};
pub use subscribe::{Resubscribe, Returned, Subscribe};
pub use wallet::{HoldInWallet, PayFromWallet, SettleHold};
