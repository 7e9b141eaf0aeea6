//! A person's data: all of it for them to have, and none of it left when they are erased.
use lms::{
    assessment::assignment::{Assignment, Submission},
    audit::{Action, AuditEntry},
    commerce::Order,
    content::Course,
    governance::{
        Belonging, ErasePerson, ExportPerson, KeptBecause, PersonErased, kept_because,
        personal_tables,
    },
    identity::{Invite, InviteMember, Membership, MembershipKind, MembershipStatus},
    kernel::{Actor, Client, Scope},
    outbox::{DomainEvent as _, Message},
    recognition::{Certificate, CertificateNumber},
    store::{Privacy, Query, Record as _, Value},
};

use super::{Place, one_of_each::*, others, start};
use crate::school::{School, email, title};

async fn erasing_a_person_reaches_every_record_and_keeps_grades_and_money(place: Place) {
    let (store, test, _home) = start(place, "erase everywhere").await;
    let cx = test.build().with_actor(Actor::system("privacy"));
    let (samples, person) = one_of_each(&cx);
    store_all(&store, &samples).await;
    let mut tx = store.begin(&cx).await.unwrap();
    let report = tx.run(ErasePerson { member_id: person }).await.unwrap();
    tx.commit().await.unwrap();

    let (mut erased, mut kept) = (0, 0);
    for table in personal_tables(&lms::record_types()) {
        let schema = table.schema();
        let before = samples.iter().find(|it| it.schema.table == schema.table).unwrap();
        let after = rows(&store, &cx, schema).await;
        let after = after.iter().find(|it| it.id() == before.id()).unwrap();
        table.record.through_domain(after.clone()).unwrap();
        for column in &schema.columns {
            let (old, new) = (before.value(column.name), schema.value(after, column.name));
            let personal = matches!(column.privacy, Privacy::Personal | Privacy::Sensitive);
            let place = format!("{}.{}", schema.table, column.name);
            if !personal || table.belonging == Belonging::Nobodys {
                continue;
            }
            match kept_because(schema.table, column.name) {
                Some(_) => {
                    assert_eq!(old, new, "{place}");
                    kept += 1;
                }
                None if column.nullable => assert!(new.is_null(), "{place}"),
                None => match new {
                    Value::Text(text) => assert!(text.contains("erased"), "{place}"),
                    Value::Json(json) => {
                        assert!(["[]", "{}"].contains(&json.as_str()), "{json:?}");
                    }
                    other => assert_eq!(other, old, "{place}"),
                },
            }
            erased += usize::from(old != new);
        }
    }
    assert!(erased > 40, "{erased} columns say less");
    assert!(kept >= 5, "{kept} columns are kept");
    let money = report.kept.iter().find(|it| it.table == "payment_proofs").unwrap();
    assert_eq!((money.because, money.rows), (KeptBecause::Money, 1));
    assert!(report.kept.iter().any(|it| it.because == KeptBecause::Grade));
    assert!(report.erased["memberships"].columns.contains("full_name"));
    assert_eq!(report.files.len(), 1);
    let order = samples.iter().find(|it| it.schema.table == Order::TABLE).unwrap();
    let stored = rows(&store, &cx, order.schema).await.remove(0);
    for column in ["total_minor", "total_currency", "status", "number", "buyer_id"] {
        assert_eq!(order.value(column), order.schema.value(&stored, column), "{column}");
    }

    let mut tx = store.begin(&cx).await.unwrap();
    let again = tx.run(ErasePerson { member_id: person }).await.unwrap();
    assert!(again.erased.is_empty(), "{:?}", again.erased);
    assert_eq!(again.audit_entries, 0);
    let told = Query::filter(Message::KIND.eq(PersonErased::KIND.to_owned()));
    assert_eq!(tx.count(told).await.unwrap(), 1);
}

async fn a_name_is_in_no_row_and_no_trail_after_it_was_erased(place: Place) {
    let (store, test, _home) = start(place, "erase names").await;
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let head = school.supervisor("north@a.example", school.north.id).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let mut ada =
        school.person("zebedee@a.example", MembershipKind::Student, Some(school.north.id)).await;
    let phone = Client::new(Some("192.0.2.7".parse().unwrap()), Some("Zebedee's phone"));
    let own = ada.cx.clone().with_client(phone);
    let mut tx = store.begin(&own).await.unwrap();
    ada.member.full_name = title("Zebedee Quux");
    tx.update(&mut ada.member).await.unwrap();
    tx.commit().await.unwrap();

    let id = ada.member.id;
    refused!(school, [ada.cx, head.cx, student, south, stranger, nobody], |tx| {
        tx.run(ErasePerson { member_id: id })
    });
    let report = run!(school, admin.cx, |tx| tx.run(ErasePerson { member_id: id })).unwrap();
    assert!(report.audit_entries >= 2, "{}", report.audit_entries);
    for record in lms::record_types() {
        let schema = record.schema();
        if schema.ownership == lms::store::Ownership::Platform {
            continue;
        }
        for row in rows(&store, &school.system, schema).await {
            let text = format!("{row:?}");
            let name = ["Zebedee", "Quux", "192.0.2.7"].iter().find(|it| text.contains(*it));
            assert_eq!(name, None, "in {}: {text}", schema.table);
        }
    }
    let mut tx = store.begin(&school.system).await.unwrap();
    let left = tx.require(id).await.unwrap();
    assert_eq!((left.status, left.user_id), (MembershipStatus::Left, None));
    let done = Query::filter(AuditEntry::ACTION.eq(Action::Erase));
    assert!(tx.count(done).await.unwrap() >= 2);
    drop(tx);
    // Who was erased has no membership to act by any more.
    refused!(school, [ada.cx], |tx| tx.run(ExportPerson { member_id: id }));
}

async fn an_erasure_that_fails_leaves_everything_as_it_was(place: Place) {
    let (store, test, _home) = start(place, "erase or not").await;
    let cx = test.build().with_actor(Actor::system("privacy"));
    let (samples, person) = one_of_each(&cx);
    store_all(&store, &samples).await;
    let mut tx = store.begin(&cx).await.unwrap();
    tx.run(ErasePerson { member_id: person }).await.unwrap();
    tx.rollback().await.unwrap();
    for sample in &samples {
        let stored = rows(&store, &cx, sample.schema).await;
        assert_eq!(stored, std::slice::from_ref(&sample.row), "{}", sample.schema.table);
    }
}

async fn an_export_has_every_record_that_names_the_person_and_no_secret(place: Place) {
    let (store, test, _home) = start(place, "export everything").await;
    let cx = test.build().with_actor(Actor::system("privacy"));
    let (samples, person) = one_of_each(&cx);
    store_all(&store, &samples).await;
    let mut tx = store.begin(&cx).await.unwrap();
    let export = tx.run(ExportPerson { member_id: person }).await.unwrap();
    tx.commit().await.unwrap();
    for sample in samples.iter().filter(|it| names(it, person)) {
        let table = sample.schema.table;
        let found = export.records.get(table).unwrap_or_else(|| panic!("no {table}"));
        assert_eq!(found.len(), 1, "{table}");
        for column in &sample.schema.columns {
            let shown = found[0].contains_key(column.name);
            assert_eq!(shown, column.privacy != Privacy::Secret, "{table}.{}", column.name);
        }
    }
    assert!(export.records.contains_key("attempt_answers"), "parts come along");
    assert!(!export.records.contains_key("courses"), "what they only lead is not theirs");
    assert_eq!(export.acted["courses.owner_id"], 1);
    assert_eq!(export.acted["submissions.graded_by"], 1);
    assert!(export.left_out.is_empty());
    let text = serde_json::to_string(&export).unwrap();
    assert_eq!(serde_json::from_str::<lms::governance::PersonExport>(&text).unwrap(), export);
    let mut tx = store.begin(&cx).await.unwrap();
    let noted = Query::filter(AuditEntry::ACTION.eq(Action::Export));
    // The entry that was drawn may be of an export, too.
    let drawn = samples.iter().filter(|it| it.schema.table == AuditEntry::TABLE);
    let drawn = drawn.filter(|it| *it.value("action") == Value::Text("export".into())).count();
    assert_eq!(tx.count(noted).await.unwrap(), 1 + drawn as u64);
    assert_eq!(tx.scope(), Scope::Tenant(cx.tenant()));
}

async fn people_export_their_own_data_and_nobody_elses(place: Place) {
    let (store, test, _home) = start(place, "export own").await;
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let worker = school.person("worker@a.example", MembershipKind::Staff, None).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let id = ada.member.id;
    refused!(school, [worker.cx, student, south, stranger, nobody], |tx| {
        tx.run(ExportPerson { member_id: id })
    });
    let own = run!(school, ada.cx, |tx| tx.run(ExportPerson { member_id: id })).unwrap();
    assert_eq!(own.records["memberships"][0]["full_name"], "ada@a.example");
    assert!(own.left_out.is_empty(), "{:?}", own.left_out);
    let by_admin = run!(school, admin.cx, |tx| tx.run(ExportPerson { member_id: id })).unwrap();
    assert_eq!(by_admin.records.len(), own.records.len());
    // Staff see what is theirs, but a tutor's own sensitive facts are for those who may see them.
    let mine =
        run!(school, worker.cx, |tx| tx.run(ExportPerson { member_id: worker.member.id })).unwrap();
    assert!(mine.records.contains_key("memberships"));
}

/// What names a person by words, and not by id, goes too: their invitations, and the links to what
/// is theirs.
async fn an_erased_person_is_in_no_invitation_and_behind_no_link(place: Place) {
    let (store, test, _home) = start(place, "erase by words").await;
    let school = School::open(&store, &test).await;
    let (cx, ada) = (&school.system, email("ada@a.example"));
    let command = InviteMember::new(ada.clone(), MembershipKind::Student);
    run!(school, *cx, |tx| tx.run(command)).unwrap();
    let mut member = Membership::new(cx, MembershipKind::Student, title("Ada"));
    member.email = Some(ada.clone());
    let course = Course::new(cx, title("Course"), "course".parse().unwrap(), member.id);
    let work = Assignment::new(cx, course.id, title("Essay"));
    let link = || Some("https://files.example.org/ada.pdf".to_owned().try_into().unwrap());
    let mut handed_in = Submission::new(cx, work.id, member.id, 1);
    handed_in.file_url = link();
    let mut issued = Certificate::new(cx, member.id, course.id, CertificateNumber::nth(1));
    issued.document_url = link();
    let mut tx = store.begin(cx).await.unwrap();
    tx.insert(&member).await.unwrap();
    tx.insert(&course).await.unwrap();
    tx.insert(&work).await.unwrap();
    tx.insert(&handed_in).await.unwrap();
    tx.insert(&issued).await.unwrap();
    tx.commit().await.unwrap();
    let id = member.id;
    let report = run!(school, *cx, |tx| tx.run(ErasePerson { member_id: id })).unwrap();
    for table in ["invites", "submissions", "certificates"] {
        assert!(report.erased.contains_key(table), "{table}");
    }
    let mut tx = store.begin(cx).await.unwrap();
    let invites = tx.all(Query::<Invite>::all()).await.unwrap();
    assert!(invites.len() == 1 && invites[0].email != ada);
    assert_eq!(tx.require(handed_in.id).await.unwrap().file_url, None);
    assert_eq!(tx.require(issued.id).await.unwrap().document_url, None);
}

on_both! {
    erasing_a_person_reaches_every_record_and_keeps_grades_and_money,
    a_name_is_in_no_row_and_no_trail_after_it_was_erased,
    an_erasure_that_fails_leaves_everything_as_it_was,
    an_export_has_every_record_that_names_the_person_and_no_secret,
    people_export_their_own_data_and_nobody_elses,
    an_erased_person_is_in_no_invitation_and_behind_no_link,
}
