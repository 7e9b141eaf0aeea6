//! Commands that take effect once, however often they are sent.
//!
//! Everything that a person or a host has done with money, its prices and its books is here as a
//! value, so that it can be sent with a key. What is not here repeats harmlessly by itself: what
//! gateways deliver, what time brings, and the keeping of gateways' accounts.
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use lms_kernel::{Context, DomainError};
use lms_store::{Applied, IdempotencyError, IdempotencyKey, Store, StoreError, Transaction, Work};

/// Something that somebody wants done with money.
pub trait MoneyCommand: Serialize + Clone + Send + Sync + 'static {
    /// Its name, such as `place_order`.
    const NAME: &'static str;
    /// What it answers.
    type Answer: Serialize + DeserializeOwned + Send + 'static;
    /// Why it is refused.
    type Error: From<IdempotencyError> + From<StoreError> + DomainError + Send;

    /// Does it, without a key.
    fn run<'t>(self, tx: &'t mut Transaction) -> Work<'t, Self::Answer, Self::Error>;
}

/// Does what a command says, once: of several with the same key one executes, and the others get
/// its answer. The claim of the key, the work and the answer are one transaction, which is
/// repeated when it loses a race.
///
/// The contract is Stripe's ("Idempotent requests", docs.stripe.com/api): a key belongs to the one
/// who sends it; the same key with other parameters, or with another command, is refused; a command
/// that was refused leaves no trace of its key and may be sent again.
///
/// # Errors
/// The command's own; [`IdempotencyError::OtherParameters`] within it.
pub async fn execute_once<C: MoneyCommand>(
    store: &Store,
    cx: &Context,
    key: &str,
    command: C,
) -> Result<Applied<C::Answer>, C::Error> {
    let key = key_of(cx, key, &command)?;
    store
        .transact(cx, |tx| {
            let (key, command) = (key.clone(), command.clone());
            Box::pin(async move {
                tx.once(&key, move |tx| Box::pin(async move { command.run(tx).await })).await
            })
        })
        .await
}

/// The key within the tenant, and the fingerprint of what is asked.
fn key_of<C: MoneyCommand>(
    cx: &Context,
    key: &str,
    command: &C,
) -> Result<IdempotencyKey, IdempotencyError> {
    if key.is_empty() {
        return Err(IdempotencyError::InvalidKey);
    }
    let asked = serde_json::to_vec(command).map_err(|_| IdempotencyError::InvalidKey)?;
    let hash: String = Sha256::digest(&asked).iter().map(|it| format!("{it:02x}")).collect();
    IdempotencyKey::new(format!("{}:{key}", cx.actor()), format!("{}:{hash}", C::NAME))
}

macro_rules! commands {
    ($($command:ident = $name:literal, $answer:ty, $error:ty,
        |$tx:ident, $it:ident| $work:expr;)+) => {
        $(impl MoneyCommand for $command {
            const NAME: &'static str = $name;
            type Answer = $answer;
            type Error = $error;

            fn run<'t>(
                self,
                $tx: &'t mut Transaction,
            ) -> Work<'t, Self::Answer, Self::Error> {
                let $it = self;
                Box::pin(async move { $work.await })
            }
        })+

        /// The names of these commands.
        pub(super) const NAMES: &[&str] = &[$($name),+];
    };
}

mod billing;
mod selling;
mod subscribing;

pub use billing::{
    CreditInvoice, DecidePayout, GenerateInvoice, IssueInvoice, RecordPayoutAnswer, RecordUsage,
    RequestPayout, SendPayout, SetUsagePrice, VoidInvoice,
};
pub use selling::{
    CancelOrder, ChangeVoucher, CompleteRefundByHand, CreateVoucher, DecideRefund, HoldInWallet,
    PayFromWallet, RedeemSeat, RevokeApproval, SendRefund, SettleHold, WithdrawProof,
};
pub use subscribing::{
    ArchivePlan, CancelSubscription, ChangePlan, KeepPlan, PauseSubscription, Resubscribe,
    ResumeSubscription, SetPlanItems, UndoCancellation,
};

/// The name of every command that can be sent with a key.
pub fn money_commands() -> Vec<&'static str> {
    [selling::NAMES, subscribing::NAMES, billing::NAMES].concat()
}
