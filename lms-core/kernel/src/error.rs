//! What every error of the domain can tell a host, whichever use case it came from.

use std::{error::Error, fmt, str::FromStr};

use crate::{TextError, serde_text::serde_as_text};

/// The kind of an error, so that a host can map it without knowing every variant.
///
/// The text form is the snake_case name, such as `not_found`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such thing, or it is not the caller's to see; the two look the same.
    NotFound,
    /// The request lost a race or contradicts the present state; reading again may help.
    Conflict,
    /// The actor may not do this.
    Forbidden,
    /// The input breaks a rule and will be refused again unless it changes.
    Invalid,
    /// A limit of the plan or of the system is reached.
    Quota,
    /// Something the operation needs does not answer; the same request may work later.
    Unavailable,
}

impl ErrorKind {
    /// Every kind, in the order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::NotFound,
        Self::Conflict,
        Self::Forbidden,
        Self::Invalid,
        Self::Quota,
        Self::Unavailable,
    ];

    /// The kind's text form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Forbidden => "forbidden",
            Self::Invalid => "invalid",
            Self::Quota => "quota",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ErrorKind {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or(TextError::Malformed {
            what: "error kind",
            remedy: "use `not_found`, `conflict`, `forbidden`, `invalid`, `quota` or `unavailable`",
        })
    }
}

serde_as_text!(ErrorKind, "the name of an error kind");

/// An error that a host can answer with: a stable code, a kind, the field at fault, the values that
/// belong to it, and what to tell people.
///
/// `Display` is the diagnostic: it is for logs, may name tables, ids and permissions, and may
/// change, as the [message](Self::message) may. The code and the names of the
/// [parameters](Self::params) are for programs and stay; a host that speaks another language makes
/// its own sentence from them.
pub trait DomainError: Error {
    /// A stable snake_case code, unique to the failure, such as `currency_mismatch`.
    fn code(&self) -> &'static str;

    /// What kind of failure this is.
    fn kind(&self) -> ErrorKind;

    /// The name of the input field at fault, where there is exactly one.
    fn field(&self) -> Option<&'static str> {
        None
    }

    /// What to tell the person who asked, in English: without names of tables, ids of records and
    /// people, and without what roles say.
    fn message(&self) -> String {
        self.to_string()
    }

    /// The values that belong to the failure, by name, such as `most` and the number.
    fn params(&self) -> Vec<(&'static str, serde_json::Value)> {
        Vec::new()
    }

    /// Whether the same work may succeed in a new transaction, because it only lost a race.
    fn is_lost_race(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_its_text_form() {
        for kind in ErrorKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
            let json = serde_json::to_string(kind).unwrap();
            assert_eq!(serde_json::from_str::<ErrorKind>(&json).unwrap(), *kind);
        }
        assert!("NotFound".parse::<ErrorKind>().is_err());
    }

    #[test]
    fn an_error_travels_as_a_trait_object() {
        let error: Box<dyn DomainError> = Box::new(TextError::Empty { what: "title" });
        assert_eq!(
            (error.code(), error.kind(), error.field()),
            ("empty", ErrorKind::Invalid, None)
        );
    }
}
