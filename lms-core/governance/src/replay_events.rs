//! Reading the event log again, from a position on.
use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::GovernanceError;
use lms_kernel::{Context, Timestamp};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::{
    Record as _,
    operation::{Access, Effect, Operation, operation},
    outbox::Message,
    {Cursor, PageSize, Query, Transaction},
};

/// Reads a part of the event log, in the order of the ids, which is the order in which the events
/// happened; whether they were relayed or not. Nothing is changed, so it may be repeated, such as to
/// build a read model anew.
///
/// # Errors
/// [`GovernanceError`].
#[operation("governance.replay_events")]
pub struct ReplayEvents {
    /// After which event; from the first one when there is none.
    #[serde(default)]
    pub after: Option<Cursor>,
    /// Only events of these kinds, such as `commerce.order_completed`; all when there are none.
    #[serde(default)]
    pub kinds: BTreeSet<String>,
    /// Only events that happened before then. What happened just now may still be followed by
    /// the commit of an event that happened earlier.
    pub before: Timestamp,
    /// How many events at most.
    pub chunk: PageSize,
}

impl ReplayEvents {
    /// How long ago an event must have happened so that none comes before it any more, as long
    /// as no transaction runs for longer: one minute.
    pub const SETTLED_SECONDS: i64 = 60;

    /// From the first event on, up to those of a minute ago.
    pub fn from_start(cx: &Context) -> Self {
        let before = cx.now().saturating_sub(TimeDelta::seconds(Self::SETTLED_SECONDS));
        Self { after: None, kinds: BTreeSet::new(), before, chunk: PageSize::MAX }
    }
}

/// A part of the event log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReplayedEvents {
    /// The events, in their order. The id of a message tells whether it was taken before.
    pub events: Vec<Message>,
    /// The place after the last one, from which the next part is read; a read model saves it with
    /// what it built.
    pub position: Option<Cursor>,
    /// Whether there is more to read now.
    pub has_more: bool,
}

impl Operation for ReplayEvents {
    const ACCESS: Access = Access::Asks(&[Permission::AUDIT_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = ReplayedEvents;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<ReplayedEvents, GovernanceError> {
        authorize_on(tx, Permission::AUDIT_VIEW, &TheTenant).await?;
        let mut query = Query::filter(Message::OCCURRED_AT.lt(self.before));
        if !self.kinds.is_empty() {
            query = query.and(Message::KIND.is_in(self.kinds));
        }
        let query = query.page(self.chunk, self.after.clone());
        let select = query.clone().into_select();
        let page = tx.page(query).await?;
        let last = page.items.last().map(|it| Cursor::after(&select, &it.to_row()));
        let (position, has_more) = (last.or(self.after), page.next.is_some());
        Ok(ReplayedEvents { events: page.items, position, has_more })
    }
}
