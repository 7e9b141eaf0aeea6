//! Declared upserts.
use lms_store::{StoreError, Upsert, Upserted};

use super::*;

async fn setting() -> (Context, Store, Firm) {
    let (cx, (_, store)) = (context(), store());
    let firm = firm(&cx, "ours");
    save_in(&store, &cx, Scope::Platform, [&firm]).await;
    (cx, store, firm)
}

#[tokio::test]
async fn it_inserts_keeps_or_replaces() {
    let (cx, store, firm) = setting().await;
    let mut tx = store.begin(&cx).await.unwrap();
    let first = visit(&cx, &firm, "k");
    assert_eq!(tx.upsert(&first, Upsert::on(Visit::KEY)).await.unwrap(), Upserted::Inserted);
    let second = Visit { count: 5, ..visit(&cx, &firm, "k") };
    assert_eq!(tx.upsert(&second, Upsert::on(Visit::KEY)).await.unwrap(), Upserted::Kept);
    let replace = || Upsert::on(Visit::KEY).replace(Visit::COUNT);
    let done = tx.upsert(&second, replace()).await.unwrap();
    let version = first.stamp.version.next();
    assert_eq!(done, Upserted::Replaced { id: first.id.uuid(), version });
    let stored = tx.require(first.id).await.unwrap();
    assert_eq!((stored.count, stored.stamp.version), (5, version));
    assert_eq!(tx.get(second.id).await.unwrap(), None);
    // The same record sent again is the same by its key, too.
    let again = Visit { count: 6, ..first.clone() };
    assert!(tx.upsert(&again, replace()).await.unwrap().is_written());
    // And by its id.
    let moved = Visit { key: "other".into(), ..first.clone() };
    let by_id = Upsert::on(Visit::ID).replace(Visit::KEY);
    assert!(tx.upsert(&moved, by_id).await.unwrap().is_written());
    assert_eq!(tx.require(first.id).await.unwrap().key, "other");
}

#[tokio::test]
async fn only_what_is_newer_replaces() {
    let (cx, store, firm) = setting().await;
    let mut tx = store.begin(&cx).await.unwrap();
    let newer = || Upsert::on(Visit::KEY).if_newer(Visit::COUNT);
    let count = |count| Visit { count, ..visit(&cx, &firm, "k") };
    let mut written = Vec::new();
    for number in [3, 2, 3, 4] {
        written.push(tx.upsert(&count(number), newer()).await.unwrap().is_written());
    }
    assert_eq!(written, [true, false, false, true]);
}

#[tokio::test]
async fn a_full_record_keeps_what_is_not_named() {
    let (cx, (_, store)) = (context(), store());
    let first = shelf(&cx, "one");
    save(&store, &cx, [&first]).await;
    let late = Context::new(
        cx.tenant(),
        Actor::system("later"),
        now().saturating_add(chrono::TimeDelta::hours(1)),
        Arc::new(SequentialIds::starting_at(1 << 60)),
    );
    let second = Shelf { title: "Two".parse().unwrap(), capacity: 9, ..shelf(&late, "one") };
    let mut tx = store.begin(&late).await.unwrap();
    let replace = Upsert::on(Shelf::SLUG).replace(Shelf::CAPACITY);
    tx.upsert(&second, replace).await.unwrap();
    let stored = tx.require(first.id).await.unwrap();
    let expected = Shelf {
        capacity: 9,
        stamp: Stamp {
            version: first.stamp.version.next(),
            updated_at: late.now(),
            updated_by: late.actor_id(),
            ..first.stamp.clone()
        },
        ..first
    };
    assert_eq!(stored, expected);
}

#[tokio::test]
async fn it_writes_only_while_the_parent_matches() {
    let (cx, (_, store)) = (context(), store());
    let row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let guarded = || {
        Upsert::on(Book::BARCODE)
            .replace(Book::PAGES)
            .only_while(Book::SHELF_ID, Shelf::CAPACITY.gt(0))
    };
    let coded = |pages| Book { barcode: Some("1".into()), pages, ..book(&cx, &row) };
    let (one, two) = (coded(1), coded(2));
    let mut a = store.begin(&cx).await.unwrap();
    assert_eq!(a.upsert(&one, guarded()).await.unwrap(), Upserted::Inserted);
    a.commit().await.unwrap();

    // Two who share the parent do not hinder each other.
    let (mut a, mut b) = (store.begin(&cx).await.unwrap(), store.begin(&cx).await.unwrap());
    let other = Book { barcode: Some("2".into()), ..book(&cx, &row) };
    assert!(a.upsert(&two, guarded()).await.unwrap().is_written());
    assert!(b.upsert(&other, guarded()).await.unwrap().is_written());
    a.commit().await.unwrap();
    b.commit().await.unwrap();

    // Whoever closes the parent wins or waits for the next round, but not both commit.
    let (mut a, mut b) = (store.begin(&cx).await.unwrap(), store.begin(&cx).await.unwrap());
    assert!(a.upsert(&coded(3), guarded()).await.unwrap().is_written());
    let mut closed = Shelf { capacity: 0, ..row.clone() };
    b.update(&mut closed).await.unwrap();
    b.commit().await.unwrap();
    let done = a.commit().await;
    assert!(matches!(done, Err(StoreError::Retryable { .. })), "{done:?}");

    let mut tx = store.begin(&cx).await.unwrap();
    assert_eq!(tx.upsert(&coded(4), guarded()).await.unwrap(), Upserted::Kept);
    let new = Book { barcode: Some("3".into()), ..book(&cx, &row) };
    assert_eq!(tx.upsert(&new, guarded()).await.unwrap(), Upserted::Kept);
    assert_eq!(tx.get(new.id).await.unwrap(), None);
}

#[tokio::test]
async fn who_loses_the_race_for_a_key_may_try_again() {
    let (cx, store, firm) = setting().await;
    for columns in [false, true] {
        let key = format!("{columns}");
        let upsert = || match columns {
            true => Upsert::on(Visit::KEY).replace(Visit::COUNT),
            false => Upsert::on(Visit::KEY),
        };
        let (mut a, mut b) = (store.begin(&cx).await.unwrap(), store.begin(&cx).await.unwrap());
        assert!(a.upsert(&visit(&cx, &firm, &key), upsert()).await.unwrap().is_written());
        assert!(b.upsert(&visit(&cx, &firm, &key), upsert()).await.unwrap().is_written());
        a.commit().await.unwrap();
        let done = b.commit().await;
        assert!(matches!(done, Err(StoreError::Retryable { .. })), "{done:?}");
    }
    // Both replace the row that is there now.
    let upsert = || Upsert::on(Visit::KEY).replace(Visit::COUNT);
    let (mut a, mut b) = (store.begin(&cx).await.unwrap(), store.begin(&cx).await.unwrap());
    for tx in [&mut a, &mut b] {
        let done = tx.upsert(&visit(&cx, &firm, "true"), upsert()).await.unwrap();
        assert!(matches!(done, Upserted::Replaced { .. }), "{done:?}");
    }
    b.commit().await.unwrap();
    let done = a.commit().await;
    assert!(matches!(done, Err(StoreError::Retryable { .. })), "{done:?}");
}

#[tokio::test]
async fn a_clash_with_another_key_is_a_duplicate() {
    let (cx, (_, store)) = (context(), store());
    let row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let first = Book { barcode: Some("1".into()), ..book(&cx, &row) };
    save(&store, &cx, [&first]).await;
    let mut tx = store.begin(&cx).await.unwrap();
    let same_id = Book { barcode: Some("2".into()), ..first.clone() };
    assert_duplicate(tx.upsert(&same_id, Upsert::on(Book::BARCODE)).await, &["id"]);
    let mut tx = store.begin(&cx).await.unwrap();
    let same_code = Book { id: cx.id(), ..first };
    assert_duplicate(tx.upsert(&same_code, Upsert::on(Book::ID)).await, &["barcode"]);
}

#[tokio::test]
async fn one_call_does_not_write_one_row_twice() {
    let (cx, store, firm) = setting().await;
    let mut tx = store.begin(&cx).await.unwrap();
    let rows = [visit(&cx, &firm, "k"), visit(&cx, &firm, "k")];
    let done = tx.upsert_all(&rows, Upsert::on(Visit::KEY).replace(Visit::COUNT)).await;
    assert!(matches!(done, Err(StoreError::InvalidQuery { .. })), "{done:?}");
}

#[tokio::test]
async fn a_parent_must_be_there() {
    let (cx, store, _) = setting().await;
    let mut tx = store.begin(&cx).await.unwrap();
    let stranger = firm(&context(), "stranger");
    let done = tx.upsert(&visit(&cx, &stranger, "k"), Upsert::on(Visit::KEY)).await;
    assert_broken(done, "visits", "firm_id");
}

#[tokio::test]
async fn what_is_written_on_top_of_an_upsert_loses_its_race_with_it() {
    let (cx, store, firm) = setting().await;
    let mut open = Vec::new();
    for count in [1, 2] {
        let mut tx = store.begin(&cx).await.unwrap();
        let mut visit = visit(&cx, &firm, "k");
        assert_eq!(tx.upsert(&visit, Upsert::on(Visit::KEY)).await.unwrap(), Upserted::Inserted);
        visit.count = count;
        tx.update(&mut visit).await.unwrap();
        open.push(tx);
    }
    let mut ends = Vec::new();
    for tx in open {
        ends.push(tx.commit().await);
    }
    assert!(matches!(ends[..], [Ok(_), Err(StoreError::Retryable { .. })]), "{ends:?}");
}
