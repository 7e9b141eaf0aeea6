//! Money on its way back.
mod refund;
mod status;
mod surplus;

pub use refund::{Refund, RefundAccess, RefundItem, RefundReason};
pub use status::{RefundEvent, RefundStatus};
pub(crate) use surplus::return_surplus;
