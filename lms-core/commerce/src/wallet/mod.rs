//! Wallets of payers.
mod account;
mod credit;
mod list_wallets;
mod spend;

pub use account::{HoldEvent, HoldStatus, WalletAccount, WalletHold};
pub use credit::CreditCustomer;
pub use list_wallets::{ListWallets, WalletFilter, WalletView};
pub use spend::{AdjustWallet, WalletError};
pub(crate) use spend::{MAX_WALLET_REFERENCE, credit_wallet, locked_wallet};
