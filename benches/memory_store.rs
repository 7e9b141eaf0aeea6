//! The memory store beside a plain `HashMap` under a lock: what transactions, order, indexes,
//! history and the audit trail cost where there is no disk and no network.
//!
//! `cargo bench --bench memory_store`, then `benches/peers/ratios.py memory_store` for the ratios;
//! `benches/peers/compare memory_store` does both.
//!
//! Each operation of the store is a whole unit of work on one tenant's 10,000 programs: begin,
//! the statement, commit, with the audit entry that a write leaves behind. The map does what a
//! host without a library would: clone the value in or out under the lock; for a page it sorts
//! the ids, since a map has no order.
use std::{
    collections::HashMap,
    hint::black_box,
    sync::{Arc, PoisonError, RwLock},
};

use criterion::{Criterion, criterion_group, criterion_main};
use lms::{
    delivery::Program,
    kernel::{Actor, Context, Id, SequentialIds, TenantId, Timestamp, Title},
    memory::MemoryStore,
    store::{PageSize, Query, Store},
};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

const PROGRAMS: usize = 10_000;
const PAGE: u32 = 50;
/// What one commit of many writes.
const BATCH: usize = 100;

struct School {
    runtime: Runtime,
    store: Store,
    cx: Context,
    ids: Vec<Id<Program>>,
}

fn context() -> Context {
    let tenant = TenantId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
    let ids = Arc::new(SequentialIds::starting_at(1));
    Context::new(tenant, Actor::system("bench"), Timestamp::EPOCH, ids)
}

fn program(cx: &Context) -> Program {
    Program::new(cx, Title::new("Spoken English, evening courses").unwrap())
}

impl School {
    fn founded() -> Self {
        let runtime = Builder::new_current_thread().build().unwrap();
        let (store, cx) = (Store::new(MemoryStore::new()), context());
        let programs: Vec<_> = (0..PROGRAMS).map(|_| program(&cx)).collect();
        runtime.block_on(async {
            let mut tx = store.begin(&cx).await.unwrap();
            tx.insert_all(&programs).await.unwrap();
            tx.commit().await.unwrap();
        });
        Self { runtime, store, cx, ids: programs.iter().map(|it| it.id).collect() }
    }

    /// An id from all over the table, never the same twice in a row.
    fn id(&self, turn: usize) -> Id<Program> {
        self.ids[turn.wrapping_mul(7919) % self.ids.len()]
    }
}

fn memory_store(c: &mut Criterion) {
    let mut group = c.benchmark_group("memory_store");
    let school = School::founded();
    let School { runtime, store, cx, .. } = &school;
    let mut turn = 0;
    let mut next = || {
        turn += 1;
        turn
    };
    group.bench_function("get", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let mut tx = store.begin(cx).await.unwrap();
                black_box(tx.require(school.id(next())).await.unwrap())
            })
        });
    });
    group.bench_function("page_of_50", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let mut tx = store.begin(cx).await.unwrap();
                black_box(
                    tx.page(Query::<Program>::all().limit(PageSize::new(PAGE))).await.unwrap(),
                )
            })
        });
    });
    group.bench_function("update", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let mut tx = store.begin(cx).await.unwrap();
                let mut program = tx.require(school.id(next())).await.unwrap();
                program.in_order = !program.in_order;
                tx.update(&mut program).await.unwrap();
                tx.commit().await.unwrap();
            });
        });
    });
    group.bench_function("insert", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let mut tx = store.begin(cx).await.unwrap();
                tx.insert(&program(cx)).await.unwrap();
                tx.commit().await.unwrap();
            });
        });
    });
    group.bench_function("insert_100_in_one_commit", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let mut tx = store.begin(cx).await.unwrap();
                let programs: Vec<_> = (0..BATCH).map(|_| program(cx)).collect();
                tx.insert_all(&programs).await.unwrap();
                tx.commit().await.unwrap();
            });
        });
    });
    group.finish();
}

type Map = RwLock<HashMap<Uuid, Program>>;

fn hash_map(c: &mut Criterion) {
    let mut group = c.benchmark_group("hash_map");
    let cx = context();
    let programs: Vec<_> = (0..PROGRAMS).map(|_| program(&cx)).collect();
    let ids: Vec<_> = programs.iter().map(|it| it.id.uuid()).collect();
    let map: Map = RwLock::new(programs.into_iter().map(|it| (it.id.uuid(), it)).collect());
    let read = || map.read().unwrap_or_else(PoisonError::into_inner);
    let write = || map.write().unwrap_or_else(PoisonError::into_inner);
    let mut turn = 0_usize;
    let mut next = || {
        turn += 1;
        ids[turn.wrapping_mul(7919) % ids.len()]
    };
    group.bench_function("get", |b| b.iter(|| black_box(read().get(&next()).cloned())));
    group.bench_function("page_of_50", |b| {
        b.iter(|| {
            let map = read();
            let mut ids: Vec<_> = map.keys().copied().collect();
            ids.sort_unstable();
            let page: Vec<_> = ids.iter().take(PAGE as usize).map(|it| map[it].clone()).collect();
            black_box(page)
        });
    });
    group.bench_function("update", |b| {
        b.iter(|| {
            let id = next();
            let mut program = read()[&id].clone();
            program.in_order = !program.in_order;
            write().insert(id, program);
        });
    });
    group.bench_function("insert", |b| {
        b.iter(|| {
            let program = program(&cx);
            write().insert(program.id.uuid(), program);
        });
    });
    group.bench_function("insert_100_in_one_commit", |b| {
        b.iter(|| {
            let programs: Vec<_> = (0..BATCH).map(|_| program(&cx)).collect();
            write().extend(programs.into_iter().map(|it| (it.id.uuid(), it)));
        });
    });
    group.finish();
}

criterion_group!(benches, memory_store, hash_map);
criterion_main!(benches);
