//! Requesting and deciding payouts.
use lms_store::operation::{Access, Effect, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Earning, NextAction, PaymentMethod, Payout, PayoutChanged, PayoutError, PayoutEvent, Series,
    next_number,
};
use lms_kernel::machine::Step;
use lms_kernel::{Currency, Id, Money};
use lms_people::{
    authorization::{Permission, Subject, TheTenant, authorize_on},
    identity::Membership,
    tenancy::{Feature, require_feature},
};
use lms_store::{Query, Transaction};

/// A payee's earnings in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PayoutBalance {
    /// What may be paid out; below zero when more went back than came.
    pub available: Money,
    /// What is held until the refund windows are over.
    pub held: Money,
    /// What is in payouts that have not failed.
    pub paid_out: Money,
}

/// Shows a payee's earnings in a currency, and how much of them can be paid out now.
///
/// # Permission
/// `payouts.view` on the person's own things.
///
/// # Errors
/// [`PayoutError`].
#[operation("commerce.view_payout_balance")]
pub struct ViewPayoutBalance {
    /// The payee's membership.
    pub payee: Id<Membership>,
    /// The currency of the earnings.
    pub currency: Currency,
}

impl Operation for ViewPayoutBalance {
    const ACCESS: Access = Access::Asks(&[Permission::PAYOUTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = PayoutBalance;
    type Error = PayoutError;

    async fn run(self, tx: &mut Transaction) -> Result<PayoutBalance, PayoutError> {
        let Self { payee, currency } = self;
        authorize_on(tx, Permission::PAYOUTS_VIEW, &Subject::of(payee)).await?;
        tx.require(payee).await?;
        let nothing = Money::zero(currency);
        let mut balance = PayoutBalance { available: nothing, held: nothing, paid_out: nothing };
        let all = Query::filter(Earning::BENEFICIARY_ID.eq(payee));
        for line in tx.all(all).await?.into_iter().filter(|it| it.amount.currency() == currency) {
            let part = match line.payout_id {
                Some(_) => &mut balance.paid_out,
                None if line.available_at <= tx.now() => &mut balance.available,
                None => &mut balance.held,
            };
            *part = part.add(line.amount)?;
        }
        Ok(balance)
    }
}

/// Requests the payout of all earnings available in a currency, minus refunded ones. Where refunds
/// exceed earnings, nothing is paid and the difference is carried forward.
///
/// # Permission
/// `payouts.request` on the person's own things.
///
/// # Locks
/// The person's row, so that a line is in one payout only.
///
/// # Errors
/// [`PayoutError::Nothing`] if it comes to nothing or less.
#[operation("commerce.request_payout")]
pub struct RequestPayout {
    /// The payee's membership.
    pub payee: Id<Membership>,
    /// The currency to pay out.
    pub currency: Currency,
    /// How the payee is paid.
    pub method: PaymentMethod,
}

impl Operation for RequestPayout {
    const ACCESS: Access = Access::Asks(&[Permission::PAYOUTS_REQUEST]);
    type Answer = Payout;
    type Error = PayoutError;

    async fn run(self, tx: &mut Transaction) -> Result<Payout, PayoutError> {
        let Self { payee, currency, method } = self;
        let permit = authorize_on(tx, Permission::PAYOUTS_REQUEST, &Subject::of(payee)).await?;
        require_feature(tx, Feature::Payouts).await?;
        tx.lock(payee).await?;
        let mut lines = tx.all(Earning::payable(payee, tx.now())).await?;
        lines.retain(|it| it.amount.currency() == currency);
        let available = Money::sum(lines.iter().map(|it| it.amount), currency)?;
        if !available.is_positive() {
            return Err(PayoutError::Nothing { available });
        }
        let number = next_number(tx, Series::Payout).await?;
        let mut payout = Payout::new(tx.cx(), number, payee, available, method);
        payout.requested_by = permit.member();
        tx.insert(&payout).await?;
        for line in &mut lines {
            line.payout_id = Some(payout.id.uuid());
        }
        tx.update_all(&mut lines).await?;
        tx.emit(&PayoutChanged::of(&payout));
        Ok(payout)
    }
}

/// Approves or rejects a payout. No one decides on their own. Earnings of a rejected payout become
/// available again.
///
/// # Permission
/// `payouts.manage`.
///
/// # Locks
/// The payout's row.
///
/// # Errors
/// [`PayoutError`].
#[operation("commerce.decide_payout")]
pub struct DecidePayout {
    /// The payout to decide on.
    pub payout: Id<Payout>,
    /// Whether to approve it; `false` rejects it.
    pub approve: bool,
}

impl Operation for DecidePayout {
    const ACCESS: Access = Access::Asks(&[Permission::PAYOUTS_MANAGE]);
    type Answer = Payout;
    type Error = PayoutError;

    async fn run(self, tx: &mut Transaction) -> Result<Payout, PayoutError> {
        let Self { payout, approve } = self;
        let permit = authorize_on(tx, Permission::PAYOUTS_MANAGE, &TheTenant).await?;
        let mut payout = tx.lock(payout).await?;
        authorize_on(tx, Permission::PAYOUTS_MANAGE, &payout).await?;
        let event = if approve { PayoutEvent::Approve } else { PayoutEvent::Reject };
        if let Step::Applied(status) = payout.status.apply(event)? {
            payout.status = status;
            payout.decided_by = permit.member();
            payout.decided_at = Some(tx.now());
            payout.next_action_at = approve.then_some(tx.now()).into();
            if !approve {
                free_lines(tx, &payout).await?;
                payout.next_action_at = NextAction::NEVER;
            }
            tx.update(&mut payout).await?;
            tx.emit(&PayoutChanged::of(&payout));
        }
        Ok(payout)
    }
}

/// Lets other payouts have the lines of one that will not be made.
pub(super) async fn free_lines(tx: &mut Transaction, payout: &Payout) -> Result<(), PayoutError> {
    let mut lines = tx.all(Query::filter(Earning::PAYOUT_ID.is(payout.id.uuid()))).await?;
    for line in &mut lines {
        line.payout_id = None;
    }
    tx.update_all(&mut lines).await?;
    Ok(())
}
