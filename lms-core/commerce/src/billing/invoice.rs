//! Invoices of tenants, as records.
use lms_derive::TextEnum;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{BillDraft, BillLine, BillingPeriod, InvoiceStatus, NextAction};
use lms_kernel::{Context, EntityKind, Id, LocalDate, Money, MoneyError, Timestamp};
use lms_people::tenancy::{Month, TenantPlan};
use lms_store::{Direction, LogStamp, Query, Record, Stamp};

/// For how many days an issued invoice can be paid before it is overdue.
pub const PAYMENT_DAYS: i64 = 14;

/// What a tenant owes the platform for a month. A later invoice of the same month is the
/// difference.
///
/// Once it is issued, its number, lines and amounts never change; `paid` and `credited` say what
/// happened to it since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "tenant_invoices",
    unique(period, sequence),
    unique_always(number),
    index(status),
    index(next_action_at)
)]
pub struct TenantInvoice {
    /// The invoice's id.
    pub id: Id<TenantInvoice>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The month.
    pub period: Month,
    /// Which invoice of the month it is, from 0.
    pub sequence: u16,
    /// Its number: 1, 2, 3, … within the tenant, without gaps; none before it is issued.
    pub number: Option<i64>,
    /// Its status.
    pub status: InvoiceStatus,
    /// What the plans cost.
    #[record(prefixed)]
    pub subscription_fee: Money,
    /// What the usage costs.
    #[record(prefixed)]
    pub usage_fee: Money,
    /// The sum of the two, always.
    #[record(prefixed)]
    pub total_fee: Money,
    /// The amount paid.
    #[record(prefixed)]
    pub paid: Money,
    /// What credit notes took off.
    #[record(prefixed)]
    pub credited: Money,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
    /// Until when it is to be paid.
    pub due_at: Option<Timestamp>,
    /// When all of it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was voided.
    pub voided_at: Option<Timestamp>,
    /// When time next changes something about it.
    pub next_action_at: NextAction,
}

impl TenantInvoice {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("tenant_invoice");

    /// A draft for a month.
    pub fn new(cx: &Context, period: Month, sequence: u16, draft: &BillDraft) -> Self {
        let nothing = Money::zero(draft.total_fee.currency());
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            period,
            sequence,
            number: None,
            status: InvoiceStatus::Draft,
            subscription_fee: draft.subscription_fee,
            usage_fee: draft.usage_fee,
            total_fee: draft.total_fee,
            paid: nothing,
            credited: nothing,
            issued_at: None,
            due_at: None,
            paid_at: None,
            voided_at: None,
            next_action_at: NextAction::NEVER,
        }
    }

    /// What is still to be paid; never below zero.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn outstanding(&self) -> Result<Money, MoneyError> {
        let left = self.total_fee.sub(self.paid)?.sub(self.credited)?;
        left.max(Money::zero(left.currency()))
    }

    /// The invoices of a month, in order.
    pub fn of_month(period: Month) -> Query<Self> {
        Query::filter(Self::PERIOD.eq(period)).order_by(Self::SEQUENCE, Direction::Asc)
    }

    /// The invoices that wait for money.
    pub fn open() -> Query<Self> {
        Query::filter(Self::STATUS.is_in([InvoiceStatus::Issued, InvoiceStatus::Overdue]))
    }

    /// The invoices that freeze a month.
    pub fn freezing(period: Month) -> Query<Self> {
        Query::filter(Self::PERIOD.eq(period).and(Self::STATUS.is_in(InvoiceStatus::COUNTING)))
    }

    /// All invoices, by month.
    pub fn by_month() -> Query<Self> {
        Query::all().order_by(Self::PERIOD, Direction::Asc)
    }

    /// The invoices for which time has something to change, at that time, the earliest first.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }
}

/// The kind of an invoice line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum InvoiceLineKind {
    /// A plan, by day.
    Subscription,
    /// Usage of one sort.
    Usage,
}

/// One line of an invoice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "invoice_lines", unaudited, unique_always(invoice_id, position))]
pub struct InvoiceLine {
    /// The line's id.
    pub id: Id<InvoiceLine>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The invoice.
    pub invoice_id: Id<TenantInvoice>,
    /// Its place in the invoice, from 0.
    pub position: u16,
    /// What it is for.
    pub kind: InvoiceLineKind,
    /// The plan, for a subscription fee.
    pub plan_id: Option<Id<TenantPlan>>,
    /// The kind of usage, for a usage fee.
    pub metric: Option<String>,
    /// What the tenant reads.
    pub description: String,
    /// The first day.
    pub starts_on: LocalDate,
    /// The day after the last one.
    pub ends_on: LocalDate,
    /// How many days of the plan, below zero for days that are taken back; how much was used.
    pub quantity: Decimal,
    /// What a month of the plan costs.
    #[record(prefixed)]
    pub price: Option<Money>,
    /// The amount.
    #[record(prefixed)]
    pub amount: Money,
}

impl InvoiceLine {
    /// A line of `invoice`.
    pub fn new(cx: &Context, invoice: Id<TenantInvoice>, position: u16, line: BillLine) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            invoice_id: invoice,
            position,
            kind: line.kind,
            plan_id: line.plan,
            metric: line.metric,
            description: line.description,
            starts_on: LocalDate::clamped(line.days.start),
            ends_on: LocalDate::clamped(line.days.end),
            quantity: line.quantity,
            price: line.price,
            amount: line.amount,
        }
    }

    /// The line as the rules see it.
    pub fn bill_line(self) -> BillLine {
        BillLine {
            kind: self.kind,
            plan: self.plan_id,
            metric: self.metric,
            description: self.description,
            days: BillingPeriod { start: self.starts_on.naive(), end: self.ends_on.naive() },
            quantity: self.quantity,
            price: self.price,
            amount: self.amount,
        }
    }

    /// The lines of an invoice, in order.
    pub fn of_invoice(invoice: Id<TenantInvoice>) -> Query<Self> {
        Query::filter(Self::INVOICE_ID.eq(invoice)).order_by(Self::POSITION, Direction::Asc)
    }

    /// The lines of several invoices.
    pub fn of_invoices(invoices: impl IntoIterator<Item = Id<TenantInvoice>>) -> Query<Self> {
        Query::filter(Self::INVOICE_ID.is_in(invoices))
    }
}

/// Money that came in for an invoice. Append-only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "invoice_payments", unique_always(reference), index(invoice_id))]
pub struct InvoicePayment {
    /// The payment's id.
    pub id: Id<InvoicePayment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The invoice.
    pub invoice_id: Id<TenantInvoice>,
    /// The number on the statement, unique among the tenant's payments.
    pub reference: String,
    /// The amount.
    #[record(prefixed)]
    pub amount: Money,
    /// The instant the money arrived.
    pub paid_at: Timestamp,
}

impl InvoicePayment {
    /// The payment with that reference.
    pub fn by_reference(reference: &str) -> Query<Self> {
        Query::filter(Self::REFERENCE.eq(reference.to_owned()))
    }

    /// The payments of an invoice.
    pub fn of_invoice(invoice: Id<TenantInvoice>) -> Query<Self> {
        Query::filter(Self::INVOICE_ID.eq(invoice))
    }
}

/// A correction of an invoice that was issued. Append-only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "credit_notes", unique_always(number), index(invoice_id))]
pub struct CreditNote {
    /// The note's id.
    pub id: Id<CreditNote>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// Its number: 1, 2, 3, … within the tenant, without gaps.
    pub number: i64,
    /// The invoice.
    pub invoice_id: Id<TenantInvoice>,
    /// How much less is owed.
    #[record(prefixed)]
    pub amount: Money,
    /// The reason, as given.
    pub reason: String,
    /// When it was issued.
    pub issued_at: Timestamp,
}

impl CreditNote {
    /// What a note is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("credit_note");

    /// The notes of an invoice.
    pub fn of_invoice(invoice: Id<TenantInvoice>) -> Query<Self> {
        Query::filter(Self::INVOICE_ID.eq(invoice))
    }
}
