//! Who waits for whom, and for how long.
mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use lms_core::{
    kernel::Context,
    outbox::Message,
    store::{Lock, Query, Store, StoreError},
};
use lms_store_sqlite::{Options, Synchronous};
use lms_testkit::TestContext;
use support::{Folder, message};

fn quick() -> Options {
    Options::default().synchronous(Synchronous::Normal)
}

fn context(test: &str) -> Context {
    TestContext::new(test).build()
}

#[tokio::test]
async fn readers_see_one_state_and_wait_for_no_writer() {
    let (folder, cx) = (Folder::new("readers"), context("readers"));
    let store = Store::new(folder.quick_store().await);
    let count = Query::<Message>::all;
    let mut reader = store.begin(&cx).await.unwrap();
    assert_eq!(reader.count(count()).await.unwrap(), 0);
    let mut writer = store.begin(&cx).await.unwrap();
    writer.insert(&message(&cx, "new")).await.unwrap();
    assert_eq!(reader.count(count()).await.unwrap(), 0, "what is not committed");
    let mut other = store.begin(&cx).await.unwrap();
    assert_eq!(other.count(count()).await.unwrap(), 0, "a reader that begins meanwhile");
    writer.commit().await.unwrap();
    assert_eq!(reader.count(count()).await.unwrap(), 0, "what was committed later");
    // Whoever then locks or writes does so in the newest state.
    let newest = reader.page(count().lock(Lock::Share)).await.unwrap().items;
    assert_eq!(newest.len(), 1);
    assert_eq!(reader.count(count()).await.unwrap(), 1);
}

#[tokio::test]
async fn who_waits_too_long_for_the_turn_may_try_again() {
    let (folder, cx) = (Folder::new("turn"), context("turn"));
    let options = quick().patience(Duration::from_millis(50));
    let store = Store::new(folder.store_with(options).await);
    let mut holder = store.begin(&cx).await.unwrap();
    holder.insert(&message(&cx, "first")).await.unwrap();
    let mut late = store.begin(&cx).await.unwrap();
    let refused = late.insert(&message(&cx, "late")).await;
    assert!(matches!(refused, Err(StoreError::Retryable { .. })), "{refused:?}");
    holder.commit().await.unwrap();
    let refused = late.commit().await;
    assert!(matches!(refused, Err(StoreError::Poisoned)), "{refused:?}");
    let mut again = store.begin(&cx).await.unwrap();
    again.insert(&message(&cx, "again")).await.unwrap();
    again.commit().await.unwrap();
}

/// Two stores on one file in one process know nothing of each other, as two processes do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_store_on_the_file_is_waited_for() {
    let (folder, cx) = (Folder::new("two"), context("two"));
    let patient = Store::new(folder.quick_store().await);
    let hasty = quick().patience(Duration::from_millis(20));
    let hasty = Store::new(folder.store_with(hasty).await);
    let mut holder = patient.begin(&cx).await.unwrap();
    holder.insert(&message(&cx, "first")).await.unwrap();
    let mut late = hasty.begin(&cx).await.unwrap();
    let refused = late.insert(&message(&cx, "late")).await;
    assert!(matches!(refused, Err(StoreError::Retryable { .. })), "{refused:?}");
    let (of, other) = (cx.clone(), Store::new(folder.quick_store().await));
    let waiter = tokio::spawn(async move {
        let mut tx = other.begin(&of).await?;
        tx.insert(&message(&of, "second")).await?;
        tx.commit().await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    holder.commit().await.unwrap();
    waiter.await.unwrap().unwrap();
    let found = patient.begin(&cx).await.unwrap().count(Query::<Message>::all()).await;
    assert_eq!(found.unwrap(), 2);
}

/// A task may be stopped at any place: while it waits for its turn, while a statement or the
/// commit is at work. It leaves both of its rows or none, and the next may write.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_task_that_is_stopped_leaves_all_or_nothing_and_no_lock() {
    const TASKS: u64 = 120;
    let (folder, cx) = (Folder::new("stopped"), context("stopped"));
    let store = Store::new(folder.quick_store().await);
    let mut tasks = Vec::new();
    let mut told = Vec::new();
    for number in 0..TASKS {
        let (store, cx) = (store.clone(), cx.clone());
        let committed = Arc::new(AtomicBool::new(false));
        told.push((number, Arc::clone(&committed)));
        tasks.push(tokio::spawn(async move {
            let mut tx = store.begin(&cx).await?;
            tx.count(Query::<Message>::all()).await?;
            for _ in 0..2 {
                tx.insert(&message(&cx, &number.to_string())).await?;
            }
            tx.commit().await?;
            committed.store(true, Ordering::SeqCst);
            Ok::<_, StoreError>(())
        }));
        // Stopped after other numbers of turns of the executor, so at other places.
        for _ in 0..number % 13 {
            tokio::task::yield_now().await;
        }
        if number % 3 != 0
            && let Some(task) = tasks.get(usize::try_from(number / 2).unwrap())
        {
            task.abort();
        }
    }
    for task in tasks {
        let _ = task.await;
    }
    let mut tx = store.begin(&cx).await.unwrap();
    tx.insert(&message(&cx, "last")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(&cx).await.unwrap();
    let mut kept = 0;
    for (number, committed) in told {
        let rows = Query::filter(Message::KIND.eq(number.to_string()));
        let rows = tx.count(rows).await.unwrap();
        assert!(rows == 0 || rows == 2, "task {number} left {rows} rows");
        assert!(rows == 2 || !committed.load(Ordering::SeqCst), "task {number} was told otherwise");
        kept += rows / 2;
    }
    println!("{kept} of {TASKS} tasks committed");
}
