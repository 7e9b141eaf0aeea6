//! Payers' balances with the tenant.
mod account;
mod release_holds;
mod spend;

pub use account::{HoldEvent, HoldStatus, WalletAccount, WalletHold};
pub use release_holds::release_holds_due;
pub(crate) use spend::credit_wallet;
pub use spend::{
    AdjustWallet, WalletError, adjust_wallet, hold_in_wallet, pay_from_wallet, settle_hold,
};
