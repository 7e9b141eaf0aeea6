//! Reading the trail, the event log, and what a student did.
use chrono::TimeDelta;
use lms::{
    audit::{Action, AuditEntry},
    content::{Course, NodeKind},
    delivery::{Session, SessionParticipant, SessionStatus},
    governance::{AuditSearch, HISTORY_LENGTH, ReplayEvents, SearchAudit, ViewStudentHistory},
    identity::{AddMember, MembershipKind},
    kernel::{EntityRef, Slug, TimeRange},
    learning::{Enrollment, GrantSource, NodeProgress, ProgressStatus},
    store::{Page, PageSize},
};

use super::{Place, others, start};
use crate::school::{School, name, title};

async fn the_trail_is_read_by_record_person_and_time(place: Place) {
    let (store, test, _home) = start(place, "trail").await;
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let worker = school.person("worker@a.example", MembershipKind::Staff, None).await;
    let all = (PageSize::MAX, None);
    refused!(school, [ada.cx, worker.cx, student, south, stranger, nobody], |tx| {
        tx.run(SearchAudit { search: AuditSearch::default(), size: PageSize::MAX, after: None })
    });
    let later = admin.cx.clone().at(admin.cx.now().saturating_add(TimeDelta::hours(1)));
    let mut member = ada.member.clone();
    let mut tx = store.begin(&later).await.unwrap();
    member.full_name = name("Ada L.").full().clone();
    tx.update(&mut member).await.unwrap();
    tx.commit().await.unwrap();
    let find = async |search: AuditSearch| -> Vec<AuditEntry> {
        let all = all.clone();
        run!(school, later, |tx| tx.run(SearchAudit { search, size: all.0, after: all.1 }))
            .unwrap()
            .items
    };
    let about = EntityRef::to(lms::identity::Membership::ENTITY, ada.member.id);
    let entries = find(AuditSearch::about(about.clone())).await;
    let actions: Vec<_> = entries.iter().map(|it| it.action).collect();
    assert_eq!(actions, [Action::Update, Action::Create]);
    let by = find(AuditSearch::by(admin.user.actor_id())).await;
    assert_eq!(by.len(), 1);
    assert_eq!(by[0].changes["full_name"]["new"], "Ada L.");
    let denied = find(AuditSearch { action: Some(Action::Denied), ..AuditSearch::default() }).await;
    assert_eq!(denied.len(), 6);
    let early = AuditSearch { until: Some(later.now()), ..AuditSearch::about(about.clone()) };
    assert_eq!(find(early).await.len(), 1);
    let late = AuditSearch { from: Some(later.now()), ..AuditSearch::about(about) };
    assert_eq!(find(late).await.len(), 1);
    let kind = AuditSearch { entity_kind: Some("org_unit".into()), ..AuditSearch::default() };
    assert_eq!(find(kind).await.len(), 2);
    let of = |name: &str| AuditSearch { operation: Some(name.to_owned()), ..Default::default() };
    assert_eq!(find(of("governance.search_audit")).await.len(), 6, "the denials");
    assert_eq!(find(of("commerce.place_order")).await, []);

    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page: Page<AuditEntry> = run!(school, later, |tx| {
            tx.run(SearchAudit {
                search: AuditSearch::default(),
                size: PageSize::new(3),
                after: after.clone(),
            })
        })
        .unwrap();
        seen.extend(page.items.into_iter().map(|it| (it.occurred_at, it.id)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted_by(|a, b| a > b), "the latest first, none twice");
}

async fn the_event_log_is_read_again_from_a_position_on(place: Place) {
    let (store, test, _home) = start(place, "replay").await;
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    refused!(school, [student, south, stranger, nobody], |tx| tx
        .run(ReplayEvents::from_start(tx.cx())));
    let now = run!(school, admin.cx, |tx| tx.run(ReplayEvents::from_start(tx.cx()))).unwrap();
    assert_eq!(now.events, [], "what happened just now may not be the last of its time");

    let later = admin.cx.clone().at(admin.cx.now().saturating_add(TimeDelta::seconds(61)));
    let read = async |replay: ReplayEvents| store.run(&later, replay).await.unwrap();
    let whole = read(ReplayEvents::from_start(&later)).await;
    assert!(!whole.has_more && whole.events.len() > 5);
    let (mut parts, mut position) = (Vec::new(), None);
    loop {
        let chunk = PageSize::new(2);
        let replay = ReplayEvents { after: position, chunk, ..ReplayEvents::from_start(&later) };
        let part = read(replay).await;
        parts.extend(part.events);
        position = part.position;
        if !part.has_more {
            break;
        }
    }
    assert_eq!(parts, whole.events);
    let rest = ReplayEvents { after: position.clone(), ..ReplayEvents::from_start(&later) };
    let none = read(rest).await;
    assert_eq!((none.events.len(), none.position), (0, position));

    let kinds = ["identity.user_registered".to_owned()].into();
    let some = read(ReplayEvents { kinds, ..ReplayEvents::from_start(&later) }).await;
    assert!(!some.events.is_empty());
    assert!(some.events.iter().all(|it| it.kind == "identity.user_registered"));
}

async fn a_history_names_the_last_lessons_and_sessions(place: Place) {
    let (store, test, _home) = start(place, "history").await;
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let owner = school.person("owner@a.example", MembershipKind::Admin, None).await;
    let cx = &school.system;
    let slug = Slug::new("course").unwrap();
    let course = Course::new(cx, title("Course"), slug, owner.member.id);
    let enrollment = Enrollment::new(cx, ada.member.id, course.id, GrantSource::Manual);
    let mut tx = store.begin(cx).await.unwrap();
    tx.insert(&course).await.unwrap();
    tx.insert(&enrollment).await.unwrap();
    tx.commit().await.unwrap();
    let command = lms::content::AddNode::new(course.id, NodeKind::Module, title("All"));
    let module = run!(school, cx, |tx| tx.run(command)).unwrap().id;
    for number in 0..7_i64 {
        let at = cx.clone().at(cx.now().saturating_add(TimeDelta::days(number)));
        let mut command = lms::content::AddNode::new(
            course.id,
            NodeKind::Lesson,
            title(&format!("Lesson {number}")),
        );
        command.parent_id = Some(module);
        let node = run!(school, at, |tx| tx.run(command)).unwrap();
        let mut progress = NodeProgress::opened(&at, &enrollment, node.id);
        if number < 6 {
            progress.status = ProgressStatus::Completed;
            progress.completed_at = Some(at.now());
        }
        let end = at.now().saturating_add(TimeDelta::hours(1));
        let range = TimeRange::new(at.now(), end).unwrap();
        let name = title(&format!("Session {number}"));
        let mut session = Session::new(&at, owner.member.id, name, range);
        session.status = if number == 2 { SessionStatus::Cancelled } else { SessionStatus::Ended };
        let role = lms::delivery::ParticipantRole::Learner;
        let there = SessionParticipant::new(&at, session.id, ada.member.id, role);
        let mut tx = store.begin(&at).await.unwrap();
        tx.insert(&progress).await.unwrap();
        tx.insert(&session).await.unwrap();
        tx.insert(&there).await.unwrap();
        tx.commit().await.unwrap();
    }
    let id = ada.member.id;
    refused!(school, [student, south, stranger, nobody], |tx| tx
        .run(ViewStudentHistory { learner_id: id }));
    let history = run!(school, ada.cx, |tx| tx.run(ViewStudentHistory { learner_id: id })).unwrap();
    let names: Vec<_> = history.lessons.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(names, ["Lesson 5", "Lesson 4", "Lesson 3", "Lesson 2", "Lesson 1"]);
    assert_eq!(names.len(), HISTORY_LENGTH as usize);
    let names: Vec<_> = history.sessions.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(names, ["Session 6", "Session 5", "Session 4", "Session 3", "Session 1"]);
    assert_eq!(history.courses.len(), 1);
    assert_eq!((history.points, history.badges, history.certificates), (0, 0, 0));
    // A learner who has done nothing has a history too.
    let command = AddMember::new(MembershipKind::Student, title("New"));
    let new = run!(school, owner.cx, |tx| tx.run(command)).unwrap().id;
    let empty =
        run!(school, owner.cx, |tx| tx.run(ViewStudentHistory { learner_id: new })).unwrap();
    assert!(empty.lessons.is_empty() && empty.sessions.is_empty() && empty.courses.is_empty());
}

on_both! {
    the_trail_is_read_by_record_person_and_time,
    the_event_log_is_read_again_from_a_position_on,
    a_history_names_the_last_lessons_and_sessions,
}
