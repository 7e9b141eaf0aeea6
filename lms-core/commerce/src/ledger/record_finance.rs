//! Income and expenses of a centre without an order.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    Account, AccountKind, LedgerEntry, LedgerError, LedgerKind, PaymentMethod,
    ledger::{post, transfer},
};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    identity::Membership,
    tenancy::{Feature, OrgUnit, require_feature},
};
use lms_store::Transaction;

/// Records income or an expense of a unit in the ledger.
///
/// The same reference is entered once.
///
/// # Permission
/// `ledger.record` at the unit.
///
/// # Errors
/// [`LedgerError`].
#[operation("commerce.record_finance")]
#[derive(PartialEq)]
pub struct RecordFinance {
    /// The centre or branch; `None` for the tenant as a whole.
    pub org_unit: Option<Id<OrgUnit>>,
    /// The kind of entry: a payment, salary, expense or reimbursement.
    pub kind: LedgerKind,
    /// The amount, above zero.
    pub amount: Money,
    /// How the money changed hands.
    pub method: PaymentMethod,
    /// The number on the receipt or statement, unique in the tenant's ledger.
    pub reference: String,
    /// The learner concerned, if any.
    pub student: Option<Id<Membership>>,
    /// The tutor concerned, if any.
    pub tutor: Option<Id<Membership>>,
    /// The instant of the transaction.
    pub occurred_at: Timestamp,
}

impl Operation for RecordFinance {
    const ACCESS: Access = Access::Asks(&[Permission::LEDGER_RECORD]);
    type Answer = LedgerEntry;
    type Error = LedgerError;

    async fn run(self, tx: &mut Transaction) -> Result<LedgerEntry, LedgerError> {
        let command = self;
        const LONGEST: usize = 100;
        let subject = Subject::default().in_unit(command.org_unit);
        authorize_on(tx, Permission::LEDGER_RECORD, &subject).await?;
        require_feature(tx, Feature::Ledger).await?;
        if !command.amount.is_positive() {
            return Err(LedgerError::AmountOutOfRange);
        }
        if !matches!(command.reference.chars().count(), 1..=LONGEST) {
            return Err(LedgerError::ReferenceLength { most: LONGEST });
        }
        let clearing = Account::own(AccountKind::Clearing);
        let (from, to) = match command.kind {
            LedgerKind::Payment => (Account::own(AccountKind::OtherIncome), clearing),
            LedgerKind::Salary => (clearing, Account::own(AccountKind::Salaries)),
            LedgerKind::Expense => (clearing, Account::own(AccountKind::Expenses)),
            LedgerKind::Reimbursement => (clearing, Account::own(AccountKind::Reimbursements)),
            LedgerKind::Refund
            | LedgerKind::Reversal
            | LedgerKind::Sale
            | LedgerKind::GatewayFee
            | LedgerKind::WalletTransfer
            | LedgerKind::Payout
            | LedgerKind::Adjustment => return Err(LedgerError::NotByHand { kind: command.kind }),
        };
        let source = format!("book:{}", command.reference);
        let entry = LedgerEntry {
            org_unit_id: command.org_unit,
            student_id: command.student,
            tutor_id: command.tutor,
            method: Some(command.method),
            reference: Some(command.reference.clone()),
            occurred_at: command.occurred_at,
            ..LedgerEntry::new(tx.cx(), command.kind, command.amount, source)
        };
        let lines = transfer(from, to, command.amount)?;
        if post(tx, entry.clone(), lines).await? {
            return Ok(entry);
        }
        Err(LedgerError::AlreadyEntered { reference: command.reference })
    }
}
