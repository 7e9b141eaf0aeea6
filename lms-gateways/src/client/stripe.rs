//! Stripe's interface.
use lms_kernel::Money;
use serde_json::{Value, json};

use crate::{
    SigningSecret, Stripe,
    client::{
        CallAnswer, ClientAnswer, ClientError, GatewayCall, GatewayClient, NewPayment, NewRefund,
        PaymentQuestion,
        call::{encoded, facts_of, tens_of_three_decimals},
    },
    json,
};

/// Calls to Stripe (docs.stripe.com/api/payment_intents and docs.stripe.com/api/refunds). Payments
/// are payment intents with the payment's id as `metadata[payment_id]`; the payer goes on with the
/// intent's client secret.
#[derive(Clone, Debug)]
pub struct StripeClient {
    key: SigningSecret,
}

impl StripeClient {
    /// The account with that secret key.
    pub const fn new(key: SigningSecret) -> Self {
        Self { key }
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.key.text())
    }
}

const HOST: &str = "https://api.stripe.com/v1";

/// An amount as Stripe wants it: see how it is read.
fn minor(amount: Money) -> Result<i64, ClientError> {
    let amount = tens_of_three_decimals(amount)?;
    let minor = match amount.currency().code() {
        "ISK" | "UGX" => amount.minor().checked_mul(100),
        "MGA" => (amount.minor() % 100 == 0).then_some(amount.minor() / 100),
        _ => Some(amount.minor()),
    };
    minor.ok_or(ClientError::Amount)
}

impl GatewayClient for StripeClient {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn create_payment(&self, payment: &NewPayment) -> Result<GatewayCall, ClientError> {
        let id = payment.payment.to_string();
        let fields = [
            ("amount", minor(payment.amount)?.to_string()),
            ("currency", payment.amount.currency().code().to_lowercase()),
            ("description", payment.description.clone()),
            ("metadata[payment_id]", id.clone()),
            ("automatic_payment_methods[enabled]", "true".to_owned()),
        ];
        let call =
            GatewayCall::form(format!("{HOST}/payment_intents"), self.authorization(), &fields);
        Ok(call.with("Idempotency-Key", &id))
    }

    fn read_created(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.provider_ref = json::text(&body, "/id");
        read.proceed = json::text(&body, "/client_secret");
        read.gateway_status = status(&body);
        read
    }

    fn ask(&self, question: &PaymentQuestion) -> Result<GatewayCall, ClientError> {
        let needs = ClientError::NeedsName { gateway: "stripe", what: "payment intent" };
        let intent = question.provider_ref.as_deref().ok_or(needs)?;
        let url = format!("{HOST}/payment_intents/{}", encoded(intent));
        Ok(GatewayCall::get(url, self.authorization()))
    }

    fn read_asked(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome_of_question());
        read.provider_ref = json::text(&body, "/id").filter(|it| it.starts_with("pi_"));
        read.gateway_status = status(&body);
        let refused = json::at(&body, "/last_payment_error").is_some();
        let (kind, at) = match json::text(&body, "/status").as_deref() {
            Some("succeeded") => ("succeeded", "/created"),
            Some("canceled") => ("canceled", "/canceled_at"),
            Some("requires_capture") => ("amount_capturable_updated", "/created"),
            Some("requires_payment_method") if refused => ("payment_failed", "/created"),
            _ => return read,
        };
        let at = json::integer(&body, at).or_else(|| json::integer(&body, "/created"));
        let event = json!({ "id": "asked", "type": format!("payment_intent.{kind}"), "created": at,
            "data": { "object": body } });
        read.facts = facts_of(&Stripe, &event);
        read
    }

    fn refund(&self, refund: &NewRefund) -> Result<GatewayCall, ClientError> {
        let name = refund.payment.provider_ref.clone();
        let of = match (name.filter(|it| it.starts_with("pi_")), refund.capture.clone()) {
            (Some(intent), _) => ("payment_intent", intent),
            (None, Some(charge)) => ("charge", charge),
            (None, None) => {
                return Err(ClientError::NeedsName { gateway: "stripe", what: "payment intent" });
            }
        };
        let fields = [
            of,
            ("amount", minor(refund.amount)?.to_string()),
            ("metadata[payment_id]", refund.payment.payment.to_string()),
        ];
        let call = GatewayCall::form(format!("{HOST}/refunds"), self.authorization(), &fields);
        Ok(call.with("Idempotency-Key", &refund.key))
    }

    fn read_refunded(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.provider_ref = json::text(&body, "/id");
        read.gateway_status = status(&body);
        let event = json!({ "id": "asked", "type": "refund.updated", "created": 0,
            "data": { "object": body } });
        read.facts = facts_of(&Stripe, &event);
        read
    }
}

fn status(body: &Value) -> Option<String> {
    json::text(body, "/status").or_else(|| json::text(body, "/error/code"))
}
