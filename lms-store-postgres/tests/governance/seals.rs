//! Whatever is done to the audit trail behind the library's back is found and named.
use chrono::TimeDelta;
use lms_core::{
    audit::{Action, AuditEntry, AuditFault, AuditSeal, SealAnchor},
    governance::{
        AuditVerification, ErasePerson, GovernanceError, PurgeAudit, SealAudit, VerifyAudit,
    },
    identity::MembershipKind,
    kernel::{Client, Context, Id, Scope},
    store::{PageSize, Query, Record, Row, Store, Value},
};
use lms_testkit::TestContext;
use serde_json::json;
use uuid::Uuid;

use super::{found, insist, later, member, stores};

/// Notes so many things done, in transactions of five.
async fn note(store: &Store, cx: &Context, count: i64) {
    for from in (0..count).step_by(5) {
        let mut tx = store.begin(cx).await.unwrap();
        for at in from..count.min(from + 5) {
            let cx = later(cx, TimeDelta::milliseconds(at));
            let changes = json!({ "title": { "new": format!("é {at}") }, "size": { "new": 1.5 } });
            tx.record_audit(AuditEntry::of(&cx, Action::Update, "course", None, changes));
        }
        tx.commit().await.unwrap();
    }
}

async fn seal(store: &Store, cx: &Context, most: u32) -> u64 {
    let mut sealed = 0;
    loop {
        let done = insist(store, cx, |tx| {
            Box::pin(async move { tx.run(SealAudit { most: PageSize::new(most) }).await })
        })
        .await
        .unwrap();
        sealed += done.seal.map_or(0, |it| u64::from(it.entry_count));
        if !done.has_more {
            return sealed;
        }
    }
}

async fn verify_with(store: &Store, cx: &Context, what: VerifyAudit) -> AuditVerification {
    let mut tx = store.begin(cx).await.unwrap();
    let done: Result<_, GovernanceError> = tx.run(what).await;
    done.unwrap()
}

async fn verify(store: &Store, cx: &Context) -> AuditVerification {
    verify_with(store, cx, VerifyAudit::from_start(PageSize::MAX)).await
}

async fn rows<R: Record>(store: &Store, cx: &Context, query: Query<R>) -> Vec<Row> {
    let mut tx = store.begin(cx).await.unwrap();
    tx.all(query).await.unwrap().iter().map(R::to_row).collect()
}

/// Writes behind the library's back, as a person with access to the database does.
enum Behind {
    Write(Row),
    Add(Row),
    Remove(Row),
}

async fn behind<R: Record>(store: &Store, cx: &Context, what: Behind) {
    let schema = R::schema();
    let mut tx = store.backend().begin(Scope::Tenant(cx.tenant())).await.unwrap();
    match what {
        Behind::Write(mut row) => {
            let there = tx.select(&lms_core::store::Select::by_id(schema, row.id())).await.unwrap();
            row.set(schema, "version", Value::Int(schema.version(&there[0]).next().get()));
            tx.update(schema, vec![row]).await.unwrap();
        }
        Behind::Add(row) => tx.insert(schema, vec![row]).await.unwrap(),
        Behind::Remove(row) => {
            let there = tx.select(&lms_core::store::Select::by_id(schema, row.id())).await.unwrap();
            tx.delete(schema, row.id(), schema.version(&there[0])).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}

fn with(row: &Row, schema: &'static lms_core::store::Schema, column: &str, value: Value) -> Row {
    let mut row = row.clone();
    row.set(schema, column, value);
    row
}

/// A trail of 34 entries under four seals.
async fn sealed(store: &Store, test: &TestContext) -> Context {
    let cx = test.build();
    let now = seal_in(store, &cx).await;
    let whole = verify(store, &now).await;
    assert_eq!((whole.fault, whole.seals, whole.entries), (None, 4, 34));
    assert_eq!((whole.waiting, whole.has_more, whole.late), (Some(0), false, 0));
    now
}

/// Seals what is there with seven entries more, and 27 later ones by tens.
async fn seal_in(store: &Store, cx: &Context) -> Context {
    note(store, cx, 7).await;
    assert!(seal(store, &later(cx, TimeDelta::minutes(2)), 200).await >= 7);
    note(store, &later(cx, TimeDelta::minutes(3)), 27).await;
    let now = later(cx, TimeDelta::minutes(5));
    assert_eq!(seal(store, &now, 10).await, 27);
    now
}

#[tokio::test]
async fn an_entry_that_was_altered_removed_or_added_is_named() {
    let (_database, stores) = stores().await;
    for store in stores {
        let cx = sealed(&store, &TestContext::new("entries touched")).await;
        let schema = AuditEntry::schema();
        let row = rows(&store, &cx, AuditEntry::of_seal(3)).await.remove(4);
        let entry = row.id();
        let altered = AuditFault::EntryAltered { sequence: 3, entry };
        for (column, value) in [
            ("changes", Value::Json(json!({ "title": { "new": "other" } }).into())),
            ("actor_kind", Value::Text("user".into())),
            ("action", Value::Text("create".into())),
            ("occurred_at", Value::Time(cx.now())),
            ("proof", Value::Null),
        ] {
            let touched = with(&row, schema, column, value);
            behind::<AuditEntry>(&store, &cx, Behind::Write(touched)).await;
            assert_eq!(verify(&store, &cx).await.fault, Some(altered.clone()), "{column}");
            behind::<AuditEntry>(&store, &cx, Behind::Write(row.clone())).await;
        }
        for hidden in [Value::Null, Value::Int(2)] {
            let touched = with(&row, schema, "seal", hidden.clone());
            behind::<AuditEntry>(&store, &cx, Behind::Write(touched)).await;
            let fault = match hidden {
                Value::Null => AuditFault::EntryRemoved { sequence: 3, entry },
                _ => AuditFault::EntryInserted { sequence: 2, entry },
            };
            assert_eq!(verify(&store, &cx).await.fault, Some(fault));
            behind::<AuditEntry>(&store, &cx, Behind::Write(row.clone())).await;
        }
        behind::<AuditEntry>(&store, &cx, Behind::Remove(row.clone())).await;
        let removed = AuditFault::EntryRemoved { sequence: 3, entry };
        let found = verify(&store, &cx).await;
        assert_eq!((found.fault, found.seals), (Some(removed), 2));
        assert_eq!(found.verified.map(|it| it.sequence), Some(2));
        behind::<AuditEntry>(&store, &cx, Behind::Add(row.clone())).await;
        assert_eq!(verify(&store, &cx).await.fault, None);

        let forged: Id<AuditEntry> = cx.id();
        let copy = with(&row, schema, "id", Value::Uuid(forged.uuid()));
        behind::<AuditEntry>(&store, &cx, Behind::Add(copy)).await;
        let inserted = AuditFault::EntryInserted { sequence: 3, entry: forged.uuid() };
        assert_eq!(verify(&store, &cx).await.fault, Some(inserted));
    }
}

#[tokio::test]
async fn a_seal_that_was_altered_reordered_or_removed_is_named() {
    let (_database, stores) = stores().await;
    for store in stores {
        let cx = sealed(&store, &TestContext::new("seals touched")).await;
        let schema = AuditSeal::schema();
        let seals = rows(&store, &cx, AuditSeal::after(0)).await;
        let second = &seals[1];
        let Value::Bytes(packed) = schema.value(second, "entries").clone() else { panic!() };
        let mut rotated = packed.clone();
        rotated.rotate_left(48);
        let next = Uuid::from_slice(&packed[48..64]).unwrap();
        for (column, value, fault) in [
            ("entries", Value::Bytes(rotated), AuditFault::Reordered { sequence: 2, entry: next }),
            ("entries", Value::Bytes(Box::default()), AuditFault::SealAltered { sequence: 2 }),
            ("entry_count", Value::Int(9), AuditFault::SealAltered { sequence: 2 }),
            ("root", schema.value(second, "hash").clone(), AuditFault::SealAltered { sequence: 2 }),
            (
                "purged_at",
                Value::Time(cx.now()),
                AuditFault::EntryInserted {
                    sequence: 2,
                    entry: Uuid::from_slice(&packed[..16]).unwrap(),
                },
            ),
        ] {
            let touched = with(second, schema, column, value);
            behind::<AuditSeal>(&store, &cx, Behind::Write(touched)).await;
            assert_eq!(verify(&store, &cx).await.fault, Some(fault), "{column}");
            behind::<AuditSeal>(&store, &cx, Behind::Write(second.clone())).await;
        }
        for (at, row) in seals.iter().enumerate() {
            behind::<AuditSeal>(&store, &cx, Behind::Remove(row.clone())).await;
            let missing = AuditFault::SealMissing { sequence: at as i64 + 1 };
            assert_eq!(verify(&store, &cx).await.fault, Some(missing));
            behind::<AuditSeal>(&store, &cx, Behind::Add(row.clone())).await;
        }
        assert_eq!(verify(&store, &cx).await.fault, None);
    }
}

#[tokio::test]
async fn a_chain_made_anew_or_cut_off_is_found_by_the_hash_that_was_kept_elsewhere() {
    let (_database, stores) = stores().await;
    for store in stores {
        let cx = sealed(&store, &TestContext::new("kept elsewhere")).await;
        let last = verify(&store, &cx).await.verified.unwrap();
        let trusting =
            |it| VerifyAudit { trusted: Some(it), ..VerifyAudit::from_start(PageSize::MAX) };
        assert_eq!(verify_with(&store, &cx, trusting(last)).await.fault, None);
        let mut tx = store.begin(&cx).await.unwrap();
        let third = tx.first(Query::filter(AuditSeal::SEQUENCE.eq(3))).await.unwrap().unwrap();
        let mut fourth = tx.first(AuditSeal::newest()).await.unwrap().unwrap();
        let mut entries = tx.all(AuditEntry::of_seal(4)).await.unwrap();
        drop(tx);
        // Whoever knows the library can write the newest seal anew over what suits them.
        entries[0].actor_kind = "system:nobody".into();
        let anew = AuditSeal::following(&cx, Some(&third), &entries).unwrap();
        behind::<AuditEntry>(&store, &cx, Behind::Write(entries[0].to_row())).await;
        behind::<AuditSeal>(&store, &cx, Behind::Remove(fourth.to_row())).await;
        behind::<AuditSeal>(&store, &cx, Behind::Add(anew.to_row())).await;
        assert_eq!(verify(&store, &cx).await.fault, None);
        let fault = Some(AuditFault::NotTheTrusted { sequence: 4 });
        assert_eq!(verify_with(&store, &cx, trusting(last)).await.fault, fault);
        // Or take the end of the trail away altogether.
        fourth = anew;
        behind::<AuditSeal>(&store, &cx, Behind::Remove(fourth.to_row())).await;
        for entry in rows(&store, &cx, AuditEntry::of_seal(4)).await {
            behind::<AuditEntry>(&store, &cx, Behind::Remove(entry)).await;
        }
        assert_eq!(verify(&store, &cx).await.fault, None);
        let fault = Some(AuditFault::SealMissing { sequence: 4 });
        assert_eq!(verify_with(&store, &cx, trusting(last)).await.fault, fault);
    }
}

#[tokio::test]
async fn a_long_trail_is_verified_in_pieces() {
    let (_database, stores) = stores().await;
    for store in stores {
        let cx = sealed(&store, &TestContext::new("pieces")).await;
        let whole = verify(&store, &cx).await;
        let (mut after, mut seals, mut calls): (Option<SealAnchor>, u64, u32) = (None, 0, 0);
        loop {
            let what = VerifyAudit { after, ..VerifyAudit::from_start(PageSize::new(2)) };
            let part = verify_with(&store, &cx, what).await;
            assert_eq!(part.fault, None);
            (after, seals, calls) = (part.verified, seals + part.seals, calls + 1);
            if !part.has_more {
                break;
            }
        }
        assert_eq!((after, seals), (whole.verified, whole.seals));
        assert!(calls >= 2);
        // Going on from a seal that is not the one that was verified is found, too.
        let other = SealAnchor { sequence: 2, hash: whole.verified.unwrap().hash };
        let what = VerifyAudit { after: Some(other), ..VerifyAudit::from_start(PageSize::MAX) };
        let fault = Some(AuditFault::ChainBroken { sequence: 3 });
        assert_eq!(verify_with(&store, &cx, what).await.fault, fault);
    }
}

#[tokio::test]
async fn who_is_erased_leaves_the_trail_verifiable() {
    let (_database, stores) = stores().await;
    for store in stores {
        let cx = found(&store, &TestContext::new("erased and sealed")).await;
        let phone = Client::new(Some("192.0.2.7".parse().unwrap()), Some("phone"));
        let cx = cx.with_client(phone);
        let mut ada = member(&store, &cx, MembershipKind::Student, "Zebedee").await;
        let mut tx = store.begin(&cx).await.unwrap();
        ada.full_name = "Zebedee Quux".parse().unwrap();
        tx.update(&mut ada).await.unwrap();
        tx.commit().await.unwrap();
        let now = later(&cx, TimeDelta::minutes(5));
        seal(&store, &now, 200).await;
        let id = ada.id;
        store
            .transact(&now, |tx| {
                let _now = now.clone();
                Box::pin(async move { tx.run(ErasePerson { member_id: id }).await })
            })
            .await
            .unwrap();
        let found = verify(&store, &now).await;
        assert_eq!((found.fault, found.redacted), (None, 2));
        let trail = rows(&store, &now, AuditEntry::of_seal(1)).await;
        assert!(!format!("{trail:?}").contains("Zebedee"));
        // What was done by the erasure is sealed like anything else.
        let after = later(&now, TimeDelta::minutes(5));
        assert!(seal(&store, &after, 200).await > 0);
        assert_eq!(verify(&store, &after).await.fault, None);
    }
}

#[tokio::test]
async fn what_is_old_enough_is_purged_by_whole_seals_and_the_chain_stays() {
    let (_database, stores) = stores().await;
    for store in stores {
        let cx = found(&store, &TestContext::new("purged and sealed")).await;
        let cx = seal_in(&store, &cx).await;
        let before = verify(&store, &cx).await;
        let seals = before.seals;
        let purge = async |now: &Context, most: u32| {
            store
                .transact(now, |tx| {
                    let _now = now.clone();
                    Box::pin(async move { tx.run(PurgeAudit { most: PageSize::new(most) }).await })
                })
                .await
                .unwrap()
        };
        let years = TimeDelta::days(2_557);
        let early = cx.clone().at(cx.now().saturating_add(years - TimeDelta::minutes(10)));
        assert_eq!(purge(&early, 50).await.seals, 0, "seven years, to the microsecond");
        let due = cx.clone().at(cx.now().saturating_add(years));
        let first = purge(&due, 1).await;
        assert_eq!((first.seals, first.has_more), (1, true));
        let rest = purge(&due, 50).await;
        assert_eq!((rest.seals, first.entries + rest.entries), (seals - 1, before.entries));
        let found = verify(&store, &due).await;
        assert_eq!((found.fault, found.purged_seals, found.entries), (None, seals, 0));
        assert_eq!(found.waiting, Some(seals), "each purge is in the trail");
        seal(&store, &later(&due, TimeDelta::minutes(5)), 200).await;
        let found = verify(&store, &due).await;
        assert_eq!((found.fault, found.seals, found.entries), (None, seals + 1, seals));
    }
}

#[tokio::test]
async fn what_commits_late_is_sealed_late_and_counted() {
    let (_database, stores) = stores().await;
    for store in stores {
        let cx = sealed(&store, &TestContext::new("late")).await;
        let slow = later(&cx, TimeDelta::minutes(-4));
        note(&store, &slow, 3).await;
        let now = later(&cx, TimeDelta::days(2));
        assert_eq!(seal(&store, &now, 200).await, 3);
        let found = verify(&store, &now).await;
        assert_eq!((found.fault, found.late), (None, 3));
        assert_eq!(seal(&store, &now, 200).await, 0, "sealing again changes nothing");
        let just_now = later(&cx, TimeDelta::days(2));
        note(&store, &just_now, 2).await;
        assert_eq!(seal(&store, &now, 200).await, 0, "what is a moment old waits");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_seal_at_once_seal_each_entry_once() {
    let (_database, stores) = stores().await;
    for store in stores {
        let cx = found(&store, &TestContext::new("sealing at once")).await;
        note(&store, &cx, 120).await;
        let now = later(&cx, TimeDelta::minutes(5));
        let waiting = verify(&store, &now).await.waiting.unwrap();
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (store, now) = (store.clone(), now.clone());
                tokio::spawn(async move { seal(&store, &now, 7).await })
            })
            .collect();
        let mut sealed = 0;
        for task in tasks {
            sealed += task.await.unwrap();
        }
        assert_eq!(sealed, waiting);
        let found = verify(&store, &now).await;
        assert_eq!((found.fault, found.entries, found.waiting), (None, waiting, Some(0)));
    }
}
