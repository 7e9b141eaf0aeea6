//! Messages that leave while the server is killed: each arrives at least once, and a receiver
//! that stores their ids acts on each once.
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::TimeDelta;
use lms_core::{
    kernel::{Context, Id},
    outbox::{Message, MessageStatus, Relay, RelayError, claim_messages, mark_sent},
    store::{PageSize, Query, Store},
};

use crate::school::School;

/// What arrived at the other end, and how often.
#[derive(Default)]
pub(crate) struct Post {
    arrived: Mutex<BTreeMap<Id<Message>, usize>>,
    /// How often relays began anew.
    lives: AtomicI64,
}

fn relay() -> Relay {
    Relay { batch: PageSize::new(5), ..Relay::default() }
}

impl Post {
    /// Relays begin anew, later than the claims of those that died hold.
    pub(crate) fn begin_anew(&self) {
        self.lives.fetch_add(1, Ordering::SeqCst);
    }

    fn cx(&self, school: &School) -> Context {
        let seconds = self.lives.load(Ordering::SeqCst) * (relay().lease_seconds + 1);
        let now = school.cx.now().saturating_add(TimeDelta::seconds(seconds));
        school.cx.clone().at(now)
    }

    /// Claims messages, hands each over and marks it; returns how many.
    pub(crate) async fn hand_over(
        &self,
        store: &Store,
        school: &School,
    ) -> Result<usize, RelayError> {
        let cx = self.cx(school);
        let mut tx = store.begin(&cx).await?;
        let mut claimed = claim_messages(&mut tx, &relay()).await?;
        tx.commit().await?;
        for message in &mut claimed {
            *self.arrived.lock().unwrap().entry(message.id).or_default() += 1;
            let mut tx = store.begin(&cx).await?;
            mark_sent(&mut tx, message).await?;
            tx.commit().await?;
        }
        Ok(claimed.len())
    }

    /// Hands the rest over: then every message has arrived, and nothing that is not stored has.
    /// Returns how many there are and how many of them arrived more than once.
    pub(crate) async fn everything_arrives(
        &self,
        store: &Store,
        school: &School,
    ) -> (usize, usize) {
        self.begin_anew();
        while self.hand_over(store, school).await.unwrap() > 0 {}
        let mut tx = store.begin(&school.cx).await.unwrap();
        let messages = tx.all(Query::<Message>::all()).await.unwrap();
        assert!(messages.iter().all(|it| it.status == MessageStatus::Sent));
        let mut stored: Vec<_> = messages.iter().map(|it| it.id).collect();
        stored.sort_unstable();
        let arrived = self.arrived.lock().unwrap();
        assert_eq!(arrived.keys().copied().collect::<Vec<_>>(), stored);
        (stored.len(), arrived.values().filter(|times| **times > 1).count())
    }
}
