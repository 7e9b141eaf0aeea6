//! Webhooks of gateways: verified, stored, claimed and applied.
mod account;
mod apply;
mod error;
mod keep_accounts;
mod message;
mod notice;
mod receive;
mod replay;
mod secret;
mod status;
mod work;

pub use account::{GatewayAccount, GatewayAccountStatus, GatewaySecret};
pub use apply::{ApplyWebhook, ClaimWebhooks, PutWebhookBack, WebhookClaim};
pub use error::WebhookError;
pub(crate) use keep_accounts::check_secret;
pub use keep_accounts::{
    CloseGatewayAccount, OpenGatewayAccount, RotateGatewaySecret, SECRET_OVERLAP_HOURS,
};
pub use message::WebhookMessage;
pub(crate) use message::shortened;
pub use notice::{
    ReportedFact, WebhookAdapter, WebhookAdapters, WebhookNotice, WebhookRequest, WebhookVerdict,
};
pub use receive::{ReceiveWebhook, WebhookReceipt};
pub use replay::ReplayWebhook;
pub use secret::StoredSecret;
pub use status::{WebhookEvent, WebhookStatus};
pub(crate) use work::work_all;
pub use work::{GatewayQuestions, WebhookRound, work_webhooks};
