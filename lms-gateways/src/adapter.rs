//! Every gateway as the core's inbox sees it.
use lms_commerce::{StoredSecret, WebhookAdapter, WebhookRequest, WebhookVerdict};
use lms_kernel::Timestamp;

use crate::{Gateway, SigningSecret};

impl WebhookAdapter for Box<dyn Gateway> {
    fn gateway(&self) -> &'static str {
        self.name()
    }

    fn examine(
        &self,
        request: &WebhookRequest<'_>,
        secrets: &[StoredSecret],
        now: Timestamp,
    ) -> WebhookVerdict {
        let secrets: Vec<SigningSecret> =
            secrets.iter().map(|it| SigningSecret::new(it.expose())).collect();
        match self.verify(request, &secrets, now) {
            Err(error) => WebhookVerdict::NotBelieved(error.to_string()),
            Ok(webhook) => match self.read(&webhook) {
                Ok(notice) => WebhookVerdict::Understood(notice),
                Err(error) => WebhookVerdict::NotUnderstood(error.to_string()),
            },
        }
    }
}
