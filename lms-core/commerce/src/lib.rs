//! Money: orders, payments, grants, subscriptions, vouchers, billing.
//!
//! A buyer places an **order** of **items**, priced once. Each attempt to pay is a **payment**,
//! and what it is told (by a gateway, a reviewer, the desk) are **facts**: its status is what its
//! facts come to, in whatever order and however often they arrive. A completed order gives
//! **grants**, and access is any active grant. A bank transfer is shown by a **proof** that
//! somebody other than the payer reviews.
//!
//! Every machine here is one total function from a state and an event to a [`Step`] or a
//! refusal, time comes from the caller, and what is not final has a `next_action_at`.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout
    )
)]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

extern crate self as lms_core;

// The derives write `::lms_core::kernel` and `::lms_core::store`.
use {lms_kernel as kernel, lms_store as store};

mod billing;
mod commands;
mod deliveries;
mod due;
mod events;
mod grants;
mod instalments;
mod item;
mod ledger;
mod number_series;
mod orders;
mod payments;
mod payouts;
mod plans;
mod pricing;
mod refunds;
mod revenue;
mod schedule;
mod subscriptions;
mod tick;
mod usage;
mod vouchers;
mod wallet;
mod webhooks;

pub use billing::{
    BillDraft, BillLine, CreditNote, CreditNoteIssued, InvoiceDraftWaiting, InvoiceError,
    InvoiceEvent, InvoiceIssued, InvoiceLine, InvoiceLineKind, InvoiceOverdue, InvoicePayment,
    InvoiceSettled, InvoiceStatus, PAYMENT_DAYS, PayInvoice, TenantInvoice, billed_month,
    credit_invoice, draft_bill, generate_invoice, issue_invoice, pay_invoice, tenant_invoices,
    void_invoice,
};
pub use commands::{
    ArchivePlan, CancelOrder, CancelSubscription, ChangePlan, ChangeVoucher, CompleteRefundByHand,
    CreateVoucher, CreditInvoice, DecidePayout, DecideRefund, GenerateInvoice, HoldInWallet,
    IssueInvoice, KeepPlan, MoneyCommand, PauseSubscription, PayFromWallet, RecordPayoutAnswer,
    RecordUsage, RedeemSeat, RequestPayout, Resubscribe, ResumeSubscription, RevokeApproval,
    SendPayout, SendRefund, SetPlanItems, SetUsagePrice, SettleHold, UndoCancellation, VoidInvoice,
    WithdrawProof, execute_once, money_commands,
};
pub use deliveries::{
    DeliveryAnswer, DeliveryClaim, DeliveryEvent, DeliveryStatus, EndpointSecret, EndpointStatus,
    OutgoingWebhook, WebhookDelivery, WebhookEndpoint, add_webhook_endpoint,
    claim_webhook_deliveries, fan_out_message, record_delivery_answer, replay_delivery,
    rotate_endpoint_secret, switch_webhook_endpoint,
};
pub use due::DueRows;
pub use events::{
    AccessEnded, AccessGranted, EnrollmentRefused, ForeignMoneyReceived, InstalmentChanged,
    OrderAnomaly, OrderChanged, OrderCompleted, OrderPlaced, PaymentChanged, PaymentQuestionDue,
    PaymentStarted, PaymentUnreconciled, ProofDecided, ProofSubmitted, ProofWaiting, RefundChanged,
    RefundDue,
};
pub use grants::{
    AccessDecision, AccessSource, AccessSourceKind, Grant, GrantEvent, GrantStatus, RevokeReason,
    access_to, accessible, end_grants_due,
};
pub use instalments::{
    Instalment, InstalmentEvent, InstalmentStatus, InstalmentTerms, covered, pass_instalments_due,
};
pub use item::{Item, ItemKind};
pub use ledger::{
    Account, AccountKind, FinanceTotal, LedgerEntry, LedgerError, LedgerKind, LedgerLine,
    RecordFinance, UnitFinances, balance_of, is_balanced, record_finance,
};
pub use number_series::{NumberSeries, Series, next_number};
pub use orders::{
    LateMoney, LateMoneyPolicy, MAX_INSTALMENTS, MAX_SEATS, Offer, Order, OrderError, OrderEvent,
    OrderItem, OrderKind, OrderLine, OrderMoney, OrderStatus, OrderStep, Package, PackageItem,
    PlaceOrder, SaleStatus, cancel_order, expire_orders_due, offer_of, place_order,
    release_reservations_due,
};
pub use payments::{
    Counting, DisputeStatus, FactKey, FactKind, GatewayOutcome, GatewayTransaction,
    MAX_FACT_KEY_LENGTH, Payment, PaymentAnswer, PaymentError, PaymentFact, PaymentFactRecord,
    PaymentFacts, PaymentFailure, PaymentMethod, PaymentProof, PaymentStatus, ProofDecision,
    ProofError, ProofEvent, ProofStatus, RecordPaymentFacts, RecordReceipt, RefundRegister,
    ReviewProof, StartPayment, SubmitProof, ask_payments_due, record_payment_answer,
    record_payment_facts, record_receipt, remind_proofs_due, review_proof, revoke_approval,
    start_payment, submit_proof, withdraw_proof,
};
pub use payouts::{
    Payout, PayoutAnswer, PayoutBalance, PayoutChanged, PayoutError, PayoutEvent, PayoutStatus,
    decide_payout, payout_balance, record_payout_answer, request_payout, send_payout,
};
pub use plans::{
    CreatePlan, Plan, PlanError, PlanItem, PlanKind, PlanTerms, archive_plan, create_plan,
    set_plan_items,
};
pub use pricing::{
    Alignment, BilledCycles, BillingCalendar, BillingPeriod, BillingTime, ChargeError, ChargeModel,
    CycleError, Discount, DiscountScope, Interval, MAX_ORDER_LINES, Price, PricedLine,
    PricingError, Proration, Quote, QuoteLine, Reduction, TaxRate, TaxTotal, Tier, billed_range,
    price_order, start_of_day, unused_credit, used_part,
};
pub use refunds::{
    Refund, RefundAccess, RefundAnswer, RefundError, RefundEvent, RefundItem, RefundLine,
    RefundReason, RefundStatus, RequestRefund, complete_refund_by_hand, decide_refund,
    record_refund_answer, refundable, remind_refunds_due, request_refund, send_refund, tax_part,
};
pub use revenue::{
    Earning, LineShare, REFUND_WINDOW_DAYS, RevenueShare, RevenueSplit, ShareRole, ShareRule,
    SplitError, earned_parts,
};
pub use schedule::NextAction;
pub use subscriptions::{
    Agreement, Cancellation, PeriodStatus, PlanChange, PlanChangeQuote, PlanChangeStatus,
    PlanChangeTime, PlanChanged, Returned, Subscribe, Subscription, SubscriptionBilled,
    SubscriptionChanged, SubscriptionDue, SubscriptionError, SubscriptionEvent, SubscriptionPeriod,
    SubscriptionReminder, SubscriptionStatus, cancel_subscription, change_plan_of, keep_plan_of,
    pause_subscription, plan_change_quote, resubscribe, resume_subscription, subscribe,
    undo_cancellation,
};
pub use tick::{TickError, TickFailure, TickKind, TickReport, tick};

pub use usage::{
    NewUsage, UsagePrice, UsagePriceError, UsageRecord, record_usage, set_usage_price,
};
pub use vouchers::{
    RedemptionEvent, RedemptionStatus, Seat, SeatError, SeatEvent, SeatStatus, Voucher,
    VoucherCode, VoucherError, VoucherEvent, VoucherRedemption, VoucherRefusal, VoucherStatus,
    VoucherUse, change_voucher, create_voucher, redeem_seat,
};
pub use wallet::{
    AdjustWallet, HoldEvent, HoldStatus, WalletAccount, WalletError, WalletHold, adjust_wallet,
    hold_in_wallet, pay_from_wallet, release_holds_due, settle_hold,
};
pub use webhooks::{
    GatewayAccount, GatewayAccountStatus, GatewayQuestions, GatewaySecret, ReportedFact,
    SECRET_OVERLAP_HOURS, StoredSecret, WebhookAdapter, WebhookClaim, WebhookError, WebhookEvent,
    WebhookMessage, WebhookNotice, WebhookReceipt, WebhookRequest, WebhookRound, WebhookStatus,
    WebhookVerdict, apply_webhook, claim_webhooks, close_gateway_account, open_gateway_account,
    put_webhook_back, receive_webhook, replay_webhook, rotate_gateway_secret, work_webhooks,
};

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<NumberSeries>(),
        RecordType::of::<Price>(),
        RecordType::of::<RevenueShare>(),
        RecordType::of::<Package>(),
        RecordType::of::<PackageItem>(),
        RecordType::of::<Plan>(),
        RecordType::of::<PlanItem>(),
        RecordType::of::<Order>(),
        RecordType::of::<OrderItem>(),
        RecordType::of::<Instalment>(),
        RecordType::of::<Voucher>(),
        RecordType::of::<VoucherRedemption>(),
        RecordType::of::<Seat>(),
        RecordType::of::<Subscription>(),
        RecordType::of::<SubscriptionPeriod>(),
        RecordType::of::<PlanChange>(),
        RecordType::of::<Payment>(),
        RecordType::of::<PaymentFactRecord>(),
        RecordType::of::<PaymentProof>(),
        RecordType::of::<GatewayTransaction>(),
        RecordType::of::<Refund>(),
        RecordType::of::<RefundItem>(),
        RecordType::of::<Grant>(),
        RecordType::of::<LedgerEntry>(),
        RecordType::of::<LedgerLine>(),
        RecordType::of::<Earning>(),
        RecordType::of::<Payout>(),
        RecordType::of::<UsagePrice>(),
        RecordType::of::<UsageRecord>(),
        RecordType::of::<TenantInvoice>(),
        RecordType::of::<InvoiceLine>(),
        RecordType::of::<InvoicePayment>(),
        RecordType::of::<CreditNote>(),
        RecordType::of::<WalletAccount>(),
        RecordType::of::<WalletHold>(),
        RecordType::of::<GatewayAccount>(),
        RecordType::of::<GatewaySecret>(),
        RecordType::of::<WebhookMessage>(),
        RecordType::of::<WebhookEndpoint>(),
        RecordType::of::<EndpointSecret>(),
        RecordType::of::<WebhookDelivery>(),
    ]
}
