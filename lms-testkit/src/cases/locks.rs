//! Rows that are held until the transaction ends.
use std::sync::Arc;

use lms_core::{
    outbox::Message,
    store::{IdempotencyRecord, Lock, Query, StoreError, Transaction, Writers},
};
use lms_derive::DomainError;
use tokio::sync::Barrier;

use super::rules;
use crate::{
    Case, Failure, Outcome,
    failure::{ensure, ensure_eq},
    specimens::{message, message_about, used_key},
    stage::{Stage, insist, join_all, wait_a_little},
    suite::Scale,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        the_last_seats_are_sold_once,
        a_locked_row_is_read_as_it_is_now,
        two_holders_do_not_both_win,
        a_lock_holds_without_a_write,
        shared_locks_go_together,
        a_shared_lock_keeps_writers_out,
        a_lock_on_one_row_leaves_the_others_free,
        skipping_passes_over_what_is_held,
        locks_on_nothing_find_nothing,
    ]
}

#[derive(Debug, thiserror::Error, DomainError)]
enum SeatError {
    #[error("no seat is left")]
    #[fault(conflict)]
    Full,
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

async fn take_seat(
    tx: &mut Transaction,
    class: lms_core::kernel::Id<IdempotencyRecord>,
    seat: &Message,
    seats: u64,
) -> Result<(), SeatError> {
    tx.lock(class).await?;
    let taken = tx.count(Query::filter(Message::SUBJECT_ID.eq(class.uuid()))).await?;
    tokio::task::yield_now().await;
    if taken >= seats {
        return Err(SeatError::Full);
    }
    Ok(tx.insert(seat).await?)
}

/// Many tasks ask for few seats at once: each holds the class, counts, and then decides.
async fn the_last_seats_are_sold_once(stage: Stage) -> Outcome {
    let scale = Scale::of_process();
    let seats = u64::try_from(scale.places)?;
    for round in 0..scale.rounds {
        let cx = stage.cx();
        let class = used_key(&cx, "class");
        stage.save(&cx, &class).await?;
        // Nobody asks before all are there to ask.
        let start = Arc::new(Barrier::new(scale.tasks));
        let ask = |_| {
            let (store, cx, class) = (stage.store.clone(), stage.cx_of(cx.tenant()), class.id);
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait().await;
                let seat = message_about(&cx, class.uuid());
                insist(&store, &cx, |tx| {
                    let seat = seat.clone();
                    Box::pin(async move { take_seat(tx, class, &seat, seats).await })
                })
                .await
            })
        };
        let asked = join_all((0..scale.tasks).map(ask).collect()).await?;
        let sold = asked.iter().filter(|it| it.is_ok()).count();
        let refused = asked.iter().filter(|it| matches!(it, Err(SeatError::Full))).count();
        let other: Vec<_> =
            asked.iter().filter(|it| matches!(it, Err(SeatError::Store(_)))).collect();
        ensure!(other.is_empty(), "round {round}: {other:?}");
        ensure_eq!((sold, refused), (scale.places, scale.tasks - scale.places), "round {round}");
        let taken = Query::filter(Message::SUBJECT_ID.eq(class.id.uuid()));
        let taken = stage.begin(&cx).await?.count(taken).await?;
        ensure_eq!(taken, seats, "seats stored in round {round}");
    }
    Ok(())
}

/// Anyone who gets a lock sees what the one before did under it; if not, its work does not commit.
async fn a_locked_row_is_read_as_it_is_now(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "before");
    stage.save(&cx, &record).await?;
    let mut first = stage.begin(&cx).await?;
    let mut held = first.lock(record.id).await?;
    let (late, of) = (stage.clone(), cx.clone());
    let waiter = tokio::spawn(async move {
        let mut second = late.begin(&of).await?;
        let seen = second.lock(record.id).await?;
        second.commit().await?;
        Ok::<_, StoreError>(seen.kind)
    });
    wait_a_little().await;
    let written = async {
        held.kind = "after".into();
        first.update(&mut held).await?;
        first.commit().await
    };
    match (written.await, waiter.await?) {
        (Ok(()), Ok(kind)) => ensure_eq!(kind, "after", "a lock was given on what no longer is"),
        (Ok(()), Err(error)) => ensure!(error.is_retryable(), "not a lost race: {error:?}"),
        (Err(error), Ok(kind)) => {
            ensure!(error.is_retryable(), "not a lost race: {error:?}");
            ensure_eq!(kind, "before", "what the loser wrote was read");
        }
        both => return Err(Failure::new(format!("nobody won: {both:?}"))),
    }
    Ok(())
}

async fn two_holders_do_not_both_win(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "held");
    stage.save(&cx, &record).await?;
    let mut first = stage.begin(&cx).await?;
    let mut mine = first.lock(record.id).await?;
    let (late, of) = (stage.clone(), cx.clone());
    let second = tokio::spawn(async move {
        let mut second = late.begin(&of).await?;
        let mut yours = second.lock(record.id).await?;
        yours.attempts += 1;
        second.update(&mut yours).await?;
        second.commit().await
    });
    wait_a_little().await;
    let first = async {
        mine.attempts += 1;
        first.update(&mut mine).await?;
        first.commit().await
    };
    let (first, second) = (first.await, second.await?);
    let won = u32::from(first.is_ok()) + u32::from(second.is_ok());
    ensure!(won > 0, "nobody won: {first:?} {second:?}");
    let found = stage.stored(&cx, record.id).await?.map(|it| it.attempts);
    ensure_eq!(found, Some(won), "increments: {first:?} {second:?}");
    Ok(())
}

/// The lock alone decides: neither writes the row that both hold.
async fn a_lock_holds_without_a_write(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let parent = used_key(&cx, "parent");
    stage.save(&cx, &parent).await?;
    let mut first = stage.begin(&cx).await?;
    first.lock(parent.id).await?;
    let children = Query::filter(Message::SUBJECT_ID.eq(parent.id.uuid()));
    let (late, of, counted) = (stage.clone(), cx.clone(), children.clone());
    let second = tokio::spawn(async move {
        let mut second = late.begin(&of).await?;
        second.lock(parent.id).await?;
        if second.count(counted).await? == 0 {
            second.insert(&message_about(&of, parent.id.uuid())).await?;
        }
        second.commit().await
    });
    wait_a_little().await;
    let first = async {
        if first.count(children.clone()).await? == 0 {
            first.insert(&message_about(&cx, parent.id.uuid())).await?;
        }
        first.commit().await
    };
    let (first, second) = (first.await, second.await?);
    let found = stage.begin(&cx).await?.count(children).await?;
    ensure_eq!(found, 1, "children of a parent that wants one: {first:?} {second:?}");
    Ok(())
}

/// Both commit. Where one writes at a time, the second holder waits for the first.
async fn shared_locks_go_together(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let parent = used_key(&cx, "parent");
    stage.save(&cx, &parent).await?;
    let share = Query::filter(IdempotencyRecord::ID.eq(parent.id)).lock(Lock::Share);
    let mut first = stage.begin(&cx).await?;
    ensure_eq!(first.page(share.clone()).await?.items.len(), 1, "the first holder");
    let (late, of) = (stage.clone(), cx.clone());
    let mut second = tokio::spawn(async move {
        let mut second = late.begin(&of).await?;
        ensure_eq!(second.page(share).await?.items.len(), 1, "the second holder");
        second.insert(&message_about(&of, parent.id.uuid())).await?;
        Ok::<_, Failure>(second)
    });
    let mut held = None;
    match stage.store.backend().writers() {
        Writers::Many => held = Some((&mut second).await??),
        Writers::One => wait_a_little().await,
    }
    first.insert(&message_about(&cx, parent.id.uuid())).await?;
    first.commit().await?;
    match held {
        Some(second) => second.commit().await?,
        None => second.await??.commit().await?,
    }
    let found = stage.begin(&cx).await?.count(Query::<Message>::all()).await?;
    ensure_eq!(found, 2, "the work of both");
    Ok(())
}

async fn a_shared_lock_keeps_writers_out(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let parent = used_key(&cx, "open");
    stage.save(&cx, &parent).await?;
    let share = Query::filter(IdempotencyRecord::ID.eq(parent.id)).lock(Lock::Share);
    let mut holder = stage.begin(&cx).await?;
    let held = holder.page(share).await?.items;
    ensure_eq!(held.first().map(|it| it.key.as_str()), Some("open"), "what is held");
    let (late, of, mut closed) = (stage.clone(), cx.clone(), parent.clone());
    let writer = tokio::spawn(async move {
        let mut writer = late.begin(&of).await?;
        closed.key = "closed".into();
        writer.update(&mut closed).await?;
        writer.commit().await
    });
    wait_a_little().await;
    let written_first = writer.is_finished();
    let held = async {
        holder.insert(&message_about(&cx, parent.id.uuid())).await?;
        holder.commit().await
    };
    let (held, written) = (held.await, writer.await?);
    ensure!(held.is_ok() || written.is_ok(), "nobody won: {held:?} {written:?}");
    if written_first && written.is_ok() {
        ensure!(held.is_err(), "a row was changed while it was held, and both committed");
    }
    ensure!(
        held.is_ok() || matches!(&held, Err(error) if error.is_retryable()),
        "not a lost race: {held:?}"
    );
    Ok(())
}

/// Where one writes at a time, the others are free once the holder has ended, and to be read
/// before.
async fn a_lock_on_one_row_leaves_the_others_free(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let held = message(&cx, "held");
    let mut free = message(&cx, "free");
    stage.save_all(&cx, &[held.clone(), free.clone()]).await?;
    let mut holder = stage.begin(&cx).await?;
    holder.lock(held.id).await?;
    let mut tx = stage.begin(&cx).await?;
    ensure_eq!(tx.get(held.id).await?, Some(held.clone()), "a held row can be read");
    free.kind = "written".into();
    let (late, of, mut written) = (stage.clone(), cx.clone(), free.clone());
    let mut writer = tokio::spawn(async move {
        tx.update(&mut written).await?;
        tx.commit().await?;
        let mut tx = late.begin(&of).await?;
        tx.lock(written.id).await?;
        tx.commit().await?;
        Ok::<_, StoreError>(written)
    });
    match stage.store.backend().writers() {
        Writers::Many => free = (&mut writer).await??,
        Writers::One => wait_a_little().await,
    }
    holder.commit().await?;
    if stage.store.backend().writers() == Writers::One {
        free = writer.await??;
    }
    ensure_eq!(stage.stored(&cx, free.id).await?, Some(free), "the free row");
    Ok(())
}

/// A backend without row locks may hand the held row out again; then the second commit loses. Where
/// one writes at a time, the second waits for the first.
async fn skipping_passes_over_what_is_held(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let records: Vec<_> = (0..6).map(|_| message(&cx, "queued")).collect();
    stage.save_all(&cx, &records).await?;
    let claim = || {
        let three = Query::<Message>::all().limit(lms_core::store::PageSize::new(3));
        three.lock(Lock::SkipLocked)
    };
    let (mut one, mut two) = (stage.begin(&cx).await?, stage.begin(&cx).await?);
    let mine = one.page(claim()).await?.items;
    ensure_eq!(mine.len(), 3, "nothing was held yet");
    let second = claim();
    let mut late = tokio::spawn(async move {
        let claimed = two.page(second).await?.items;
        Ok::<_, StoreError>((two, claimed))
    });
    let mut yours = None;
    match stage.store.backend().writers() {
        Writers::Many => yours = Some((&mut late).await??),
        Writers::One => wait_a_little().await,
    }
    let mut won = claimed_once(one, mine).await?;
    let (two, yours) = match yours {
        Some(claimed) => claimed,
        None => late.await??,
    };
    won += claimed_once(two, yours).await?;
    let mut tx = stage.begin(&cx).await?;
    let attempts: u32 = tx.all(Query::<Message>::all()).await?.iter().map(|it| it.attempts).sum();
    ensure_eq!(usize::try_from(attempts)?, won, "a row was claimed twice");
    ensure!(won == 3 || won == 6, "{won} rows were claimed");
    Ok(())
}

/// Notes an attempt on each row that was claimed; how many of them, if the claim still held.
async fn claimed_once(mut tx: Transaction, mut batch: Vec<Message>) -> Outcome<usize> {
    let claimed = batch.len();
    let work = async {
        for record in &mut batch {
            record.attempts += 1;
        }
        tx.update_all(&mut batch).await?;
        tx.commit().await
    };
    match work.await {
        Ok(()) => Ok(claimed),
        Err(error) => {
            ensure!(error.is_retryable(), "not a lost race: {error:?}");
            Ok(0)
        }
    }
}

async fn locks_on_nothing_find_nothing(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut tx = stage.begin(&cx).await?;
    for lock in [Lock::Share, Lock::Update, Lock::SkipLocked] {
        let page = tx.page(Query::<Message>::all().lock(lock)).await?;
        ensure!(page.items.is_empty(), "{lock:?} found something");
    }
    tx.commit().await?;
    Ok(())
}
