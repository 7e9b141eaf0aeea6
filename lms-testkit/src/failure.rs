//! Why a rule does not hold.
use std::{error::Error, fmt, panic::Location};

/// Why a rule does not hold, and where in the suite that showed.
pub struct Failure {
    message: String,
    at: &'static Location<'static>,
}

/// What a case comes to.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure with that explanation, at the caller.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), at: Location::caller() }
    }

    /// The same failure, with words before its explanation.
    #[must_use]
    pub fn within(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.message, self.at.file(), self.at.line())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E: Error> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            message = format!("{message}: {source}");
            cause = source.source();
        }
        Self::new(format!("unexpected error: {message}"))
    }
}

/// Fails the case with an explanation unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($explanation:tt)+) => {
        if !$condition {
            return Err($crate::Failure::new(format!($($explanation)+)));
        }
    };
}

/// Fails the case with an explanation and both values unless they are equal.
macro_rules! ensure_eq {
    ($found:expr, $expected:expr, $($explanation:tt)+) => {
        match (&$found, &$expected) {
            (found, expected) => {
                if found != expected {
                    let what = format!($($explanation)+);
                    return Err($crate::Failure::new(format!(
                        "{what}\n  found:    {found:?}\n  expected: {expected:?}"
                    )));
                }
            }
        }
    };
}

/// Fails the case unless the result is an error of that pattern.
macro_rules! ensure_refused {
    ($result:expr, $pattern:pat $(if $guard:expr)?, $($explanation:tt)+) => {
        match $result {
            Err($pattern) $(if $guard)? => {}
            other => {
                let what = format!($($explanation)+);
                return Err($crate::Failure::new(format!(
                    "{what}\n  found:    {other:?}\n  expected: Err({})",
                    stringify!($pattern $(if $guard)?)
                )));
            }
        }
    };
}

pub(crate) use {ensure, ensure_eq, ensure_refused};
