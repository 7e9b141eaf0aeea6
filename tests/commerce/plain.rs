//! A gateway for tests.
use lms::{
    commerce::{StoredSecret, WebhookAdapter, WebhookRequest, WebhookVerdict},
    kernel::Timestamp,
};

/// A gateway that signs with the secret itself and says a notice in the library's own words.
#[derive(Debug)]
pub(crate) struct Plain;

impl WebhookAdapter for Plain {
    fn gateway(&self) -> &'static str {
        "plain"
    }

    fn examine(
        &self,
        request: &WebhookRequest<'_>,
        secrets: &[StoredSecret],
        _: Timestamp,
    ) -> WebhookVerdict {
        let signed = secrets.iter().any(|it| request.header("signature") == Some(it.expose()));
        match serde_json::from_slice(request.body()) {
            Ok(notice) if signed => WebhookVerdict::Understood(notice),
            _ => WebhookVerdict::NotBelieved("no".into()),
        }
    }
}
