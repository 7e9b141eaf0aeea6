//! Who may seal, verify and purge the audit trail; and a trail that moves to another store.
use chrono::TimeDelta;
use lms::{
    governance::{AuditSealed, ExportTenant, ImportTenant, PurgeAudit, SealAudit, VerifyAudit},
    identity::MembershipKind,
    kernel::Scope,
    memory::MemoryStore,
    outbox::{DomainEvent as _, Message},
    store::{PageSize, Query, Store},
};

use super::{Place, others, start};
use crate::school::School;

#[tokio::test]
async fn the_trail_is_sealed_verified_and_purged_by_those_who_may() {
    let (store, test, _home) = start(Place::Memory, "seals").await;
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let worker = school.person("worker@a.example", MembershipKind::Staff, None).await;
    let size = PageSize::MAX;
    refused!(school, [worker.cx, student, south, stranger, nobody], |tx| {
        tx.run(SealAudit { most: size })
    });
    refused!(school, [worker.cx, student, south, stranger, nobody], |tx| {
        tx.run(VerifyAudit::from_start(size))
    });
    refused!(school, [worker.cx, student, south, stranger, nobody], |tx| {
        tx.run(PurgeAudit { most: size })
    });
    let later = admin.cx.clone().at(admin.cx.now().saturating_add(TimeDelta::minutes(5)));
    let mut seals = Vec::new();
    loop {
        let done = run!(school, later, |tx| tx.run(SealAudit { most: size })).unwrap();
        seals.extend(done.seal);
        if !done.has_more {
            break;
        }
    }
    let seal = seals.pop().unwrap();
    let mut tx = store.begin(&later).await.unwrap();
    let told = Query::filter(Message::KIND.eq(AuditSealed::KIND.to_owned()));
    let told = tx.all(told).await.unwrap();
    assert_eq!(told.len(), seals.len() + 1);
    assert!(told.iter().any(|it| it.payload["hash"] == seal.hash.to_string()));
    drop(tx);
    let what = VerifyAudit { trusted: Some(seal.anchor()), ..VerifyAudit::from_start(size) };
    let whole = run!(school, later, |tx| tx.run(what)).unwrap();
    assert_eq!((whole.fault, whole.verified), (None, Some(seal.anchor())));
    let none = run!(school, later, |tx| tx.run(PurgeAudit { most: size })).unwrap();
    assert_eq!((none.seals, none.entries), (0, 0));
}

#[tokio::test]
async fn a_trail_stays_verifiable_where_it_moves_to() {
    let (store, test, _home) = start(Place::Memory, "seals that move").await;
    let school = School::open(&store, &test).await;
    let _ = school.person("ada@a.example", MembershipKind::Student, None).await;
    let cx = school.system.clone().at(school.system.now().saturating_add(TimeDelta::minutes(5)));
    let size = PageSize::MAX;
    let first = run!(school, cx, |tx| tx.run(SealAudit { most: size })).unwrap();
    let second = run!(school, cx, |tx| tx.run(SealAudit { most: size })).unwrap();
    let seal = second.seal.or(first.seal);
    let (mut lines, mut from) = (Vec::new(), None);
    loop {
        let page = run!(school, cx, |tx| tx.run(ExportTenant { from, chunk: size })).unwrap();
        lines.extend(page.lines);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    let other = Store::new(MemoryStore::new());
    let mut tx = other.begin_in(&cx, Scope::TenantAndPlatform(cx.tenant())).await.unwrap();
    tx.run(ImportTenant { lines: lines.into() }).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = other.begin(&cx).await.unwrap();
    let what = VerifyAudit { trusted: seal.map(|it| it.anchor()), ..VerifyAudit::from_start(size) };
    let moved = tx.run(what).await.unwrap();
    assert_eq!((moved.fault, moved.verified), (None, what.trusted));
}
