//! PayPal's interface.
use lms_commerce::PaymentFact;
use lms_kernel::Money;
use serde_json::{Value, json};

use crate::{
    SigningSecret,
    client::{
        CallAnswer, ClientAnswer, ClientError, GatewayCall, GatewayClient, NewPayment, NewRefund,
        PaymentQuestion,
        call::{encoded, main_unit, stepped},
    },
    json,
    paypal::facts,
};

/// Calls to `PayPal` (developer.paypal.com/docs/api/orders/v2 and /payments/v2) with an access
/// token, which the host fetches for the account and renews. A payment is an order there, with the
/// payment's id as `custom_id`; the payer approves it at `PayPal`'s page.
#[derive(Clone, Debug)]
pub struct PayPalClient {
    token: SigningSecret,
    sandbox: bool,
}

impl PayPalClient {
    /// The account with that access token.
    pub const fn new(token: SigningSecret) -> Self {
        Self { token, sandbox: false }
    }

    /// The account with that access token in the sandbox.
    pub const fn sandbox(token: SigningSecret) -> Self {
        Self { token, sandbox: true }
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.token.text())
    }

    fn url(&self, path: &str) -> String {
        let host = if self.sandbox { "api-m.sandbox" } else { "api-m" };
        format!("https://{host}.paypal.com/v2/{path}")
    }
}

impl GatewayClient for PayPalClient {
    fn name(&self) -> &'static str {
        "paypal"
    }

    fn create_payment(&self, payment: &NewPayment) -> Result<GatewayCall, ClientError> {
        let id = payment.payment.to_string();
        let amount = json!({ "currency_code": payment.amount.currency().code(),
            "value": main_unit(whole(payment.amount)?)?.to_string() });
        let body = json!({ "intent": "CAPTURE", "purchase_units": [{ "custom_id": id,
            "description": payment.description, "amount": amount }],
            "payment_source": { "paypal": { "experience_context": {
                "return_url": payment.return_url } } } });
        let call = GatewayCall::post(self.url("checkout/orders"), self.authorization(), &body);
        Ok(call.with("PayPal-Request-Id", &id))
    }

    fn read_created(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.provider_ref = json::text(&body, "/id");
        let links = json::at(&body, "/links").and_then(Value::as_array);
        let page = links.into_iter().flatten().find(|it| {
            matches!(json::text(it, "/rel").as_deref(), Some("payer-action" | "approve"))
        });
        read.proceed = page.and_then(|it| json::text(it, "/href"));
        read.gateway_status = status(&body);
        read
    }

    fn ask(&self, question: &PaymentQuestion) -> Result<GatewayCall, ClientError> {
        let needs = ClientError::NeedsName { gateway: "paypal", what: "order" };
        let order = encoded(question.provider_ref.as_deref().ok_or(needs)?);
        let url = self.url(&format!("checkout/orders/{order}"));
        Ok(GatewayCall::get(url, self.authorization()))
    }

    fn read_asked(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome_of_question());
        read.provider_ref = json::text(&body, "/id");
        read.gateway_status = status(&body);
        if json::text(&body, "/status").as_deref() == Some("VOIDED") {
            let at =
                json::text(&body, "/update_time").or_else(|| json::text(&body, "/create_time"));
            read.facts = told("CHECKOUT.ORDER.VOIDED", at.as_deref(), &body);
        }
        let units = json::at(&body, "/purchase_units").and_then(Value::as_array);
        for unit in units.into_iter().flatten() {
            for (list, kind) in [("captures", "CAPTURE"), ("refunds", "REFUND")] {
                let moved = json::at(unit, &format!("/payments/{list}"));
                for it in moved.and_then(Value::as_array).into_iter().flatten() {
                    read.facts.extend(movement(kind, it));
                }
            }
        }
        read
    }

    fn refund(&self, refund: &NewRefund) -> Result<GatewayCall, ClientError> {
        let needs = ClientError::NeedsName { gateway: "paypal", what: "capture" };
        let capture = encoded(refund.capture.as_deref().ok_or(needs)?);
        let amount = json!({ "currency_code": refund.amount.currency().code(),
            "value": main_unit(whole(refund.amount)?)?.to_string() });
        let body = json!({ "amount": amount, "custom_id": refund.payment.payment.to_string() });
        let url = self.url(&format!("payments/captures/{capture}/refund"));
        let call = GatewayCall::post(url, self.authorization(), &body);
        Ok(call.with("PayPal-Request-Id", &refund.key).with("Prefer", "return=representation"))
    }

    fn read_refunded(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.provider_ref = json::text(&body, "/id");
        read.gateway_status = status(&body);
        read.facts = movement("REFUND", &body);
        read
    }
}

/// An amount as `PayPal` takes it: forints and Taiwan dollars without decimals
/// (developer.paypal.com/reference/currency-codes).
fn whole(amount: Money) -> Result<Money, ClientError> {
    let is_whole = matches!(amount.currency().code(), "HUF" | "TWD");
    stepped(amount, if is_whole { 100 } else { 1 })
}

/// The facts of a capture or a refund as a part of an order.
fn movement(kind: &str, movement: &Value) -> Vec<PaymentFact> {
    let at = json::text(movement, "/create_time");
    let event = match (kind, json::text(movement, "/status").as_deref()) {
        ("REFUND", Some(_)) => "PAYMENT.CAPTURE.REFUNDED",
        // What was refunded had been taken; its refunds are listed beside it.
        ("CAPTURE", Some("COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED")) => {
            "PAYMENT.CAPTURE.COMPLETED"
        }
        ("CAPTURE", Some("PENDING")) => "PAYMENT.CAPTURE.PENDING",
        ("CAPTURE", Some("DECLINED")) => "PAYMENT.CAPTURE.DECLINED",
        ("CAPTURE", Some("FAILED")) => "PAYMENT.CAPTURE.FAILED",
        _ => return Vec::new(),
    };
    told(event, at.as_deref(), movement)
}

fn told(event: &str, at: Option<&str>, resource: &Value) -> Vec<PaymentFact> {
    let event_body = json!({ "id": "asked", "create_time": at, "resource": resource });
    let read = facts(&event_body, event).unwrap_or_default();
    read.into_iter().map(|it| it.fact).collect()
}

fn status(body: &Value) -> Option<String> {
    json::text(body, "/status").or_else(|| json::text(body, "/name"))
}
