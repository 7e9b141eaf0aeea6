//! The SQLite store beside bare `rusqlite` on the same file: what types, scope, the second guard
//! and the way to a thread that may block cost.
//!
//! `cargo bench --features sqlite --bench sqlite`, then `benches/peers/ratios.py sqlite` for the
//! ratios.
//!
//! Each operation is a whole unit of work on one tenant's 10,000 messages: begin, the statement,
//! commit. The peer sends the same statements, prepared once, on the thread that asks, and reads
//! the same columns into a structure of its own. Both wait for the disk.
use std::{fs, hint::black_box, path::PathBuf, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use lms::{
    kernel::{Actor, Context, Id, SequentialIds, TenantId, Timestamp},
    outbox::{Message, MessageStatus},
    record_types,
    sqlite::SqliteStore,
    store::{LogStamp, PageSize, Query, Record as _, Store},
};
use rusqlite::{Connection, Row, params};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

const MESSAGES: usize = 10_000;
const PAGE: u32 = 50;

struct School {
    runtime: Runtime,
    store: Store,
    cx: Context,
    ids: Vec<Id<Message>>,
    file: PathBuf,
}

fn message(cx: &Context) -> Message {
    Message {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        kind: "learning.lesson_completed".to_owned(),
        subject_kind: "enrollment".to_owned(),
        subject_id: cx.id::<Message>().uuid(),
        payload: serde_json::json!({ "lesson": 12, "score": "0.95", "at": "2025-03-03" }),
        occurred_at: cx.now(),
        status: MessageStatus::Pending,
        attempts: 0,
        next_attempt_at: cx.now(),
        sent_at: None,
    }
}

impl School {
    fn founded(name: &str) -> Self {
        let file = std::env::temp_dir().join(format!("lms-bench-{name}-{}.db", std::process::id()));
        let tenant = TenantId::from_uuid(Uuid::from_u128(7));
        let ids = Arc::new(SequentialIds::starting_at(1));
        let cx = Context::new(tenant, Actor::system("bench"), Timestamp::EPOCH, ids);
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let messages: Vec<_> = (0..MESSAGES).map(|_| message(&cx)).collect();
        let store = runtime.block_on(async {
            let store = Store::new(SqliteStore::open(&file, &record_types()).await.unwrap());
            let mut tx = store.begin(&cx).await.unwrap();
            tx.insert_all(&messages).await.unwrap();
            tx.commit().await.unwrap();
            store
        });
        Self { runtime, store, cx, ids: messages.iter().map(|it| it.id).collect(), file }
    }

    /// An id from all over the table, never the same twice in a row.
    fn id(&self, turn: usize) -> Id<Message> {
        self.ids[turn.wrapping_mul(7919) % self.ids.len()]
    }
}

impl Drop for School {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", self.file.display()));
        }
    }
}

fn sqlite_store(c: &mut Criterion) {
    let mut group = c.benchmark_group("sqlite");
    let school = School::founded("store");
    let School { runtime, store, cx, .. } = &school;
    let mut turn = 0;
    group.bench_function("get", |b| {
        b.iter(|| {
            turn += 1;
            runtime.block_on(async {
                let mut tx = store.begin(cx).await.unwrap();
                black_box(tx.require(school.id(turn)).await.unwrap())
            })
        });
    });
    group.bench_function("page_of_50", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let mut tx = store.begin(cx).await.unwrap();
                let query = Query::<Message>::all().limit(PageSize::new(PAGE));
                black_box(tx.page(query).await.unwrap())
            })
        });
    });
    group.bench_function("save", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let mut tx = store.begin(cx).await.unwrap();
                tx.insert(&message(cx)).await.unwrap();
                tx.commit().await.unwrap();
            });
        });
    });
    group.bench_function("save_100_in_one_commit", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let messages: Vec<_> = (0..100).map(|_| message(cx)).collect();
                let mut tx = store.begin(cx).await.unwrap();
                tx.insert_all(&messages).await.unwrap();
                tx.commit().await.unwrap();
            });
        });
    });
    group.finish();
}

/// What a host without a library would read a row into.
#[expect(dead_code, reason = "it is read into, as a host's own type would be")]
struct Plain {
    id: Uuid,
    tenant: Uuid,
    version: i64,
    texts: [String; 4],
    subject: Uuid,
    payload: serde_json::Value,
    times: [i64; 2],
    attempts: i64,
    sent_at: Option<i64>,
}

const COLUMNS: &str = "id, tenant_id, version, kind, subject_kind, status, subject_id, payload, \
                       occurred_at, next_attempt_at, attempts, sent_at";

fn plain(row: &Row<'_>) -> rusqlite::Result<Plain> {
    let uuid = |at: usize| row.get::<_, [u8; 16]>(at).map(Uuid::from_bytes);
    let payload: String = row.get(7)?;
    Ok(Plain {
        id: uuid(0)?,
        tenant: uuid(1)?,
        version: row.get(2)?,
        texts: [row.get(3)?, row.get(4)?, row.get(5)?, String::new()],
        subject: uuid(6)?,
        payload: serde_json::from_str(&payload).unwrap(),
        times: [row.get(8)?, row.get(9)?],
        attempts: row.get(10)?,
        sent_at: row.get(11)?,
    })
}

fn save(db: &Connection, message: &Message) {
    let columns: Vec<_> = Message::schema().columns.iter().map(|it| it.name).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!("INSERT INTO outbox_messages ({}) VALUES ({marks})", columns.join(", "));
    let mut insert = db.prepare_cached(&sql).unwrap();
    for (at, column) in columns.iter().enumerate() {
        let at = at + 1;
        match *column {
            "id" => insert.raw_bind_parameter(at, &message.id.uuid().as_bytes()[..]),
            "tenant_id" => insert.raw_bind_parameter(at, &Uuid::from_u128(7).as_bytes()[..]),
            "subject_id" => insert.raw_bind_parameter(at, &message.subject_id.as_bytes()[..]),
            "kind" => insert.raw_bind_parameter(at, &message.kind),
            "subject_kind" => insert.raw_bind_parameter(at, &message.subject_kind),
            "status" => insert.raw_bind_parameter(at, "pending"),
            "payload" => insert.raw_bind_parameter(at, message.payload.to_string()),
            "created_by" | "sent_at" => insert.raw_bind_parameter(at, rusqlite::types::Null),
            "version" => insert.raw_bind_parameter(at, 1),
            _ => insert.raw_bind_parameter(at, 0),
        }
        .unwrap();
    }
    insert.raw_execute().unwrap();
}

fn bare(c: &mut Criterion) {
    let mut group = c.benchmark_group("rusqlite");
    let school = School::founded("bare");
    let db = Connection::open(&school.file).unwrap();
    db.pragma_update(None, "synchronous", "FULL").unwrap();
    db.pragma_update(None, "foreign_keys", true).unwrap();
    db.pragma_update(None, "secure_delete", true).unwrap();
    let run = |sql: &str| db.prepare_cached(sql).unwrap().execute([]).map(drop).unwrap();
    let tenant = Uuid::from_u128(7);
    let mut turn = 0;
    group.bench_function("get", |b| {
        let sql = format!("SELECT {COLUMNS} FROM outbox_messages WHERE tenant_id = ? AND id = ?");
        b.iter(|| {
            turn += 1;
            let id = school.id(turn).uuid();
            run("BEGIN");
            let mut get = db.prepare_cached(&sql).unwrap();
            let keys = params![&tenant.as_bytes()[..], &id.as_bytes()[..]];
            let found = get.query_row(keys, plain).unwrap();
            run("COMMIT");
            black_box(found)
        });
    });
    group.bench_function("page_of_50", |b| {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox_messages WHERE tenant_id = ? ORDER BY id LIMIT 51"
        );
        b.iter(|| {
            run("BEGIN");
            let mut page = db.prepare_cached(&sql).unwrap();
            let rows = page.query_map([&tenant.as_bytes()[..]], plain).unwrap();
            let rows: Vec<_> = rows.map(Result::unwrap).collect();
            run("COMMIT");
            black_box(rows)
        });
    });
    group.bench_function("save", |b| {
        b.iter(|| {
            run("BEGIN IMMEDIATE");
            save(&db, &message(&school.cx));
            run("COMMIT");
        });
    });
    group.bench_function("save_100_in_one_commit", |b| {
        b.iter(|| {
            run("BEGIN IMMEDIATE");
            (0..100).for_each(|_| save(&db, &message(&school.cx)));
            run("COMMIT");
        });
    });
    group.finish();
}

criterion_group!(benches, sqlite_store, bare);
criterion_main!(benches);
