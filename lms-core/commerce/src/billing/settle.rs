//! Paying, voiding and crediting invoices.
use chrono::TimeDelta;
use lms_kernel::machine::Step;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::{
    CreditNote, CreditNoteIssued, DueRows, InvoiceDraftWaiting, InvoiceError, InvoiceEvent,
    InvoiceOverdue, InvoicePayment, InvoiceSettled, InvoiceStatus, NextAction, Series,
    TenantInvoice, next_number,
};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::{
    authorization::{Permission, ThePlatform, authorize_on},
    tenancy::{HoldPlan, RestatePlan},
};
use lms_store::{LogStamp, StoreError, Transaction};

/// Records a payment of an issued invoice. Once it is paid in full, a plan that was overdue or
/// suspended for it continues.
///
/// # Permission
/// `platform.manage_billing`.
///
/// # Locks
/// The invoice's row and the plan status.
///
/// # Errors
/// [`InvoiceError`].
#[operation("commerce.pay_invoice")]
#[derive(PartialEq)]
pub struct PayInvoice {
    /// The invoice that was paid.
    pub invoice: Id<TenantInvoice>,
    /// The number on the bank statement; the same reference counts once.
    pub reference: String,
    /// The amount received, at most the outstanding amount.
    pub amount: Money,
    /// The instant the money arrived.
    pub at: Timestamp,
}

impl Operation for PayInvoice {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_BILLING]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = TenantInvoice;
    type Error = InvoiceError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantInvoice, InvoiceError> {
        let command = self;
        const LONGEST: usize = 100;
        authorize_on(tx, Permission::PLATFORM_MANAGE_BILLING, &ThePlatform).await?;
        let mut invoice = tx.lock(command.invoice).await?;
        if !matches!(command.reference.chars().count(), 1..=LONGEST) {
            return Err(InvoiceError::Reference { most: LONGEST });
        }
        if let Some(known) = tx.first(InvoicePayment::by_reference(&command.reference)).await? {
            let same = known.invoice_id == invoice.id && known.amount == command.amount;
            return if same { Ok(invoice) } else { Err(InvoiceError::Reference { most: LONGEST }) };
        }
        let paid = invoice.status.apply(InvoiceEvent::Pay)?;
        let most = invoice.outstanding()?;
        if !command.amount.is_positive() || command.amount.compare(most)?.is_gt() {
            return Err(InvoiceError::AmountOutOfRange { most });
        }
        tx.insert(&InvoicePayment {
            id: tx.id(),
            stamp: LogStamp::new(tx.cx()),
            invoice_id: invoice.id,
            reference: command.reference,
            amount: command.amount,
            paid_at: command.at,
        })
        .await?;
        invoice.paid = invoice.paid.add(command.amount)?;
        close_if_settled(tx, &mut invoice, paid).await?;
        Ok(invoice)
    }
}

/// Stores the amount paid or credited of an invoice; nothing left to pay settles it.
async fn close_if_settled(
    tx: &mut Transaction,
    invoice: &mut TenantInvoice,
    paid: Step<InvoiceStatus>,
) -> Result<(), InvoiceError> {
    let Step::Applied(status) = paid else { return Ok(tx.update(invoice).await?) };
    if !invoice.outstanding()?.is_zero() {
        return Ok(tx.update(invoice).await?);
    }
    invoice.status = status;
    invoice.paid_at = Some(tx.now());
    invoice.next_action_at = NextAction::NEVER;
    tx.update(invoice).await?;
    let (invoice_id, number) = (invoice.id, invoice.number);
    let (paid, credited) = (invoice.paid, invoice.credited);
    tx.emit(&InvoiceSettled { invoice_id, number, paid, credited });
    Ok(note_open_bills(tx).await?)
}

/// Records the due date of the oldest unpaid invoice, which decides the plan status. The invoices
/// are read while the status is locked: of two that change at a time, the later one sees both.
pub(super) async fn note_open_bills(tx: &mut Transaction) -> Result<(), StoreError> {
    let held = tx.part(HoldPlan {}).await?;
    let open = tx.all(TenantInvoice::open()).await?;
    let due_at = open.iter().filter_map(|it| it.due_at).min();
    tx.part(RestatePlan { held, bill_due_at: due_at }).await?;
    Ok(())
}

/// Voids an unpaid invoice: its number stays used, its month can be invoiced again, and a plan that
/// was overdue or suspended for it continues.
///
/// # Permission
/// `platform.manage_billing`.
///
/// # Locks
/// The invoice's row and the plan status.
///
/// # Errors
/// [`InvoiceError`]; a paid invoice is credited instead.
#[operation("commerce.void_invoice")]
pub struct VoidInvoice {
    /// The invoice to void.
    pub invoice: Id<TenantInvoice>,
}

impl Operation for VoidInvoice {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_BILLING]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = TenantInvoice;
    type Error = InvoiceError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantInvoice, InvoiceError> {
        let Self { invoice } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_BILLING, &ThePlatform).await?;
        let mut invoice = tx.lock(invoice).await?;
        if let Step::Applied(status) = invoice.status.apply(InvoiceEvent::Void)? {
            if !invoice.paid.is_zero() {
                return Err(InvoiceError::PartlyPaid);
            }
            invoice.status = status;
            invoice.voided_at = Some(tx.now());
            invoice.next_action_at = NextAction::NEVER;
            tx.update(&mut invoice).await?;
            note_open_bills(tx).await?;
        }
        Ok(invoice)
    }
}

/// Issues a credit note for an issued invoice: less is owed, or the amount paid is owed back.
/// Credit notes never exceed their invoice. One that leaves nothing to pay settles the invoice,
/// even an overdue one, and a plan that was overdue or suspended for it continues.
///
/// # Permission
/// `platform.manage_billing`.
///
/// # Locks
/// The invoice's row, the row of note numbers and the plan status.
///
/// # Errors
/// [`InvoiceError`].
#[operation("commerce.credit_invoice")]
pub struct CreditInvoice {
    /// The invoice to credit.
    pub invoice: Id<TenantInvoice>,
    /// The amount to credit, above zero.
    pub amount: Money,
    /// The reason, shown on the credit note.
    pub reason: String,
}

impl Operation for CreditInvoice {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_BILLING]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = CreditNote;
    type Error = InvoiceError;

    async fn run(self, tx: &mut Transaction) -> Result<CreditNote, InvoiceError> {
        let Self { invoice, amount, reason } = self;
        const LONGEST: usize = 500;
        authorize_on(tx, Permission::PLATFORM_MANAGE_BILLING, &ThePlatform).await?;
        if !matches!(reason.chars().count(), 1..=LONGEST) {
            return Err(InvoiceError::ReasonLength { most: LONGEST });
        }
        let mut invoice = tx.lock(invoice).await?;
        if !invoice.status.counts() {
            return Err(InvoiceError::NotIssued);
        }
        let most = invoice.total_fee.sub(invoice.credited)?;
        if !amount.is_positive() || amount.compare(most)?.is_gt() {
            return Err(InvoiceError::AmountOutOfRange { most });
        }
        let note = CreditNote {
            id: tx.id(),
            stamp: LogStamp::new(tx.cx()),
            number: next_number(tx, Series::CreditNote).await?,
            invoice_id: invoice.id,
            amount,
            reason,
            issued_at: tx.now(),
        };
        tx.insert(&note).await?;
        invoice.credited = invoice.credited.add(amount)?;
        let (note_id, number, left) = (note.id, note.number, invoice.outstanding()?);
        tx.emit(&CreditNoteIssued { note_id, number, invoice_id: invoice.id, amount, left });
        let paid = invoice.status.apply(InvoiceEvent::Pay)?;
        close_if_settled(tx, &mut invoice, paid).await?;
        Ok(note)
    }
}

/// How often a person is reminded of an overdue invoice, in days.
const REMIND_DAYS: i64 = 7;

/// Marks the invoices that were not paid in time, as many as `due` takes, and announces them and
/// the drafts of months that are over, each week again. It is a matter of time alone, so no one is
/// asked for a permission.
pub(crate) async fn pass_due_dates(
    tx: &mut Transaction,
    due: impl Into<DueRows>,
) -> Result<(), InvoiceError> {
    for due in tx.page(due.into().of(TenantInvoice::due(tx.now()))).await?.items {
        let mut invoice = tx.lock(due.id).await?;
        if !invoice.next_action_at.is_due(tx.now()) {
            continue;
        }
        let draft = invoice.status == InvoiceStatus::Draft;
        if !draft
            && let Step::Applied(status) = invoice.status.apply(InvoiceEvent::DueDatePassed)?
        {
            invoice.status = status;
        }
        let next = tx.now().saturating_add(TimeDelta::days(REMIND_DAYS));
        let waits = invoice.status == InvoiceStatus::Overdue;
        invoice.next_action_at = (waits || draft).then_some(next).into();
        tx.update(&mut invoice).await?;
        if draft {
            tx.emit(&InvoiceDraftWaiting { invoice_id: invoice.id, period: invoice.period });
        }
        if waits {
            let (invoice_id, number, due_at) = (invoice.id, invoice.number, invoice.due_at);
            let outstanding = invoice.outstanding()?;
            tx.emit(&InvoiceOverdue { invoice_id, number, outstanding, due_at });
        }
    }
    Ok(())
}
