//! Running operations: in a transaction of their own, in another one, once for a key.
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tracing::{Instrument as _, Span, field};

use crate::{
    Applied, IdempotencyError, IdempotencyKey, Store, StoreError, Transaction,
    operation::{Done, Failure, Operation, Refusal, Within},
};
use lms_kernel::{Context, DomainError, ErrorKind};

impl Store {
    /// Runs an operation in a transaction of its own, opened for the rows that it needs, and
    /// commits it; again, with bounded attempts, if it loses a race. What the tenant's roles refuse
    /// to a user is asked of the platform's roles before it is refused. One `tracing` span says what
    /// ran: operation, tenant, actor, request and outcome.
    ///
    /// # Errors
    /// [`Failure`], which tells what the operation's own rule refuses from what all share.
    pub async fn run<O>(&self, cx: &Context, operation: O) -> Result<O::Answer, Failure<O::Error>>
    where
        O: Operation<Error: Refusal>,
    {
        let (span, mut attempts) = (span_of::<O>(cx), 0_u32);
        let work = self.transact_within(cx, O::WITHIN, |tx| {
            attempts = attempts.saturating_add(1);
            span.record("attempts", attempts);
            Box::pin(tx.run(operation.clone()))
        });
        traced(span.clone(), async { work.await.map_err(Refusal::into_failure) }).await
    }

    /// Runs an operation unless the actor ran it with this key before: then it answers what it
    /// answered then. Of several at the same time one executes, and the others get its answer.
    ///
    /// The contract is Stripe's ("Idempotent requests", docs.stripe.com/api): a key belongs to the
    /// one who sends it; the same key with other parameters, or with another operation, is refused;
    /// an operation that was refused leaves no trace of its key and may be sent again.
    ///
    /// # Errors
    /// [`Failure`]; [`Failure::Key`] for a key that is empty or too long, or was used otherwise.
    pub async fn run_once<O>(
        &self,
        cx: &Context,
        key: &str,
        operation: O,
    ) -> Result<Applied<O::Answer>, Failure<O::Error>>
    where
        O: Operation<Answer: Serialize + DeserializeOwned, Error: Refusal> + Serialize,
    {
        self.run_once_as(cx, key, operation, Ok).await
    }

    /// Runs an operation unless the actor ran it with this key before, and answers in JSON; the
    /// stored answer is the one of [`run_once`](Self::run_once).
    pub(super) async fn run_once_as_json<O>(
        &self,
        cx: &Context,
        key: &str,
        operation: O,
    ) -> Result<Applied<Value>, Failure<O::Error>>
    where
        O: Operation<Answer: Serialize, Error: Refusal> + Serialize,
    {
        let written = |answer| {
            let failed = |error| StoreError::Backend { backend: "json", source: Box::new(error) };
            serde_json::to_value(answer).map_err(failed)
        };
        self.run_once_as(cx, key, operation, written).await
    }

    /// Runs an operation once, and stores of its answer what `stored` makes of it.
    async fn run_once_as<O, T>(
        &self,
        cx: &Context,
        key: &str,
        operation: O,
        stored: fn(O::Answer) -> Result<T, StoreError>,
    ) -> Result<Applied<T>, Failure<O::Error>>
    where
        O: Operation<Error: Refusal> + Serialize,
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        let key = key_of(cx, key, &operation).map_err(Failure::Key)?;
        let (span, mut attempts) = (span_of::<O>(cx), 0_u32);
        let work = self.transact_within(cx, O::WITHIN, |tx| {
            attempts = attempts.saturating_add(1);
            span.record("attempts", attempts);
            let (key, operation) = (key.clone(), operation.clone());
            Box::pin(async move {
                tx.once(&key, |tx| {
                    Box::pin(async move {
                        let answer = tx.run(operation).await.map_err(Keyed::Operation)?;
                        Ok(stored(answer)?)
                    })
                })
                .await
            })
        });
        traced(span.clone(), async { work.await.map_err(Keyed::into_failure) }).await
    }
}

impl Transaction {
    /// Runs an operation as a part of this transaction.
    ///
    /// # Errors
    /// The operation's own; [`StoreError::UndeclaredPlatform`] for one that needs the platform's
    /// rows inside of one that does not declare them.
    pub async fn run<O: Operation>(&mut self, operation: O) -> Done<O> {
        if O::WITHIN == Within::TenantAndPlatform {
            self.check_within(O::NAME)?;
        }
        let mut tx = self.running::<O>();
        let done = operation.run(&mut tx).await;
        let is_permitted = tx.is_permitted();
        drop(tx);
        if is_permitted {
            self.note_permit_of_part(O::ACCESS);
        }
        done
    }
}

/// The failure of a keyed operation, before its cause is known.
#[derive(Debug, thiserror::Error)]
enum Keyed<E> {
    #[error(transparent)]
    Operation(E),
    #[error(transparent)]
    Key(IdempotencyError),
}

impl<E> From<IdempotencyError> for Keyed<E> {
    fn from(error: IdempotencyError) -> Self {
        Self::Key(error)
    }
}

impl<E> From<StoreError> for Keyed<E> {
    fn from(error: StoreError) -> Self {
        Self::Key(error.into())
    }
}

impl<E: DomainError + 'static> DomainError for Keyed<E> {
    fn code(&self) -> &'static str {
        match self {
            Self::Operation(it) => it.code(),
            Self::Key(it) => it.code(),
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Operation(it) => it.kind(),
            Self::Key(it) => it.kind(),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Operation(it) => it.message(),
            Self::Key(it) => it.message(),
        }
    }

    fn params(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Operation(it) => it.params(),
            Self::Key(it) => it.params(),
        }
    }

    fn is_lost_race(&self) -> bool {
        match self {
            Self::Operation(it) => it.is_lost_race(),
            Self::Key(it) => it.is_lost_race(),
        }
    }
}

impl<E: Refusal> Keyed<E> {
    fn into_failure(self) -> Failure<E> {
        match self {
            Self::Operation(it) => it.into_failure(),
            Self::Key(IdempotencyError::Store(error)) => Failure::Store(error),
            Self::Key(error) => Failure::Key(error),
        }
    }
}

/// The key within the tenant, which belongs to its actor, and the fingerprint of what is asked.
fn key_of<O: Operation + Serialize>(
    cx: &Context,
    key: &str,
    operation: &O,
) -> Result<IdempotencyKey, IdempotencyError> {
    let length = key.chars().count();
    if length == 0 || length > IdempotencyKey::MAX_LENGTH || key.contains('\0') {
        return Err(IdempotencyError::InvalidKey);
    }
    let asked = serde_json::to_vec(operation).map_err(|_| IdempotencyError::InvalidKey)?;
    // A key may be as long as it is stored, so that its owner goes into its hash.
    let own = hex::encode(Sha256::digest(format!("{}\n{key}", cx.actor()).as_bytes()));
    IdempotencyKey::new(own, format!("{}:{}", O::NAME, hex::encode(Sha256::digest(&asked))))
}

/// The one span of an operation.
fn span_of<O: Operation>(cx: &Context) -> Span {
    tracing::info_span!(
        "operation",
        name = O::NAME,
        tenant = %cx.tenant(),
        actor = %cx.actor(),
        request = cx.request().map(field::display),
        attempts = field::Empty,
        outcome = field::Empty,
    )
}

/// Does the work in the span of its operation, which says the outcome then.
async fn traced<T, R: DomainError + 'static>(
    span: Span,
    work: impl Future<Output = Result<T, Failure<R>>> + Send,
) -> Result<T, Failure<R>> {
    let done = work.instrument(span.clone()).await;
    span.record("outcome", done.as_ref().map_or_else(DomainError::code, |_| "done"));
    done
}
