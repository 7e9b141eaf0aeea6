//! A worker's round, for hosts that have no loop of their own.
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    ApplyWebhook, ClaimWebhooks, PaymentFact, PutWebhookBack, ReportedFact, WebhookClaim,
    WebhookError, WebhookMessage, WebhookStatus,
};
use lms_kernel::{Context, DomainError as _};
use lms_store::{PageSize, Store};

/// A gateway's interface for questions, which the host supplies.
#[async_trait]
pub trait GatewayQuestions: std::fmt::Debug + Send + Sync {
    /// All that the gateway says has happened to a payment that it knows by that name.
    ///
    /// # Errors
    /// Why there was no answer; the payment stays unknown and is asked about again.
    async fn what_became_of(
        &self,
        gateway: &str,
        payment_reference: &str,
    ) -> Result<Vec<PaymentFact>, String>;
}

/// The outcome of one round of a webhook worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRound {
    /// Messages whose facts were applied.
    pub applied: usize,
    /// Messages that wait for their payment.
    pub deferred: usize,
    /// Messages that failed and are tried again, or were given up.
    pub failed: usize,
    /// Messages that another person had taken meanwhile.
    pub lost: usize,
}

impl WebhookRound {
    /// How many messages there were.
    pub const fn total(&self) -> usize {
        self.applied + self.deferred + self.failed + self.lost
    }
}

/// Claims at most `limit` messages and applies each in a transaction of its own. Where the host can
/// ask the gateway, what a signature leaves open is asked before it is believed.
///
/// A failure of one message never stops the others; it is put back, or given up after its last
/// attempt. Call it until it finds none, and again when something came in.
///
/// # Errors
/// [`WebhookError`] when messages cannot be claimed or put back at all.
pub async fn work_webhooks(
    store: &Store,
    cx: &Context,
    questions: Option<&dyn GatewayQuestions>,
    limit: PageSize,
) -> Result<WebhookRound, WebhookError> {
    let claimed = store.transact(cx, |tx| Box::pin(tx.run(ClaimWebhooks { limit }))).await?;
    let mut round = WebhookRound::default();
    for message in claimed {
        let Some(claim) = message.claim else { continue };
        let claim = WebhookClaim { message: message.id, claim };
        match work(store, cx, questions, &message, claim).await {
            Ok(done) if done.status == WebhookStatus::Deferred => round.deferred += 1,
            Ok(done) if done.status == WebhookStatus::Dead => round.failed += 1,
            Ok(_) => round.applied += 1,
            Err(WebhookError::ClaimLost) => round.lost += 1,
            Err(error) => {
                round.failed += 1;
                let reason = format!("{}: {error}", error.code());
                put_back(store, cx, claim, &reason).await?;
            }
        }
    }
    Ok(round)
}

async fn work(
    store: &Store,
    cx: &Context,
    questions: Option<&dyn GatewayQuestions>,
    message: &WebhookMessage,
    claim: WebhookClaim,
) -> Result<WebhookMessage, WebhookError> {
    let confirmed = match questions.filter(|_| message.confirm_by_asking) {
        Some(questions) => Some(ask(store, cx, questions, message).await?),
        None => None,
    };
    store
        .transact(cx, |tx| {
            let confirmed = confirmed.clone();
            Box::pin(async move { tx.run(ApplyWebhook { claim, confirmed }).await })
        })
        .await
}

/// What the gateway says about the payments of a message, when it is asked.
async fn ask(
    store: &Store,
    cx: &Context,
    questions: &dyn GatewayQuestions,
    message: &WebhookMessage,
) -> Result<Vec<ReportedFact>, WebhookError> {
    let gateway = store.begin(cx).await?.require(message.account_id).await?.key();
    let mut asked: Vec<&ReportedFact> = Vec::new();
    for reported in &message.facts {
        if asked.iter().all(|it| it.payment_reference != reported.payment_reference) {
            asked.push(reported);
        }
    }
    let mut confirmed = Vec::new();
    for reported in asked {
        let facts = questions
            .what_became_of(&gateway, &reported.payment_reference)
            .await
            .map_err(|reason| WebhookError::NoAnswer { reason })?;
        confirmed.extend(facts.into_iter().map(|fact| ReportedFact { fact, ..reported.clone() }));
    }
    Ok(confirmed)
}

async fn put_back(
    store: &Store,
    cx: &Context,
    claim: WebhookClaim,
    reason: &str,
) -> Result<(), WebhookError> {
    let done = store
        .transact(cx, |tx| {
            let reason = reason.to_owned();
            Box::pin(
                async move { tx.run(PutWebhookBack { claim, reason: reason.to_string() }).await },
            )
        })
        .await;
    match done {
        Ok(_) | Err(WebhookError::ClaimLost) => Ok(()),
        Err(error) => Err(error),
    }
}
