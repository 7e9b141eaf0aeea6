//! Outgoing webhooks, signed as Standard Webhooks (standardwebhooks.com) says.
//!
//! The headers are `webhook-id`, `webhook-timestamp` and `webhook-signature`; the signature is
//! `v1,` and the base64 HMAC-SHA256 of `<id>.<timestamp>.<body>`. While a secret is rotated there
//! are several signatures, divided by spaces. The receiver refuses a time that is more than five
//! minutes away.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use lms_kernel::Timestamp;

use crate::{
    SigningSecret, Tolerance, VerificationError, WebhookRequest, gateway,
    signature::{hmac_sha256, same},
};

const ID: &str = "webhook-id";
const TIME: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const PREFIX: &str = "whsec_";

/// The three headers of a signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `webhook-id`: the message's id, the same when it is sent again.
    pub id: String,
    /// `webhook-timestamp`: seconds since the Unix epoch.
    pub timestamp: String,
    /// `webhook-signature`: one signature per secret.
    pub signature: String,
}

/// Signs a message with every secret of the endpoint.
///
/// # Errors
/// [`VerificationError::NoSecret`] when there is none, or one is not base64.
pub fn sign(
    id: &str,
    at: Timestamp,
    body: &[u8],
    secrets: &[SigningSecret],
) -> Result<SignedHeaders, VerificationError> {
    let timestamp = at.unix_seconds().to_string();
    let signatures: Option<Vec<String>> = secrets
        .iter()
        .map(|secret| {
            let mac = signature(secret, id, &timestamp, body)?;
            Some(format!("v1,{}", STANDARD.encode(mac)))
        })
        .collect();
    let signatures = signatures.filter(|it| !it.is_empty()).ok_or(VerificationError::NoSecret)?;
    Ok(SignedHeaders { id: id.to_owned(), timestamp, signature: signatures.join(" ") })
}

/// Whether a message was signed with one of the secrets, within five minutes of `now`.
pub fn verify(
    request: &WebhookRequest<'_>,
    secrets: &[SigningSecret],
    now: Timestamp,
) -> Result<(), VerificationError> {
    verify_within(request, secrets, now, Tolerance::USUAL)
}

/// Whether a message was signed with one of the secrets, at a time that differs from `now` by
/// `tolerance` at most.
pub fn verify_within(
    request: &WebhookRequest<'_>,
    secrets: &[SigningSecret],
    now: Timestamp,
    tolerance: Tolerance,
) -> Result<(), VerificationError> {
    gateway::begin(request, secrets)?;
    let need = |name| {
        let found = request.header(name).filter(|it| !it.is_empty());
        found.ok_or(VerificationError::MissingHeader { name })
    };
    let (id, time, given) = (need(ID)?, need(TIME)?, need(SIGNATURE)?);
    let seconds: i64 =
        time.parse().map_err(|_| VerificationError::MalformedHeader { name: TIME })?;
    let matches = secrets.iter().any(|secret| {
        signature(secret, id, time, request.body()).is_some_and(|wanted| {
            given
                .split(' ')
                .filter_map(|it| STANDARD.decode(it.strip_prefix("v1,")?).ok())
                .fold(false, |found, it| found | same(&it, &wanted))
        })
    });
    if !matches {
        return Err(VerificationError::NoMatchingSignature);
    }
    tolerance.check(seconds, now)
}

fn signature(secret: &SigningSecret, id: &str, time: &str, body: &[u8]) -> Option<[u8; 32]> {
    let key = secret.text();
    let key = STANDARD.decode(key.strip_prefix(PREFIX).unwrap_or(key)).ok()?;
    if key.is_empty() {
        return None;
    }
    hmac_sha256(&key, &[id.as_bytes(), b".", time.as_bytes(), b".", body])
}
