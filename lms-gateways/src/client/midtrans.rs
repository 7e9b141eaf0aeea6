//! Midtrans' interface.
use lms_commerce::GatewayOutcome;
use lms_kernel::{Currency, Money};
use serde_json::{Value, json};

use crate::{
    Midtrans, SigningSecret,
    client::{
        CallAnswer, ClientAnswer, ClientError, GatewayCall, GatewayClient, NewPayment, NewRefund,
        PaymentQuestion,
        call::{basic, encoded, facts_of, number, stepped},
    },
    json,
};

/// Calls to Midtrans (docs.midtrans.com/reference/backend-integration,
/// docs.midtrans.com/reference/get-transaction-status and docs.midtrans.com/reference/refund). The
/// payment's id is the order id there, which is paid once; the payer goes on at Snap's page.
#[derive(Clone, Debug)]
pub struct MidtransClient {
    server_key: SigningSecret,
    sandbox: bool,
}

impl MidtransClient {
    /// The account with that server key.
    pub const fn new(server_key: SigningSecret) -> Self {
        Self { server_key, sandbox: false }
    }

    /// The account with that server key in the sandbox.
    pub const fn sandbox(server_key: SigningSecret) -> Self {
        Self { server_key, sandbox: true }
    }

    fn authorization(&self) -> String {
        basic(self.server_key.text(), "")
    }

    fn host(&self, of: &str) -> String {
        let sandbox = if self.sandbox { "sandbox." } else { "" };
        format!("https://{of}.{sandbox}midtrans.com")
    }
}

impl GatewayClient for MidtransClient {
    fn name(&self) -> &'static str {
        "midtrans"
    }

    fn create_payment(&self, payment: &NewPayment) -> Result<GatewayCall, ClientError> {
        let body = json!({ "transaction_details": { "order_id": payment.payment.to_string(),
            "gross_amount": number(rupiah(payment.amount)?)? },
            "callbacks": { "finish": payment.return_url },
            "custom_field1": payment.description });
        let url = format!("{}/snap/v1/transactions", self.host("app"));
        Ok(GatewayCall::post(url, self.authorization(), &body))
    }

    fn read_created(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.proceed = json::text(&body, "/redirect_url").or_else(|| json::text(&body, "/token"));
        read.gateway_status = json::text(&body, "/error_messages/0");
        read
    }

    fn ask(&self, question: &PaymentQuestion) -> Result<GatewayCall, ClientError> {
        let order = question.payment.to_string();
        let url = format!("{}/v2/{}/status", self.host("api"), encoded(&order));
        Ok(GatewayCall::get(url, self.authorization()))
    }

    fn read_asked(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome_of_question());
        read.outcome = outcome(read.outcome, &body, true);
        read.provider_ref = json::text(&body, "/transaction_id");
        read.gateway_status = status(&body);
        read.facts = facts_of(&Midtrans, &body);
        read
    }

    fn refund(&self, refund: &NewRefund) -> Result<GatewayCall, ClientError> {
        let order = encoded(&refund.payment.payment.to_string());
        let body = json!({ "refund_key": refund.key, "amount": number(rupiah(refund.amount)?)? });
        let url = format!("{}/v2/{order}/refund", self.host("api"));
        Ok(GatewayCall::post(url, self.authorization(), &body))
    }

    fn read_refunded(&self, answer: &CallAnswer) -> ClientAnswer {
        let (mut read, body) = answer.with(answer.outcome());
        read.outcome = outcome(read.outcome, &body, false);
        read.provider_ref = json::text(&body, "/refund_key");
        read.gateway_status = status(&body);
        if read.outcome == GatewayOutcome::Succeeded {
            read.facts = facts_of(&Midtrans, &body);
        }
        read
    }
}

/// An amount as Midtrans takes it: rupiah without decimals. It reads every amount as rupiah.
fn rupiah(amount: Money) -> Result<Money, ClientError> {
    match amount.currency() {
        Currency::IDR => stepped(amount, 100),
        _ => Err(ClientError::Amount),
    }
}

/// Midtrans answers 200 and says in the body whether it was done.
fn outcome(of_http: GatewayOutcome, body: &Value, question: bool) -> GatewayOutcome {
    let code = json::text(body, "/status_code").and_then(|it| it.parse().ok());
    let Some(status) = code.filter(|_| of_http == GatewayOutcome::Succeeded) else {
        return of_http;
    };
    let said = CallAnswer { status, body: Vec::new() };
    // 202 says that a transaction was denied, and is an answer.
    if question { said.outcome_of_question() } else { said.outcome() }
}

fn status(body: &Value) -> Option<String> {
    json::text(body, "/transaction_status").or_else(|| json::text(body, "/status_message"))
}
