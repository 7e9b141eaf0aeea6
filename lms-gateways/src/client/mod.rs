//! Calls to gateways: to create a payment, to ask about one, and to refund it.
//!
//! A [`GatewayClient`] knows the interface of one gateway and does no input or output: it writes a
//! [`GatewayCall`] and reads a [`CallAnswer`]. [`GatewayCalls`] puts it together with the host's
//! [`HttpClient`], which sends calls over HTTPS and follows no redirect; with the feature `reqwest`
//! there is one over `reqwest`. What comes back is a
//! [`ClientAnswer`], which goes to `RecordPaymentAnswer` or `RecordRefundAnswer`: facts as from a
//! webhook, and never a status.
//!
//! A call without an answer, or with one that does not say whether it was done, is
//! [`Unknown`](GatewayOutcome::Unknown): the money may have moved. Every call that moves money
//! carries a key, so that sending it again moves it once.
mod call;
mod midtrans;
#[cfg(feature = "reqwest")]
mod over_reqwest;
mod paypal;
mod razorpay;
mod stripe;
mod xendit;

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use lms_commerce::{
    GatewayOutcome, Payment, PaymentAnswer, PaymentFact, Refund, RefundAnswer, RefundRegister,
};
use lms_kernel::{DomainError, ErrorKind, Id, Money};
use serde_json::Value;

pub use call::{CallAnswer, CallMethod, GatewayCall};
pub use midtrans::MidtransClient;
#[cfg(feature = "reqwest")]
pub use over_reqwest::{ReqwestClient, ReqwestClientError};
pub use paypal::PayPalClient;
pub use razorpay::RazorpayClient;
pub use stripe::StripeClient;
pub use xendit::XenditClient;

/// A payment to be created at a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    /// The payment: the key of the call, so that it is created once.
    pub payment: Id<Payment>,
    /// The amount to take, above zero.
    pub amount: Money,
    /// What the payer reads, such as the order's number.
    pub description: String,
    /// Where the payer comes back to, for gateways that show a page of their own.
    pub return_url: Option<String>,
}

/// A payment to ask a gateway about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentQuestion {
    /// The payment.
    pub payment: Id<Payment>,
    /// The gateway's name for the attempt, where it is known: the payment's `provider_ref`.
    pub provider_ref: Option<String>,
}

/// A refund to be made at a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefund {
    /// The payment that goes back.
    pub payment: PaymentQuestion,
    /// The capture that goes back, by the key of its fact; Razorpay and `PayPal` need it.
    pub capture: Option<String>,
    /// The amount, above zero.
    pub amount: Money,
    /// The key of the call: the refund's `call_key`, which is another one for each attempt.
    pub key: String,
}

/// What a gateway answered.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientAnswer {
    /// The outcome of the call.
    pub outcome: GatewayOutcome,
    /// The gateway's name for the payment or the refund.
    pub provider_ref: Option<String>,
    /// What the gateway called the state, in its own words, or why it refused.
    pub gateway_status: Option<String>,
    /// What follows from the answer, read as from a webhook.
    pub facts: Vec<PaymentFact>,
    /// What the payer goes on with: the address of the gateway's page, or the secret for its form.
    pub proceed: Option<String>,
    /// The whole answer, for the log.
    pub raw: Option<Value>,
}

impl ClientAnswer {
    /// No answer, or one that says nothing.
    pub const fn unknown() -> Self {
        Self {
            outcome: GatewayOutcome::Unknown,
            provider_ref: None,
            gateway_status: None,
            facts: Vec::new(),
            proceed: None,
            raw: None,
        }
    }

    /// The same, where the refunds in it are of that amount, to the minor unit and in its currency;
    /// otherwise the answer does not say whether the refund was made.
    fn matching(self, amount: Money) -> Self {
        let mut refunds = self.facts.iter().filter(|it| it.register().is_some()).peekable();
        if refunds.peek().is_none() || refunds.any(|it| it.amount() == Some(amount)) {
            return self;
        }
        Self { outcome: GatewayOutcome::Unknown, facts: Vec::new(), ..self }
    }

    /// The answer to a payment, for `RecordPaymentAnswer`.
    pub fn of_payment(self, payment: Id<Payment>) -> PaymentAnswer {
        PaymentAnswer {
            payment,
            outcome: self.outcome,
            provider_ref: self.provider_ref,
            gateway_status: self.gateway_status,
            facts: self.facts,
            raw_response: self.raw,
        }
    }

    /// The answer to a refund, for `RecordRefundAnswer`. A refund that the gateway says has failed
    /// is a failure, though the call went through.
    pub fn of_refund(self, refund: Id<Refund>) -> RefundAnswer {
        let register = self.facts.iter().filter_map(PaymentFact::register).max();
        RefundAnswer {
            refund,
            outcome: match register {
                Some(RefundRegister::Failed) => GatewayOutcome::Failed,
                _ => self.outcome,
            },
            provider_ref: self.provider_ref,
            settled: register == Some(RefundRegister::Succeeded),
            raw_response: self.raw,
        }
    }
}

/// Why a call cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The amount is nothing, below zero, or not one that the gateway can write.
    #[error("the amount must be above zero and in a currency and step that the gateway takes")]
    Amount,
    /// The gateway needs the name of the payment or of the capture.
    #[error("`{gateway}` needs the name of the {what}; ask about the payment first")]
    NeedsName {
        /// The gateway.
        gateway: &'static str,
        /// What it needs the name of.
        what: &'static str,
    },
}

impl DomainError for ClientError {
    fn params(&self) -> Vec<(&'static str, Value)> {
        match *self {
            Self::Amount => Vec::new(),
            Self::NeedsName { gateway, what } => {
                vec![("gateway", gateway.into()), ("what", what.into())]
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Amount => "client.amount",
            Self::NeedsName { .. } => "client.needs_name",
        }
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

/// The interface of one gateway, for one account: it writes calls and reads answers.
pub trait GatewayClient: Debug + Send + Sync {
    /// The gateway's name, such as `stripe`.
    fn name(&self) -> &'static str;

    /// The call that creates a payment.
    ///
    /// # Errors
    /// [`ClientError::Amount`].
    fn create_payment(&self, payment: &NewPayment) -> Result<GatewayCall, ClientError>;

    /// The answer to that call.
    fn read_created(&self, answer: &CallAnswer) -> ClientAnswer;

    /// The call that asks for the status of a payment.
    ///
    /// # Errors
    /// [`ClientError::NeedsName`] where the gateway knows payments by its own names only.
    fn ask(&self, question: &PaymentQuestion) -> Result<GatewayCall, ClientError>;

    /// The answer to that question. The outcome for a payment that the gateway does not know is
    /// [`Unknown`](GatewayOutcome::Unknown).
    fn read_asked(&self, answer: &CallAnswer) -> ClientAnswer;

    /// The call that refunds money.
    ///
    /// # Errors
    /// [`ClientError`].
    fn refund(&self, refund: &NewRefund) -> Result<GatewayCall, ClientError>;

    /// The answer to that call.
    fn read_refunded(&self, answer: &CallAnswer) -> ClientAnswer;
}

/// Sends calls over HTTPS: the host's own client.
#[async_trait]
pub trait HttpClient: Debug + Send + Sync {
    /// Sends a call, and answers what came back; `None` when no whole answer came.
    async fn send(&self, call: &GatewayCall) -> Option<CallAnswer>;
}

/// A gateway account that can be called.
#[derive(Clone, Debug)]
pub struct GatewayCalls {
    client: Arc<dyn GatewayClient>,
    http: Arc<dyn HttpClient>,
}

impl GatewayCalls {
    /// The account of that client, called through that HTTP client.
    pub fn new(client: Arc<dyn GatewayClient>, http: Arc<dyn HttpClient>) -> Self {
        Self { client, http }
    }

    /// Creates a payment.
    ///
    /// # Errors
    /// [`ClientError`], before anything is sent.
    pub async fn create_payment(&self, payment: &NewPayment) -> Result<ClientAnswer, ClientError> {
        let call = self.client.create_payment(payment)?;
        let answer = self.http.send(&call).await;
        Ok(answer.map_or_else(ClientAnswer::unknown, |it| self.client.read_created(&it)))
    }

    /// Asks for the status of a payment.
    ///
    /// # Errors
    /// [`ClientError`], before anything is sent.
    pub async fn ask(&self, question: &PaymentQuestion) -> Result<ClientAnswer, ClientError> {
        let call = self.client.ask(question)?;
        let answer = self.http.send(&call).await;
        Ok(answer.map_or_else(ClientAnswer::unknown, |it| self.client.read_asked(&it)))
    }

    /// Refunds money. An answer that names another amount or currency than the refund's is
    /// [`Unknown`](GatewayOutcome::Unknown) and states no facts.
    ///
    /// # Errors
    /// [`ClientError`], before anything is sent.
    pub async fn refund(&self, refund: &NewRefund) -> Result<ClientAnswer, ClientError> {
        let call = self.client.refund(refund)?;
        let answer = self.http.send(&call).await;
        let read = answer.map_or_else(ClientAnswer::unknown, |it| self.client.read_refunded(&it));
        Ok(read.matching(refund.amount))
    }
}
