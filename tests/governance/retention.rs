//! What was deleted for long enough goes, with its parts; money, books and what they refer to stay.
use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use lms::{
    content::{Course, Prose},
    engagement::{Comment, Reaction, ReactionKind},
    governance::{Fate, PurgeDeleted, PurgeSpent, due_until, fate},
    identity::MembershipKind,
    kernel::{Actor, Context, Slug},
    store::{IdempotencyKey, IdempotencyRecord, PageSize, Query, Store, Value},
    tenancy::{RetentionClass, Tenant},
};

use super::{Place, one_of_each::*, others, start};
use crate::school::{School, title};

/// Purges until nothing is left to look at.
async fn purge_all(store: &Store, cx: &Context, chunk: u32) -> (BTreeSet<String>, Vec<String>) {
    let (mut purged, mut held, mut from) = (BTreeSet::new(), Vec::new(), None);
    loop {
        let mut tx = store.begin(cx).await.unwrap();
        let report = tx.run(PurgeDeleted { from, chunk: PageSize::new(chunk) }).await.unwrap();
        tx.commit().await.unwrap();
        purged.extend(report.purged.into_keys());
        held.extend(report.held.into_iter().map(|it| format!("{} by {}", it.table, it.held_by)));
        // A host keeps the place between two runs as text.
        from = report
            .next
            .map(|it| serde_json::from_str(&serde_json::to_string(&it).unwrap()).unwrap());
        if from.is_none() {
            return (purged, held);
        }
    }
}

async fn everything_that_was_deleted_goes_when_it_is_due_and_books_hold_what_they_name(
    place: Place,
) {
    for chunk in [1, 7, 200] {
        let (store, test, _home) = start(place, "retention everywhere").await;
        let cx = test.build().with_actor(Actor::system("retention"));
        let (samples, _) = one_of_each(&cx);
        let deleted = Value::Time(cx.now());
        let class = Value::Text("standard".to_owned());
        let samples: Vec<_> = samples
            .into_iter()
            .map(|it| match it.schema.table {
                "tenants" => it.with("retention_class", class.clone()),
                _ => it.with("deleted_at", deleted.clone()),
            })
            .collect();
        store_all(&store, &samples).await;
        let almost = cx
            .clone()
            .at(cx.now().saturating_add(TimeDelta::days(30) - TimeDelta::microseconds(1)));
        let (purged, _) = purge_all(&store, &almost, chunk).await;
        assert_eq!(purged, BTreeSet::new());

        let due = cx.clone().at(cx.now().saturating_add(TimeDelta::days(30)));
        let (purged, held) = purge_all(&store, &due, chunk).await;
        for gone in ["comments", "comment_reactions", "badges", "inventory_items", "attempts"] {
            assert!(purged.contains(gone), "{gone} stays: {held:?}");
        }
        for stays in ["orders", "payments", "refunds", "payouts"] {
            assert!(!purged.contains(stays), "{stays} is money");
        }
        let person = held.iter().any(|it| it.starts_with("memberships by"));
        assert!(person, "{held:?}");
        // Whatever is left still finds everything that it refers to.
        let mut left = HashMap::new();
        for record in lms::record_types() {
            left.insert(record.schema().table, rows(&store, &cx, record.schema()).await);
        }
        for schema in lms::record_types().iter().map(|it| it.schema()) {
            for row in &left[schema.table] {
                for column in &schema.columns {
                    let Some(parent) = column.references else { continue };
                    let Value::Uuid(id) = schema.value(row, column.name) else { continue };
                    let found = left[parent].iter().any(|it| it.id() == *id);
                    assert!(found, "{}.{}", schema.table, column.name);
                }
            }
        }
        let years = cx.clone().at(cx.now().saturating_add(TimeDelta::days(2_557)));
        let (purged, held) = purge_all(&store, &years, chunk).await;
        assert!(purged.contains("refunds"), "{held:?}");
        for record in lms::record_types() {
            let left = rows(&store, &cx, record.schema()).await.len();
            if fate(record.schema()) == Fate::Stays {
                assert!(left >= 1, "{} is a book", record.schema().table);
            }
        }
    }
}

async fn a_thread_goes_with_its_reactions_and_what_lives_holds_what_it_needs(place: Place) {
    let (store, test, _home) = start(place, "retention of threads").await;
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let cx = &school.system;
    let course =
        |slug: &str| Course::new(cx, title(slug), Slug::new(slug).unwrap(), admin.member.id);
    let (mut gone, mut held) = (course("gone"), course("held"));
    let words = || Prose::new("Why?").unwrap();
    let mut question = Comment::new(cx, ada.member.id, gone.reference(), words());
    let mut answer = Comment::new(cx, ada.member.id, gone.reference(), words());
    answer.parent_comment_id = Some(question.id);
    let reaction = Reaction::new(cx, question.id, ada.member.id, ReactionKind::Like);
    let enrollment = lms::learning::Enrollment::new(
        cx,
        ada.member.id,
        held.id,
        lms::learning::GrantSource::Manual,
    );
    let mut tx = store.begin(cx).await.unwrap();
    tx.insert_all(&[gone.clone(), held.clone()]).await.unwrap();
    tx.insert_all(&[question.clone(), answer.clone()]).await.unwrap();
    tx.insert(&reaction).await.unwrap();
    tx.insert(&enrollment).await.unwrap();
    tx.delete(&mut gone).await.unwrap();
    tx.delete(&mut held).await.unwrap();
    tx.delete(&mut question).await.unwrap();
    tx.delete(&mut answer).await.unwrap();
    tx.commit().await.unwrap();

    let later = cx.clone().at(cx.now().saturating_add(TimeDelta::days(31)));
    let size = PageSize::MAX;
    let [student, south, stranger, nobody, own] =
        [student, south, stranger, nobody, ada.cx.clone()].map(|it| it.at(later.now()));
    refused!(school, [own, student, south, stranger, nobody], |tx| {
        tx.run(PurgeDeleted { from: None, chunk: size })
    });
    refused!(school, [own, student, south, stranger, nobody], |tx| tx
        .run(PurgeSpent { chunk: size }));
    let by = admin.cx.clone().at(later.now());
    let report = run!(school, by, |tx| tx.run(PurgeDeleted { from: None, chunk: size })).unwrap();
    let figures: Vec<_> = report.purged.iter().map(|(it, of)| (it.as_str(), *of)).collect();
    assert_eq!(figures, [("comment_reactions", 1), ("comments", 2), ("courses", 1)]);
    assert_eq!(report.held.len(), 1);
    assert_eq!(
        (report.held[0].id, report.held[0].held_by.as_str()),
        (held.id.uuid(), "enrollments")
    );
    let mut tx = store.begin(cx).await.unwrap();
    let purged = lms::audit::AuditEntry::ACTION.eq(lms::audit::Action::Purge);
    assert_eq!(tx.count(Query::filter(purged)).await.unwrap(), 3);
    let nowhere = serde_json::from_str(r#"{"table": "moons", "after": null}"#).unwrap();
    let error = run!(school, by, |tx| tx.run(PurgeDeleted { from: Some(nowhere), chunk: size }));
    assert_eq!(
        error.unwrap_err().to_string(),
        "there is nothing to purge in `moons`; start from the beginning"
    );
}

async fn keys_that_expired_are_forgotten(place: Place) {
    let (store, test, _home) = start(place, "retention of keys").await;
    let school = School::open(&store, &test).await;
    let key = IdempotencyKey::new("order-1", "f").unwrap();
    let mut tx = store.begin(&school.system).await.unwrap();
    let done: Result<_, lms::store::IdempotencyError> =
        tx.once(&key, |_| Box::pin(async { Ok(7) })).await;
    done.unwrap();
    tx.commit().await.unwrap();
    let left = async |hours: i64| {
        let now = school.system.now().saturating_add(TimeDelta::hours(hours));
        let cx = school.system.clone().at(now);
        let report = run!(school, cx, |tx| tx.run(PurgeSpent { chunk: PageSize::MAX })).unwrap();
        let mut tx = store.begin(&cx).await.unwrap();
        (report.keys, tx.count(Query::<IdempotencyRecord>::all()).await.unwrap())
    };
    assert_eq!(left(IdempotencyRecord::KEPT_HOURS - 1).await, (0, 1));
    assert_eq!(left(IdempotencyRecord::KEPT_HOURS).await, (1, 0));
}

async fn the_class_of_the_tenant_says_when(place: Place) {
    let (store, test, _home) = start(place, "retention classes").await;
    let school = School::open(&store, &test).await;
    let mut tx = store.begin(&school.system).await.unwrap();
    let tenant = tx.require(Tenant::id_of(school.system.tenant())).await.unwrap();
    assert_eq!(tenant.retention_class, RetentionClass::Standard);
    let now = school.system.now();
    for (class, days) in [
        (RetentionClass::Standard, 30),
        (RetentionClass::Regulated, 2_557),
        (RetentionClass::Custom(90), 90),
    ] {
        let until = due_until(class, "comments", now);
        assert_eq!(now.since(until), TimeDelta::days(days));
        assert!(class.is_due(until, now));
        assert!(!class.is_due(until.saturating_add(TimeDelta::microseconds(1)), now));
    }
}

on_both! {
    everything_that_was_deleted_goes_when_it_is_due_and_books_hold_what_they_name,
    a_thread_goes_with_its_reactions_and_what_lives_holds_what_it_needs,
    keys_that_expired_are_forgotten,
    the_class_of_the_tenant_says_when,
}
