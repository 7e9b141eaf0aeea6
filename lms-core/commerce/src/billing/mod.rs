//! Billing of tenants by the platform.
//!
//! An **invoice** is for a month: a **subscription fee** by day of the plans that held, and a
//! **usage fee** by metric. It is a **draft** until it is **issued**; then it has a number and
//! never changes. What changes later is the difference on another invoice of the same month, or a
//! **credit note**.
mod cycle;
mod error;
mod events;
mod generate;
mod invoice;
mod record_usage;
mod rules;
mod settle;
mod status;

pub use cycle::PlanCycle;
pub use error::InvoiceError;
pub use events::{
    CreditNoteIssued, InvoiceDraftWaiting, InvoiceIssued, InvoiceOverdue, InvoiceSettled,
};
pub use generate::{GenerateInvoice, IssueInvoice, ListTenantInvoices};
pub use invoice::{
    CreditNote, InvoiceLine, InvoiceLineKind, InvoicePayment, PAYMENT_DAYS, TenantInvoice,
};
pub use record_usage::{NewUsage, RecordUsage, SetUsagePrice, UsagePriceError};
pub use rules::{BillDraft, BillLine, billed_month, draft_bill};
pub(crate) use settle::pass_due_dates;
pub use settle::{CreditInvoice, PayInvoice, VoidInvoice};
pub use status::{InvoiceEvent, InvoiceStatus};
