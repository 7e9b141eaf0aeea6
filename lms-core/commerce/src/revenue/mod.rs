//! Revenue shares.
mod earn;
mod hold;
mod set_shares;
mod share;

pub use earn::REFUND_WINDOW_DAYS;
pub(crate) use earn::earn;
pub(crate) use hold::{hold_earnings, release_earnings};
pub use set_shares::{SetRevenueShares, ShareError};
pub use share::{Earning, RevenueShare};
