//! What reconciling announces.
use serde::{Deserialize, Serialize};

use crate::{GatewayAccount, MovementKind, Payment};
use lms_kernel::{Id, Money};
use lms_store::outbox::DomainEvent;

/// A settlement file and the stored payments differ: a person looks at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.settlement_difference_found", subject = GatewayAccount::ENTITY, id = account_id)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettlementDifferenceFound {
    /// The account at the gateway.
    pub account_id: Id<GatewayAccount>,
    /// The line of the file, from 1; `None` where the file does not show what is stored.
    pub line: Option<u64>,
    /// The kind of movement.
    pub movement: MovementKind,
    /// The gateway's names for it.
    pub keys: Vec<String>,
    /// The payment that it is of, where one is known.
    pub payment_id: Option<Id<Payment>>,
    /// The amount in the file.
    pub there: Option<Money>,
    /// The amount that is stored.
    pub here: Option<Money>,
}
