//! Replaying a webhook by hand.
use crate::{NextAction, WebhookError, WebhookEvent, WebhookMessage};
use lms_kernel::Id;
use lms_kernel::machine::Step;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Replays a webhook message that was ignored, deferred, failed or given up, with all attempts
/// restored.
///
/// # Permission
/// `gateways.manage`.
///
/// # Locks
/// The message's row.
///
/// # Errors
/// [`WebhookError::Transition`] for one that was applied, is in work, or was not believed.
#[operation("commerce.replay_webhook")]
pub struct ReplayWebhook {
    /// The message to process again.
    pub message: Id<WebhookMessage>,
}

impl Operation for ReplayWebhook {
    const ACCESS: Access = Access::Asks(&[Permission::GATEWAYS_MANAGE]);
    type Answer = WebhookMessage;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<WebhookMessage, WebhookError> {
        let Self { message } = self;
        authorize_on(tx, Permission::GATEWAYS_MANAGE, &TheTenant).await?;
        let mut message = tx.lock(message).await?;
        if let Step::Applied(status) = message.status.apply(WebhookEvent::Replay)? {
            message.status = status;
            message.attempts = 0;
            message.next_action_at = NextAction::at(tx.now());
            tx.update(&mut message).await?;
        }
        Ok(message)
    }
}
