//! The book: entries, each of which balances.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{Account, AccountKind, PaymentMethod};
use lms_kernel::{Context, EntityKind, Id, Money, Timestamp};
use lms_people::{identity::Membership, tenancy::OrgUnit};
use lms_store::{Col, Direction, LogStamp, Query, Record};

/// The kind of a ledger entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum LedgerKind {
    /// Money came in.
    Payment,
    /// A salary was paid.
    Salary,
    /// An expense was paid.
    Expense,
    /// Staff were given back what they laid out.
    Reimbursement,
    /// Money went back to a payer.
    Refund,
    /// A bank took money back.
    Reversal,
    /// Revenue was recognized, or reversed.
    Sale,
    /// A gateway charged for its work.
    GatewayFee,
    /// Money was put into a wallet or taken out.
    WalletTransfer,
    /// An instructor was paid.
    Payout,
    /// A correction.
    Adjustment,
}

/// One entry of the book: what happened, how much, for whom. Append-only: a mistake is corrected
/// by another entry.
///
/// The book of a unit is the entries that name it, with those below it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "ledger_entries",
    unique_always(source),
    index(org_unit_id, occurred_at),
    index(student_id),
    index(tutor_id)
)]
pub struct LedgerEntry {
    /// The entry's id.
    pub id: Id<LedgerEntry>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// What it is about.
    pub kind: LedgerKind,
    /// How much, without a sign; the lines say from where to where.
    #[record(prefixed)]
    pub amount: Money,
    /// What made it: nothing is entered twice for one source.
    pub source: String,
    /// The centre or branch.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The student it is about.
    pub student_id: Option<Id<Membership>>,
    /// The tutor it is about.
    pub tutor_id: Option<Id<Membership>>,
    /// How money changed hands, where it did.
    pub method: Option<PaymentMethod>,
    /// The number on a receipt, invoice or statement.
    pub reference: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
}

impl LedgerEntry {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("ledger_entry");

    /// An entry about something that happens now.
    pub fn new(cx: &Context, kind: LedgerKind, amount: Money, source: String) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            kind,
            amount,
            source,
            org_unit_id: None,
            student_id: None,
            tutor_id: None,
            method: None,
            reference: None,
            occurred_at: cx.now(),
        }
    }

    /// The entry that was made for that source.
    pub fn by_source(source: &str) -> Query<Self> {
        Query::filter(Self::SOURCE.eq(source.to_owned()))
    }

    /// The book of one unit, in order.
    pub fn of_unit(unit: Id<OrgUnit>) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.is(unit)).order_by(Self::OCCURRED_AT, Direction::Asc)
    }
}

/// One line of an entry: an amount into an account (above zero, a debit) or out of it (below
/// zero, a credit). The lines of an entry sum to zero in each currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "ledger_lines",
    unaudited,
    unique_always(entry_id, position),
    index(account_kind, account_owner)
)]
pub struct LedgerLine {
    /// The line's id.
    pub id: Id<LedgerLine>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The entry.
    pub entry_id: Id<LedgerEntry>,
    /// Its place in the entry, from 0.
    pub position: u16,
    /// The account.
    #[record(prefixed)]
    pub account: Account,
    /// How much: debits above zero, credits below.
    #[record(prefixed)]
    pub amount: Money,
}

impl LedgerLine {
    /// The column `account_kind`.
    pub const ACCOUNT_KIND: Col<Self, AccountKind> = Col::new("account_kind");
    /// The column `account_owner`.
    pub const ACCOUNT_OWNER: Col<Self, Option<uuid::Uuid>> = Col::new("account_owner");

    /// The lines of an entry, in order.
    pub fn of_entry(entry: Id<LedgerEntry>) -> Query<Self> {
        Query::filter(Self::ENTRY_ID.eq(entry)).order_by(Self::POSITION, Direction::Asc)
    }

    /// The lines of an account, in the order in which they were entered.
    pub fn of_account(account: Account) -> Query<Self> {
        let owner = match account.owner {
            Some(owner) => Self::ACCOUNT_OWNER.is(owner),
            None => Self::ACCOUNT_OWNER.is_null(),
        };
        Query::filter(Self::ACCOUNT_KIND.eq(account.kind).and(owner))
    }
}
