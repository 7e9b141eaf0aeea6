//! The answer of a gateway to a call.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    GatewayOutcome, GatewayTransaction, MAX_FACT_KEY_LENGTH, Payment, PaymentError, PaymentFact,
    PaymentMethod, payments::facts_told, settlement::learn,
};
use lms_kernel::{Context, Id};
use lms_people::authorization::{Permission, get_authorized};
use lms_store::{Transaction, Upsert, Upserted};

/// The answer of a gateway to a payment call, or to a question about its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentAnswer {
    /// The payment.
    pub payment: Id<Payment>,
    /// The outcome of the call. `Succeeded` means that the gateway knows the attempt, and not that
    /// it is paid: that is for facts to say.
    pub outcome: GatewayOutcome,
    /// The gateway's name for the attempt, once it is known.
    pub provider_ref: Option<String>,
    /// What the gateway called that, in its own words.
    pub gateway_status: Option<String>,
    /// What follows from the answer, read as from a webhook.
    pub facts: Vec<PaymentFact>,
    /// The gateway's whole answer, for the log.
    pub raw_response: Option<serde_json::Value>,
}

impl PaymentAnswer {
    /// That outcome, and nothing else.
    pub const fn of(payment: Id<Payment>, outcome: GatewayOutcome) -> Self {
        let (provider_ref, gateway_status, raw_response) = (None, None, None);
        Self { payment, outcome, provider_ref, gateway_status, facts: Vec::new(), raw_response }
    }
}

/// Records a gateway's answer to a payment call, and applies it to the payment. A refusal fails the
/// attempt; a missing answer leaves it open for reconciliation.
///
/// # Permission
/// `payments.record`; a worker acts as the system.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.record_payment_answer")]
pub struct RecordPaymentAnswer {
    /// The gateway's answer.
    pub answer: PaymentAnswer,
}

impl Operation for RecordPaymentAnswer {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_RECORD]);
    type Answer = Payment;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<Payment, PaymentError> {
        let Self { answer } = self;
        let payment = get_authorized(tx, Permission::PAYMENTS_RECORD, answer.payment).await?;
        let mut order = tx.lock(payment.order_id).await?;
        let mut payment = tx.require(payment.id).await?;
        let Some(gateway) = payment.gateway.clone() else {
            return Err(PaymentError::GatewayMismatch { method: payment.method });
        };
        let told = [&answer.provider_ref, &answer.gateway_status];
        if told.into_iter().flatten().any(|it| it.chars().count() > MAX_FACT_KEY_LENGTH) {
            return Err(PaymentError::KeyLength { most: MAX_FACT_KEY_LENGTH });
        }
        let mut line = charge_of(tx.cx(), &payment, &gateway);
        line.outcome = answer.outcome;
        line.transaction_id.clone_from(&answer.provider_ref);
        line.gateway_status = answer.gateway_status;
        line.raw_response = answer.raw_response;
        let once = Upsert::on(GatewayTransaction::CALL).and(GatewayTransaction::OUTCOME);
        let news = tx.upsert(&line, once).await? == Upserted::Inserted;
        if answer.provider_ref.is_some() && payment.provider_ref != answer.provider_ref {
            payment.provider_ref = answer.provider_ref;
            tx.update(&mut payment).await?;
        }
        let mut facts = answer.facts;
        if news && facts.is_empty() && answer.outcome == GatewayOutcome::Failed {
            let at = facts_told(tx, &payment).await?.time_of_decision(tx.now());
            facts.push(PaymentFact::Fail { at });
        }
        if facts.is_empty() {
            return Ok(payment);
        }
        learn(tx, &mut order, payment.id, facts, &format!("answer:{}", answer.outcome)).await
    }
}

/// The line that is committed with a payment, before the gateway is called. The call is named after
/// the payment: it is what the gateway is given as the idempotency key.
pub(crate) fn initiated_charge(cx: &Context, payment: &Payment) -> Option<GatewayTransaction> {
    let gateway =
        payment.gateway.as_deref().filter(|_| payment.method == PaymentMethod::Gateway)?;
    let mut line = charge_of(cx, payment, gateway);
    line.transaction_id.clone_from(&payment.provider_ref);
    Some(line)
}

fn charge_of(cx: &Context, payment: &Payment, gateway: &str) -> GatewayTransaction {
    let mut line = GatewayTransaction::initiated(cx, payment.id, gateway, "charge");
    line.call = payment.id.to_string();
    line
}
