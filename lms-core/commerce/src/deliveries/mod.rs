//! Outgoing webhooks: events sent to tenants' endpoints.
mod deliver;
mod endpoint;
mod keep_endpoints;
mod status;

pub(crate) use deliver::send_all;
pub use deliver::{
    ClaimWebhookDeliveries, DeliveryAnswer, DeliveryClaim, FanOutMessage, OutgoingWebhook,
    RecordDeliveryAnswer, ReplayDelivery, WebhookSender,
};
pub use endpoint::{EndpointSecret, EndpointStatus, WebhookDelivery, WebhookEndpoint};
pub use keep_endpoints::{AddWebhookEndpoint, RotateEndpointSecret, SwitchWebhookEndpoint};
pub use status::{DeliveryEvent, DeliveryStatus};
