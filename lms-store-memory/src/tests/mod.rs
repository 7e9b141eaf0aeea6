//! Tests through the port: records of a small library of books.
mod file;
mod indexes;
mod isolation;
mod model;
mod rules;
mod scopes;
mod upserts;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use lms_derive::TextEnum;
use lms_kernel::{Actor, Context, Id, Scope, SequentialIds, Slug, TenantId, Timestamp, Title};
use lms_store::{LogStamp, PlatformStamp, Record, Schema, Stamp, Store, StoreError};
use serde_json::json;
use uuid::Uuid;

use crate::MemoryStore;

#[derive(Clone, Debug, PartialEq, Record)]
#[record(table = "shelves", kind = "shelf", unaudited, unique(slug), index(title))]
pub(crate) struct Shelf {
    pub(crate) id: Id<Shelf>,
    #[record(flatten)]
    pub(crate) stamp: Stamp,
    pub(crate) slug: Slug,
    pub(crate) title: Title,
    pub(crate) capacity: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub(crate) enum BookStatus {
    OnShelf,
    Lent,
    Lost,
}

#[derive(Clone, Debug, PartialEq, Record)]
#[record(
    table = "books",
    unaudited,
    unique(shelf_id, label; status = "on_shelf" | "lent"),
    unique_always(barcode),
    unique(code; lent_at = null),
    index(shelf_id, pages),
    index(status)
)]
pub(crate) struct Book {
    pub(crate) id: Id<Book>,
    #[record(flatten)]
    pub(crate) stamp: Stamp,
    pub(crate) shelf_id: Id<Shelf>,
    pub(crate) sequel_of: Option<Id<Book>>,
    pub(crate) label: Option<String>,
    pub(crate) barcode: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) status: BookStatus,
    pub(crate) pages: i64,
    pub(crate) lent_at: Option<Timestamp>,
    pub(crate) notes: serde_json::Value,
}

/// A tenant's own row, which the platform keeps.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(table = "tenants", kind = "firm", unaudited, platform, unique(name))]
pub(crate) struct Firm {
    pub(crate) id: Id<Firm>,
    #[record(flatten)]
    pub(crate) stamp: PlatformStamp,
    pub(crate) name: String,
}

/// A row of a tenant that refers to the platform's.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(table = "visits", unaudited, unique_always(key))]
pub(crate) struct Visit {
    pub(crate) id: Id<Visit>,
    #[record(flatten)]
    pub(crate) stamp: LogStamp,
    pub(crate) firm_id: Id<Firm>,
    pub(crate) key: String,
    pub(crate) count: i64,
}

pub(crate) fn schemas() -> [&'static Schema; 4] {
    [Shelf::schema(), Book::schema(), Firm::schema(), Visit::schema()]
}

/// A context of a tenant of its own.
pub(crate) fn context() -> Context {
    static TENANTS: AtomicU64 = AtomicU64::new(1);
    context_of(TENANTS.fetch_add(1, Relaxed))
}

/// A context of the tenant of that number, with ids that no other context makes.
pub(crate) fn context_of(tenant: u64) -> Context {
    static IDS: AtomicU64 = AtomicU64::new(1);
    let ids = SequentialIds::starting_at(IDS.fetch_add(1, Relaxed) << 24);
    let tenant = TenantId::from_uuid(Uuid::from_u128(tenant.into()));
    Context::new(tenant, Actor::system("test"), now(), Arc::new(ids))
}

pub(crate) fn now() -> Timestamp {
    "2025-03-03T09:00:00Z".parse().unwrap()
}

pub(crate) fn shelf(cx: &Context, slug: &str) -> Shelf {
    Shelf {
        id: cx.id(),
        stamp: Stamp::new(cx),
        slug: slug.parse().unwrap(),
        title: slug.parse().unwrap(),
        capacity: 1,
    }
}

pub(crate) fn book(cx: &Context, shelf: &Shelf) -> Book {
    Book {
        id: cx.id(),
        stamp: Stamp::new(cx),
        shelf_id: shelf.id,
        sequel_of: None,
        label: None,
        barcode: None,
        code: None,
        status: BookStatus::OnShelf,
        pages: 100,
        lent_at: None,
        notes: json!({}),
    }
}

pub(crate) fn firm(cx: &Context, name: &str) -> Firm {
    Firm {
        id: Id::from_uuid(cx.tenant().uuid()),
        stamp: PlatformStamp::new(cx),
        name: name.to_owned(),
    }
}

pub(crate) fn visit(cx: &Context, firm: &Firm, key: &str) -> Visit {
    Visit { id: cx.id(), stamp: LogStamp::new(cx), firm_id: firm.id, key: key.to_owned(), count: 1 }
}

pub(crate) fn store() -> (MemoryStore, Store) {
    let memory = MemoryStore::new();
    (memory.clone(), Store::new(memory))
}

pub(crate) async fn save<R: Record>(
    store: &Store,
    cx: &Context,
    records: impl IntoIterator<Item = &R>,
) {
    save_in(store, cx, cx.scope(), records).await;
}

pub(crate) async fn save_in<R: Record>(
    store: &Store,
    cx: &Context,
    scope: Scope,
    records: impl IntoIterator<Item = &R>,
) {
    let mut tx = store.begin_in(cx, scope).await.unwrap();
    let records: Vec<R> = records.into_iter().cloned().collect();
    tx.insert_all(&records).await.unwrap();
    tx.commit().await.unwrap();
}

#[track_caller]
pub(crate) fn assert_duplicate<T: std::fmt::Debug>(done: Result<T, StoreError>, expected: &[&str]) {
    match done {
        Err(StoreError::Duplicate { columns, .. }) => assert_eq!(columns, expected),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_broken<T: std::fmt::Debug>(
    done: Result<T, StoreError>,
    table: &str,
    column: &str,
) {
    match done {
        Err(StoreError::BrokenReference { table: found, columns }) => {
            assert_eq!((found, columns.as_slice()), (table, &[column][..]));
        }
        other => panic!("{other:?}"),
    }
}
