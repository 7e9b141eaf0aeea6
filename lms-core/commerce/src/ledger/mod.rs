//! The books, in double entry.
mod account;
mod balance;
mod entry;
mod post;
mod record_finance;

pub use account::{Account, AccountKind};
pub use balance::{FinanceTotal, UnitFinances, balance_of};
pub use entry::{LedgerEntry, LedgerKind, LedgerLine};
pub use post::{LedgerError, is_balanced};
pub(crate) use post::{post, transfer};
pub use record_finance::RecordFinance;
