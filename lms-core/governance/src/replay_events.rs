//! Reading the event log again, from a position on.
use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::GovernanceError;
use lms_kernel::{Context, Timestamp};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::{
    outbox::Message,
    {Cursor, PageSize, Query, Transaction},
};

/// A consumer of replayed events, such as a read model that is rebuilt.
pub trait EventHandler: Send {
    /// Takes one event. The message's id tells whether it was taken before.
    ///
    /// # Errors
    /// Why it could not be taken; the replay stops there.
    fn take(&mut self, event: &Message) -> Result<(), String>;
}

/// A handler from a closure that takes everything.
impl<F: FnMut(&Message) + Send> EventHandler for F {
    fn take(&mut self, event: &Message) -> Result<(), String> {
        self(event);
        Ok(())
    }
}

/// How much of the event log is read, and from where.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// After which event; from the first one when there is none.
    pub after: Option<Cursor>,
    /// Only events of these kinds, such as `commerce.order_completed`; all when there are none.
    pub kinds: BTreeSet<String>,
    /// Only events that happened before then. What happened just now may still be followed by
    /// the commit of something that happened earlier.
    pub before: Timestamp,
    /// How many events at most.
    pub chunk: PageSize,
}

impl Replay {
    /// How long ago an event must have happened so that none comes before it any more, as long
    /// as no transaction runs for longer: one minute.
    pub const SETTLED_SECONDS: i64 = 60;

    /// From the first event on, up to those of a minute ago.
    pub fn from_start(cx: &Context) -> Self {
        let before = cx.now().saturating_sub(TimeDelta::seconds(Self::SETTLED_SECONDS));
        Self { after: None, kinds: BTreeSet::new(), before, chunk: PageSize::MAX }
    }
}

/// How far a replay came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replayed {
    /// How many events were taken.
    pub taken: u64,
    /// The place after the last one, from which the next replay goes on; the handler keeps it
    /// with what it built.
    pub position: Option<Cursor>,
    /// Whether there is more to read now.
    pub has_more: bool,
}

/// Hands events of the log to a handler, in the order of their ids, which is the order in which
/// they happened; whether they were relayed or not. Nothing is changed, so it may be repeated.
///
/// # Errors
/// [`GovernanceError::NotTaken`] where the handler refuses an event.
pub async fn replay_events(
    tx: &mut Transaction,
    replay: Replay,
    handler: &mut dyn EventHandler,
) -> Result<Replayed, GovernanceError> {
    authorize_on(tx, Permission::AUDIT_VIEW, &TheTenant).await?;
    let mut query = Query::filter(Message::OCCURRED_AT.lt(replay.before));
    if !replay.kinds.is_empty() {
        query = query.and(Message::KIND.is_in(replay.kinds));
    }
    let query = query.page(replay.chunk, replay.after.clone());
    let select = query.clone().into_select();
    let page = tx.page(query).await?;
    let mut replayed = Replayed { taken: 0, position: replay.after, has_more: page.next.is_some() };
    for event in &page.items {
        handler.take(event).map_err(|reason| {
            let reason = reason.chars().take(500).collect();
            GovernanceError::NotTaken { event: event.id.uuid(), reason }
        })?;
        replayed.taken += 1;
    }
    if let Some(last) = page.items.last() {
        replayed.position = Some(Cursor::after(&select, &lms_store::Record::to_row(last)));
    }
    Ok(replayed)
}
