//! Usage, the platform's bills, and payouts.
use serde::Serialize;

use crate::{
    ChargeModel, CreditNote, InvoiceError, MoneyCommand, NewUsage, PayInvoice, PaymentMethod,
    Payout, PayoutAnswer, PayoutError, TenantInvoice, UsagePrice, UsagePriceError, credit_invoice,
    decide_payout, generate_invoice, issue_invoice, pay_invoice, record_payout_answer,
    record_usage, request_payout, send_payout, set_usage_price, void_invoice,
};
use lms_kernel::{Currency, Id, Money, Title};
use lms_people::{identity::Membership, tenancy::Month};
use lms_store::{Transaction, Work};

/// What was used is counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordUsage {
    /// What was used.
    pub usage: Vec<NewUsage>,
}

/// The platform says what a metric costs a tenant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetUsagePrice {
    /// The metric.
    pub metric: String,
    /// What bills call it.
    pub name: Title,
    /// How usage becomes money.
    pub model: ChargeModel,
    /// The least that a month costs.
    pub minimum: Option<Money>,
    /// The most that a month costs.
    pub maximum: Option<Money>,
}

/// The platform drafts the bill of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GenerateInvoice {
    /// The month.
    pub month: Month,
}

/// The platform sends a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IssueInvoice {
    /// The bill.
    pub invoice: Id<TenantInvoice>,
}

/// The platform takes a bill back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct VoidInvoice {
    /// The bill.
    pub invoice: Id<TenantInvoice>,
}

/// The platform corrects a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreditInvoice {
    /// The bill.
    pub invoice: Id<TenantInvoice>,
    /// How much of it is not owed.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// Somebody asks for what they have earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RequestPayout {
    /// Who has earned it.
    pub payee: Id<Membership>,
    /// In which currency.
    pub currency: Currency,
    /// How it is to be paid.
    pub method: PaymentMethod,
}

/// Somebody decides on a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DecidePayout {
    /// The payout.
    pub payout: Id<Payout>,
    /// Whether it is paid.
    pub approve: bool,
}

/// A payout is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SendPayout {
    /// The payout.
    pub payout: Id<Payout>,
}

/// What became of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordPayoutAnswer {
    /// The payout.
    pub payout: Id<Payout>,
    /// What became of it.
    pub answer: PayoutAnswer,
}

commands! {
    RecordUsage = "record_usage", usize, UsagePriceError,
        |tx, it| record_usage(tx, it.usage);
    SetUsagePrice = "set_usage_price", UsagePrice, UsagePriceError, |tx, it| async move {
        let bounds = (it.minimum, it.maximum);
        set_usage_price(tx, &it.metric, it.name, it.model, bounds).await
    };
    GenerateInvoice = "generate_invoice", Option<TenantInvoice>, InvoiceError,
        |tx, it| generate_invoice(tx, it.month);
    IssueInvoice = "issue_invoice", TenantInvoice, InvoiceError,
        |tx, it| issue_invoice(tx, it.invoice);
    PayInvoice = "pay_invoice", TenantInvoice, InvoiceError, |tx, it| pay_invoice(tx, it);
    VoidInvoice = "void_invoice", TenantInvoice, InvoiceError,
        |tx, it| void_invoice(tx, it.invoice);
    CreditInvoice = "credit_invoice", CreditNote, InvoiceError,
        |tx, it| credit_invoice(tx, it.invoice, it.amount, it.reason);
    RequestPayout = "request_payout", Payout, PayoutError,
        |tx, it| request_payout(tx, it.payee, it.currency, it.method);
    DecidePayout = "decide_payout", Payout, PayoutError,
        |tx, it| decide_payout(tx, it.payout, it.approve);
    SendPayout = "send_payout", Payout, PayoutError, |tx, it| send_payout(tx, it.payout);
    RecordPayoutAnswer = "record_payout_answer", Payout, PayoutError,
        |tx, it| record_payout_answer(tx, it.payout, it.answer);
}
