//! Payers' balances with the tenant.
mod account;
mod list_wallets;
mod spend;

pub use account::{HoldEvent, HoldStatus, WalletAccount, WalletHold};
pub use list_wallets::{ListWallets, WalletFilter, WalletView};
pub use spend::{AdjustWallet, WalletError};
pub(crate) use spend::{credit_wallet, locked_wallet};
