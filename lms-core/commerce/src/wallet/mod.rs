//! Payers' balances with the tenant.
mod account;
mod list_wallets;
mod release_holds;
mod spend;

pub use account::{HoldEvent, HoldStatus, WalletAccount, WalletHold};
pub use list_wallets::{ListWallets, WalletFilter, WalletView};
pub use release_holds::ReleaseHoldsDue;
pub(crate) use spend::credit_wallet;
pub use spend::{AdjustWallet, HoldInWallet, PayFromWallet, SettleHold, WalletError};
