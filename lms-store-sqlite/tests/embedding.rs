//! Rows of the host's own beside the library's, in one file and one commit.
mod support;

use lms_core::{
    outbox::Message,
    store::{Query, Store, StoreError},
};
use lms_store_sqlite::SqliteTransaction;
use lms_testkit::TestContext;
use support::{Folder, message};

#[tokio::test]
async fn the_hosts_rows_are_committed_with_the_librarys() {
    let (folder, cx) = (Folder::new("host"), TestContext::new("host").build());
    let store = Store::new(folder.quick_store().await);
    let note = "INSERT INTO notes VALUES (?)";
    let mut tx = store.begin(&cx).await.unwrap();
    let own = tx.backend_mut::<SqliteTransaction>().unwrap();
    own.on_connection(|db| db.execute_batch("CREATE TABLE notes (text TEXT)")).await.unwrap();
    tx.commit().await.unwrap();
    for (text, kept) in [("kept", true), ("forgotten", false)] {
        let mut tx = store.begin(&cx).await.unwrap();
        tx.insert(&message(&cx, text)).await.unwrap();
        let own = tx.backend_mut::<SqliteTransaction>().unwrap();
        assert_eq!(own.on_connection(move |db| db.execute(note, [text])).await.unwrap(), 1);
        if kept {
            tx.commit().await.unwrap();
        } else {
            tx.rollback().await.unwrap();
        }
    }
    // The file is still the library's, with a table that is not.
    drop(store);
    let store = Store::new(folder.quick_store().await);
    let mut tx = store.begin(&cx).await.unwrap();
    let own = tx.backend_mut::<SqliteTransaction>().unwrap();
    let count = |db: &rusqlite::Connection| {
        db.query_row("SELECT count(*) FROM notes", [], |row| row.get::<_, i64>(0))
    };
    assert_eq!(own.on_connection(count).await.unwrap(), 1);
    assert_eq!(tx.count(Query::<Message>::all()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_statement_of_the_hosts_that_fails_or_ends_the_transaction_undoes_all() {
    let (folder, cx) = (Folder::new("host-fails"), TestContext::new("host fails").build());
    let store = Store::new(folder.quick_store().await);
    for sql in ["INSERT INTO nowhere VALUES (1)", "ROLLBACK"] {
        let mut tx = store.begin(&cx).await.unwrap();
        tx.insert(&message(&cx, "lost")).await.unwrap();
        let own = tx.backend_mut::<SqliteTransaction>().unwrap();
        let refused = own.on_connection(|db| db.execute_batch(sql)).await;
        assert!(matches!(refused, Err(StoreError::Backend { .. })), "{refused:?}");
        let committed = tx.commit().await;
        assert!(matches!(committed, Err(StoreError::Poisoned)), "{committed:?}");
        let mut tx = store.begin(&cx).await.unwrap();
        assert_eq!(tx.count(Query::<Message>::all()).await.unwrap(), 0);
    }
}
