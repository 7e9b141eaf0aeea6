//! One round of a webhook worker, for hosts without a loop of their own.
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    ApplyWebhook, ClaimWebhooks, PaymentFact, PutWebhookBack, ReportedFact, WebhookClaim,
    WebhookError, WebhookMessage, WebhookStatus,
};
use lms_kernel::{Context, DomainError as _};
use lms_store::{
    PageSize, Port, Store,
    job::{JobFailure, JobRun},
};

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

impl Port for dyn GatewayQuestions {
    const NAME: &'static str = "gateway_questions";
}

/// Applies the webhooks that are due, a page of them at a time, until there are none.
pub(crate) async fn work_all(job: &mut JobRun<'_>) -> Result<(), JobFailure> {
    let questions = job.store().ports().get::<dyn GatewayQuestions>().ok();
    loop {
        let (store, cx) = (job.store(), job.cx());
        let claimed = store.run(cx, ClaimWebhooks { limit: PageSize::MAX }).await?;
        if claimed.is_empty() {
            return job.note_unreadable(WebhookMessage::due(cx.now(), PageSize::MAX)).await;
        }
        for message in claimed {
            match work_one(store, cx, questions.as_deref(), &message).await {
                Worked::Applied => job.count(1),
                Worked::Deferred | Worked::Lost => job.leave(1),
                Worked::Failed(failure) => job.fail(failure),
            }
        }
    }
}

/// The outcome of one round of a webhook worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
/// [`WebhookError`] when messages cannot be claimed at all.
pub async fn work_webhooks(
    store: &Store,
    cx: &Context,
    questions: Option<&dyn GatewayQuestions>,
    limit: PageSize,
) -> Result<WebhookRound, WebhookError> {
    let claimed = store.transact(cx, |tx| Box::pin(tx.run(ClaimWebhooks { limit }))).await?;
    let mut round = WebhookRound::default();
    for message in claimed {
        match work_one(store, cx, questions, &message).await {
            Worked::Applied => round.applied += 1,
            Worked::Deferred => round.deferred += 1,
            Worked::Failed(_) => round.failed += 1,
            Worked::Lost => round.lost += 1,
        }
    }
    Ok(round)
}

/// The outcome for one message.
enum Worked {
    Applied,
    Deferred,
    Failed(JobFailure),
    Lost,
}

/// Applies one claimed message, or puts it back. One that cannot even be put back keeps its claim,
/// and is taken again when its lease is over.
async fn work_one(
    store: &Store,
    cx: &Context,
    questions: Option<&dyn GatewayQuestions>,
    message: &WebhookMessage,
) -> Worked {
    let Some(claim) = message.claim else { return Worked::Lost };
    let claim = WebhookClaim { message: message.id, claim };
    let row = message.id.uuid();
    match work(store, cx, questions, message, claim).await {
        Ok(done) => match done.status {
            WebhookStatus::Deferred => Worked::Deferred,
            WebhookStatus::Dead => Worked::Failed(JobFailure {
                row: Some(row),
                code: "webhook.given_up",
                reason: done.reason.unwrap_or_default(),
            }),
            _ => Worked::Applied,
        },
        Err(WebhookError::ClaimLost) => Worked::Lost,
        Err(error) => {
            let reason = format!("{}: {error}", error.code());
            let back = put_back(store, cx, claim, &reason).await;
            Worked::Failed(JobFailure::of_row(row, back.as_ref().err().unwrap_or(&error)))
        }
    }
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
