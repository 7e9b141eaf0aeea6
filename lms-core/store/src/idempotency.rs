//! Commands that take effect once, however often they are sent.
use lms_derive::DomainError;
use serde::{Serialize, de::DeserializeOwned};

use crate::{LogStamp, Query, Record, StoreError, Transaction, Upsert, Work};
use lms_kernel::{Id, Timestamp};

/// The caller's name for one command: the same key, the same effect.
///
/// The fingerprint identifies the command's parameters. The contract is Stripe's ("Idempotent
/// requests", docs.stripe.com/api): the same key with the same parameters gets the stored answer,
/// with other parameters an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: String,
    fingerprint: String,
}

impl IdempotencyKey {
    /// The longest key and the longest fingerprint, in characters.
    pub const MAX_LENGTH: usize = 255;

    /// A key for a command with those parameters.
    pub fn new(
        key: impl Into<String>,
        fingerprint: impl Into<String>,
    ) -> Result<Self, IdempotencyError> {
        let (key, fingerprint) = (key.into(), fingerprint.into());
        for text in [&key, &fingerprint] {
            let length = text.chars().count();
            if length == 0 || length > Self::MAX_LENGTH || text.contains('\0') {
                return Err(IdempotencyError::InvalidKey);
            }
        }
        Ok(Self { key, fingerprint })
    }
}

/// The outcome of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied<T> {
    /// It was executed now.
    Executed(T),
    /// It had been executed before; this is the answer it had then.
    AlreadyApplied(T),
}

impl<T> Applied<T> {
    /// The answer.
    pub fn into_answer(self) -> T {
        match self {
            Self::Executed(answer) | Self::AlreadyApplied(answer) => answer,
        }
    }
}

/// Why a command with a key was refused.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum IdempotencyError {
    /// The key or the fingerprint is empty or too long.
    #[error("an idempotency key and its fingerprint have 1 to 255 characters")]
    #[fault(invalid, field = "idempotency_key")]
    InvalidKey,
    /// The key was used for a command with other parameters.
    #[error("the idempotency key was used with other parameters; use a new key")]
    #[fault(conflict, field = "idempotency_key")]
    OtherParameters,
    /// The stored answer cannot be read as an answer of this command.
    #[error("the stored answer belongs to another command; use a new key")]
    #[fault(conflict, field = "idempotency_key")]
    OtherCommand,
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// A key that was used, and the answer.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "idempotency_keys",
    kind = "idempotency_key",
    unaudited,
    unique_always(key),
    index(expires_at)
)]
pub struct IdempotencyRecord {
    /// The record's id.
    pub id: Id<IdempotencyRecord>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The caller's name for the command.
    pub key: String,
    /// The fingerprint of the command's parameters.
    pub fingerprint: String,
    /// The answer; empty only inside the transaction that executes the command.
    pub answer: Option<serde_json::Value>,
    /// When the key may be forgotten.
    pub expires_at: Timestamp,
}

impl IdempotencyRecord {
    /// How long a key is remembered, in hours.
    pub const KEPT_HOURS: i64 = 72;

    /// The use of that key.
    pub fn by_key(key: &str) -> Query<Self> {
        Query::filter(Self::KEY.eq(key.to_owned()))
    }
}

impl Transaction {
    /// Runs `work` unless a command with this key was executed before, and stores its answer
    /// with it: the claim, the work and the answer are one transaction.
    ///
    /// Of several at the same time one executes; the others wait or repeat, and get its answer.
    pub async fn once<T, E, F>(&mut self, key: &IdempotencyKey, work: F) -> Result<Applied<T>, E>
    where
        T: Serialize + DeserializeOwned + Send,
        E: From<IdempotencyError>,
        F: for<'t> FnOnce(&'t mut Transaction) -> Work<'t, T, E>,
    {
        let store = |error: StoreError| E::from(IdempotencyError::Store(error));
        let mut record = IdempotencyRecord {
            id: self.id(),
            stamp: LogStamp::new(self.cx()),
            key: key.key.clone(),
            fingerprint: key.fingerprint.clone(),
            answer: None,
            expires_at: self
                .now()
                .saturating_add(chrono::TimeDelta::hours(IdempotencyRecord::KEPT_HOURS)),
        };
        let claim = self.upsert(&record, Upsert::on(IdempotencyRecord::KEY)).await;
        if claim.map_err(store)?.is_written() {
            let answer = work(self).await?;
            record.answer = Some(serde_json::to_value(&answer).unwrap_or_default());
            self.update(&mut record).await.map_err(store)?;
            return Ok(Applied::Executed(answer));
        }
        let earlier = self.first(IdempotencyRecord::by_key(&key.key)).await.map_err(store)?;
        let Some(earlier) = earlier else {
            // The use that we lost against is not visible to this snapshot; the next one sees it.
            return Err(store(StoreError::Retryable { source: "the key was just used".into() }));
        };
        if earlier.fingerprint != key.fingerprint {
            return Err(IdempotencyError::OtherParameters.into());
        }
        let answer = earlier.answer.unwrap_or_default();
        serde_json::from_value(answer)
            .map(Applied::AlreadyApplied)
            .map_err(|_| IdempotencyError::OtherCommand.into())
    }
}
