//! What an account and its gateway share.
use lms_kernel::SecretText;

/// A secret that an account and its gateway share: a signing key or a token. It prints as
/// `[redacted]`. During a rotation an account has two, and either verifies.
#[derive(Clone, Debug)]
pub struct SigningSecret(SecretText);

impl SigningSecret {
    /// The secret, as the gateway shows it.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(SecretText::new(secret.into()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }

    pub(crate) fn text(&self) -> &str {
        self.0.expose()
    }
}
