//! Handing events over: to the host, to the webhooks of tenants, and to the library's own reactions.
use lms_commerce::{FanOutMessage, WebhookError};
use lms_community::{
    engagement::AwardOnEvent,
    notification::{NotificationError, NotifyOfEvent},
    recognition::{AwardError, CertificateError, CertifyOnEvent},
};
use lms_derive::DomainError;
use lms_store::{
    PageSize, StoreError, Transaction, Work,
    job::{Every, JobFailure, JobRun, JobType, Need},
    operation::Described as _,
    outbox::{EventSink, Message, Relay, RelayError, claim_messages, mark_failed, mark_sent},
};

/// The jobs of the outbox.
pub(crate) fn jobs() -> Vec<JobType> {
    vec![
        JobType::new(
            "outbox.relay",
            "Hands events to the host, notifies people, awards badges, issues certificates, and opens webhooks.",
            Every::FewSeconds,
            |job| Box::pin(relay_all(job)),
        )
        .needing(const { &[Need::of::<dyn EventSink>()] })
        .running(const { &[FanOutMessage::NAME, NotifyOfEvent::NAME, AwardOnEvent::NAME, CertifyOnEvent::NAME] }),
    ]
}

/// Hands over what is due, a page at a time, until nothing is. An event that the host or a reaction
/// does not take is tried again later, and holds up no other.
async fn relay_all(job: &mut JobRun<'_>) -> Result<(), JobFailure> {
    let sink = job.store().ports().get::<dyn EventSink>()?;
    let relay = Relay { batch: PageSize::MAX, ..Relay::default() };
    loop {
        let (store, cx) = (job.store(), job.cx());
        let claimed = store
            .transact(cx, |tx| -> Work<'_, _, RelayError> {
                Box::pin(async move { claim_messages(tx, &relay).await })
            })
            .await?;
        if claimed.is_empty() {
            return job.note_unreadable(Message::due(cx.now(), PageSize::MAX)).await;
        }
        for message in claimed {
            let row = message.id.uuid();
            let failure = match sink.hand_over(&message).await {
                Err(reason) => {
                    Some(JobFailure { row: Some(row), code: "outbox.not_taken", reason })
                }
                Ok(()) => {
                    let done = store
                        .transact(cx, |tx| -> Work<'_, _, ReactionError> {
                            let message = message.clone();
                            Box::pin(react(tx, message))
                        })
                        .await;
                    done.err().map(|error| JobFailure::of_row(row, &error))
                }
            };
            match failure {
                None => job.count(1),
                Some(failure) => {
                    let back = put_back(job, &relay, &message).await;
                    job.fail(failure);
                    if let Err(error) = back {
                        job.fail(JobFailure::of_row(row, &error));
                    }
                }
            }
        }
    }
}

/// Why the library could not react to an event.
#[derive(Debug, thiserror::Error, DomainError)]
enum ReactionError {
    /// No webhook could be opened.
    #[error(transparent)]
    #[fault(transparent)]
    Webhook(#[from] WebhookError),
    /// No notification could be made.
    #[error(transparent)]
    #[fault(transparent)]
    Notification(#[from] NotificationError),
    /// No badge could be given.
    #[error(transparent)]
    #[fault(transparent)]
    Award(#[from] AwardError),
    /// No certificate could be issued.
    #[error(transparent)]
    #[fault(transparent)]
    Certificate(#[from] CertificateError),
    /// It could not be marked.
    #[error(transparent)]
    #[fault(transparent)]
    Relay(#[from] RelayError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Does what the library does about an event, and marks it as handed over.
async fn react(tx: &mut Transaction, mut message: Message) -> Result<(), ReactionError> {
    tx.run(FanOutMessage { message: message.clone() }).await?;
    tx.run(NotifyOfEvent { event: message.clone() }).await?;
    tx.run(AwardOnEvent { event: message.clone() }).await?;
    tx.run(CertifyOnEvent { event: message.clone() }).await?;
    Ok(mark_sent(tx, &mut message).await?)
}

async fn put_back(job: &JobRun<'_>, relay: &Relay, message: &Message) -> Result<(), RelayError> {
    job.store()
        .transact(job.cx(), |tx| -> Work<'_, _, RelayError> {
            let (relay, mut message) = (*relay, message.clone());
            Box::pin(async move { mark_failed(tx, &relay, &mut message).await })
        })
        .await
}
