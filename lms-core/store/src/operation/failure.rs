//! Failures of operations, as a host handles them.
use crate::{IdempotencyError, StoreError};
use lms_kernel::{
    DomainError, ErrorKind, MoneyError, NumberError, Permission, Rejected, TextError,
};

/// The actor may not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Denied {
    /// The permission that was requested.
    pub permission: Permission,
    /// The stable code of the reason, such as `authorization.not_permitted`.
    pub code: &'static str,
    /// The message for the person.
    pub message: String,
    /// What a log wants to know: which role refuses it, and where.
    pub diagnostic: String,
}

/// The tenant has switched the feature off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{feature}` is switched off here; an administrator can switch it on in the settings")]
pub struct SwitchedOff {
    /// The feature.
    pub feature: &'static str,
}

/// Why an operation failed: its own rule, or one of the reasons that every operation shares.
///
/// | variant | what to do | status of a web answer |
/// |---|---|---|
/// | `Refused` | show its message; it says what to change | by its kind |
/// | `Denied` | ask someone with the permission | 403 |
/// | `SwitchedOff` | an administrator can switch the feature on | 403 |
/// | `Key` | use a new idempotency key | 422 or 409 |
/// | `Store` | retry later, or report it | by its kind |
///
/// ```
/// use lms_store::operation::{Failure, SwitchedOff};
///
/// let failure: Failure<String> = Failure::Refused("the class is full".to_owned());
/// assert_eq!(failure.refusal().map(String::as_str), Some("the class is full"));
/// let off: Failure<String> = Failure::SwitchedOff(SwitchedOff { feature: "classes" });
/// assert!(off.refusal().is_none());
/// ```
///
/// # Pitfalls
/// - After a failure nothing of the operation is stored, except the note that an actor was denied.
/// - Match on the code of an error (`DomainError::code`), never on its text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure<R> {
    /// Its rule refuses it.
    #[error(transparent)]
    Refused(R),
    /// The actor may not.
    #[error(transparent)]
    Denied(Denied),
    /// The tenant has switched the feature off.
    #[error(transparent)]
    SwitchedOff(SwitchedOff),
    /// The key is malformed, or was used for something else.
    #[error(transparent)]
    Key(IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl<R> Failure<R> {
    /// The same failure, with another refusal.
    pub fn map<W>(self, refused: impl FnOnce(R) -> W) -> Failure<W> {
        match self {
            Self::Refused(refusal) => Failure::Refused(refused(refusal)),
            Self::Denied(error) => Failure::Denied(error),
            Self::SwitchedOff(error) => Failure::SwitchedOff(error),
            Self::Key(error) => Failure::Key(error),
            Self::Store(error) => Failure::Store(error),
        }
    }

    /// What the rule refused, if it did.
    pub fn refusal(&self) -> Option<&R> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// The error of a use case, told apart: what its own rule refuses, and what every operation shares.
/// [`DomainError`](lms_derive::DomainError) derives it.
pub trait Refusal: DomainError + Sized + Send + Sync + 'static {
    /// The failure that a host meets.
    fn into_failure(self) -> Failure<Self> {
        Failure::Refused(self)
    }
}

impl Refusal for MoneyError {}
impl Refusal for NumberError {}
impl Refusal for Rejected {}
impl Refusal for TextError {}

impl Refusal for StoreError {
    fn into_failure(self) -> Failure<Self> {
        Failure::Store(self)
    }
}

impl Refusal for IdempotencyError {
    fn into_failure(self) -> Failure<Self> {
        match self {
            Self::Store(error) => Failure::Store(error),
            error => Failure::Key(error),
        }
    }
}

macro_rules! whichever {
    ($failure:ident, $method:ident, $denied:expr, $off:expr) => {
        match $failure {
            Failure::Refused(it) => it.$method(),
            Failure::Denied(it) => $denied(it),
            Failure::SwitchedOff(it) => $off(it),
            Failure::Key(it) => it.$method(),
            Failure::Store(it) => it.$method(),
        }
    };
}

impl<R: DomainError + 'static> DomainError for Failure<R> {
    fn code(&self) -> &'static str {
        whichever!(self, code, |it: &Denied| it.code, |_| "feature.feature_disabled")
    }

    fn kind(&self) -> ErrorKind {
        whichever!(self, kind, |_| ErrorKind::Forbidden, |_| ErrorKind::Forbidden)
    }

    fn field(&self) -> Option<&'static str> {
        whichever!(self, field, |_| None, |_| None)
    }

    fn is_lost_race(&self) -> bool {
        whichever!(self, is_lost_race, |_| false, |_| false)
    }

    fn message(&self) -> String {
        whichever!(self, message, |it: &Denied| it.message.clone(), ToString::to_string)
    }

    fn params(&self) -> Vec<(&'static str, serde_json::Value)> {
        whichever!(
            self,
            params,
            |it: &Denied| vec![("permission", it.permission.as_str().into())],
            |it: &SwitchedOff| vec![("feature", it.feature.into())]
        )
    }
}
