//! Who gets what of a sale.
mod earn;
mod share;
mod split;

pub use earn::REFUND_WINDOW_DAYS;
pub(crate) use earn::earn;
pub use share::{Earning, RevenueShare};
pub use split::{LineShare, RevenueSplit, ShareRole, ShareRule, SplitError, earned_parts};
