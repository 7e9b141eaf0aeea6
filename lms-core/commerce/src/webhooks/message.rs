//! A received webhook, as a record.
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    GatewayAccount, NextAction, ReportedFact, WebhookNotice, WebhookRequest, WebhookStatus,
};
use lms_kernel::{Context, EntityKind, Id, Timestamp};
use lms_store::{Direction, Lock, LogStamp, PageSize, Query, Record};

/// A message from a gateway, stored before it is processed. One row per event and account, however
/// often it is sent.
///
/// It is verified, stored and acknowledged in the request of the gateway; a worker claims and
/// applies it later, in a transaction of its own, with retries.
///
/// # Pitfalls
/// - Verify the raw bytes of the body. A framework that parses and prints JSON again breaks the
///   signature.
/// - An unknown event is stored as ignored and can be replayed after an update of the library.
/// - Bodies may name the payer; a job empties them after the retention time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "webhook_messages",
    unaudited,
    unique_always(account_id, deduplication_key),
    index(status),
    index(next_action_at)
)]
pub struct WebhookMessage {
    /// The message's id.
    pub id: Id<WebhookMessage>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// Whose it is.
    pub account_id: Id<GatewayAccount>,
    /// Tells it from every other event of the account.
    pub deduplication_key: String,
    /// The gateway's name for the kind of event.
    pub event_type: String,
    /// The body as it came; empty for one that was not believed.
    #[record(personal)]
    pub body: String,
    /// What it says, in the library's terms.
    #[record(json)]
    pub facts: Vec<ReportedFact>,
    /// Whether the gateway is asked before it is believed whole.
    pub confirm_by_asking: bool,
    /// Its status.
    pub status: WebhookStatus,
    /// Which claim it is under, while a worker has it.
    pub claim: Option<Uuid>,
    /// How often applying it has failed or was put off.
    pub attempts: u32,
    /// When a worker may take it; while one has it, when its lease ends.
    pub next_action_at: NextAction,
    /// The reason for its status.
    pub reason: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
    /// When what it says was applied.
    pub processed_at: Option<Timestamp>,
}

/// The longest key and the longest reason that are kept, in characters.
const LONGEST: usize = 300;

impl WebhookMessage {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("webhook_message");

    /// How many notes of messages that were not believed an account has at most: one for each two
    /// hexadecimal digits that a digest begins with.
    pub const MAX_REJECTED: usize = 256;

    /// A message that no one has understood yet.
    pub fn new(cx: &Context, account: Id<GatewayAccount>, request: &WebhookRequest<'_>) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            account_id: account,
            deduplication_key: format!("sha256:{}", digest(request.body())),
            event_type: String::new(),
            body: String::from_utf8_lossy(request.body()).replace('\0', "\u{fffd}"),
            facts: Vec::new(),
            confirm_by_asking: false,
            status: WebhookStatus::Received,
            claim: None,
            attempts: 0,
            next_action_at: NextAction::at(cx.now()),
            reason: None,
            received_at: cx.now(),
            processed_at: None,
        }
    }

    /// The same, with what it says.
    #[must_use]
    pub fn saying(mut self, notice: WebhookNotice) -> Self {
        self.deduplication_key = kept_key(&notice.deduplication_key);
        self.event_type = shortened(&notice.event_type);
        self.facts = notice.facts;
        self.confirm_by_asking = notice.confirm_by_asking;
        self
    }

    /// The same where nothing more is done with it, for that reason.
    #[must_use]
    pub fn resting(mut self, status: WebhookStatus, reason: &str) -> Self {
        self.status = status;
        self.claim = None;
        self.next_action_at = NextAction::NEVER;
        self.reason = Some(shortened(reason));
        self
    }

    /// The same, which was not believed. Those whose bodies have digests that begin alike share a
    /// key, so that an account has a limited number of them.
    pub(super) fn rejected(mut self, reason: &str) -> Self {
        let digest = digest(self.body.as_bytes());
        let kind: String = digest.chars().take(2).collect();
        self.deduplication_key = format!("rejected:{kind}");
        self.body.clear();
        self.resting(WebhookStatus::Rejected, reason)
    }

    /// Whether both say the same. Gateways may change what does not matter when they send an event
    /// again, such as how many deliveries are outstanding.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.event_type == other.event_type && self.facts == other.facts
    }

    /// The message of an account with that key.
    pub fn by_key(account: Id<GatewayAccount>, key: &str) -> Query<Self> {
        Query::filter(Self::ACCOUNT_ID.eq(account).and(Self::DEDUPLICATION_KEY.eq(key.to_owned())))
    }

    /// The messages that a worker may take, the longest waiting first, without those that another
    /// one is taking.
    pub fn due(now: Timestamp, limit: PageSize) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
            .limit(limit)
            .lock(Lock::SkipLocked)
    }

    /// The messages with that status, the latest first.
    pub fn standing(status: WebhookStatus) -> Query<Self> {
        Query::filter(Self::STATUS.eq(status)).order_by(Self::RECEIVED_AT, Direction::Desc)
    }
}

/// A key as it is stored: as it is, or by its digest where it is too long, so that two keys never
/// become one.
fn kept_key(key: &str) -> String {
    let kept = shortened(key);
    if kept == key { kept } else { format!("sha256:{}", digest(key.as_bytes())) }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) fn shortened(text: &str) -> String {
    text.chars().filter(|it| *it != '\0').take(LONGEST).collect()
}
