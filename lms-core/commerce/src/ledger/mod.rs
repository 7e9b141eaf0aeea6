//! The double-entry ledger.
mod account;
mod balance;
mod entry;
mod list_entries;
mod method;
mod post;
mod record_finance;
mod view_finances;

pub use account::{Account, AccountKind};
pub use balance::{AccountBalance, FinanceTotal, UnitFinances};
pub use entry::{LedgerEntry, LedgerKind, LedgerLine};
pub use list_entries::{LedgerEntryView, LedgerFilter, LedgerLineView, ListLedgerEntries};
pub use method::PaymentMethod;
pub use post::{LedgerError, is_balanced};
pub(crate) use post::{post, transfer};
pub use record_finance::RecordFinance;
pub use view_finances::ViewUnitFinances;
