//! Webhooks of gateways: verified, kept, claimed and applied.
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
pub use apply::{WebhookClaim, apply_webhook, claim_webhooks, put_webhook_back};
pub use error::WebhookError;
pub(crate) use keep_accounts::check_secret;
pub use keep_accounts::{
    SECRET_OVERLAP_HOURS, close_gateway_account, open_gateway_account, rotate_gateway_secret,
};
pub use message::WebhookMessage;
pub(crate) use message::shortened;
pub use notice::{ReportedFact, WebhookAdapter, WebhookNotice, WebhookRequest, WebhookVerdict};
pub use receive::{WebhookReceipt, receive_webhook};
pub use replay::replay_webhook;
pub use secret::StoredSecret;
pub use status::{WebhookEvent, WebhookStatus};
pub use work::{GatewayQuestions, WebhookRound, work_webhooks};
