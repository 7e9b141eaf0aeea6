//! Xendit's interface.
use lms_kernel::{Currency, Money};
use serde_json::{Value, json};

use crate::{
    SigningSecret, Xendit,
    client::{
        CallAnswer, ClientAnswer, ClientError, GatewayCall, GatewayClient, NewPayment, NewRefund,
        PaymentQuestion,
        call::{basic, encoded, facts_of, number, stepped},
    },
    json,
};

/// Calls to Xendit (developers.xendit.co/api-reference, invoices and refunds). A payment is an
/// invoice there, with the payment's id as `external_id`; the payer goes on at the invoice's page.
#[derive(Clone, Debug)]
pub struct XenditClient {
    key: SigningSecret,
}

impl XenditClient {
    /// The account with that secret key.
    pub const fn new(key: SigningSecret) -> Self {
        Self { key }
    }

    fn authorization(&self) -> String {
        basic(self.key.text(), "")
    }
}

const HOST: &str = "https://api.xendit.co";

impl GatewayClient for XenditClient {
    fn name(&self) -> &'static str {
        "xendit"
    }

    fn create_payment(&self, payment: &NewPayment) -> Result<GatewayCall, ClientError> {
        let id = payment.payment.to_string();
        let body = json!({ "external_id": id, "amount": number(whole(payment.amount)?)?,
            "currency": payment.amount.currency().code(), "description": payment.description,
            "success_redirect_url": payment.return_url });
        let call = GatewayCall::post(format!("{HOST}/v2/invoices"), self.authorization(), &body);
        Ok(call.with("idempotency-key", &id))
    }

    fn read_created(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.provider_ref = json::text(&body, "/id");
        read.proceed = json::text(&body, "/invoice_url");
        read.gateway_status = status(&body);
        read
    }

    fn ask(&self, question: &PaymentQuestion) -> Result<GatewayCall, ClientError> {
        let needs = ClientError::NeedsName { gateway: "xendit", what: "invoice" };
        let invoice = encoded(question.provider_ref.as_deref().ok_or(needs)?);
        Ok(GatewayCall::get(format!("{HOST}/v2/invoices/{invoice}"), self.authorization()))
    }

    fn read_asked(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome_of_question());
        read.provider_ref = json::text(&body, "/id");
        read.gateway_status = status(&body);
        read.facts = facts_of(&Xendit, &body);
        read
    }

    fn refund(&self, refund: &NewRefund) -> Result<GatewayCall, ClientError> {
        let needs = ClientError::NeedsName { gateway: "xendit", what: "invoice" };
        let invoice = refund.payment.provider_ref.as_deref().ok_or(needs)?;
        let body = json!({ "invoice_id": invoice, "reference_id": refund.key,
            "amount": number(whole(refund.amount)?)?, "currency": refund.amount.currency().code(),
            "reason": "REQUESTED_BY_CUSTOMER" });
        let call = GatewayCall::post(format!("{HOST}/refunds"), self.authorization(), &body);
        Ok(call.with("idempotency-key", &refund.key))
    }

    fn read_refunded(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.provider_ref = json::text(&body, "/id");
        read.gateway_status = status(&body);
        let event = json!({ "event": "refund.updated", "data": body });
        read.facts = facts_of(&Xendit, &event);
        read
    }
}

/// An amount as Xendit takes it: rupiah without decimals.
fn whole(amount: Money) -> Result<Money, ClientError> {
    stepped(amount, if amount.currency() == Currency::IDR { 100 } else { 1 })
}

fn status(body: &Value) -> Option<String> {
    json::text(body, "/status").or_else(|| json::text(body, "/error_code"))
}
