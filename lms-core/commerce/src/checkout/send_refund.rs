//! Sending a refund by the method of its payment.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use chrono::TimeDelta;

use crate::{
    GatewayOutcome, GatewayTransaction, NextAction, Order, Payment, PaymentFact, PaymentMethod,
    Refund, RefundError, RefundEvent, RefundRegister,
    refunds::{announce, check_still_there},
    settlement::learn,
    wallet::credit_wallet,
};
use lms_kernel::Id;
use lms_kernel::machine::Step;
use lms_people::authorization::{Permission, Subject, authorize_on};
use lms_store::Transaction;

/// After how many hours someone asks the outcome of a refund that was sent.
const ASK_AFTER_HOURS: i64 = 24;

/// Sends an approved refund, or retries one that failed.
///
/// To a wallet the money goes at once. For a gateway this commits the attempt and its key before
/// the host calls the gateway; what the gateway answers goes to [`RecordRefundAnswer`]. Money from
/// the desk or a bank account is sent by people, who say so with [`CompleteRefundByHand`].
///
/// # Permission
/// `payments.refund`.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`RefundError`]; one that failed is not sent again when its money went back otherwise.
#[operation("commerce.send_refund")]
pub struct SendRefund {
    /// The refund to send.
    pub refund: Id<Refund>,
}

impl Operation for SendRefund {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_REFUND]);
    type Answer = Refund;
    type Error = RefundError;

    async fn run(self, tx: &mut Transaction) -> Result<Refund, RefundError> {
        let Self { refund } = self;
        let (mut refund, payment, mut order) = held(tx, refund).await?;
        let Step::Applied(status) = refund.status.apply(RefundEvent::Send)? else {
            return Ok(refund);
        };
        check_still_there(tx, &refund, &payment, &order).await?;
        refund.status = status;
        refund.attempt = refund.attempt.saturating_add(1);
        refund.provider_ref = None;
        let ask_at = tx.now().saturating_add(TimeDelta::hours(ASK_AFTER_HOURS));
        refund.next_action_at = NextAction::at(ask_at);
        tx.update(&mut refund).await?;
        announce(tx, &refund);
        match payment.method {
            PaymentMethod::Gateway => {
                let gateway = payment.gateway.clone().unwrap_or_default();
                let mut call =
                    GatewayTransaction::initiated(tx.cx(), payment.id, &gateway, "refund");
                call.call = refund.call_key();
                tx.insert(&call).await?;
            }
            PaymentMethod::Wallet => {
                credit_wallet(tx, payment.payer_id, refund.amount).await?;
                tell(tx, &mut order, &refund, RefundRegister::Succeeded).await?;
                refund = tx.require(refund.id).await?;
            }
            PaymentMethod::BankTransfer
            | PaymentMethod::Card
            | PaymentMethod::Cash
            | PaymentMethod::None
            | PaymentMethod::Other => {}
        }
        Ok(refund)
    }
}

/// The answer of a gateway to a refund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefundAnswer {
    /// The refund.
    pub refund: Id<Refund>,
    /// The outcome of the call; `Succeeded` means that the gateway has taken the order, and a fact
    /// says later that the money went back.
    pub outcome: GatewayOutcome,
    /// The gateway's name for the refund, once it is known.
    pub provider_ref: Option<String>,
    /// Whether the gateway says that the money has gone back already.
    pub settled: bool,
    /// The gateway's whole answer, for the log.
    pub raw_response: Option<serde_json::Value>,
}

/// Records a gateway's answer to a refund. A missing answer is not a failure: the refund becomes
/// unknown until it is reconciled.
///
/// # Permission
/// `payments.refund`; a worker acts as the system.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`RefundError`].
#[operation("commerce.record_refund_answer")]
pub struct RecordRefundAnswer {
    /// The gateway's answer.
    pub answer: RefundAnswer,
}

impl Operation for RecordRefundAnswer {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_REFUND]);
    type Answer = Refund;
    type Error = RefundError;

    async fn run(self, tx: &mut Transaction) -> Result<Refund, RefundError> {
        let Self { answer } = self;
        let (mut refund, payment, mut order) = held(tx, answer.refund).await?;
        let gateway = payment.gateway.clone().unwrap_or_default();
        let mut line = GatewayTransaction::initiated(tx.cx(), payment.id, &gateway, "refund");
        line.call = refund.call_key();
        line.outcome = answer.outcome;
        line.transaction_id.clone_from(&answer.provider_ref);
        line.raw_response = answer.raw_response;
        let once = lms_store::Upsert::on(GatewayTransaction::CALL).and(GatewayTransaction::OUTCOME);
        tx.upsert(&line, once).await?;
        if answer.provider_ref.is_some() && refund.provider_ref != answer.provider_ref {
            refund.provider_ref = answer.provider_ref;
            tx.update(&mut refund).await?;
        }
        let register = match answer.outcome {
            GatewayOutcome::Succeeded if answer.settled => RefundRegister::Succeeded,
            GatewayOutcome::Failed => RefundRegister::Failed,
            GatewayOutcome::Succeeded | GatewayOutcome::Initiated => RefundRegister::Pending,
            GatewayOutcome::Unknown => {
                if let Step::Applied(status) = refund.status.apply(RefundEvent::LoseTrack)? {
                    refund.status = status;
                    tx.update(&mut refund).await?;
                    announce(tx, &refund);
                }
                return Ok(refund);
            }
        };
        tell(tx, &mut order, &refund, register).await?;
        Ok(tx.require(refund.id).await?)
    }
}

/// Records that staff paid a refund in cash or by bank transfer.
///
/// # Permission
/// `payments.refund`.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`RefundError::OtherMethod`] for money that goes back by machine.
#[operation("commerce.complete_refund_by_hand")]
pub struct CompleteRefundByHand {
    /// The refund that was paid.
    pub refund: Id<Refund>,
}

impl Operation for CompleteRefundByHand {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_REFUND]);
    type Answer = Refund;
    type Error = RefundError;

    async fn run(self, tx: &mut Transaction) -> Result<Refund, RefundError> {
        let Self { refund } = self;
        let (mut refund, payment, mut order) = held(tx, refund).await?;
        if !payment.method.is_recorded_by_hand() {
            return Err(RefundError::OtherMethod { method: payment.method });
        }
        match refund.status.apply(RefundEvent::Send) {
            Ok(Step::Applied(status)) => {
                check_still_there(tx, &refund, &payment, &order).await?;
                refund.status = status;
                refund.attempt = refund.attempt.saturating_add(1);
                tx.update(&mut refund).await?;
            }
            Ok(Step::NoOp(_)) | Err(_) => {
                refund.status.apply(RefundEvent::Succeed)?;
            }
        }
        tell(tx, &mut order, &refund, RefundRegister::Succeeded).await?;
        Ok(tx.require(refund.id).await?)
    }
}

async fn tell(
    tx: &mut Transaction,
    order: &mut Order,
    refund: &Refund,
    register: RefundRegister,
) -> Result<(), RefundError> {
    let (key, amount) = (refund.fact_key(), refund.amount);
    let fact = PaymentFact::Refund { key, amount, register };
    let source = format!("refund:{}", refund.id);
    learn(tx, order, refund.payment_id, vec![fact], &source).await?;
    Ok(())
}

/// The refund, what it is of, and the order, whose row is held from here on.
async fn held(
    tx: &mut Transaction,
    refund: Id<Refund>,
) -> Result<(Refund, Payment, Order), RefundError> {
    let found = tx.require(refund).await?;
    let order = tx.lock(found.order_id).await?;
    authorize_on(tx, Permission::PAYMENTS_REFUND, &Subject::of(order.buyer_id)).await?;
    Ok((tx.require(refund).await?, tx.require(found.payment_id).await?, order))
}
