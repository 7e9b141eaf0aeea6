//! A store in a file.
use std::{fs, path::PathBuf};

use lms_store::{Query, SchemaBuilder, Select, StoreError, Type, Value};
use proptest::prelude::*;

use super::*;
use crate::FileError;

/// A folder of its own, removed with what is in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static FOLDERS: AtomicU64 = AtomicU64::new(0);
        let number = FOLDERS.fetch_add(1, Relaxed);
        let name = format!("lms-store-memory-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn filled() -> (Context, MemoryStore) {
    let (cx, (memory, store)) = (context_of(1 << 40), store());
    let firm = firm(&cx, "ours");
    save_in(&store, &cx, Scope::Platform, [&firm]).await;
    let row = shelf(&cx, "one");
    save(&store, &cx, [&row]).await;
    let mut odd = Book {
        label: Some("é\u{10FFFF}\"\\\n".into()),
        lent_at: Some(Timestamp::MIN),
        pages: i64::MIN,
        notes: json!({"a": [0.1, 1e300, 5e-324, u64::MAX, i64::MIN, null, {"b": "\u{7f}"}]}),
        ..book(&cx, &row)
    };
    odd.stamp.deleted_at = Some(Timestamp::MAX);
    save(&store, &cx, &[odd.clone(), Book { sequel_of: Some(odd.id), ..book(&cx, &row) }]).await;
    save(&store, &cx, &[visit(&cx, &firm, "k")]).await;
    (cx, memory)
}

fn bytes(memory: &MemoryStore) -> Vec<u8> {
    let mut out = Vec::new();
    memory.write_to(&mut out).unwrap();
    out
}

fn read(bytes: &[u8]) -> Result<MemoryStore, FileError> {
    MemoryStore::read_from(bytes, schemas())
}

/// The same lines with their checksums made right again.
fn resealed(text: &str) -> Vec<u8> {
    use crate::file::seal;
    let lines: Vec<_> = text.lines().collect();
    let bare = lines.iter().enumerate().map(|(at, line)| if at == 0 { line } else { &line[9..] });
    seal(bare)
}

fn text(memory: &MemoryStore) -> String {
    String::from_utf8(bytes(memory)).unwrap()
}

#[track_caller]
fn refused(bytes: &[u8]) -> String {
    let error = read(bytes).unwrap_err();
    match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[tokio::test]
async fn what_is_read_back_is_what_was_saved() {
    let (cx, memory) = filled().await;
    let folder = Folder::new();
    let path = folder.0.join("school.lms");
    memory.save_to(&path).unwrap();
    assert_eq!(folder.names(), ["school.lms"]);
    let back = MemoryStore::open(&path, schemas()).unwrap();
    assert_eq!(bytes(&back), bytes(&memory));
    let (mut a, mut b) = (
        Store::new(memory).begin(&cx).await.unwrap(),
        Store::new(back.clone()).begin(&cx).await.unwrap(),
    );
    let all = Query::<Book>::all().with_deleted();
    assert_eq!(a.all(all.clone()).await.unwrap(), b.all(all).await.unwrap());
    // Rules and indexes hold on what was read.
    assert_duplicate(b.insert(&shelf(&cx, "one")).await, &["slug"]);
    let mut tx = Store::new(back).begin(&cx).await.unwrap();
    let by_slug = Query::filter(Shelf::SLUG.eq("one".parse().unwrap()));
    let row = tx.first(by_slug).await.unwrap().unwrap();
    assert_broken(tx.purge(&row).await, "books", "shelf_id");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_, memory) = filled().await;
    let folder = Folder::new();
    let path = folder.0.join("school.lms");
    memory.save_to(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_failed_save_leaves_the_old_file_and_nothing_else() {
    let (cx, memory) = filled().await;
    let folder = Folder::new();
    let path = folder.0.join("school.lms");
    memory.save_to(&path).unwrap();
    let before = fs::read(&path).unwrap();

    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    // The library refuses it before a backend is asked.
    let store = Store::new(memory.clone());
    let mut tx = store.backend().begin(Scope::Tenant(cx.tenant())).await.unwrap();
    let schema = Book::schema();
    let mut odd = tx.select(&Select::all(schema)).await.unwrap().remove(0);
    odd.set(schema, "id", Value::Uuid(cx.id::<Book>().uuid()));
    for column in ["label", "barcode", "code"] {
        odd.set(schema, column, Value::Null);
    }
    odd.set(schema, "lent_at", Value::Time(Timestamp::MIN));
    odd.set(schema, "notes", Value::Json(deep.into()));
    tx.insert(schema, vec![odd]).await.unwrap();
    tx.commit().await.unwrap();
    let error = memory.save_to(&path).unwrap_err();
    assert!(matches!(error, FileError::TooDeep { column: "notes", .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(folder.names(), ["school.lms"]);

    let nowhere = folder.0.join("missing").join("school.lms");
    let error = memory.save_to(&nowhere).unwrap_err();
    assert!(error.to_string().starts_with("cannot create `"), "{error}");
    // A folder in the way of the rename.
    fs::create_dir(folder.0.join("taken")).unwrap();
    fs::write(folder.0.join("taken").join("x"), "").unwrap();
    assert!(MemoryStore::new().save_to(folder.0.join("taken")).is_err());
    assert_eq!(folder.names().len(), 2);
    let error = MemoryStore::open(&nowhere, schemas()).unwrap_err();
    assert!(error.to_string().starts_with("cannot open `"), "{error}");
}

#[tokio::test]
async fn of_two_stores_from_one_file_the_second_to_save_is_told() {
    let folder = Folder::new();
    let path = folder.0.join("school.lms");
    let (cx, first) = filled().await;
    first.save_to(&path).unwrap();
    let schemas = || first.contents().tables.iter().map(|it| it.1.shape.schema).collect::<Vec<_>>();
    let second = MemoryStore::open(&path, schemas()).unwrap();
    save(&Store::new(first.clone()), &cx, [&shelf(&cx, "of-the-first")]).await;
    save(&Store::new(second.clone()), &cx, [&shelf(&cx, "of-the-second")]).await;
    first.save_to(&path).unwrap();
    let saved = fs::read(&path).unwrap();
    let refused = second.save_to(&path).unwrap_err();
    assert!(matches!(refused, FileError::ChangedMeanwhile { .. }), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), saved, "the file is as the first one left it");
    assert_eq!(folder.names(), ["school.lms"]);
    second.save_to(folder.0.join("elsewhere.lms")).unwrap();
    // Who goes on with the file as it is now may save, and the same store as often as it likes.
    let third = MemoryStore::open(&path, schemas()).unwrap();
    third.save_to(&path).unwrap();
    third.clone().save_to(&path).unwrap();
}

#[tokio::test]
async fn what_a_killed_save_left_is_removed_by_the_next_one() {
    let folder = Folder::new();
    let path = folder.0.join("school.lms");
    let (_, store) = filled().await;
    store.save_to(&path).unwrap();
    let remains = |name: &str| fs::write(folder.0.join(name), "half").unwrap();
    remains(".school.lms.4711-0");
    remains(".school.lms.notes");
    // A save that another thread is in the middle of holds its file.
    let live = fs::File::create(folder.0.join(".school.lms.4712-0")).unwrap();
    live.lock().unwrap();
    store.save_to(&path).unwrap();
    let mut names = folder.names();
    names.sort_unstable();
    assert_eq!(names, [".school.lms.4712-0", ".school.lms.notes", "school.lms"]);
}

#[tokio::test]
async fn every_truncation_and_every_changed_byte_is_noticed() {
    let (_, memory) = filled().await;
    let whole = bytes(&memory);
    for length in 0..whole.len() {
        assert!(read(&whole[..length]).is_err(), "cut to {length}");
    }
    for at in 0..whole.len() {
        for bit in [1, 0x80] {
            let mut damaged = whole.clone();
            damaged[at] ^= bit;
            assert!(read(&damaged).is_err(), "byte {at}");
        }
    }
    assert!(read(&whole).is_ok());
}

#[tokio::test]
async fn damage_is_located() {
    let (_, memory) = filled().await;
    let text = text(&memory);
    let lines: Vec<_> = text.lines().collect();
    // 1 magic, 2 books, 3–4 its records, 5 shelves, 6 its record, …
    let start = text.find(lines[3]).unwrap();
    let mut damaged = text.clone().into_bytes();
    damaged[start + 60] ^= 1;
    let place = format!("table `books`, record 2, line 4, byte {start}");
    let expected = format!(
        "the checksum of {place} is wrong: the file is damaged here; restore it from a copy"
    );
    assert_eq!(refused(&damaged), expected);
    let cut = &text.as_bytes()[..start + 20];
    let expected = format!("the file ends too early, at {place}; restore it from a copy");
    assert_eq!(refused(cut), expected);
    // Two records change places.
    let mut moved = lines.clone();
    moved.swap(2, 3);
    assert!(refused(format!("{}\n", moved.join("\n")).as_bytes()).contains("record 1, line 3"));
    // One is missing, or there twice.
    for lines in [[&lines[..2], &lines[3..]].concat(), [&lines[..3], &lines[2..]].concat()] {
        let damaged = format!("{}\n", lines.join("\n"));
        assert!(refused(damaged.as_bytes()).starts_with("the checksum of"));
    }
    let surplus = format!("{text}x");
    let expected = format!("line {}, byte {}", lines.len() + 1, text.len());
    assert!(refused(surplus.as_bytes()).ends_with(&expected));
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_in_words() {
    let (_, memory) = filled().await;
    let text = text(&memory);
    let expected = "the file is not a saved store: it does not start with `lms-memory-store `";
    for other in ["", "{}", "PK\u{3}\u{4}", "lms-memory-store x\n", "lms-memory-store 2"] {
        assert_eq!(refused(other.as_bytes()), expected, "{other:?}");
    }
    let newer = text.replacen("store 2\n", "store 3\n", 1);
    let expected = "the file has format 3, this release reads up to 2; update the library";
    assert_eq!(refused(newer.as_bytes()), expected);

    let change = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        refused(&resealed(&text.replacen(from, to, 1)))
    };
    assert_eq!(
        change("\"table\":\"shelves\"", "\"table\":\"chairs\""),
        "the file has a table `chairs` that this release does not know"
    );
    assert_eq!(
        change("[\"barcode\",\"text\"]", "[\"bar\",\"text\"]"),
        "the file has a column `books.bar` that this release does not know"
    );
    assert_eq!(
        change("[\"barcode\",\"text\"]", "[\"label\",\"text\"]"),
        "the file has a column `books.label` that this release does not know"
    );
    assert_eq!(
        change("[\"barcode\",\"text\"]", "[\"barcode\",\"int\"]"),
        "the file has `books.barcode` as Int, this release as Text"
    );
    assert!(
        change("\"on_shelf\"", "\"burnt\"").contains("does not accept the value: it is not one")
    );
    assert!(change("{\"text\":\"on_shelf\"}", "{\"int\":1}").contains("it is of another type"));
    assert!(change("{\"text\":\"on_shelf\"}", "\"null\"").contains("it must not be empty"));
    assert!(change("{\"text\":\"on_shelf\"},", "").contains("a record of so many columns"));
    assert!(change("{\"text\":\"on_shelf\"}", "7").contains("does not read as a record"));
    assert!(change("\"records\":2", "\"records\":1").contains("a table or the end"));
    assert!(change("\"records\":2", "\"records\":3").contains("record 3"));
    assert!(change("{\"tables\":4,", "{\"tables\":5,").contains("the end of this store"));
}

/// A file of the first format names types and values as the code does.
#[tokio::test]
async fn a_file_of_the_first_format_is_read() {
    let (_, memory) = filled().await;
    let now = text(&memory);
    let mut old = now.replacen("store 2\n", "store 1\n", 1);
    for (name, before) in
        [("bool", "Bool"), ("int", "Int"), ("text", "Text"), ("uuid", "Uuid"), ("time", "Time")]
    {
        old = old.replace(&format!("{{\"{name}\":"), &format!("{{\"{before}\":"));
        old = old.replace(&format!(",\"{name}\"]"), &format!(",\"{before}\"]"));
    }
    old = old.replace("\"null\"", "\"Null\"");
    assert!(old.contains("[\"barcode\",\"Text\"]") && old.contains("{\"Text\":\"on_shelf\"}"));
    assert_eq!(text(&read(&resealed(&old)).unwrap()), now);
}

#[tokio::test]
async fn records_that_contradict_each_other_are_refused() {
    let (_, memory) = filled().await;
    let text = text(&memory);
    let lines: Vec<_> = text.lines().collect();
    let twice = [&lines[..3], &lines[2..]].concat().join("\n");
    let twice = twice.replacen("\"records\":2", "\"records\":3", 1);
    let twice = twice.replacen("{\"tables\":4,\"records\":5}", "{\"tables\":4,\"records\":6}", 1);
    assert!(refused(&resealed(&twice)).ends_with("with the same [\"id\"]"));

    // The shelf's id, wherever only the books name it.
    let record = lines.iter().find(|it| it.contains("{\"text\":\"one\"}")).unwrap();
    let at = record.find("{\"uuid\":\"").unwrap() + 9;
    let id = &record[at..at + 36];
    let other = Uuid::from_u128(77).to_string();
    let orphaned = text.replacen(record, &record.replacen(id, &other, 1), 1);
    let error = read(&resealed(&orphaned)).unwrap_err();
    let FileError::Inconsistent { table: "books", source, .. } = error else { panic!("{error}") };
    assert!(matches!(*source, StoreError::BrokenReference { table: "books", .. }), "{source}");
}

#[tokio::test]
async fn a_new_column_is_empty_if_it_may_be() {
    fn grown(nullable: bool) -> &'static Schema {
        use lms_store::Column;
        let old = Visit::schema();
        let new = Column { nullable, ..Column::of::<String>("colour") };
        let columns = old.columns.iter().copied().chain([new]);
        let build = columns.fold(Schema::build("visits", "visit"), SchemaBuilder::column);
        Box::leak(Box::new(build.unique(old.uniques[0]).done()))
    }
    let (cx, memory) = filled().await;
    let saved = bytes(&memory);
    let open = |new| {
        let others = schemas().into_iter().filter(|it| it.table != "visits");
        MemoryStore::read_from(saved.as_slice(), others.chain([new]))
    };
    let error = open(grown(false)).unwrap_err();
    let expected = "the file has no column `visits.colour`, which must not be empty";
    assert_eq!(error.to_string(), expected);
    let new = grown(true);
    let back = open(new).unwrap();
    use lms_store::{Backend as _, Select};
    let mut tx = back.begin(cx.scope()).await.unwrap();
    let rows = tx.select(&Select::all(new)).await.unwrap();
    assert!(new.value(&rows[0], "colour").is_null());
    assert_eq!(new.column("colour").map(|it| it.ty), Some(Type::Text));
}

proptest! {
    #[test]
    fn any_input_is_refused_or_read_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        lines in prop::collection::vec("[\\[\\]{}\":a-z0-9,]{0,40}", 0..5),
    ) {
        let _ = read(&bytes);
        let start = "lms-memory-store 2";
        let sealed = crate::file::seal([start].into_iter().chain(lines.iter().map(String::as_str)));
        let _ = read(&sealed);
    }
}
