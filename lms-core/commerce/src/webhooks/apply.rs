//! Applying webhooks: claim, apply, mark, in workers that may stop at any time.
use lms_kernel::machine::Step;
use lms_store::operation::{Access, Operation, operation};
use uuid::Uuid;

use crate::{
    GatewayAccount, NextAction, Payment, PaymentFact, ReportedFact, WebhookError, WebhookEvent,
    WebhookMessage, WebhookStatus, settlement::learn, webhooks::message::shortened,
};
use lms_kernel::{Context, Id};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::{AfterFailure, Attempts, PageSize, Transaction, Waits};

/// A worker has a minute for one message. It is tried twelve times; the wait of ten seconds doubles
/// each time, up to six hours.
const ATTEMPTS: Attempts = Attempts {
    lease_seconds: 60,
    most: 12,
    waits: Waits::Doubling { first_seconds: 10, longest_seconds: 6 * 3_600 },
};

/// A worker's right to one message, until its lease ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookClaim {
    /// The message.
    pub message: Id<WebhookMessage>,
    /// Which claim it is.
    pub claim: Uuid,
}

/// Claims incoming webhook messages that are due, including those whose worker timed out. Commit
/// before applying them.
///
/// Rows that another worker is taking are passed over.
///
/// # Permission
/// `payments.record`; a worker acts as the system.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.claim_webhooks")]
pub struct ClaimWebhooks {
    /// The most rows to handle in this call, from 1 to 200.
    pub limit: PageSize,
}

impl Operation for ClaimWebhooks {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_RECORD]);
    type Answer = Vec<WebhookMessage>;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<WebhookMessage>, WebhookError> {
        let Self { limit } = self;
        authorize_on(tx, Permission::PAYMENTS_RECORD, &TheTenant).await?;
        let mut due = tx.readable(WebhookMessage::due(tx.now(), limit)).await?;
        let lease = NextAction::at(ATTEMPTS.lease_end(tx.now()));
        for message in &mut due {
            message.status = message.status.apply(WebhookEvent::LoseLease)?.after(message.status);
            message.status = message.status.apply(WebhookEvent::Claim)?.after(message.status);
            message.claim = Some(tx.id::<WebhookMessage>().uuid());
            message.next_action_at = lease;
        }
        tx.update_all(&mut due).await?;
        Ok(due)
    }
}

/// Applies a claimed webhook message in one transaction: records its facts, settles the orders
/// concerned, grants or revokes access, and marks the message as applied.
///
/// # Permission
/// `payments.record`, which the payer's own payment refuses.
///
/// # Locks
/// The message's and the orders' rows.
///
/// # Errors
/// [`WebhookError`]; [`WebhookError::ClaimLost`] when another worker has it.
#[operation("commerce.apply_webhook", secret)]
pub struct ApplyWebhook {
    /// The claim of the message.
    pub claim: WebhookClaim,
    /// The facts confirmed by asking the gateway, which replace those in the message; `None` trusts
    /// the message.
    pub confirmed: Option<Vec<ReportedFact>>,
}

impl Operation for ApplyWebhook {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_RECORD]);
    type Answer = WebhookMessage;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<WebhookMessage, WebhookError> {
        let Self { claim, confirmed } = self;
        authorize_on(tx, Permission::PAYMENTS_RECORD, &TheTenant).await?;
        let mut message = claimed(tx, claim).await?;
        let account = tx.require(message.account_id).await?;
        let facts = confirmed.unwrap_or_else(|| message.facts.clone());
        let mut told: Vec<(Payment, Vec<PaymentFact>)> = Vec::new();
        for reported in facts {
            let Some(payment) = payment_of(tx, &account, &reported).await? else {
                let reason = format!("no payment `{}` is known", reported.payment_reference);
                put_off(tx.cx(), &mut message, WebhookEvent::Defer, &reason)?;
                tx.update(&mut message).await?;
                return Ok(message);
            };
            match told.iter_mut().find(|(known, _)| known.id == payment.id) {
                Some((_, facts)) => facts.push(reported.fact),
                None => told.push((payment, vec![reported.fact])),
            }
        }
        told.sort_unstable_by_key(|(payment, _)| payment.order_id);
        let source = format!("webhook:{}", message.id);
        let event = if told.is_empty() { WebhookEvent::Ignore } else { WebhookEvent::Apply };
        for (payment, facts) in told {
            authorize_on(tx, Permission::PAYMENTS_RECORD, &payment).await?;
            let mut order = tx.lock(payment.order_id).await?;
            learn(tx, &mut order, payment.id, facts, &source).await?;
        }
        message.status = message.status.apply(event)?.after(message.status);
        message.claim = None;
        message.next_action_at = NextAction::NEVER;
        message.processed_at = Some(tx.now());
        message.reason = None;
        tx.update(&mut message).await?;
        Ok(message)
    }
}

/// Returns a claimed webhook message after a failure, for a later retry, or gives it up after 12
/// attempts.
///
/// # Permission
/// `payments.record`.
///
/// # Locks
/// The message's row.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.put_webhook_back", secret)]
pub struct PutWebhookBack {
    /// The claim of the message.
    pub claim: WebhookClaim,
    /// The failure, for operators.
    pub reason: String,
}

impl Operation for PutWebhookBack {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_RECORD]);
    type Answer = WebhookMessage;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<WebhookMessage, WebhookError> {
        let Self { claim, reason } = self;
        let reason = reason.as_str();
        authorize_on(tx, Permission::PAYMENTS_RECORD, &TheTenant).await?;
        let mut message = claimed(tx, claim).await?;
        put_off(tx.cx(), &mut message, WebhookEvent::Fail, reason)?;
        tx.update(&mut message).await?;
        Ok(message)
    }
}

async fn claimed(
    tx: &mut Transaction,
    claim: WebhookClaim,
) -> Result<WebhookMessage, WebhookError> {
    let message = tx.lock(claim.message).await?;
    let held = message.status == WebhookStatus::Processing && message.claim == Some(claim.claim);
    if held { Ok(message) } else { Err(WebhookError::ClaimLost) }
}

fn put_off(
    cx: &Context,
    message: &mut WebhookMessage,
    event: WebhookEvent,
    reason: &str,
) -> Result<(), WebhookError> {
    let (event, next) = match ATTEMPTS.fail(&mut message.attempts, cx.now()) {
        AfterFailure::RetryAt(at) => (event, NextAction::at(at)),
        AfterFailure::GiveUp => (WebhookEvent::GiveUp, NextAction::NEVER),
    };
    if let Step::Applied(status) = message.status.apply(event)? {
        message.status = status;
    }
    message.claim = None;
    message.reason = Some(shortened(reason));
    message.next_action_at = next;
    Ok(())
}

/// The payment that a fact is about: the account's, by the gateway's name for it or by the host's.
async fn payment_of(
    tx: &mut Transaction,
    account: &GatewayAccount,
    reported: &ReportedFact,
) -> Result<Option<Payment>, WebhookError> {
    let key = account.key();
    let own = reported.merchant_reference.as_deref();
    let theirs = Payment::by_provider_ref(&key, &reported.payment_reference);
    if let Some(found) = tx.first(theirs).await? {
        return Ok(Some(found));
    }
    let Some(own) = own else { return Ok(None) };
    if let Some(found) = tx.first(Payment::by_provider_ref(&key, own)).await? {
        return Ok(Some(found));
    }
    let Ok(id) = own.parse::<Uuid>() else { return Ok(None) };
    let found = tx.get(Id::<Payment>::from_uuid(id)).await?;
    Ok(found.filter(|it| it.gateway.as_deref() == Some(key.as_str())))
}
