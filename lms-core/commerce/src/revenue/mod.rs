//! Who gets what of a sale.
mod earn;
mod hold;
mod set_shares;
mod share;
mod split;

pub use earn::REFUND_WINDOW_DAYS;
pub(crate) use earn::earn;
pub(crate) use hold::{hold_earnings, release_earnings};
pub use set_shares::{SetRevenueShares, ShareError};
pub use share::{Earning, RevenueShare};
pub use split::{LineShare, RevenueSplit, ShareRole, ShareRule, SplitError, earned_parts};
