//! What every gateway adapter offers.
use std::fmt::Debug;

use lms_kernel::Timestamp;

use crate::{
    Midtrans, Razorpay, ReadError, SigningSecret, Stripe, Tolerance, VerificationError,
    WebhookNotice, WebhookRequest, Xendit,
};

/// A payment gateway's webhooks.
pub trait Gateway: Debug + Send + Sync {
    /// The gateway's name, such as `stripe`.
    fn name(&self) -> &'static str;

    /// Whether the request was signed with one of the account's secrets. `now` bounds replays
    /// where the gateway signs a time.
    fn verify<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        now: Timestamp,
    ) -> Result<VerifiedWebhook<'a>, VerificationError>;

    /// The same where the signed time may differ from `now` by `tolerance`. Gateways that sign no
    /// time do not look at it.
    fn verify_within<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        now: Timestamp,
        tolerance: Tolerance,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        let _ = tolerance;
        self.verify(request, secrets, now)
    }

    /// What a verified webhook says.
    fn read(&self, webhook: &VerifiedWebhook<'_>) -> Result<WebhookNotice, ReadError>;
}

impl Gateway for Box<dyn Gateway> {
    fn name(&self) -> &'static str {
        self.as_ref().name()
    }

    fn verify<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        now: Timestamp,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        self.as_ref().verify(request, secrets, now)
    }

    fn verify_within<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        now: Timestamp,
        tolerance: Tolerance,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        self.as_ref().verify_within(request, secrets, now, tolerance)
    }

    fn read(&self, webhook: &VerifiedWebhook<'_>) -> Result<WebhookNotice, ReadError> {
        self.as_ref().read(webhook)
    }
}

/// A webhook that was signed with one of the account's secrets. Only [`Gateway::verify`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedWebhook<'a> {
    request: WebhookRequest<'a>,
}

impl<'a> VerifiedWebhook<'a> {
    pub(crate) const fn new(request: WebhookRequest<'a>) -> Self {
        Self { request }
    }

    /// The body that was signed.
    pub const fn body(&self) -> &'a [u8] {
        self.request.body()
    }

    /// A header that came with it.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.request.header(name)
    }
}

/// The gateway of that name. PayPal is not among them: it needs the host's
/// [`CertificateKeys`](crate::CertificateKeys).
pub fn gateway(name: &str) -> Option<Box<dyn Gateway>> {
    match name {
        "stripe" => Some(Box::new(Stripe)),
        "razorpay" => Some(Box::new(Razorpay)),
        "midtrans" => Some(Box::new(Midtrans)),
        "xendit" => Some(Box::new(Xendit)),
        _ => None,
    }
}

/// What every adapter checks first.
pub(crate) fn begin(
    request: &WebhookRequest<'_>,
    secrets: &[SigningSecret],
) -> Result<(), VerificationError> {
    if request.body().len() > WebhookRequest::MAX_BODY_BYTES {
        return Err(VerificationError::TooLarge { most_bytes: WebhookRequest::MAX_BODY_BYTES });
    }
    if secrets.is_empty() || secrets.iter().any(|it| it.bytes().is_empty()) {
        return Err(VerificationError::NoSecret);
    }
    Ok(())
}
