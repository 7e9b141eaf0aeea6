//! Messages that leave: claimed by one relay, given back when it dies.
use std::collections::BTreeMap;

use lms_core::{
    kernel::{Context, DomainError as _, Id},
    outbox::{Message, MessageStatus, Relay, RelayError, claim_messages, mark_failed, mark_sent},
    store::{PageSize, Query, Writers},
};

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq},
    specimens::{message, seconds_after},
    stage::{Stage, insist, join_all, wait_a_little},
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_claimed_message_is_not_claimed_again,
        two_relays_never_share_a_message,
        a_dead_relay_gives_its_messages_back,
        a_failed_message_waits_and_is_given_up_at_last,
        many_relays_hand_over_each_message_once,
    ]
}

/// How often a claim is tried again.
const PATIENCE: usize = 200;

fn relay(batch: u32) -> Relay {
    Relay { batch: PageSize::new(batch), ..Relay::default() }
}

async fn queued(stage: &Stage, cx: &Context, count: usize) -> Outcome<Vec<Message>> {
    let records: Vec<_> = (0..count).map(|_| message(cx, "queued")).collect();
    stage.save_all(cx, &records).await?;
    Ok(records)
}

async fn claim(stage: &Stage, cx: &Context, relay: &Relay) -> Outcome<Vec<Message>> {
    let mut tx = stage.begin(cx).await?;
    let claimed = claim_messages(&mut tx, relay).await?;
    tx.commit().await?;
    Ok(claimed)
}

async fn a_claimed_message_is_not_claimed_again(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let expected: Vec<_> = queued(&stage, &cx, 5).await?.iter().map(|it| it.id).collect();
    let first: Vec<_> = claim(&stage, &cx, &relay(3)).await?.iter().map(|it| it.id).collect();
    let second: Vec<_> = claim(&stage, &cx, &relay(3)).await?.iter().map(|it| it.id).collect();
    ensure_eq!((first.len(), second.len()), (3, 2), "claims");
    ensure_eq!([first, second].concat(), expected, "each once, those waiting longest first");
    ensure_eq!(claim(&stage, &cx, &relay(3)).await?, [], "nothing is left");
    Ok(())
}

/// A backend without row locks may hand the same messages to both; then the second commit loses.
/// Where one writes at a time, the second waits for the first.
async fn two_relays_never_share_a_message(stage: Stage) -> Outcome {
    let cx = stage.cx();
    queued(&stage, &cx, 6).await?;
    let relay = relay(3);
    let (mut one, mut two) = (stage.begin(&cx).await?, stage.begin(&cx).await?);
    let mine = claim_messages(&mut one, &relay).await?;
    let mut late = tokio::spawn(async move {
        let claimed = claim_messages(&mut two, &relay).await;
        (two, claimed)
    });
    let mut yours = None;
    match stage.store.backend().writers() {
        Writers::Many => yours = Some((&mut late).await?),
        Writers::One => wait_a_little().await,
    }
    let mut claims: BTreeMap<Id<Message>, usize> = BTreeMap::new();
    let mut count = |batch: Vec<Message>| {
        batch.iter().for_each(|it| *claims.entry(it.id).or_default() += 1);
    };
    one.commit().await?;
    count(mine);
    let (two, yours) = match yours {
        Some(claimed) => claimed,
        None => late.await?,
    };
    let second = async {
        let batch = yours?;
        two.commit().await?;
        Ok::<_, RelayError>(batch)
    };
    match second.await {
        Ok(batch) => count(batch),
        Err(error) => ensure!(error.is_lost_race(), "not a lost race: {error:?}"),
    }
    ensure!(claims.values().all(|it| *it == 1), "a message was claimed twice");
    ensure!(claims.len() == 3 || claims.len() == 6, "{} messages were claimed", claims.len());
    Ok(())
}

async fn a_dead_relay_gives_its_messages_back(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let expected: Vec<_> = queued(&stage, &cx, 3).await?.iter().map(|it| it.id).collect();
    let mut dying = stage.begin(&cx).await?;
    ensure_eq!(claim_messages(&mut dying, &relay(3)).await?.len(), 3, "claimed");
    drop(dying);
    // A backend may take a moment to notice.
    let mut claimed = 0;
    for _ in 0..PATIENCE {
        claimed += claim(&stage, &cx, &relay(3)).await?.len();
        if claimed == 3 {
            break;
        }
        wait_a_little().await;
    }
    ensure_eq!(claimed, 3, "it died before it committed");

    let lease = relay(3).lease_seconds;
    let early = cx.clone().at(seconds_after(&cx, lease - 1));
    ensure_eq!(claim(&stage, &early, &relay(3)).await?, [], "the claim still holds");
    let late = cx.clone().at(seconds_after(&cx, lease));
    let again: Vec<_> = claim(&stage, &late, &relay(3)).await?.iter().map(|it| it.id).collect();
    ensure_eq!(again, expected, "it died after it committed");
    Ok(())
}

async fn a_failed_message_waits_and_is_given_up_at_last(stage: Stage) -> Outcome {
    let mut cx = stage.cx();
    let message = queued(&stage, &cx, 1).await?;
    let Some(id) = message.first().map(|it| it.id) else { return Ok(()) };
    let relay = Relay { max_attempts: 3, backoff_seconds: 5, ..relay(1) };
    for wait in [5, 10] {
        let mut claimed = claim(&stage, &cx, &relay).await?;
        ensure_eq!(claimed.len(), 1, "it is due");
        let mut tx = stage.begin(&cx).await?;
        for message in &mut claimed {
            mark_failed(&mut tx, &relay, message).await?;
        }
        tx.commit().await?;
        let early = cx.clone().at(seconds_after(&cx, wait - 1));
        ensure_eq!(claim(&stage, &early, &relay).await?, [], "it waits {wait} s");
        cx = cx.clone().at(seconds_after(&cx, wait));
    }
    let mut claimed = claim(&stage, &cx, &relay).await?;
    let mut tx = stage.begin(&cx).await?;
    for message in &mut claimed {
        mark_failed(&mut tx, &relay, message).await?;
    }
    tx.commit().await?;
    let found = stage.stored(&cx, id).await?.map(|it| (it.status, it.attempts));
    ensure_eq!(found, Some((MessageStatus::Dead, 3)), "given up");
    let late = cx.clone().at(seconds_after(&cx, 1_000_000));
    ensure_eq!(claim(&stage, &late, &relay).await?, [], "a message that was given up");
    Ok(())
}

async fn many_relays_hand_over_each_message_once(stage: Stage) -> Outcome {
    const MESSAGES: usize = 120;
    const RELAYS: usize = 6;
    let cx = stage.cx();
    queued(&stage, &cx, MESSAGES).await?;
    let drain = |_| {
        let (stage, cx) = (stage.clone(), stage.cx_of(cx.tenant()));
        tokio::spawn(async move {
            let (relay, mut sent) = (relay(7), Vec::new());
            loop {
                let claimed = insist(&stage.store, &cx, |tx| {
                    Box::pin(async move { claim_messages(tx, &relay).await })
                })
                .await?;
                if claimed.is_empty() {
                    return Ok::<_, RelayError>(sent);
                }
                let mut tx = stage.begin(&cx).await?;
                for mut message in claimed {
                    mark_sent(&mut tx, &mut message).await?;
                    sent.push(message.id);
                }
                tx.commit().await?;
            }
        })
    };
    let mut sent = Vec::new();
    for relay in join_all((0..RELAYS).map(drain).collect()).await? {
        sent.extend(relay?);
    }
    let handed = sent.len();
    sent.sort_unstable();
    sent.dedup();
    ensure_eq!((handed, sent.len()), (MESSAGES, MESSAGES), "handed over, and different ones");
    let pending = Query::filter(Message::STATUS.eq(MessageStatus::Pending));
    ensure_eq!(stage.begin(&cx).await?.count(pending).await?, 0, "left behind");
    Ok(())
}
