//! Outgoing webhooks: tenants' endpoints are told what happened.
mod deliver;
mod endpoint;
mod keep_endpoints;
mod status;

pub use deliver::{
    DeliveryAnswer, DeliveryClaim, OutgoingWebhook, claim_webhook_deliveries, fan_out_message,
    record_delivery_answer, replay_delivery,
};
pub use endpoint::{EndpointSecret, EndpointStatus, WebhookDelivery, WebhookEndpoint};
pub use keep_endpoints::{add_webhook_endpoint, rotate_endpoint_secret, switch_webhook_endpoint};
pub use status::{DeliveryEvent, DeliveryStatus};
