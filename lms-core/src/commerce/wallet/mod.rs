//! Payers' balances with the tenant.
mod account;
mod spend;

pub use account::{HoldEvent, HoldStatus, WalletAccount, WalletHold};
pub(crate) use spend::credit_wallet;
pub use spend::{
    AdjustWallet, WalletError, adjust_wallet, hold_in_wallet, pay_from_wallet, settle_hold,
};
