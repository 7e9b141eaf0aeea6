//! Money on its way back.
mod error;
mod refund;
mod remind_refunds;
mod request_refund;
mod rules;
mod send_refund;
mod status;
mod surplus;
mod sync;

pub use error::RefundError;
pub use refund::{Refund, RefundAccess, RefundItem, RefundReason};
pub use remind_refunds::remind_refunds_due;
pub(crate) use request_refund::check_still_there;
pub use request_refund::{RefundLine, RequestRefund, decide_refund, request_refund};
pub(crate) use rules::{GivenBack, spread};
pub use rules::{refundable, tax_part};
pub use send_refund::{RefundAnswer, complete_refund_by_hand, record_refund_answer, send_refund};
pub use status::{RefundEvent, RefundStatus};
pub(crate) use surplus::{announce, return_surplus};
pub(crate) use sync::sync_refunds;
