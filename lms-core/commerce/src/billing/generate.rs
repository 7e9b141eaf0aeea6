//! Making invoices and issuing them.
use chrono::TimeDelta;
use lms_kernel::machine::Step;
use lms_store::operation::{Access, Effect, Operation, Within, operation};

use crate::{
    InvoiceError, InvoiceEvent, InvoiceIssued, InvoiceLine, InvoiceStatus, NextAction,
    PAYMENT_DAYS, Series, TenantInvoice, UsagePrice, UsageRecord, billed_month,
    billing::settle::note_open_bills, draft_bill, next_number,
};
use lms_kernel::{Currency, Id, TimeZone};
use lms_people::{
    authorization::{Permission, ThePlatform, TheTenant, authorize_on},
    tenancy::{Month, TenantPlan, TenantSettings},
};
use lms_store::Transaction;

/// Generates the draft invoice of a month: the amount owed for the month minus the amount invoiced.
/// It replaces an earlier draft. Answers `None`, and leaves no draft, when nothing is left to
/// invoice.
///
/// # Permission
/// `platform.manage_billing`.
///
/// # Locks
/// The tenant's settings row.
///
/// # Errors
/// [`InvoiceError`].
#[operation("commerce.generate_invoice")]
pub struct GenerateInvoice {
    /// The calendar month to invoice.
    pub month: Month,
}

impl Operation for GenerateInvoice {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_BILLING]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Option<TenantInvoice>;
    type Error = InvoiceError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<TenantInvoice>, InvoiceError> {
        let Self { month } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_BILLING, &ThePlatform).await?;
        let (zone, currency) = held(tx).await?;
        let bills = tx.all(TenantInvoice::of_month(month)).await?;
        let counting = bills.iter().filter(|it| it.status.counts()).map(|it| it.id);
        let was = tx.all(InvoiceLine::of_invoices(counting)).await?;
        let was: Vec<_> = was.into_iter().map(InvoiceLine::bill_line).collect();
        let plans = tx.all(TenantPlan::latest_first()).await?;
        let prices = tx.all(UsagePrice::charged()).await?;
        let records = match billed_month(month).range(zone) {
            Some(time) => tx.all(UsageRecord::during(time)).await?,
            None => Vec::new(),
        };
        let draft = draft_bill(month, zone, currency, &plans, (&prices, &records), &was)?;
        let open = bills.iter().find(|it| it.status == InvoiceStatus::Draft);
        if draft.lines.is_empty() {
            if let Some(open) = open {
                drop_lines(tx, open.id).await?;
                tx.delete(&mut open.clone()).await?;
            }
            return Ok(None);
        }
        let sequence = bills.iter().map(|it| it.sequence.saturating_add(1)).max().unwrap_or(0);
        let mut invoice = TenantInvoice::new(tx.cx(), month, sequence, &draft);
        let over = billed_month(month).range(zone).map_or(tx.now(), |it| it.end());
        invoice.next_action_at = NextAction::at(over.max(tx.now()));
        match open {
            None => tx.insert(&invoice).await?,
            Some(open) => {
                open.status.apply(InvoiceEvent::Regenerate)?;
                drop_lines(tx, open.id).await?;
                invoice.id = open.id;
                invoice.stamp = open.stamp.clone();
                invoice.sequence = open.sequence;
                tx.update(&mut invoice).await?;
            }
        }
        let lines: Vec<InvoiceLine> = draft
            .lines
            .into_iter()
            .zip(0_u16..)
            .map(|(line, position)| InvoiceLine::new(tx.cx(), invoice.id, position, line))
            .collect();
        tx.insert_all(&lines).await?;
        Ok(Some(invoice))
    }
}

async fn drop_lines(tx: &mut Transaction, invoice: Id<TenantInvoice>) -> Result<(), InvoiceError> {
    for line in tx.all(InvoiceLine::of_invoice(invoice)).await? {
        tx.purge(&line).await?;
    }
    Ok(())
}

/// The zone and the currency of the tenant, whose settings row is held from here on: one invoice is
/// made or issued at a time, and no usage is counted meanwhile.
async fn held(tx: &mut Transaction) -> Result<(TimeZone, Currency), InvoiceError> {
    let settings = tx.lock(TenantSettings::id_of(tx.cx())).await?;
    Ok((settings.time_zone, settings.currency))
}

/// Issues a draft invoice: it is recomputed, gets the next number and a due date, and its month is
/// closed. An invoice of zero or less is paid at once; a negative total is owed to the tenant.
///
/// # Permission
/// `platform.manage_billing`.
///
/// # Locks
/// The tenant's settings row, the row of invoice numbers and the plan status.
///
/// # Errors
/// [`InvoiceError::MonthRunning`] before the month is over.
#[operation("commerce.issue_invoice")]
pub struct IssueInvoice {
    /// The draft to issue.
    pub invoice: Id<TenantInvoice>,
}

impl Operation for IssueInvoice {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_BILLING]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = TenantInvoice;
    type Error = InvoiceError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantInvoice, InvoiceError> {
        let Self { invoice } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_BILLING, &ThePlatform).await?;
        let (zone, _) = held(tx).await?;
        let known = tx.lock(invoice).await?;
        let Step::Applied(status) = known.status.apply(InvoiceEvent::Issue)? else {
            return Ok(known);
        };
        if zone.date(tx.now()) < billed_month(known.period).end {
            return Err(InvoiceError::MonthRunning { month: known.period });
        }
        // What was used since the draft was made belongs on it.
        let Some(mut invoice) = tx.run(GenerateInvoice { month: known.period }).await? else {
            return Ok(known);
        };
        invoice.status = status;
        invoice.number = Some(next_number(tx, Series::Invoice).await?);
        invoice.issued_at = Some(tx.now());
        let due_at = tx.now().saturating_add(TimeDelta::days(PAYMENT_DAYS));
        invoice.due_at = Some(due_at);
        invoice.next_action_at = NextAction::at(due_at);
        if !invoice.total_fee.is_positive() {
            invoice.status = InvoiceStatus::Paid;
            invoice.paid = invoice.total_fee;
            invoice.paid_at = Some(tx.now());
            invoice.next_action_at = NextAction::NEVER;
        }
        tx.update(&mut invoice).await?;
        tx.emit(&InvoiceIssued {
            invoice_id: invoice.id,
            number: invoice.number,
            period: invoice.period,
            total: invoice.total_fee,
            due_at: invoice.due_at,
        });
        note_open_bills(tx).await?;
        Ok(invoice)
    }
}

/// Lists the tenant's invoices by month.
///
/// # Permission
/// `billing.view`.
///
/// # Errors
/// [`InvoiceError`].
#[operation("commerce.list_tenant_invoices")]
pub struct ListTenantInvoices {}

impl Operation for ListTenantInvoices {
    const ACCESS: Access = Access::Asks(&[Permission::BILLING_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<TenantInvoice>;
    type Error = InvoiceError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<TenantInvoice>, InvoiceError> {
        authorize_on(tx, Permission::BILLING_VIEW, &TheTenant).await?;
        Ok(tx.all(TenantInvoice::by_month()).await?)
    }
}
