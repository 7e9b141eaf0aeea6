//! Uniques and references.
use lms_store::{Query, StoreError};

use super::*;

#[tokio::test]
async fn a_unique_speaks_of_live_rows_that_meet_its_condition() {
    let (cx, (_, store)) = (context(), store());
    let row = shelf(&cx, "one");
    let labelled = |status| Book { label: Some("a".into()), status, ..book(&cx, &row) };
    save(&store, &cx, [&row]).await;
    let (mut kept, lost) = (labelled(BookStatus::OnShelf), labelled(BookStatus::Lost));
    save(&store, &cx, &[kept.clone(), lost.clone(), labelled(BookStatus::Lost)]).await;

    let insert = async |new: Book| store.begin(&cx).await.unwrap().insert(&new).await;
    assert_duplicate(insert(labelled(BookStatus::Lent)).await, &["shelf_id", "label"]);
    insert(labelled(BookStatus::Lost)).await.unwrap();
    insert(Book { label: None, ..labelled(BookStatus::Lent) }).await.unwrap();
    // A row may also come under the rule later.
    let mut found = Book { status: BookStatus::Lent, ..lost };
    let done = store.begin(&cx).await.unwrap().update(&mut found).await;
    assert_duplicate(done, &["shelf_id", "label"]);

    let mut tx = store.begin(&cx).await.unwrap();
    tx.delete(&mut kept).await.unwrap();
    tx.insert(&labelled(BookStatus::Lent)).await.unwrap();
    tx.commit().await.unwrap();
    // Its values were given away.
    let done = store.begin(&cx).await.unwrap().restore(&mut kept).await;
    assert_duplicate(done, &["shelf_id", "label"]);
}

#[tokio::test]
async fn a_reserved_unique_speaks_of_deleted_rows_too() {
    let (cx, (_, store)) = (context(), store());
    let row = shelf(&cx, "one");
    let coded = || Book { barcode: Some("1".into()), ..book(&cx, &row) };
    let mut first = coded();
    save(&store, &cx, [&row]).await;
    save(&store, &cx, [&first]).await;
    let mut tx = store.begin(&cx).await.unwrap();
    tx.delete(&mut first).await.unwrap();
    assert_duplicate(tx.insert(&coded()).await, &["barcode"]);
    // That transaction is lost, and so is its delete.
    let mut tx = store.begin(&cx).await.unwrap();
    let stored = tx.require(first.id).await.unwrap();
    tx.purge(&stored).await.unwrap();
    tx.insert(&coded()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_unique_may_speak_of_rows_without_a_value() {
    let (cx, (_, store)) = (context(), store());
    let row = shelf(&cx, "one");
    let coded = |lent_at| Book { code: Some("c".into()), lent_at, ..book(&cx, &row) };
    save(&store, &cx, [&row]).await;
    save(&store, &cx, &[coded(None), coded(Some(now())), coded(Some(now()))]).await;
    let mut tx = store.begin(&cx).await.unwrap();
    assert_duplicate(tx.insert(&coded(None)).await, &["code"]);
}

#[tokio::test]
async fn uniques_and_ids_are_each_tenant_s_own() {
    let (ours, theirs, (_, store)) = (context(), context(), store());
    let row = shelf(&ours, "one");
    save(&store, &ours, [&row]).await;
    let same = Shelf { stamp: Stamp::new(&theirs), ..row.clone() };
    save(&store, &theirs, &[same]).await;
    let done = store.begin(&ours).await.unwrap().insert(&row).await;
    assert_duplicate(done, &["id"]);
}

#[tokio::test]
async fn a_clash_that_arises_at_commit_is_a_duplicate() {
    let (cx, (memory, store)) = (context(), store());
    let row = shelf(&cx, "same");
    let rival = |row: &Shelf| Shelf { id: row.id, ..shelf(&cx, "other") };
    for (first, second, columns) in
        [(row.clone(), shelf(&cx, "same"), "slug"), (shelf(&cx, "x"), shelf(&cx, "x"), "slug")]
    {
        let (mut a, mut b) = (store.begin(&cx).await.unwrap(), store.begin(&cx).await.unwrap());
        a.insert(&first).await.unwrap();
        b.insert(&second).await.unwrap();
        a.commit().await.unwrap();
        assert_duplicate(b.commit().await, &[columns]);
    }
    let new = shelf(&cx, "y");
    let (mut a, mut b) = (store.begin(&cx).await.unwrap(), store.begin(&cx).await.unwrap());
    a.insert(&new).await.unwrap();
    b.insert(&rival(&new)).await.unwrap();
    a.commit().await.unwrap();
    assert_duplicate(b.commit().await, &["id"]);
    assert_eq!(memory.shared.state.lock().unwrap().remembered(), 0);
}

#[tokio::test]
async fn what_is_freed_and_taken_in_one_transaction_does_not_clash() {
    let (cx, (_, store)) = (context(), store());
    let mut row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let mut tx = store.begin(&cx).await.unwrap();
    row.slug = "two".parse().unwrap();
    tx.update(&mut row).await.unwrap();
    tx.insert(&shelf(&cx, "one")).await.unwrap();
    // Somebody else commits meanwhile, so that the commit checks everything again.
    save(&store, &cx, &[shelf(&cx, "three")]).await;
    tx.commit().await.unwrap();
    let mut tx = store.begin(&cx).await.unwrap();
    assert_eq!(tx.count(Query::<Shelf>::all()).await.unwrap(), 3);
}

#[tokio::test]
async fn a_reference_needs_a_row_of_the_same_tenant() {
    let (ours, theirs, (_, store)) = (context(), context(), store());
    let row = shelf(&ours, "one");
    let mut tx = store.begin(&ours).await.unwrap();
    assert_broken(tx.insert(&book(&ours, &row)).await, "books", "shelf_id");
    save(&store, &ours, [&row]).await;
    save(&store, &ours, &[book(&ours, &row)]).await;
    let mut tx = store.begin(&theirs).await.unwrap();
    assert_broken(tx.insert(&book(&theirs, &row)).await, "books", "shelf_id");

    let mut moved = book(&ours, &row);
    let mut tx = store.begin(&ours).await.unwrap();
    tx.insert(&moved).await.unwrap();
    moved.shelf_id = ours.id();
    assert_broken(tx.update(&mut moved).await, "books", "shelf_id");
}

#[tokio::test]
async fn rows_of_one_statement_may_refer_to_each_other() {
    let (cx, (_, store)) = (context(), store());
    let row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let (mut a, mut b) = (book(&cx, &row), book(&cx, &row));
    (a.sequel_of, b.sequel_of) = (Some(b.id), Some(a.id));
    let mut tx = store.begin(&cx).await.unwrap();
    tx.insert_all(&[a, b]).await.unwrap();
    tx.commit().await.unwrap();
    let mut own = book(&cx, &row);
    own.sequel_of = Some(own.id);
    save(&store, &cx, &[own]).await;
}

#[tokio::test]
async fn a_deleted_parent_is_still_a_parent_but_a_purged_one_is_not() {
    let (cx, (_, store)) = (context(), store());
    let mut row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let child = book(&cx, &row);
    let mut tx = store.begin(&cx).await.unwrap();
    tx.delete(&mut row).await.unwrap();
    tx.insert(&child).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(&cx).await.unwrap();
    assert_broken(tx.purge(&row).await, "books", "shelf_id");
    let mut tx = store.begin(&cx).await.unwrap();
    tx.purge(&child).await.unwrap();
    tx.purge(&row).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(&cx).await.unwrap();
    assert_broken(tx.insert(&child).await, "books", "shelf_id");
}

#[tokio::test]
async fn a_reference_and_a_purge_that_cannot_see_each_other_do_not_both_commit() {
    for purge_first in [true, false] {
        let (cx, (_, store)) = (context(), store());
        let row = shelf(&cx, "one");
        save(&store, &cx, [&row]).await;
        let (mut a, mut b) = (store.begin(&cx).await.unwrap(), store.begin(&cx).await.unwrap());
        a.purge(&row).await.unwrap();
        b.insert(&book(&cx, &row)).await.unwrap();
        let (first, second) = if purge_first { (a, b) } else { (b, a) };
        first.commit().await.unwrap();
        assert_broken(second.commit().await, "books", "shelf_id");
    }
}

#[tokio::test]
async fn stale_and_missing_rows_are_told_apart() {
    let (cx, (_, store)) = (context(), store());
    let mut row = shelf(&cx, "one");
    let done = store.begin(&cx).await.unwrap().update(&mut row).await;
    assert!(matches!(done, Err(StoreError::NotFound { table: "shelves", .. })), "{done:?}");
    let done = store.begin(&cx).await.unwrap().purge(&row).await;
    assert!(matches!(done, Err(StoreError::NotFound { table: "shelves", .. })), "{done:?}");
    save(&store, &cx, [&row]).await;
    let stale = row.clone();
    let mut tx = store.begin(&cx).await.unwrap();
    tx.update(&mut row).await.unwrap();
    tx.commit().await.unwrap();
    let done = store.begin(&cx).await.unwrap().update(&mut stale.clone()).await;
    assert!(matches!(done, Err(StoreError::Conflict { .. })), "{done:?}");
    let done = store.begin(&cx).await.unwrap().purge(&stale).await;
    assert!(matches!(done, Err(StoreError::Conflict { .. })), "{done:?}");
}
