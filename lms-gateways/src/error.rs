//! Why a webhook was not believed, or not understood.
use lms_kernel::{DomainError, ErrorKind};

/// Why a webhook was not believed. It never quotes a header, a body or a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerificationError {
    /// A header that carries the signature is not there.
    #[error("the header `{name}` is missing")]
    MissingHeader {
        /// The header.
        name: &'static str,
    },
    /// A header that carries the signature cannot be read.
    #[error("the header `{name}` is malformed")]
    MalformedHeader {
        /// The header.
        name: &'static str,
    },
    /// A part of the body that is signed is not there.
    #[error("the body has no text `{name}`, which is part of what is signed")]
    MissingField {
        /// The field.
        name: &'static str,
    },
    /// No signature was made with any of the account's secrets.
    #[error("no signature matches; check the account's webhook secret")]
    NoMatchingSignature,
    /// The webhook was signed too long ago, or in the future: it may be a replay.
    #[error("the signature's time is more than {tolerance_seconds} seconds away from now")]
    OutsideTolerance {
        /// The most that the times may differ, either way.
        tolerance_seconds: i64,
    },
    /// The account has no secret to verify with.
    #[error("the account has no webhook secret; configure one")]
    NoSecret,
    /// The body is larger than any gateway sends.
    #[error("the body has more than {most_bytes} bytes")]
    TooLarge {
        /// The most bytes that are read.
        most_bytes: usize,
    },
    /// The certificate is not the gateway's.
    #[error("the certificate does not come from the gateway")]
    ForeignCertificate,
}

impl DomainError for VerificationError {
    fn params(&self) -> Vec<(&'static str, serde_json::Value)> {
        match *self {
            Self::MissingHeader { name }
            | Self::MalformedHeader { name }
            | Self::MissingField { name } => vec![("name", name.into())],
            Self::OutsideTolerance { tolerance_seconds } => {
                vec![("tolerance_seconds", tolerance_seconds.into())]
            }
            Self::TooLarge { most_bytes } => vec![("most_bytes", most_bytes.into())],
            Self::NoMatchingSignature | Self::NoSecret | Self::ForeignCertificate => Vec::new(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::MissingHeader { .. } => "webhook.missing_header",
            Self::MalformedHeader { .. } => "webhook.malformed_header",
            Self::MissingField { .. } => "webhook.missing_field",
            Self::NoMatchingSignature => "webhook.no_matching_signature",
            Self::OutsideTolerance { .. } => "webhook.outside_tolerance",
            Self::NoSecret => "webhook.no_secret",
            Self::TooLarge { .. } => "webhook.too_large",
            Self::ForeignCertificate => "webhook.foreign_certificate",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSecret => ErrorKind::Unavailable,
            Self::TooLarge { .. } => ErrorKind::Invalid,
            Self::MissingHeader { .. }
            | Self::MalformedHeader { .. }
            | Self::MissingField { .. }
            | Self::NoMatchingSignature
            | Self::OutsideTolerance { .. }
            | Self::ForeignCertificate => ErrorKind::Forbidden,
        }
    }
}

/// Why a verified webhook was not understood. It was sent by the gateway, so it is kept and may
/// be read again by a later version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The body is not JSON.
    #[error("the body is not a JSON object")]
    NotJson,
    /// A field that the event's meaning depends on is missing or of another type.
    #[error("the event has no usable `{path}`")]
    MissingField {
        /// Where it should be.
        path: &'static str,
    },
    /// An amount cannot be read exactly in its currency.
    #[error("the amount at `{path}` is not an exact amount of a known currency")]
    InvalidAmount {
        /// Where it is.
        path: &'static str,
    },
}

impl DomainError for ReadError {
    fn params(&self) -> Vec<(&'static str, serde_json::Value)> {
        match *self {
            Self::MissingField { path } | Self::InvalidAmount { path } => {
                vec![("path", path.into())]
            }
            Self::NotJson => Vec::new(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotJson => "webhook.not_json",
            Self::MissingField { .. } => "webhook.missing_event_field",
            Self::InvalidAmount { .. } => "webhook.invalid_amount",
        }
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
}
