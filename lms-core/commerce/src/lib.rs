//! Money: orders, payments, grants, subscriptions, vouchers, billing.
//!
//! A buyer places an **order** of **items**, priced once. Each attempt to pay is a **payment**, and
//! **facts** about it come from a gateway, a reviewer or the desk: its status follows from the set
//! of facts, in whatever order and however often they arrive. A completed order gives **grants**,
//! and access is any active grant. A bank transfer is shown by a **proof** that someone other than
//! the payer reviews.
//!
//! Every machine here is one total function from a state and an event to a [`Step`](lms_kernel::machine::Step) or a
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
mod checkout;
mod deliveries;
mod grants;
mod instalments;
mod item;
mod ledger;
#[doc(hidden)]
pub mod lessons;
mod number_series;
mod orders;
mod payments;
mod payouts;
mod plans;
mod pricing;
mod reconciliation;
mod refunds;
mod revenue;
#[cfg(test)]
mod rooms;
mod sale;
mod schedule;
#[cfg(feature = "schema")]
mod schema;
mod settlement;
mod subjects;
mod subscriptions;
mod tick;
mod usage;
mod vouchers;
mod wallet;
mod webhooks;

pub use billing::{
    BillDraft, BillLine, CreditInvoice, CreditNote, CreditNoteIssued, GenerateInvoice,
    InvoiceDraftWaiting, InvoiceError, InvoiceEvent, InvoiceIssued, InvoiceLine, InvoiceLineKind,
    InvoiceOverdue, InvoicePayment, InvoiceSettled, InvoiceStatus, IssueInvoice,
    ListTenantInvoices, NewUsage, PAYMENT_DAYS, PayInvoice, PlanCycle, RecordUsage, SetUsagePrice,
    TenantInvoice, UsagePriceError, VoidInvoice, billed_month, draft_bill,
};
pub use checkout::{
    AskPaymentsDue, CancelOrder, CancelSubscription, Cancellation, ChangePlan,
    CompleteRefundByHand, Counting, ExpireOrdersDue, HoldInWallet, ImportOrder, ImportOrderError,
    ImportedLine, ImportedPayment, KeepPlan, MAX_INSTALMENTS, MAX_SEATS, OrderLine,
    PauseSubscription, PayFromWallet, PaymentAnswer, PlaceOrder, PlanChangeTime, PlanChanged,
    ProofDecision, RecordPaymentAnswer, RecordReceipt, RecordRefundAnswer, RefundAnswer,
    ReleaseHoldsDue, ReleaseReservationsDue, RemindProofsDue, RemindRefundsDue, Resubscribe,
    ResumeSubscription, Returned, ReviewProof, RevokeApproval, SendRefund, SettleHold,
    StartPayment, SubmitProof, Subscribe, UndoCancellation, WithdrawProof,
};
pub use deliveries::{
    AddWebhookEndpoint, ClaimWebhookDeliveries, DeliveryAnswer, DeliveryClaim, DeliveryEvent,
    DeliveryStatus, EndpointSecret, EndpointStatus, FanOutMessage, OutgoingWebhook,
    RecordDeliveryAnswer, ReplayDelivery, RotateEndpointSecret, SwitchWebhookEndpoint,
    WebhookDelivery, WebhookEndpoint, WebhookSender,
};
pub use grants::{
    AccessDecision, AccessEnded, AccessGranted, AccessSource, AccessSourceKind, EndGrantsDue,
    EnrollmentRefused, Grant, GrantEvent, GrantStatus, RedeemSeat, RevokeReason, Seat, SeatError,
    access_to, accessible,
};
pub use instalments::{
    Instalment, InstalmentChanged, InstalmentEvent, InstalmentStatus, InstalmentTerms,
    PassInstalmentsDue, covered,
};
pub use item::{Item, ItemKind};
pub use ledger::{
    Account, AccountBalance, AccountKind, FinanceTotal, LedgerEntry, LedgerEntryView, LedgerError,
    LedgerFilter, LedgerKind, LedgerLine, LedgerLineView, ListLedgerEntries, PaymentMethod,
    RecordFinance, UnitFinances, ViewUnitFinances, is_balanced,
};
pub use lms_store::DueRows;
pub(crate) use number_series::next_number;
pub use number_series::{NextNumber, NumberSeries, Series};
pub use orders::{
    ArchivePackage, ArchivePrice, CreatePackage, LateMoney, LateMoneyPolicy, ListOrders,
    ListPayments, Offer, Order, OrderAnomaly, OrderChanged, OrderCompleted, OrderError,
    OrderFilter, OrderItem, OrderKind, OrderLineView, OrderMoney, OrderNextStep, OrderPlaced,
    OrderView, Package, PackageError, PackageItem, PaymentFilter, PaymentView, PriceError,
    SetPackageItems, SetPrice,
};
pub use payments::{
    DisputeChanged, DisputeStatus, FactKey, FactKind, ForeignMoneyReceived, GatewayOutcome,
    GatewayTransaction, KnownMovement, MAX_FACT_KEY_LENGTH, MovementKind, Payment, PaymentChanged,
    PaymentError, PaymentFact, PaymentFactRecord, PaymentFacts, PaymentFailure, PaymentProof,
    PaymentQuestionDue, PaymentStarted, PaymentStatus, PaymentUnreconciled, ProofDecided,
    ProofError, ProofEvent, ProofStatus, ProofSubmitted, ProofWaiting, Reconciliation,
    ReconciliationFinding, RefundRegister, StatementLine, reconcile,
};
pub use payouts::{
    DecidePayout, Payout, PayoutAnswer, PayoutBalance, PayoutChanged, PayoutError, PayoutEvent,
    PayoutStatus, RecordPayoutAnswer, RequestPayout, SendPayout, ViewPayoutBalance,
};
pub use plans::{
    ArchivePlan, CreatePlan, Plan, PlanError, PlanItem, PlanKind, PlanTerms, SetPlanItems,
};
pub use pricing::{
    Alignment, BilledCycles, BillingCalendar, BillingPeriod, BillingTime, ChargeError, ChargeModel,
    CycleError, Discount, DiscountScope, DueError, DuePeriod, Interval, LineShare, MAX_DUE_PERIODS,
    MAX_ORDER_LINES, PeriodPrice, PeriodVoucher, Price, PricedLine, PricingError, Proration, Quote,
    QuoteLine, Reduction, RevenueSplit, ShareRole, ShareRule, SplitError, TaxRate, TaxTotal, Tier,
    TrialError, TrialTerms, VoucherTerm, billed_range, earned_parts, price_order, price_period,
    start_of_day, unused_credit, used_part,
};
pub use reconciliation::{
    MAX_STATEMENT_LINES, ReconcileStatement, SettlementDifferenceFound, StatementError,
    StatementMovement, StatementReport,
};
pub use refunds::{
    DecideRefund, Refund, RefundAccess, RefundChanged, RefundDue, RefundError, RefundEvent,
    RefundItem, RefundLine, RefundReason, RefundStatus, RequestRefund, refundable, tax_part,
};
pub use revenue::{Earning, REFUND_WINDOW_DAYS, RevenueShare, SetRevenueShares, ShareError};
pub use sale::{OrderEvent, OrderStatus, OrderStep, SaleStatus};
pub use schedule::NextAction;
pub use settlement::RecordPaymentFacts;
pub use subscriptions::{
    Agreement, Decline, ListSubscriptions, PeriodStatus, PlanChange, PlanChangeQuote,
    PlanChangeStatus, RetryError, RetrySchedule, Subscription, SubscriptionBilled,
    SubscriptionChanged, SubscriptionDue, SubscriptionError, SubscriptionEvent, SubscriptionFilter,
    SubscriptionNextStep, SubscriptionPeriod, SubscriptionReminder, SubscriptionStatus,
    SubscriptionView, plan_change_quote,
};
pub use tick::{TickError, TickFailure, TickKind, TickReport, tick};
pub use usage::{UsagePrice, UsageRecord};
pub use vouchers::{
    ChangeVoucher, CreateVoucher, ListVouchers, NewVoucher, RedemptionEvent, RedemptionStatus,
    SeatEvent, SeatStatus, Voucher, VoucherCode, VoucherError, VoucherEvent, VoucherFilter,
    VoucherRedemption, VoucherRefusal, VoucherStatus, VoucherUse, VoucherView,
};
pub use wallet::{
    AdjustWallet, CreditCustomer, HoldEvent, HoldStatus, ListWallets, WalletAccount, WalletError,
    WalletFilter, WalletHold, WalletView,
};
pub use webhooks::{
    ApplyWebhook, ClaimWebhooks, CloseGatewayAccount, GatewayAccount, GatewayAccountStatus,
    GatewayQuestions, GatewaySecret, OpenGatewayAccount, PutWebhookBack, ReceiveWebhook,
    ReplayWebhook, ReportedFact, RotateGatewaySecret, SECRET_OVERLAP_HOURS, StoredSecret,
    WebhookAdapter, WebhookAdapters, WebhookClaim, WebhookError, WebhookEvent, WebhookMessage,
    WebhookNotice, WebhookReceipt, WebhookRequest, WebhookRound, WebhookStatus, WebhookVerdict,
    work_webhooks,
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

/// The scheduled jobs of this context.
pub fn jobs() -> Vec<lms_store::job::JobType> {
    use lms_store::{
        job::{Every, JobType, Need},
        operation::Described as _,
    };
    vec![
        JobType::new(
            "commerce.tick",
            "Closes unpaid orders, bills and renews subscriptions, ends grants, and releases holds.",
            Every::Minute,
            |job| Box::pin(tick::tick_all(job)),
        )
        .running(const { tick::OPERATIONS }),
        JobType::new(
            "commerce.work_webhooks",
            "Applies what payment gateways have sent.",
            Every::FewSeconds,
            |job| Box::pin(webhooks::work_all(job)),
        )
        .running(const { &[ClaimWebhooks::NAME, ApplyWebhook::NAME, PutWebhookBack::NAME] }),
        JobType::new(
            "commerce.send_webhooks",
            "Sends webhooks to the systems of the tenant.",
            Every::FewSeconds,
            |job| Box::pin(deliveries::send_all(job)),
        )
        .needing(const { &[Need::of::<dyn WebhookSender>()] })
        .running(const { &[ClaimWebhookDeliveries::NAME, RecordDeliveryAnswer::NAME] }),
    ]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![
        EventType::of::<DisputeChanged>(),
        EventType::of::<AccessEnded>(),
        EventType::of::<AccessGranted>(),
        EventType::of::<CreditNoteIssued>(),
        EventType::of::<EnrollmentRefused>(),
        EventType::of::<ForeignMoneyReceived>(),
        EventType::of::<InstalmentChanged>(),
        EventType::of::<InvoiceDraftWaiting>(),
        EventType::of::<InvoiceIssued>(),
        EventType::of::<InvoiceOverdue>(),
        EventType::of::<InvoiceSettled>(),
        EventType::of::<OrderAnomaly>(),
        EventType::of::<OrderChanged>(),
        EventType::of::<OrderCompleted>(),
        EventType::of::<OrderPlaced>(),
        EventType::of::<PaymentChanged>(),
        EventType::of::<PaymentQuestionDue>(),
        EventType::of::<PaymentStarted>(),
        EventType::of::<PaymentUnreconciled>(),
        EventType::of::<PayoutChanged>(),
        EventType::of::<ProofDecided>(),
        EventType::of::<ProofSubmitted>(),
        EventType::of::<ProofWaiting>(),
        EventType::of::<RefundChanged>(),
        EventType::of::<RefundDue>(),
        EventType::of::<SettlementDifferenceFound>(),
        EventType::of::<SubscriptionBilled>(),
        EventType::of::<SubscriptionChanged>(),
        EventType::of::<SubscriptionReminder>(),
    ]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::typed::<AddWebhookEndpoint>(),
        OperationType::of::<AdjustWallet>(),
        OperationType::typed::<ApplyWebhook>(),
        OperationType::of::<ArchivePackage>(),
        OperationType::of::<ArchivePlan>(),
        OperationType::of::<ArchivePrice>(),
        OperationType::of::<AskPaymentsDue>(),
        OperationType::of::<CancelOrder>(),
        OperationType::of::<CancelSubscription>(),
        OperationType::of::<lessons::CheckAccess>(),
        OperationType::of::<lessons::OpenNode>(),
        OperationType::typed::<lessons::ReadLessonFile>(),
        OperationType::of::<lessons::RequestDownload>(),
        OperationType::of::<ChangePlan>(),
        OperationType::of::<ChangeVoucher>(),
        OperationType::typed::<ClaimWebhookDeliveries>(),
        OperationType::of::<ClaimWebhooks>(),
        OperationType::of::<CloseGatewayAccount>(),
        OperationType::of::<CompleteRefundByHand>(),
        OperationType::of::<CreatePackage>(),
        OperationType::of::<CreatePlan>(),
        OperationType::of::<CreateVoucher>(),
        OperationType::of::<CreditCustomer>(),
        OperationType::of::<CreditInvoice>(),
        OperationType::of::<DecidePayout>(),
        OperationType::of::<DecideRefund>(),
        OperationType::of::<EndGrantsDue>(),
        OperationType::of::<ExpireOrdersDue>(),
        OperationType::of::<FanOutMessage>(),
        OperationType::of::<GenerateInvoice>(),
        OperationType::of::<HoldInWallet>(),
        OperationType::of::<ImportOrder>(),
        OperationType::of::<IssueInvoice>(),
        OperationType::of::<KeepPlan>(),
        OperationType::of::<ListLedgerEntries>(),
        OperationType::of::<ListOrders>(),
        OperationType::of::<ListPayments>(),
        OperationType::of::<ListSubscriptions>(),
        OperationType::of::<ListTenantInvoices>(),
        OperationType::of::<ListVouchers>(),
        OperationType::of::<ListWallets>(),
        OperationType::typed::<OpenGatewayAccount>(),
        OperationType::of::<PassInstalmentsDue>(),
        OperationType::of::<PauseSubscription>(),
        OperationType::of::<PayFromWallet>(),
        OperationType::of::<PayInvoice>(),
        OperationType::of::<PlaceOrder>(),
        OperationType::typed::<PutWebhookBack>(),
        OperationType::typed::<ReceiveWebhook>(),
        OperationType::of::<ReconcileStatement>(),
        OperationType::typed::<RecordDeliveryAnswer>(),
        OperationType::of::<RecordFinance>(),
        OperationType::of::<RecordPaymentAnswer>(),
        OperationType::of::<RecordPaymentFacts>(),
        OperationType::of::<RecordPayoutAnswer>(),
        OperationType::of::<RecordReceipt>(),
        OperationType::of::<RecordRefundAnswer>(),
        OperationType::of::<RecordUsage>(),
        OperationType::of::<RedeemSeat>(),
        OperationType::of::<ReleaseHoldsDue>(),
        OperationType::of::<ReleaseReservationsDue>(),
        OperationType::of::<RemindProofsDue>(),
        OperationType::of::<RemindRefundsDue>(),
        OperationType::of::<ReplayDelivery>(),
        OperationType::of::<ReplayWebhook>(),
        OperationType::of::<RequestPayout>(),
        OperationType::of::<RequestRefund>(),
        OperationType::of::<Resubscribe>(),
        OperationType::of::<ResumeSubscription>(),
        OperationType::of::<ReviewProof>(),
        OperationType::of::<RevokeApproval>(),
        OperationType::typed::<RotateEndpointSecret>(),
        OperationType::typed::<RotateGatewaySecret>(),
        OperationType::of::<SendPayout>(),
        OperationType::of::<SendRefund>(),
        OperationType::of::<SetPackageItems>(),
        OperationType::of::<SetPlanItems>(),
        OperationType::of::<SetPrice>(),
        OperationType::of::<SetRevenueShares>(),
        OperationType::of::<SetUsagePrice>(),
        OperationType::of::<SettleHold>(),
        OperationType::of::<StartPayment>(),
        OperationType::of::<SubmitProof>(),
        OperationType::of::<Subscribe>(),
        OperationType::of::<SwitchWebhookEndpoint>(),
        OperationType::of::<UndoCancellation>(),
        OperationType::of::<ViewPayoutBalance>(),
        OperationType::of::<ViewUnitFinances>(),
        OperationType::of::<VoidInvoice>(),
        OperationType::of::<WithdrawProof>(),
    ]
}
