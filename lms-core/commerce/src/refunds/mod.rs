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
pub use remind_refunds::RemindRefundsDue;
pub(crate) use request_refund::check_still_there;
pub use request_refund::{DecideRefund, RefundLine, RequestRefund};
pub(crate) use rules::{GivenBack, LineMoney, spread, spread_over_lines};
pub use rules::{refundable, tax_part};
pub use send_refund::{CompleteRefundByHand, RecordRefundAnswer, RefundAnswer, SendRefund};
pub use status::{RefundEvent, RefundStatus};
pub(crate) use surplus::{announce, decide_waiting_refunds};
pub(crate) use sync::sync_refunds;
