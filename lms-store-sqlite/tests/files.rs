//! Which files are opened, what becomes of them, and what is refused.
mod support;

use std::{fs, path::Path};

use lms_core::{
    kernel::{Context, Id, Scope, Slug, Title},
    outbox::Message,
    record_types,
    store::{Query, Record, RecordType, Stamp, Store, StoreError},
};
use lms_store_sqlite::{Options, SetupError, SqliteStore};
use lms_testkit::TestContext;
use support::{Folder, message};

/// A table as one build has it, and as later ones do.
mod first {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Record)]
    #[record(table = "shelves", unaudited, unique(slug), index(title))]
    pub(crate) struct Shelf {
        pub(crate) id: Id<Shelf>,
        #[record(flatten)]
        pub(crate) stamp: Stamp,
        pub(crate) slug: Slug,
        pub(crate) title: Title,
    }
}

mod second {
    use super::*;

    /// One more column, which may be empty, that is indexed and refers to another row.
    #[derive(Clone, Debug, PartialEq, Record)]
    #[record(table = "shelves", unaudited, unique(slug), index(seats))]
    pub(crate) struct Shelf {
        pub(crate) id: Id<Shelf>,
        #[record(flatten)]
        pub(crate) stamp: Stamp,
        pub(crate) slug: Slug,
        pub(crate) title: Title,
        pub(crate) seats: Option<i64>,
        pub(crate) above_id: Option<Id<Shelf>>,
    }

    #[derive(Clone, Debug, PartialEq, Record)]
    #[record(table = "books", unaudited)]
    pub(crate) struct Book {
        pub(crate) id: Id<Book>,
        #[record(flatten)]
        pub(crate) stamp: Stamp,
        pub(crate) shelf_id: Id<Shelf>,
    }
}

mod third {
    use super::*;

    /// One more column, which may not be empty.
    #[derive(Clone, Debug, PartialEq, Record)]
    #[record(table = "shelves", unaudited, unique(slug))]
    pub(crate) struct Shelf {
        pub(crate) id: Id<Shelf>,
        #[record(flatten)]
        pub(crate) stamp: Stamp,
        pub(crate) slug: Slug,
        pub(crate) title: Title,
        pub(crate) seats: i64,
    }
}

mod fourth {
    use super::*;

    /// A column of another type, and a unique that the rows break.
    #[derive(Clone, Debug, PartialEq, Record)]
    #[record(table = "shelves", unaudited, unique(title))]
    pub(crate) struct Shelf {
        pub(crate) id: Id<Shelf>,
        #[record(flatten)]
        pub(crate) stamp: Stamp,
        pub(crate) slug: Slug,
        pub(crate) title: Title,
    }

    #[derive(Clone, Debug, PartialEq, Record)]
    #[record(table = "shelves", unaudited, unique(slug))]
    pub(crate) struct Numbered {
        pub(crate) id: Id<Numbered>,
        #[record(flatten)]
        pub(crate) stamp: Stamp,
        pub(crate) slug: Slug,
        pub(crate) title: i64,
    }
}

fn cx() -> Context {
    TestContext::new("files").build()
}

fn shelf(cx: &Context, slug: &str) -> first::Shelf {
    let stamp = Stamp::new(cx);
    let title = Title::new("A shelf").unwrap();
    first::Shelf { id: cx.id(), stamp, slug: Slug::new(slug).unwrap(), title }
}

async fn open(path: &Path, types: &[RecordType]) -> Result<Store, SetupError> {
    SqliteStore::open(path, types).await.map(Store::new)
}

async fn with_two_shelves(path: &Path, cx: &Context) -> [first::Shelf; 2] {
    let store = open(path, &[RecordType::of::<first::Shelf>()]).await.unwrap();
    let shelves = [shelf(cx, "one"), shelf(cx, "two")];
    let mut tx = store.begin(cx).await.unwrap();
    tx.insert_all(&shelves).await.unwrap();
    tx.commit().await.unwrap();
    shelves
}

#[tokio::test]
async fn what_is_committed_is_there_when_the_file_is_opened_again() {
    let folder = Folder::new("again");
    let cx = cx();
    let sent = message(&cx, "kept");
    {
        let store = Store::new(folder.store().await);
        let mut tx = store.begin(&cx).await.unwrap();
        tx.insert(&sent).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin(&cx).await.unwrap();
        tx.insert(&message(&cx, "not kept")).await.unwrap();
    }
    let store = Store::new(folder.store().await);
    let found = store.begin(&cx).await.unwrap().all(Query::<Message>::all()).await.unwrap();
    assert_eq!(found, [sent]);
}

#[tokio::test]
async fn new_columns_tables_indexes_and_references_are_added() {
    let (folder, cx) = (Folder::new("added"), cx());
    let path = folder.file("shelves.db");
    let shelves = with_two_shelves(&path, &cx).await;
    let types = [RecordType::of::<second::Shelf>(), RecordType::of::<second::Book>()];
    for _ in 0..2 {
        let store = open(&path, &types).await.unwrap();
        let mut tx = store.begin(&cx).await.unwrap();
        for old in &shelves {
            let new: second::Shelf = tx.require(Id::from_uuid(old.id.uuid())).await.unwrap();
            assert_eq!((&new.slug, &new.title, new.seats), (&old.slug, &old.title, None));
        }
        let on: Id<second::Shelf> = Id::from_uuid(shelves[0].id.uuid());
        let book = second::Book { id: cx.id(), stamp: Stamp::new(&cx), shelf_id: on };
        tx.insert(&book).await.unwrap();
        tx.commit().await.unwrap();
        let nowhere = second::Book { id: cx.id(), shelf_id: cx.id(), ..book.clone() };
        let mut tx = store.begin(&cx).await.unwrap();
        let refused = tx.insert(&nowhere).await;
        assert!(matches!(refused, Err(StoreError::BrokenReference { .. })), "{refused:?}");
        let mut tx = store.begin(&cx).await.unwrap();
        let mut shelf: second::Shelf = tx.require(on).await.unwrap();
        shelf.above_id = Some(cx.id());
        let refused = tx.update(&mut shelf).await;
        assert!(matches!(refused, Err(StoreError::BrokenReference { .. })), "{refused:?}");
    }
    SqliteStore::open(&path, &types).await.unwrap().check().await.unwrap();
}

#[tokio::test]
async fn what_would_lose_something_is_refused_and_changes_nothing() {
    let (folder, cx) = (Folder::new("refused"), cx());
    let path = folder.file("shelves.db");
    let shelves = with_two_shelves(&path, &cx).await;
    let refused = |types: Vec<RecordType>| {
        let path = path.clone();
        async move { open(&path, &types).await.map(drop).unwrap_err().to_string() }
    };
    let said = refused(vec![RecordType::of::<third::Shelf>()]).await;
    assert!(said.contains("`seats` is new and must not be empty"), "{said}");
    let said = refused(vec![RecordType::of::<fourth::Numbered>()]).await;
    assert!(said.contains("`title` is TEXT and would be INTEGER"), "{said}");
    let said = refused(vec![RecordType::of::<fourth::Shelf>()]).await;
    assert!(said.contains("`shelves`") && said.contains("UNIQUE"), "{said}");
    let said = refused(vec![RecordType::of::<second::Book>()]).await;
    assert!(said.contains("`shelves`, which this build does not know"), "{said}");
    // An older build meets what a newer one made.
    let store = open(&path, &[RecordType::of::<first::Shelf>()]).await.unwrap();
    let found = store.begin(&cx).await.unwrap().all(Query::<first::Shelf>::all()).await.unwrap();
    assert_eq!(found.len(), shelves.len());
    drop(store);
    drop(open(&path, &[RecordType::of::<second::Shelf>()]).await.unwrap());
    let said = refused(vec![RecordType::of::<first::Shelf>()]).await;
    assert!(said.contains("`shelves.above_id`") || said.contains("`shelves.seats`"), "{said}");
}

#[tokio::test]
async fn an_empty_table_takes_a_column_that_must_not_be_empty() {
    let folder = Folder::new("empty");
    let path = folder.file("shelves.db");
    drop(open(&path, &[RecordType::of::<first::Shelf>()]).await.unwrap());
    let store = open(&path, &[RecordType::of::<third::Shelf>()]).await.unwrap();
    // A record that the host did not name is told so.
    let cx = cx();
    let refused = store.begin(&cx).await.unwrap().count(Query::<Message>::all()).await;
    assert!(matches!(refused, Err(StoreError::InvalidQuery { .. })), "{refused:?}");
}

#[tokio::test]
async fn files_of_others_and_of_later_builds_are_refused_untouched() {
    let folder = Folder::new("foreign");
    let path = folder.file("text");
    fs::write(
        &path,
        "Dear diary, this is longer than the header of a database would be. ".repeat(9),
    )
    .unwrap();
    let before = fs::read(&path).unwrap();
    let refused = SqliteStore::open(&path, &record_types()).await.unwrap_err();
    assert!(matches!(refused, SetupError::Foreign { .. }), "{refused:?}");
    assert_eq!(fs::read(&path).unwrap(), before);

    let path = folder.file("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE diary (day TEXT)").unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    let refused = SqliteStore::open(&path, &record_types()).await.unwrap_err();
    assert!(matches!(refused, SetupError::Foreign { .. }), "{refused:?}");
    assert_eq!(fs::read(&path).unwrap(), before);

    let path = folder.file("later.db");
    drop(SqliteStore::open(&path, &record_types()).await.unwrap());
    let later = rusqlite::Connection::open(&path).unwrap();
    later.execute_batch("PRAGMA user_version = 2").unwrap();
    drop(later);
    let refused = SqliteStore::open(&path, &record_types()).await.unwrap_err();
    assert!(matches!(refused, SetupError::NewerFormat { found: 2, known: 1, .. }), "{refused:?}");

    let refused = SqliteStore::open(folder.file("no/such/folder/a.db"), &record_types()).await;
    assert!(matches!(refused, Err(SetupError::Database { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_damaged_file_is_told_by_its_place() {
    let (folder, cx) = (Folder::new("damaged"), cx());
    let store = folder.store().await;
    let many: Vec<_> = (0..500).map(|n| message(&cx, &format!("message {n}"))).collect();
    let mut tx = Store::new(store.clone()).begin(&cx).await.unwrap();
    tx.insert_all(&many).await.unwrap();
    tx.commit().await.unwrap();
    store.check().await.unwrap();
    drop(store);
    let path = folder.file("school.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() - 64 * 1024;
    bytes[middle..middle + 16 * 1024].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let refused = folder.store().await.check().await.unwrap_err();
    assert!(matches!(&refused, SetupError::Damaged { place, .. } if !place.is_empty()));
}

#[tokio::test]
async fn a_backup_is_what_was_committed_and_is_restored_by_putting_it_in_place() {
    let (folder, cx) = (Folder::new("backup"), cx());
    let store = folder.store().await;
    let handle = Store::new(store.clone());
    let kept = message(&cx, "kept");
    let mut tx = handle.begin(&cx).await.unwrap();
    tx.insert(&kept).await.unwrap();
    tx.commit().await.unwrap();
    // A writer is at work meanwhile, and does not keep the backup waiting.
    let mut writer = handle.begin(&cx).await.unwrap();
    writer.insert(&message(&cx, "not yet")).await.unwrap();
    let copy = folder.file("copy.db");
    store.backup(&copy).await.unwrap();
    writer.commit().await.unwrap();
    let again = store.backup(&copy).await;
    assert!(matches!(again, Err(SetupError::Database { .. })), "{again:?}");

    drop((store, handle));
    for file in ["school.db", "school.db-wal", "school.db-shm"] {
        let _ = fs::remove_file(folder.file(file));
    }
    fs::rename(&copy, folder.file("school.db")).unwrap();
    let store = folder.store().await;
    store.check().await.unwrap();
    let found = Store::new(store).begin(&cx).await.unwrap().all(Query::<Message>::all()).await;
    assert_eq!(found.unwrap(), [kept]);
}

#[tokio::test]
async fn a_full_disk_refuses_the_write_and_leaves_the_rest() {
    let (folder, cx) = (Folder::new("full"), cx());
    drop(folder.store().await);
    let size = fs::metadata(folder.file("school.db")).unwrap().len();
    let store = folder.store_with(Options::default().most_bytes(size + 256 * 1024)).await;
    let handle = Store::new(store.clone());
    let mut kept = 0;
    let refused = loop {
        let mut tx = handle.begin(&cx).await.unwrap();
        let many: Vec<_> = (0..50).map(|_| message(&cx, &"long ".repeat(50))).collect();
        let done = match tx.insert_all(&many).await {
            Ok(()) => tx.commit().await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => kept += 50,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    assert!(kept > 0);
    let mut tx = handle.begin(&cx).await.unwrap();
    assert_eq!(tx.count(Query::<Message>::all()).await.unwrap(), kept);
    // What is there can still be removed, and makes room.
    let there = tx.all(Query::<Message>::all()).await.unwrap();
    for message in there.iter().take(100) {
        tx.purge(message).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = handle.begin(&cx).await.unwrap();
    tx.insert(&message(&cx, "there is room")).await.unwrap();
    tx.commit().await.unwrap();
    store.check().await.unwrap();
    let mut tx = handle.begin_in(&cx, Scope::AllTenants).await.unwrap();
    assert_eq!(tx.count(Query::<Message>::all()).await.unwrap(), kept - 99);
}
