//! Ledger accounts.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use lms_kernel::Id;
use lms_people::identity::Membership;
use lms_store::{Column, Field as _, FieldError, Fields, Value, Values};

/// The kind of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum AccountKind {
    /// Money at the bank, at gateways and in the till, or on its way there.
    Clearing,
    /// Money of an order that is not earned: unpaid rest, surplus, what goes back.
    Deposits,
    /// What the tenant keeps of what it sold.
    Revenue,
    /// Tax that belongs to the state.
    Tax,
    /// What belongs to the person who brought the sale.
    Commission,
    /// What belongs to the person who teaches.
    Instructor,
    /// What gateways charge.
    GatewayFees,
    /// A payer's balance.
    Wallet,
    /// Income that no order explains.
    OtherIncome,
    /// Salaries.
    Salaries,
    /// Expenses.
    Expenses,
    /// Money given back to staff for what they laid out.
    Reimbursements,
    /// Corrections of the books, and credits to the wallets of customers.
    Adjustments,
}

/// One account: a sort, and whose it is where each has their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Account {
    /// The sort.
    pub kind: AccountKind,
    /// The order or the person whose account it is; no one for the tenant's own.
    pub owner: Option<Uuid>,
}

impl Account {
    /// An account of the tenant itself.
    pub const fn own(kind: AccountKind) -> Self {
        Self { kind, owner: None }
    }

    /// The money of an order that is not earned.
    pub const fn deposits(order: Id<crate::Order>) -> Self {
        Self { kind: AccountKind::Deposits, owner: Some(order.uuid()) }
    }

    /// A payer's balance.
    pub const fn wallet(holder: Id<Membership>) -> Self {
        Self { kind: AccountKind::Wallet, owner: Some(holder.uuid()) }
    }

    /// What belongs to a person by that kind of account.
    pub const fn of_person(kind: AccountKind, person: Id<Membership>) -> Self {
        Self { kind, owner: Some(person.uuid()) }
    }
}

/// Fills `{field}_kind` and `{field}_owner`; use it with `#[record(prefixed)]`.
impl Fields for Account {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        out.push(Column::prefixed::<AccountKind>(prefix, "kind"));
        out.push(Column::prefixed::<Option<Uuid>>(prefix, "owner"));
    }
    fn write(&self, out: &mut Vec<Value>) {
        out.push(self.kind.to_value());
        out.push(self.owner.to_value());
    }
    fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
        Ok(Self { kind: values.take()?, owner: values.take()? })
    }
}
