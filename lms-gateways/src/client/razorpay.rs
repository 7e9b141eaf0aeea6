//! Razorpay's interface.
use serde_json::{Value, json};

use crate::{
    Razorpay, SigningSecret,
    client::{
        CallAnswer, ClientAnswer, ClientError, GatewayCall, GatewayClient, NewPayment, NewRefund,
        PaymentQuestion,
        call::{basic, encoded, facts_of, tens_of_three_decimals},
    },
    json,
};

/// Calls to Razorpay (razorpay.com/docs/api/orders and razorpay.com/docs/api/refunds). A payment is
/// an order there, with the payment's id as `receipt`; the payer pays it in Razorpay's form, and
/// each try is a payment of the order.
#[derive(Clone, Debug)]
pub struct RazorpayClient {
    key_id: String,
    key_secret: SigningSecret,
}

impl RazorpayClient {
    /// The account with that key.
    pub fn new(key_id: &str, key_secret: SigningSecret) -> Self {
        Self { key_id: key_id.to_owned(), key_secret }
    }

    fn authorization(&self) -> String {
        basic(&self.key_id, self.key_secret.text())
    }
}

const HOST: &str = "https://api.razorpay.com/v1";

impl GatewayClient for RazorpayClient {
    fn name(&self) -> &'static str {
        "razorpay"
    }

    fn create_payment(&self, payment: &NewPayment) -> Result<GatewayCall, ClientError> {
        let amount = tens_of_three_decimals(payment.amount)?;
        let id = payment.payment.to_string();
        let body = json!({ "amount": amount.minor(), "currency": amount.currency().code(),
            "receipt": id, "notes": { "payment_id": id, "description": payment.description } });
        Ok(GatewayCall::post(format!("{HOST}/orders"), self.authorization(), &body))
    }

    fn read_created(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.provider_ref = json::text(&body, "/id");
        read.proceed.clone_from(&read.provider_ref);
        read.gateway_status = status(&body);
        read
    }

    fn ask(&self, question: &PaymentQuestion) -> Result<GatewayCall, ClientError> {
        let needs = ClientError::NeedsName { gateway: "razorpay", what: "order" };
        let order = encoded(question.provider_ref.as_deref().ok_or(needs)?);
        let url = match order.starts_with("pay_") {
            true => format!("{HOST}/payments/{order}"),
            false => format!("{HOST}/orders/{order}/payments"),
        };
        Ok(GatewayCall::get(url, self.authorization()))
    }

    fn read_asked(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome_of_question());
        read.gateway_status = status(&body);
        let payments = match json::at(&body, "/items") {
            Some(Value::Array(items)) => items.clone(),
            _ => vec![body],
        };
        for payment in payments {
            let kind = match json::text(&payment, "/status").as_deref() {
                Some("authorized") => "payment.authorized",
                // What went back is told by refunds, each with its name.
                Some("captured" | "refunded") => "payment.captured",
                Some("failed") => "payment.failed",
                _ => continue,
            };
            let event = json!({ "event": kind, "created_at": json::at(&payment, "/created_at"),
                "payload": { "payment": { "entity": payment } } });
            read.facts.extend(facts_of(&Razorpay, &event));
        }
        read
    }

    fn refund(&self, refund: &NewRefund) -> Result<GatewayCall, ClientError> {
        let needs = ClientError::NeedsName { gateway: "razorpay", what: "payment" };
        let payment = encoded(refund.capture.as_deref().ok_or(needs)?);
        let body = json!({ "amount": tens_of_three_decimals(refund.amount)?.minor(), "receipt": refund.key,
            "notes": { "payment_id": refund.payment.payment.to_string() } });
        let url = format!("{HOST}/payments/{payment}/refund");
        let call = GatewayCall::post(url, self.authorization(), &body);
        Ok(call.with("X-Refund-Idempotency", &refund.key))
    }

    fn read_refunded(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.provider_ref = json::text(&body, "/id");
        read.gateway_status = status(&body);
        let event = json!({ "event": "refund.created", "created_at": 0,
            "payload": { "refund": { "entity": body } } });
        read.facts = facts_of(&Razorpay, &event);
        read
    }
}

fn status(body: &Value) -> Option<String> {
    json::text(body, "/status").or_else(|| json::text(body, "/error/code"))
}
