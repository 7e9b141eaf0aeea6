//! One entry of the audit trail.
use chrono::TimeDelta;
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    audit::EntryProof,
    {Direction, LogStamp, Query, Record},
};
use lms_kernel::{Actor, ActorId, Context, EntityRef, Id, Timestamp};

/// The action that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum Action {
    /// A record was added.
    Create,
    /// A record was changed.
    Update,
    /// A record was deleted, and can be restored.
    Delete,
    /// A deleted record was brought back.
    Restore,
    /// A record was removed for good.
    Purge,
    /// Someone signed in.
    Login,
    /// Someone signed out.
    Logout,
    /// A person's data were anonymised.
    Erase,
    /// Data were exported.
    Export,
    /// Someone was refused.
    Denied,
}

/// One entry of the audit trail: actor, action, record, time, and the change.
///
/// Changes commit with the work; a denial is stored although its work is rolled back.
///
/// # Pitfalls
/// - High-volume records, such as saved answers, are declared `unaudited` and leave none.
/// - Its personal parts are removed when a person is erased; the entry itself stays.
/// - Entries are protected against later changes once a seal covers them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "audit_entries",
    kind = "audit_entry",
    unaudited,
    index(entity_kind, entity_id),
    index(actor_id, occurred_at),
    index(seal, occurred_at)
)]
pub struct AuditEntry {
    /// The entry's id.
    pub id: Id<AuditEntry>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The action that was taken.
    pub action: Action,
    /// The user or integration who did it; no one for work of the system.
    pub actor_id: Option<ActorId>,
    /// `user`, `system:<name>` or `anonymous`.
    pub actor_kind: String,
    /// The [operation](crate::operation) that it was done in, such as `commerce.place_order`: the
    /// one that the host ran, also where that one ran others; none for work outside of operations,
    /// such as that of a job or of the host itself.
    pub operation: Option<String>,
    /// The kind of record it was done to, such as `order`.
    pub entity_kind: String,
    /// The record; none for an attempt that named no record.
    pub entity_id: Option<Uuid>,
    /// The changes, as `{field: {"old": …, "new": …}}`; for a denial, the permission asked for and
    /// the reason.
    #[record(personal)]
    pub changes: serde_json::Value,
    /// The host's request id, as it was in the context.
    pub request: Option<String>,
    /// The address the request came from, where the host says so.
    #[record(personal)]
    pub ip_address: Option<String>,
    /// The program the request came from, where the host says so.
    #[record(personal)]
    pub user_agent: Option<String>,
    /// When it was done.
    pub occurred_at: Timestamp,
    /// The number of the [seal](crate::audit::AuditSeal) that covers it; none while it waits for
    /// one.
    pub seal: Option<i64>,
    /// What it is checked against its seal with; none while it waits for one.
    #[record(json)]
    pub proof: Option<EntryProof>,
}

impl AuditEntry {
    /// The entry for what the actor of `cx` did. The transaction that it is noted in
    /// ([`Transaction::record_audit`](crate::Transaction::record_audit)) names its operation.
    pub fn of(
        cx: &Context,
        action: Action,
        entity_kind: &str,
        entity_id: impl Into<Option<Uuid>>,
        changes: serde_json::Value,
    ) -> Self {
        let actor_kind = match cx.actor() {
            Actor::System { name } => format!("system:{name}"),
            Actor::User(_) => "user".to_owned(),
            Actor::Anonymous => "anonymous".to_owned(),
        };
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            action,
            actor_id: cx.actor_id(),
            actor_kind,
            operation: None,
            entity_kind: entity_kind.to_owned(),
            entity_id: entity_id.into(),
            changes,
            request: cx.request().map(|it| it.as_str().to_owned()),
            ip_address: cx.client().and_then(|it| it.ip_address).map(|it| it.to_string()),
            user_agent: cx.client().and_then(|it| it.user_agent.clone()),
            occurred_at: cx.now(),
            seal: None,
            proof: None,
        }
    }

    /// The most refusals of people who have not signed in that the trail of a tenant takes in an
    /// hour. More say nothing new, and strangers must not fill the store.
    pub const MOST_DENIALS_OF_STRANGERS: u64 = 100;

    /// The refusals of people who had not signed in, in the hour up to `now`.
    pub(crate) fn denials_of_strangers(now: Timestamp) -> Query<Self> {
        let hour = Self::OCCURRED_AT.gt(now.saturating_sub(TimeDelta::hours(1)));
        let strangers = Self::ACTOR_ID.is_null().and(Self::ACTOR_KIND.eq("anonymous".to_owned()));
        Query::filter(strangers.and(Self::ACTION.eq(Action::Denied)).and(hour))
    }

    /// How many more the trail takes, where it has so many.
    pub(crate) fn room_for_strangers(known: u64) -> usize {
        let room = Self::MOST_DENIALS_OF_STRANGERS.saturating_sub(known);
        usize::try_from(room).unwrap_or(usize::MAX)
    }

    /// The entry's position among others: by time, then by id.
    pub fn position(&self) -> (Timestamp, Uuid) {
        (self.occurred_at, self.id.uuid())
    }

    /// The entries that a seal covers, in their order.
    pub fn of_seal(sequence: i64) -> Query<Self> {
        Query::filter(Self::SEAL.is(sequence)).order_by(Self::OCCURRED_AT, Direction::Asc)
    }

    /// The entries of before `before` that no seal covers yet, in their order.
    pub fn unsealed(before: Timestamp) -> Query<Self> {
        Query::filter(Self::SEAL.is_null().and(Self::OCCURRED_AT.lt(before)))
            .order_by(Self::OCCURRED_AT, Direction::Asc)
    }

    /// The entries about one record, latest first.
    pub fn about(entity: &EntityRef) -> Query<Self> {
        let same = Self::ENTITY_KIND.eq(entity.kind.to_string()).and(Self::ENTITY_ID.is(entity.id));
        Query::filter(same).order_by(Self::ID, Direction::Desc)
    }
}

/// A refused attempt, to be noted although its work is rolled back.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial {
    /// The denied request, such as a permission key.
    pub asked: String,
    /// Why it was refused.
    pub reason: String,
    /// The kind of record it was asked about.
    pub entity_kind: String,
    /// The record.
    pub entity_id: Option<Uuid>,
}

impl Denial {
    pub(crate) fn entry(&self, cx: &Context) -> AuditEntry {
        let why = serde_json::json!({ "asked": self.asked, "reason": self.reason });
        AuditEntry::of(cx, Action::Denied, &self.entity_kind, self.entity_id, why)
    }
}
