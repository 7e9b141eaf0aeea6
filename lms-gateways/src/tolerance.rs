//! How far the signed time of a webhook may be from now.
use std::time::Duration;

use lms_kernel::Timestamp;

use crate::{
    Gateway, ReadError, SigningSecret, VerificationError, VerifiedWebhook, WebhookNotice,
    WebhookRequest,
};

/// How far the signed time of a webhook may be from now, either way, in whole seconds.
///
/// A longer one accepts messages that waited in a queue, and recorded messages that are replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tolerance {
    seconds: u32,
}

impl Tolerance {
    /// Five minutes, which Stripe and Standard Webhooks name.
    pub const USUAL: Self = Self::seconds(300);

    /// So many seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self { seconds }
    }

    /// The same as a duration.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }

    /// Refuses a signed time, in seconds since the Unix epoch, that is further away from `now`.
    pub(crate) fn check(self, signed: i64, now: Timestamp) -> Result<(), VerificationError> {
        if now.unix_seconds().abs_diff(signed) > u64::from(self.seconds) {
            let tolerance_seconds = i64::from(self.seconds);
            return Err(VerificationError::OutsideTolerance { tolerance_seconds });
        }
        Ok(())
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::USUAL
    }
}

/// A gateway with another tolerance than the usual one.
///
/// ```
/// use lms_gateways::{Stripe, Tolerance, Within};
///
/// let adapter = Within::new(Stripe, Tolerance::seconds(60));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Within<G> {
    gateway: G,
    tolerance: Tolerance,
}

impl<G: Gateway> Within<G> {
    /// The gateway, whose signed times may differ from now by `tolerance`.
    pub const fn new(gateway: G, tolerance: Tolerance) -> Self {
        Self { gateway, tolerance }
    }
}

impl<G: Gateway> Gateway for Within<G> {
    fn name(&self) -> &'static str {
        self.gateway.name()
    }

    fn verify<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        now: Timestamp,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        self.gateway.verify_within(request, secrets, now, self.tolerance)
    }

    fn verify_within<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        now: Timestamp,
        tolerance: Tolerance,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        self.gateway.verify_within(request, secrets, now, tolerance)
    }

    fn read(&self, webhook: &VerifiedWebhook<'_>) -> Result<WebhookNotice, ReadError> {
        self.gateway.read(webhook)
    }
}
