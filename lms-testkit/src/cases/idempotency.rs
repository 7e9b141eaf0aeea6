//! Commands that take effect once, however often they are sent.
use lms_core::{
    kernel::Context,
    outbox::Message,
    store::{
        Applied, IdempotencyError, IdempotencyKey, IdempotencyRecord, Query, Store, StoreError,
    },
};

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::message,
    stage::{Stage, insist, join_all},
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_command_takes_effect_once,
        a_key_with_other_parameters_is_refused,
        a_key_of_another_command_is_refused,
        a_key_is_free_after_failed_work,
        a_key_belongs_to_its_tenant,
        many_deliveries_have_one_effect_and_one_answer,
    ]
}

/// Stores a message under the key, and answers with its kind and the number of the caller.
async fn deliver(
    store: &Store,
    cx: &Context,
    key: &IdempotencyKey,
    caller: u32,
) -> Result<Applied<(String, u32)>, IdempotencyError> {
    insist(store, cx, |tx| {
        let (cx, key) = (cx.clone(), key.clone());
        Box::pin(async move {
            let effect = message(&cx, "effect");
            tx.once(&key, |tx| {
                Box::pin(async move {
                    tx.insert(&effect).await?;
                    Ok((effect.kind, caller))
                })
            })
            .await
        })
    })
    .await
}

async fn effects(stage: &Stage, cx: &Context) -> Result<u64, StoreError> {
    stage.begin(cx).await?.count(Query::<Message>::all()).await
}

async fn a_command_takes_effect_once(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let key = IdempotencyKey::new("key", "parameters")?;
    let first = deliver(&stage.store, &cx, &key, 1).await?;
    ensure_eq!(first, Applied::Executed(("effect".to_owned(), 1)), "the first delivery");
    for caller in 2..5 {
        let again = deliver(&stage.store, &cx, &key, caller).await?;
        ensure_eq!(again, Applied::AlreadyApplied(("effect".to_owned(), 1)), "delivery {caller}");
    }
    ensure_eq!(effects(&stage, &cx).await?, 1, "effects");
    Ok(())
}

async fn a_key_with_other_parameters_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    deliver(&stage.store, &cx, &IdempotencyKey::new("key", "parameters")?, 1).await?;
    let other = IdempotencyKey::new("key", "other parameters")?;
    let refused = deliver(&stage.store, &cx, &other, 2).await;
    ensure_refused!(refused, IdempotencyError::OtherParameters, "other parameters");
    ensure_eq!(effects(&stage, &cx).await?, 1, "effects");
    Ok(())
}

async fn a_key_of_another_command_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let key = IdempotencyKey::new("key", "parameters")?;
    deliver(&stage.store, &cx, &key, 1).await?;
    let mut tx = stage.begin(&cx).await?;
    let other: Result<Applied<u64>, IdempotencyError> =
        tx.once(&key, |_| Box::pin(async { Ok(7) })).await;
    ensure_refused!(other, IdempotencyError::OtherCommand, "another command's answer");
    Ok(())
}

async fn a_key_is_free_after_failed_work(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let key = IdempotencyKey::new("key", "parameters")?;
    let (inner, of) = (key.clone(), cx.clone());
    let failed: Result<Applied<()>, IdempotencyError> = stage
        .store
        .transact(&cx, |tx| {
            let (key, cx) = (inner.clone(), of.clone());
            Box::pin(async move {
                let lost = message(&cx, "lost");
                tx.once(&key, |tx| {
                    Box::pin(async move {
                        tx.insert(&lost).await?;
                        Err(StoreError::ForeignCursor.into())
                    })
                })
                .await
            })
        })
        .await;
    ensure!(failed.is_err(), "failed work was taken for done");
    ensure_eq!(effects(&stage, &cx).await?, 0, "effects of failed work");
    let keys = stage.begin(&cx).await?.count(Query::<IdempotencyRecord>::all()).await?;
    ensure_eq!(keys, 0, "keys of failed work");
    let done = deliver(&stage.store, &cx, &key, 2).await?;
    ensure_eq!(done, Applied::Executed(("effect".to_owned(), 2)), "the repetition");
    Ok(())
}

async fn a_key_belongs_to_its_tenant(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let key = IdempotencyKey::new("key", "parameters")?;
    deliver(&stage.store, &ours, &key, 1).await?;
    let done = deliver(&stage.store, &theirs, &key, 2).await?;
    ensure_eq!(done, Applied::Executed(("effect".to_owned(), 2)), "another tenant's command");
    Ok(())
}

async fn many_deliveries_have_one_effect_and_one_answer(stage: Stage) -> Outcome {
    const DELIVERIES: u32 = 100;
    let cx = stage.cx();
    let key = IdempotencyKey::new("key", "parameters")?;
    let send = |caller: u32| {
        let (store, cx, key) = (stage.store.clone(), stage.cx_of(cx.tenant()), key.clone());
        tokio::spawn(async move { deliver(&store, &cx, &key, caller).await })
    };
    let (mut executed, mut answers) = (0, Vec::new());
    for done in join_all((0..DELIVERIES).map(send).collect()).await? {
        let done = done?;
        executed += u32::from(matches!(done, Applied::Executed(_)));
        answers.push(done.into_answer());
    }
    ensure_eq!(executed, 1, "deliveries that were executed");
    ensure_eq!(effects(&stage, &cx).await?, 1, "effects");
    answers.dedup();
    ensure_eq!(answers.len(), 1, "different answers: {answers:?}");
    Ok(())
}
