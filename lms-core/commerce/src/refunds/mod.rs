//! Refunds.
mod error;
mod events;
mod refund;
mod request_refund;
mod rules;
mod status;
mod surplus;
mod sync;

pub use error::RefundError;
pub use events::{RefundChanged, RefundDue};
pub use refund::{Refund, RefundAccess, RefundItem, RefundReason};
pub(crate) use request_refund::check_still_there;
pub use request_refund::{DecideRefund, RefundLine, RequestRefund};
pub(crate) use rules::{GivenBack, LineMoney, spread, spread_over_lines};
pub use rules::{refundable, tax_part};
pub use status::{RefundEvent, RefundStatus};
pub(crate) use surplus::{announce, decide_waiting_refunds};
pub(crate) use sync::sync_refunds;
