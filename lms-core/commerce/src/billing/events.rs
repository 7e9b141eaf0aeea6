//! Events of invoices.
use serde::{Deserialize, Serialize};

use crate::{CreditNote, TenantInvoice};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::tenancy::Month;
use lms_store::outbox::DomainEvent;

/// An invoice was issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.invoice_issued", subject = TenantInvoice::ENTITY, id = invoice_id)]
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

/// A month is over, and its invoice is still a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.invoice_draft_waiting", subject = TenantInvoice::ENTITY, id = invoice_id)]
pub struct InvoiceDraftWaiting {
    /// The invoice.
    pub invoice_id: Id<TenantInvoice>,
    /// The month.
    pub period: Month,
}

/// An invoice was not paid in time, or still is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.invoice_overdue", subject = TenantInvoice::ENTITY, id = invoice_id)]
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

/// Nothing is left to pay of an invoice: it was paid, credited, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.invoice_settled", subject = TenantInvoice::ENTITY, id = invoice_id)]
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

/// An invoice was corrected by a credit note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.credit_note_issued", subject = CreditNote::ENTITY, id = note_id)]
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
