//! Whether something is for sale.
use lms_derive::TextEnum;

/// Whether something can be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum SaleStatus {
    /// It can be bought.
    Active,
    /// It cannot be bought any more; who has it keeps it.
    Archived,
}
