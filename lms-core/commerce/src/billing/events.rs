//! What invoices announce.
use serde::{Deserialize, Serialize};

use crate::{CreditNote, TenantInvoice};
use lms_kernel::{EntityRef, Id, Money, Timestamp};
use lms_people::tenancy::Month;
use lms_store::outbox::DomainEvent;

/// An invoice was issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvoiceIssued {
    /// The invoice.
    pub invoice_id: Id<TenantInvoice>,
    /// Its number.
    pub number: Option<i64>,
    /// The month.
    pub period: Month,
    /// What is to be paid.
    pub total: Money,
    /// Until when.
    pub due_at: Option<Timestamp>,
}

impl DomainEvent for InvoiceIssued {
    const KIND: &'static str = "commerce.invoice_issued";
    fn subject(&self) -> EntityRef {
        EntityRef::to(TenantInvoice::ENTITY, self.invoice_id)
    }
}

/// A month is over, and its invoice is still a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvoiceDraftWaiting {
    /// The invoice.
    pub invoice_id: Id<TenantInvoice>,
    /// The month.
    pub period: Month,
}

impl DomainEvent for InvoiceDraftWaiting {
    const KIND: &'static str = "commerce.invoice_draft_waiting";
    fn subject(&self) -> EntityRef {
        EntityRef::to(TenantInvoice::ENTITY, self.invoice_id)
    }
}

/// An invoice was not paid in time, or still is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvoiceOverdue {
    /// The invoice.
    pub invoice_id: Id<TenantInvoice>,
    /// Its number.
    pub number: Option<i64>,
    /// What is still to be paid.
    pub outstanding: Money,
    /// Until when it was to be paid.
    pub due_at: Option<Timestamp>,
}

impl DomainEvent for InvoiceOverdue {
    const KIND: &'static str = "commerce.invoice_overdue";
    fn subject(&self) -> EntityRef {
        EntityRef::to(TenantInvoice::ENTITY, self.invoice_id)
    }
}

/// Nothing is left to pay of an invoice: it was paid, credited, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvoiceSettled {
    /// The invoice.
    pub invoice_id: Id<TenantInvoice>,
    /// Its number.
    pub number: Option<i64>,
    /// The amount paid.
    pub paid: Money,
    /// What credit notes took off.
    pub credited: Money,
}

impl DomainEvent for InvoiceSettled {
    const KIND: &'static str = "commerce.invoice_settled";
    fn subject(&self) -> EntityRef {
        EntityRef::to(TenantInvoice::ENTITY, self.invoice_id)
    }
}

/// An invoice was corrected by a credit note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreditNoteIssued {
    /// The note.
    pub note_id: Id<CreditNote>,
    /// Its number.
    pub number: i64,
    /// The invoice.
    pub invoice_id: Id<TenantInvoice>,
    /// How much less is owed, or is owed back.
    pub amount: Money,
    /// What is still to be paid of the invoice.
    pub left: Money,
}

impl DomainEvent for CreditNoteIssued {
    const KIND: &'static str = "commerce.credit_note_issued";
    fn subject(&self) -> EntityRef {
        EntityRef::to(CreditNote::ENTITY, self.note_id)
    }
}
