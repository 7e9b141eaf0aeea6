//! Sending a payout, and recording its outcome.
use chrono::TimeDelta;
use lms_kernel::machine::Step;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Account, AccountKind, DueRows, Earning, LedgerEntry, LedgerKind, NextAction, Payout,
    PayoutChanged, PayoutError, PayoutEvent, PayoutStatus, ShareRole, ledger::post,
    payouts::request_payout::free_lines,
};
use lms_kernel::{Id, Money};
use lms_people::authorization::{Permission, lock_authorized};
use lms_store::{Query, Transaction};

/// After how many hours someone asks the outcome of a payout.
const ASK_AFTER_HOURS: i64 = 24;

/// Marks a payout as being sent. Commit it before calling the bank or gateway.
///
/// # Permission
/// `payouts.manage`, which the payee's own payout refuses.
///
/// # Locks
/// The payout's row.
///
/// # Errors
/// [`PayoutError`].
#[operation("commerce.send_payout")]
pub struct SendPayout {
    /// The approved payout.
    pub payout: Id<Payout>,
}

impl Operation for SendPayout {
    const ACCESS: Access = Access::Asks(&[Permission::PAYOUTS_MANAGE]);
    type Answer = Payout;
    type Error = PayoutError;

    async fn run(self, tx: &mut Transaction) -> Result<Payout, PayoutError> {
        let Self { payout } = self;
        let mut payout = lock_authorized(tx, Permission::PAYOUTS_MANAGE, payout).await?;
        if let Step::Applied(status) = payout.status.apply(PayoutEvent::Send)? {
            payout.status = status;
            payout.sent_at = Some(tx.now());
            let ask_at = tx.now().saturating_add(TimeDelta::hours(ASK_AFTER_HOURS));
            payout.next_action_at = NextAction::at(ask_at);
            tx.update(&mut payout).await?;
            tx.emit(&PayoutChanged::of(&payout));
        }
        Ok(payout)
    }
}

/// The outcome of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PayoutAnswer {
    /// It arrived; the number on the statement.
    Paid {
        /// The number on the statement.
        reference: String,
    },
    /// It did not arrive, and will not.
    Failed,
    /// No answer came.
    NoAnswer,
    /// The bank sent it back after it arrived.
    Returned,
}

/// Records the outcome of a payout. A paid one is posted to the ledger; earnings of a failed one
/// become available again. A missing answer is not a failure and is reconciled.
///
/// # Permission
/// `payouts.manage`, which the payee's own payout refuses.
///
/// # Locks
/// The payout's row.
///
/// # Errors
/// [`PayoutError`].
#[operation("commerce.record_payout_answer")]
pub struct RecordPayoutAnswer {
    /// The payout that was sent.
    pub payout: Id<Payout>,
    /// The outcome.
    pub answer: PayoutAnswer,
}

impl Operation for RecordPayoutAnswer {
    const ACCESS: Access = Access::Asks(&[Permission::PAYOUTS_MANAGE]);
    type Answer = Payout;
    type Error = PayoutError;

    async fn run(self, tx: &mut Transaction) -> Result<Payout, PayoutError> {
        let Self { payout, answer } = self;
        const LONGEST: usize = 100;
        let mut payout = lock_authorized(tx, Permission::PAYOUTS_MANAGE, payout).await?;
        let event = match &answer {
            PayoutAnswer::Paid { .. } => PayoutEvent::Succeed,
            PayoutAnswer::Failed => PayoutEvent::Fail,
            PayoutAnswer::NoAnswer => PayoutEvent::LoseTrack,
            PayoutAnswer::Returned => PayoutEvent::Return,
        };
        let Step::Applied(status) = payout.status.apply(event)? else { return Ok(payout) };
        payout.status = status;
        payout.next_action_at = NextAction::NEVER;
        match answer {
            PayoutAnswer::Paid { reference } => {
                if !matches!(reference.chars().count(), 1..=LONGEST) {
                    return Err(PayoutError::ReferenceLength { most: LONGEST });
                }
                payout.reference = Some(reference);
                payout.paid_at = Some(tx.now());
                book(tx, &payout, Direction::Out).await?;
            }
            PayoutAnswer::Returned => {
                book(tx, &payout, Direction::Back).await?;
                free_lines(tx, &payout).await?;
            }
            PayoutAnswer::Failed => free_lines(tx, &payout).await?,
            PayoutAnswer::NoAnswer => {
                let ask_at = tx.now().saturating_add(TimeDelta::hours(ASK_AFTER_HOURS));
                payout.next_action_at = NextAction::at(ask_at);
            }
        }
        tx.update(&mut payout).await?;
        tx.emit(&PayoutChanged::of(&payout));
        Ok(payout)
    }
}

/// Which way the money of a payout went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Out,
    Back,
}

/// Posts the amount paid out to the payee's accounts: the sum of the lines by the kind of earning.
async fn book(
    tx: &mut Transaction,
    payout: &Payout,
    direction: Direction,
) -> Result<(), PayoutError> {
    let lines = tx.all(Query::filter(Earning::PAYOUT_ID.is(payout.id.uuid()))).await?;
    let currency = payout.amount.currency();
    let mut moved = vec![(Account::own(AccountKind::Clearing), payout.amount.neg()?)];
    for (role, kind) in [
        (ShareRole::Instructor, AccountKind::Instructor),
        (ShareRole::Commission, AccountKind::Commission),
    ] {
        let own = lines.iter().filter(|it| it.role == role).map(|it| it.amount);
        moved.push((Account::of_person(kind, payout.payee_id), Money::sum(own, currency)?));
    }
    let source = match direction {
        Direction::Out => format!("payout:{}", payout.id),
        Direction::Back => {
            for (_, amount) in &mut moved {
                *amount = amount.neg()?;
            }
            format!("payout:{}:returned", payout.id)
        }
    };
    let entry = LedgerEntry {
        tutor_id: Some(payout.payee_id),
        method: Some(payout.method),
        reference: payout.reference.clone(),
        ..LedgerEntry::new(tx.cx(), LedgerKind::Payout, payout.amount, source)
    };
    post(tx, entry, moved).await?;
    Ok(())
}

/// Brings payouts to mind that wait for someone, each day again, as many as `due` takes; one that
/// was sent and of which no one has heard is unknown from then on. It is a matter of time alone, so
/// no one is asked for a permission.
pub(crate) async fn remind_payouts(
    tx: &mut Transaction,
    due: impl Into<DueRows>,
) -> Result<(), PayoutError> {
    for due in tx.page(due.into().of(Payout::due(tx.now()))).await?.items {
        let mut payout = tx.lock(due.id).await?;
        let Some(since) = payout.next_action_at.time().filter(|it| *it <= tx.now()) else {
            continue;
        };
        if payout.status == PayoutStatus::Processing
            && let Step::Applied(status) = payout.status.apply(PayoutEvent::LoseTrack)?
        {
            payout.status = status;
        }
        let every = TimeDelta::hours(ASK_AFTER_HOURS);
        payout.next_action_at = NextAction::in_series(since, every, tx.now());
        tx.update(&mut payout).await?;
        tx.emit(&PayoutChanged::of(&payout));
    }
    Ok(())
}
