//! Payouts of earnings.
//!
//! What someone earned is held until the refund window of the sale is over. A **payout** takes all
//! lines that may be paid, those below zero too; what sums to less than nothing waits for later
//! sales. A line is in at most one payout that has not failed.
mod error;
mod payout;
mod request_payout;
mod send_payout;
mod status;

pub use error::PayoutError;
pub use payout::{Payout, PayoutChanged};
pub use request_payout::{DecidePayout, PayoutBalance, RequestPayout, ViewPayoutBalance};
pub(crate) use send_payout::remind_payouts;
pub use send_payout::{PayoutAnswer, RecordPayoutAnswer, SendPayout};
pub use status::{PayoutEvent, PayoutStatus};
