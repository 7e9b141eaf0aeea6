//! What transactions see of each other, and who wins.
use std::sync::Arc;

use futures_util::future::join_all;
use lms_store::{Direction, Lock, PageSize, Query, StoreError};

use super::*;

fn assert_conflict(done: Result<(), StoreError>, expected: Uuid) {
    match done {
        Err(StoreError::Conflict { id, .. }) => assert_eq!(id, expected),
        other => panic!("{other:?}"),
    }
}

fn remembered(memory: &MemoryStore) -> usize {
    memory.shared.state.lock().unwrap().remembered()
}

#[tokio::test]
async fn a_snapshot_does_not_move() {
    let (cx, (_, store)) = (context(), store());
    let mut first = shelf(&cx, "first");
    save(&store, &cx, [&first]).await;
    let mut reader = store.begin(&cx).await.unwrap();
    assert_eq!(reader.count(Query::<Shelf>::all()).await.unwrap(), 1);

    let mut writer = store.begin(&cx).await.unwrap();
    first.capacity = 9;
    writer.update(&mut first).await.unwrap();
    writer.insert(&shelf(&cx, "second")).await.unwrap();
    assert_eq!(writer.count(Query::<Shelf>::all()).await.unwrap(), 2);
    writer.commit().await.unwrap();

    assert_eq!(reader.count(Query::<Shelf>::all()).await.unwrap(), 1);
    assert_eq!(reader.require(first.id).await.unwrap().capacity, 1);
    assert_eq!(store.begin(&cx).await.unwrap().require(first.id).await.unwrap().capacity, 9);
}

#[tokio::test]
async fn the_snapshot_is_taken_at_the_first_statement() {
    let (cx, (_, store)) = (context(), store());
    let mut early = store.begin(&cx).await.unwrap();
    save(&store, &cx, &[shelf(&cx, "later")]).await;
    assert_eq!(early.count(Query::<Shelf>::all()).await.unwrap(), 1);
}

#[tokio::test]
async fn the_first_committer_wins() {
    let (cx, (memory, store)) = (context(), store());
    let row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let (mut a, mut b) = (store.begin(&cx).await.unwrap(), store.begin(&cx).await.unwrap());
    let (mut x, mut y) = (a.require(row.id).await.unwrap(), b.require(row.id).await.unwrap());
    a.update(&mut x).await.unwrap();
    b.update(&mut y).await.unwrap();
    b.commit().await.unwrap();
    assert_conflict(a.commit().await, row.id.uuid());
    assert_eq!(remembered(&memory), 0);
}

#[tokio::test]
async fn a_write_to_what_changed_since_is_refused_at_once() {
    let (cx, (_, store)) = (context(), store());
    let mut row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let mut late = store.begin(&cx).await.unwrap();
    let mut stale = late.require(row.id).await.unwrap();
    let mut tx = store.begin(&cx).await.unwrap();
    tx.update(&mut row).await.unwrap();
    tx.commit().await.unwrap();
    assert_conflict(late.update(&mut stale).await, row.id.uuid());
    assert!(matches!(late.commit().await, Err(StoreError::Poisoned)));
}

/// Of two transactions that each claim a row in one of these ways, does the later commit fail?
#[tokio::test]
async fn claims_exclude_each_other_as_declared() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum How {
        Share,
        Hold,
        Write,
    }
    use How::{Hold, Share, Write};
    for (first, second, expected) in [
        (Share, Share, true),
        (Share, Hold, false),
        (Share, Write, true),
        (Hold, Share, false),
        (Hold, Hold, false),
        (Hold, Write, false),
        (Write, Share, false),
        (Write, Hold, false),
        (Write, Write, false),
    ] {
        let (cx, (memory, store)) = (context(), store());
        let row = shelf(&cx, "one");
        save(&store, &cx, [&row]).await;
        let mut open = Vec::new();
        for how in [first, second] {
            let mut tx = store.begin(&cx).await.unwrap();
            match how {
                Share => drop(tx.first(Query::<Shelf>::all().lock(Lock::Share)).await.unwrap()),
                Hold => drop(tx.lock(row.id).await.unwrap()),
                Write => tx.update(&mut row.clone()).await.unwrap(),
            }
            open.push(tx);
        }
        let late = open.pop().unwrap();
        open.pop().unwrap().commit().await.unwrap();
        let done = late.commit().await;
        assert_eq!(done.is_ok(), expected, "{first:?} then {second:?}");
        assert_eq!(remembered(&memory), 0);
    }
}

#[tokio::test]
async fn a_held_row_is_passed_over() {
    let (cx, (memory, store)) = (context(), store());
    let rows: Vec<_> = (0..6).map(|it| shelf(&cx, &format!("s{it}"))).collect();
    save(&store, &cx, &rows).await;
    let free = || {
        Query::<Shelf>::all()
            .order_by(Shelf::TITLE, Direction::Asc)
            .limit(PageSize::new(2))
            .lock(Lock::SkipLocked)
    };
    let mut shared = store.begin(&cx).await.unwrap();
    let query = Query::filter(Shelf::SLUG.eq("s1".parse().unwrap())).lock(Lock::Share);
    assert!(shared.first(query).await.unwrap().is_some());
    let mut written = store.begin(&cx).await.unwrap();
    written.update(&mut rows[2].clone()).await.unwrap();

    let (mut a, mut b) = (store.begin(&cx).await.unwrap(), store.begin(&cx).await.unwrap());
    let slugs = |page: Vec<Shelf>| page.iter().map(|it| it.slug.to_string()).collect::<Vec<_>>();
    assert_eq!(slugs(a.page(free()).await.unwrap().items), ["s0", "s3"]);
    assert_eq!(slugs(b.page(free()).await.unwrap().items), ["s4", "s5"]);
    // What it holds itself it finds again.
    assert_eq!(slugs(a.page(free()).await.unwrap().items), ["s0", "s3"]);

    // A row that was let go is free again; one that changed since is not for this snapshot.
    drop(shared);
    written.commit().await.unwrap();
    a.commit().await.unwrap();
    assert_eq!(slugs(b.page(free()).await.unwrap().items), ["s1", "s4"]);
    b.rollback().await.unwrap();
    assert_eq!(remembered(&memory), 0);
}

#[tokio::test]
async fn nothing_is_remembered_once_nobody_is_at_work() {
    let (cx, (memory, store)) = (context(), store());
    let mut row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let mut old = store.begin(&cx).await.unwrap();
    old.get(row.id).await.unwrap();
    for _ in 0..100 {
        let mut tx = store.begin(&cx).await.unwrap();
        tx.update(&mut row).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert!(remembered(&memory) > 100);
    drop(old);
    assert_eq!(remembered(&memory), 0);
    // And no copy is left of what only the old snapshot saw: contents change in place.
    let before = Arc::as_ptr(&memory.contents());
    let mut tx = store.begin(&cx).await.unwrap();
    tx.update(&mut row).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(Arc::as_ptr(&memory.contents()), before);
    assert_eq!(Arc::strong_count(&memory.contents()), 2, "the store's and this one");
}

/// All read, let the others go on, and write: no write may be lost.
async fn count_up(store: &Store, cx: &Context, id: Id<Shelf>) {
    store
        .transact(cx, |tx| {
            Box::pin(async move {
                let mut row = tx.require(id).await?;
                tokio::task::yield_now().await;
                row.capacity += 1;
                tx.update(&mut row).await
            })
        })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_writers_of_one_row_all_get_through() {
    let (cx, (memory, store)) = (context(), store());
    let row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let tasks = (0..200).map(|_| {
        let (store, cx) = (store.clone(), cx.clone());
        tokio::spawn(async move { count_up(&store, &cx, row.id).await })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }
    let stored = store.begin(&cx).await.unwrap().require(row.id).await.unwrap();
    assert_eq!(stored.capacity, 201);
    assert_eq!(remembered(&memory), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_seats_go_to_exactly_as_many() {
    for _ in 0..5 {
        let (cx, (_, store)) = (context(), store());
        let row = Shelf { capacity: 20, ..shelf(&cx, "one") };
        save(&store, &cx, [&row]).await;
        let tasks = (0..200).map(|_| {
            let (store, cx, row) = (store.clone(), cx.clone(), row.clone());
            tokio::spawn(async move { place(&store, &cx, &row).await })
        });
        let placed = join_all(tasks).await.into_iter().filter(|it| *it.as_ref().unwrap()).count();
        assert_eq!(placed, 20);
        let mut tx = store.begin(&cx).await.unwrap();
        assert_eq!(tx.count(Query::<Book>::all()).await.unwrap(), 20);
    }
}

/// Locks the shelf, counts its books, and adds one if there is room.
async fn place(store: &Store, cx: &Context, row: &Shelf) -> bool {
    let (id, new) = (row.id, book(cx, row));
    store
        .transact(cx, |tx| {
            let new = new.clone();
            Box::pin(async move {
                let row = tx.lock(id).await?;
                let taken = tx.count(Query::filter(Book::SHELF_ID.eq(id))).await?;
                tokio::task::yield_now().await;
                if i64::try_from(taken).unwrap() >= row.capacity {
                    return Ok::<_, StoreError>(false);
                }
                tx.insert(&new).await?;
                Ok(true)
            })
        })
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn relays_never_share_a_row() {
    let (cx, (_, store)) = (context(), store());
    let rows: Vec<_> = (0..300).map(|it| shelf(&cx, &format!("s{it}"))).collect();
    save(&store, &cx, &rows).await;
    let tasks = (0..8).map(|_| {
        let (store, cx) = (store.clone(), cx.clone());
        tokio::spawn(async move {
            let mut sent = 0;
            loop {
                let mut tx = store.begin(&cx).await.unwrap();
                let free = Query::filter(Shelf::CAPACITY.eq(1))
                    .limit(PageSize::new(7))
                    .lock(Lock::SkipLocked);
                let mut batch = tx.page(free).await.unwrap().items;
                if batch.is_empty() {
                    return sent;
                }
                tokio::task::yield_now().await;
                batch.iter_mut().for_each(|it| it.capacity = 0);
                // Whoever was handed a row is the only one: no write and no commit may fail.
                tx.update_all(&mut batch).await.unwrap();
                tx.commit().await.unwrap();
                sent += batch.len();
            }
        })
    });
    let sent: usize = join_all(tasks).await.into_iter().map(|it| it.unwrap()).sum();
    assert!(sent <= 300, "{sent}");
    let mut tx = store.begin(&cx).await.unwrap();
    let left = tx.count(Query::filter(Shelf::CAPACITY.eq(1))).await.unwrap();
    assert_eq!(sent as u64 + left, 300);
}
