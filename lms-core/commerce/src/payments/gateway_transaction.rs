//! The log of calls to gateways.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::Payment;
use lms_kernel::{Context, Id, Timestamp};
use lms_store::{Direction, LogStamp, Query, Record};

/// The outcome of a call to a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum GatewayOutcome {
    /// It is about to be made. Committed before the call, so that no call is ever forgotten.
    Initiated,
    /// The gateway did what it was asked.
    Succeeded,
    /// The gateway refused.
    Failed,
    /// No answer came: it may have happened. Settled by asking, never taken for a failure.
    Unknown,
}

/// One line in the log of what passed between us and a gateway. Append-only: the outcome of a call
/// is another line with the same call id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "gateway_transactions",
    unaudited,
    unique_always(call, outcome),
    index(payment_id),
    index(gateway, transaction_id)
)]
pub struct GatewayTransaction {
    /// The line's id.
    pub id: Id<GatewayTransaction>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The payment it is about.
    pub payment_id: Id<Payment>,
    /// The call: all lines about one call share it, and the gateway is given it as the
    /// idempotency key.
    pub call: String,
    /// The gateway and the tenant's account there, such as `xendit/main`.
    pub gateway: String,
    /// The call, such as `charge` or `refund`.
    pub operation: String,
    /// The gateway's name for the transaction, once it is known.
    pub transaction_id: Option<String>,
    /// The outcome of the call.
    #[record(open)]
    pub outcome: GatewayOutcome,
    /// What the gateway called that, in its own words.
    pub gateway_status: Option<String>,
    /// The gateway's whole answer.
    #[record(personal)]
    pub raw_response: Option<serde_json::Value>,
    /// When it was logged.
    pub occurred_at: Timestamp,
}

impl GatewayTransaction {
    /// The line that is committed before a call is made.
    pub fn initiated(cx: &Context, payment: Id<Payment>, gateway: &str, operation: &str) -> Self {
        let id: Id<Self> = cx.id();
        Self {
            id,
            stamp: LogStamp::new(cx),
            payment_id: payment,
            call: id.to_string(),
            gateway: gateway.to_owned(),
            operation: operation.to_owned(),
            transaction_id: None,
            outcome: GatewayOutcome::Initiated,
            gateway_status: None,
            raw_response: None,
            occurred_at: cx.now(),
        }
    }

    /// The line that says the outcome of this call.
    pub fn answered(&self, cx: &Context, outcome: GatewayOutcome) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            outcome,
            occurred_at: cx.now(),
            ..self.clone()
        }
    }

    /// The log of one payment, in order.
    pub fn of_payment(payment: Id<Payment>) -> Query<Self> {
        Query::filter(Self::PAYMENT_ID.eq(payment)).order_by(Self::OCCURRED_AT, Direction::Asc)
    }

    /// The lines about one call, in order.
    pub fn of_call(call: &str) -> Query<Self> {
        Query::filter(Self::CALL.eq(call.to_owned())).order_by(Self::OCCURRED_AT, Direction::Asc)
    }
}
