//! Gateway accounts of a tenant, and their secrets.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::webhooks::StoredSecret;
use lms_kernel::{Context, EntityKind, Id, Timestamp};
use lms_store::{Direction, Filter, Query, Record, Stamp};

/// Whether an account takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum GatewayAccountStatus {
    /// Its webhooks are heard.
    Open,
    /// They are refused.
    Closed,
}

/// A tenant's account with a payment gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "gateway_accounts", unique(gateway, name))]
pub struct GatewayAccount {
    /// The account's id: the address of its webhooks names it.
    pub id: Id<GatewayAccount>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The gateway, such as `stripe`.
    pub gateway: String,
    /// The tenant's name for the account, such as `main`.
    pub name: String,
    /// Whether it takes part.
    pub status: GatewayAccountStatus,
}

impl GatewayAccount {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("gateway_account");

    /// An open account.
    pub fn new(cx: &Context, gateway: &str, name: &str) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            gateway: gateway.to_owned(),
            name: name.to_owned(),
            status: GatewayAccountStatus::Open,
        }
    }

    /// How payments name it: the gateway and the account, such as `stripe/main`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.gateway, self.name)
    }
}

/// A secret that an account and its gateway share. During a rotation there are two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "gateway_secrets", unaudited, index(account_id))]
pub struct GatewaySecret {
    /// The secret's id.
    pub id: Id<GatewaySecret>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Whose it is.
    pub account_id: Id<GatewayAccount>,
    /// The secret.
    #[record(secret)]
    pub secret: StoredSecret,
    /// Since when it holds.
    pub since: Timestamp,
    /// Up to when it still verifies, once another one has taken its place.
    pub retires_at: Option<Timestamp>,
}

impl GatewaySecret {
    /// A secret that holds until another one takes its place.
    pub fn new(cx: &Context, account: Id<GatewayAccount>, secret: StoredSecret) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            account_id: account,
            secret,
            since: cx.now(),
            retires_at: None,
        }
    }

    /// The secrets of an account that hold at that time, the latest first.
    pub fn holding(account: Id<GatewayAccount>, now: Timestamp) -> Query<Self> {
        let holds = Filter::any([Self::RETIRES_AT.is_null(), Self::RETIRES_AT.is_ge(now)]);
        Query::filter(Self::ACCOUNT_ID.eq(account).and(holds))
            .order_by(Self::SINCE, Direction::Desc)
    }
}
