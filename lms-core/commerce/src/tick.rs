//! Running the due work of commerce.
use lms_derive::{DomainError, TextEnum};
use uuid::Uuid;

use crate::{
    AskPaymentsDue, DueRows, EndGrantsDue, ExpireOrdersDue, Grant, Instalment, InvoiceError, Order,
    PassInstalmentsDue, Payment, PaymentError, PaymentProof, Payout, PayoutError, Refund,
    RefundError, ReleaseHoldsDue, ReleaseReservationsDue, RemindProofsDue, RemindRefundsDue,
    Subscription, TenantInvoice, VoucherRedemption, WalletError, WalletHold,
    billing::pass_due_dates, payouts::remind_payouts, settlement::carry_out,
    subscriptions::subscription_due,
};
use lms_kernel::{Context, DomainError as _, Id, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    tenancy::{HoldPlan, PlanStanding, RestatePlan},
};
use lms_store::{
    PageSize, Query, Record, Store, StoreError, Transaction, Value,
    job::{JobFailure, JobRun},
    operation::{Access, Described as _, Operation, operation},
};

/// The kind of thing that time changes. At the same instant they are done in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum TickKind {
    /// Gateway payments without a final answer are reconciled.
    Payment,
    /// Orders that were not paid in time are closed.
    Order,
    /// Uses of vouchers that were not paid in time are released.
    Redemption,
    /// Money in wallets that was promised to unpaid orders is released.
    WalletHold,
    /// Parts of orders that were not paid in time let access rest.
    Instalment,
    /// Subscriptions are billed, reminded, ended and resumed.
    Subscription,
    /// Grants whose time is over are marked.
    Grant,
    /// Invoices of the platform that were not paid in time are marked.
    Invoice,
    /// The plan of the tenant moves on: its trial ends, what it owes is overdue or overdue for
    /// too long.
    TenantPlan,
    /// Announces payouts that wait for a decision.
    Payout,
    /// Announces proofs that wait for review.
    Proof,
    /// Announces refunds that wait for a decision.
    Refund,
}

impl TickKind {
    /// Whether a step takes all that are due at its time.
    const fn takes_several(self) -> bool {
        match self {
            Self::Subscription | Self::TenantPlan => false,
            Self::Payment
            | Self::Order
            | Self::Redemption
            | Self::WalletHold
            | Self::Instalment
            | Self::Grant
            | Self::Invoice
            | Self::Payout
            | Self::Proof
            | Self::Refund => true,
        }
    }
}

/// The outcome of a run of due work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TickReport {
    /// How many steps were taken.
    pub steps: u64,
    /// What could not be done, and why; the next tick tries again.
    pub failed: Vec<TickFailure>,
}

/// A piece of due work that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickFailure {
    /// What kind of thing it is about.
    pub kind: TickKind,
    /// Which one; none for the plan of the tenant.
    pub id: Option<Uuid>,
    /// The code of the error.
    pub code: &'static str,
    /// What the error says.
    pub reason: String,
}

/// Why a step of a tick was not taken, or the whole tick.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum TickError {
    /// An order, payment, subscription or grant cannot be moved on.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
    /// Money in a wallet cannot be released.
    #[error(transparent)]
    #[fault(transparent)]
    Wallet(#[from] WalletError),
    /// A refund cannot be moved on.
    #[error(transparent)]
    #[fault(transparent)]
    Refund(#[from] RefundError),
    /// An invoice of the platform cannot be moved on.
    #[error(transparent)]
    #[fault(transparent)]
    Invoice(#[from] InvoiceError),
    /// A payout cannot be moved on.
    #[error(transparent)]
    #[fault(transparent)]
    Payout(#[from] PayoutError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Does all work that is due for the tenant of `cx` up to and including `cx.now()`:
/// one step after the other in the order of their times, each as of its own time and in a
/// transaction of its own.
///
/// The result is the same whether it runs each minute or once a year, and running it again does
/// nothing more; only repeated reminders are sent once. Failures are reported and retried by the
/// next run, and hold up nothing else. Several may run at the same time: a step locks its rows, and
/// does nothing when another has done it.
///
/// Asks for `subscriptions.manage`, `orders.manage`, `orders.review_proof`, `payments.record` and
/// `payments.refund` in the whole tenant; a worker acts as the system.
///
/// # Errors
/// [`TickError::Denied`], [`TickError::Store`].
pub async fn tick(store: &Store, cx: &Context) -> Result<TickReport, TickError> {
    check_permitted(store, cx).await?;
    let mut report = TickReport::default();
    // Rows of one sort that are due together are one step, until one of them fails.
    let mut one_by_one = Vec::new();
    while let Some(next) = next_step(store, cx, &report).await? {
        let together = next.kind.takes_several() && !one_by_one.contains(&next.kind);
        let most = if together { PageSize::MAX } else { PageSize::ONE };
        let due = DueRows::new(most, report.failed.iter().filter_map(|it| it.id).collect());
        match take(store, cx, next, due).await {
            Ok(()) => report.steps += 1,
            Err(_) if together => one_by_one.push(next.kind),
            Err(error) => {
                let (code, reason) = (error.code(), error.to_string());
                report.failed.push(TickFailure { kind: next.kind, id: next.id, code, reason });
            }
        }
    }
    Ok(report)
}

/// What a tick asks for, in the whole tenant.
const PERMISSIONS: &[Permission] = &[
    Permission::SUBSCRIPTIONS_MANAGE,
    Permission::ORDERS_MANAGE,
    Permission::ORDERS_REVIEW_PROOF,
    Permission::PAYMENTS_RECORD,
    Permission::PAYMENTS_REFUND,
];

async fn check_permitted(store: &Store, cx: &Context) -> Result<(), TickError> {
    let mut tx = store.begin(cx).await?;
    let mut refused = None;
    for permission in PERMISSIONS.iter().cloned() {
        refused = authorize_on(&mut tx, permission, &TheTenant).await.err().or(refused);
    }
    // A refusal is kept for the audit trail.
    tx.rollback().await?;
    refused.map_or(Ok(()), |refused| Err(refused.into()))
}

/// The operations that a tick runs.
pub(crate) const OPERATIONS: &[&str] = &[
    AskPaymentsDue::NAME,
    ExpireOrdersDue::NAME,
    ReleaseReservationsDue::NAME,
    ReleaseHoldsDue::NAME,
    PassInstalmentsDue::NAME,
    EndGrantsDue::NAME,
    RemindProofsDue::NAME,
    RemindRefundsDue::NAME,
];

/// Ticks as a job.
pub(crate) async fn tick_all(job: &mut JobRun<'_>) -> Result<(), JobFailure> {
    let report = tick(job.store(), job.cx()).await?;
    job.count(report.steps);
    for TickFailure { kind: _, id, code, reason } in report.failed {
        job.fail(JobFailure { row: id, code, reason });
    }
    Ok(())
}

/// What is to be done next.
#[derive(Clone, Copy, Debug)]
struct NextStep {
    at: Timestamp,
    kind: TickKind,
    id: Option<Uuid>,
}

/// The earliest thing that is due and has not failed in this tick.
async fn next_step(
    store: &Store,
    cx: &Context,
    report: &TickReport,
) -> Result<Option<NextStep>, StoreError> {
    let now = cx.now();
    let mut tx = store.begin(cx).await?;
    let mut earliest: Option<NextStep> = None;
    let failed = report.failed.iter().filter_map(|it| it.id).collect();
    let first = DueRows::new(PageSize::ONE, failed);
    for kind in TickKind::ALL.iter().copied() {
        if report.failed.iter().any(|it| it.kind == kind && it.id.is_none()) {
            continue;
        }
        let tx = &mut tx;
        let at = match kind {
            TickKind::Payment => head(tx, &first, Payment::due(now)).await?,
            TickKind::Order => head(tx, &first, Order::due(now)).await?,
            TickKind::Redemption => head(tx, &first, VoucherRedemption::due(now)).await?,
            TickKind::WalletHold => head(tx, &first, WalletHold::due(now)).await?,
            TickKind::Instalment => head(tx, &first, Instalment::due(now)).await?,
            TickKind::Subscription => head(tx, &first, Subscription::due_at(now)).await?,
            TickKind::Grant => head(tx, &first, Grant::due(now)).await?,
            TickKind::Invoice => head(tx, &first, TenantInvoice::due(now)).await?,
            TickKind::TenantPlan => {
                let page = tx.page(PlanStanding::due(now).limit(PageSize::ONE)).await?;
                page.items.first().and_then(|it| Some((it.next_change_at?, None)))
            }
            // They are only brought to mind: once, however long ago they were due.
            TickKind::Payout => {
                let found = head(tx, &first, Payout::due(now)).await?;
                found.map(|(_, id)| (now, id))
            }
            TickKind::Proof => {
                let found = head(tx, &first, PaymentProof::due(now)).await?;
                found.map(|(_, id)| (now, id))
            }
            TickKind::Refund => {
                let found = head(tx, &first, Refund::due(now)).await?;
                found.map(|(_, id)| (now, id))
            }
        };
        if let Some((at, id)) = at
            && earliest.is_none_or(|it| at < it.at)
        {
            earliest = Some(NextStep { at, kind, id });
        }
    }
    Ok(earliest)
}

/// When the first row of a query is due, and which it is. It is not read as a record, so that one
/// whose values mean nothing fails by itself.
async fn head<R: Record>(
    tx: &mut Transaction,
    first: &DueRows,
    query: Query<R>,
) -> Result<Option<(Timestamp, Option<Uuid>)>, StoreError> {
    let (rows, _) = tx.rows(&first.clone().of(query).into_select()).await?;
    Ok(rows.first().and_then(|row| match R::schema().value(row, "next_action_at") {
        Value::Time(at) if *at != Timestamp::MAX => Some((*at, Some(row.id()))),
        _ => None,
    }))
}

/// Takes a step as of its time.
async fn take(store: &Store, cx: &Context, step: NextStep, due: DueRows) -> Result<(), TickError> {
    let then = &cx.clone().at(step.at);
    let taken = TakeStep { step, due, now: cx.now() };
    store.transact(then, move |tx| Box::pin(tx.run(taken.clone()))).await
}

/// Takes a due step, as a part of a tick.
#[operation("commerce.take_step", secret)]
struct TakeStep {
    /// The step.
    step: NextStep,
    /// The rows that are due together.
    due: DueRows,
    /// The time of the tick.
    now: Timestamp,
}

impl Operation for TakeStep {
    const ACCESS: Access = Access::Asks(PERMISSIONS);
    type Answer = ();
    type Error = TickError;

    async fn run(self, tx: &mut Transaction) -> Result<(), TickError> {
        let Self { step, due, now } = self;
        authorize_on(tx, Permission::SUBSCRIPTIONS_MANAGE, &TheTenant).await?;
        match step.kind {
            TickKind::Payment => tx.run(AskPaymentsDue { due }).await.map(drop)?,
            TickKind::Order => tx.run(ExpireOrdersDue { due }).await.map(drop)?,
            TickKind::Redemption => tx.run(ReleaseReservationsDue { due }).await.map(drop)?,
            TickKind::WalletHold => tx.run(ReleaseHoldsDue { due }).await.map(drop)?,
            TickKind::Instalment => tx.run(PassInstalmentsDue { due }).await.map(drop)?,
            TickKind::Subscription => {
                let id = Id::from_uuid(step.id.unwrap_or_default());
                let mut work = Vec::new();
                subscription_due(tx, id, now, &mut work).await?;
                carry_out(tx, work).await?;
            }
            TickKind::Grant => tx.run(EndGrantsDue { due }).await.map(drop)?,
            TickKind::Invoice => pass_due_dates(tx, due).await?,
            TickKind::TenantPlan => {
                let held = tx.part(HoldPlan {}).await?;
                let bill_due_at = held.bill_due_at;
                tx.part(RestatePlan { held, bill_due_at }).await?;
            }
            TickKind::Payout => remind_payouts(tx, due).await?,
            TickKind::Proof => tx.run(RemindProofsDue { due }).await.map(drop)?,
            TickKind::Refund => tx.run(RemindRefundsDue { due }).await.map(drop)?,
        }
        Ok(())
    }
}
