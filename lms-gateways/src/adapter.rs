//! Every gateway as the core's inbox sees it.
use lms_commerce::{StoredSecret, WebhookAdapter, WebhookRequest, WebhookVerdict};
use lms_kernel::Timestamp;

use crate::{Gateway, Midtrans, PayPal, Razorpay, SigningSecret, Stripe, Within, Xendit};

fn examine<G: Gateway>(
    gateway: &G,
    request: &WebhookRequest<'_>,
    secrets: &[StoredSecret],
    now: Timestamp,
) -> WebhookVerdict {
    let secrets: Vec<SigningSecret> =
        secrets.iter().map(|it| SigningSecret::new(it.expose())).collect();
    match gateway.verify(request, &secrets, now) {
        Err(error) => WebhookVerdict::NotBelieved(error.to_string()),
        Ok(webhook) => match gateway.read(&webhook) {
            Ok(notice) => WebhookVerdict::Understood(notice),
            Err(error) => WebhookVerdict::NotUnderstood(error.to_string()),
        },
    }
}

/// The trait is the core's, so that it cannot be implemented for every gateway at once.
macro_rules! webhook_adapters {
    ($($gateway:ty $(, for $parameter:ident)?;)*) => {$(
        impl$(<$parameter: Gateway>)? WebhookAdapter for $gateway {
            fn gateway(&self) -> &'static str {
                self.name()
            }

            fn examine(
                &self,
                request: &WebhookRequest<'_>,
                secrets: &[StoredSecret],
                now: Timestamp,
            ) -> WebhookVerdict {
                examine(self, request, secrets, now)
            }
        }
    )*};
}

webhook_adapters! {
    Stripe;
    Razorpay;
    Midtrans;
    Xendit;
    PayPal;
    Within<G>, for G;
    Box<dyn Gateway>;
}
