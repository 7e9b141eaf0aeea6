//! One bad row, one job that fails, one receiver that does not answer: nothing else is held up.
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use lms::{
    Timetable,
    commerce::{Order, OrderStatus},
    content::Course,
    identity::{Invite, InviteStatus, Membership, MembershipKind, SecretHash},
    kernel::{Actor, Context, Currency, Entropy, SeededEntropy, Slug},
    learning::{Enrollment, EnrollmentStatus, GrantSource},
    notification::{
        Announcement, Category, Channel, Delivery, DeliveryStatus, Envelope, NotificationSender,
        Notify,
    },
    outbox::{EventSink, Message, MessageStatus, NoSink},
    run_due, run_due_everywhere,
    store::{
        Query, Record, Store, Value,
        job::{JobReport, JobsFailed},
    },
};

use crate::{
    open,
    school::{School, email, title},
};

fn later(cx: &Context, days: i64) -> Context {
    cx.clone().at(cx.now().saturating_add(TimeDelta::days(days)))
}

async fn save<R: Record>(school: &School, records: &[R]) {
    let mut tx = school.store.begin(&school.system).await.unwrap();
    tx.insert_all(records).await.unwrap();
    tx.commit().await.unwrap();
}

async fn find<R: Record>(school: &School, query: Query<R>) -> Vec<R> {
    school.store.begin(&school.system).await.unwrap().all(query).await.unwrap()
}

/// Stores a row as the backend takes it, with one value that means nothing.
async fn forge<R: Record>(school: &School, record: &R, column: &str, value: Value) {
    let mut row = record.to_row();
    row.set(R::schema(), column, value);
    let mut raw = school.store.backend().begin(school.system.scope()).await.unwrap();
    raw.insert(R::schema(), vec![row]).await.unwrap();
    raw.commit().await.unwrap();
}

fn invite(school: &School, number: u8) -> Invite {
    let cx = &school.system;
    Invite {
        id: cx.id(),
        stamp: lms::store::Stamp::new(cx),
        email: email(&format!("invited-{number}@a.example")),
        full_name: None,
        invited_by: None,
        kind: MembershipKind::Student,
        role_id: None,
        org_unit_id: None,
        member_id: None,
        token_hash: SecretHash::of(&format!("token {number}")),
        status: InviteStatus::Open,
        expires_at: cx.now(),
        used_at: None,
    }
}

fn failures(report: &JobReport) -> Vec<(&'static str, &'static str)> {
    report.failures().map(|(job, failure)| (job.job, failure.code)).collect()
}

#[tokio::test]
async fn a_row_that_means_nothing_stops_no_other_and_is_not_counted() {
    let school = open("bad rows").await;
    let all: Vec<_> = (0..250).map(|it| invite(&school, it)).collect();
    let (bad, good) = all.split_first().unwrap();
    forge(&school, bad, "email", Value::Text("no address".to_owned())).await;
    save(&school, good).await;
    for turn in 0..2 {
        let report = run_due(&school.store, &later(&school.system, 1)).await;
        let outcome = report.of("identity.expire_invites").unwrap();
        assert_eq!(outcome.done, if turn == 0 { 249 } else { 0 }, "{outcome}");
        let failed: Vec<_> = outcome.failed.iter().map(|it| (it.row, it.code)).collect();
        assert_eq!(failed, [(Some(bad.id.uuid()), "store.corrupt")]);
        let text = report.to_string();
        let (failed, done) = (text.find("1 FAILED").unwrap(), text.find(": 1 done"));
        assert!(done.is_none_or(|it| failed < it), "failures first: {text}");
        let JobsFailed(_) = report.into_result().unwrap_err();
    }
    let expired = Invite::STATUS.eq(InviteStatus::Expired);
    assert_eq!(find(&school, Query::filter(expired)).await.len(), 249);
}

#[tokio::test]
async fn a_damaged_order_does_not_stop_the_tick() {
    let school = open("bad orders").await;
    let buyer = school.person("buyer@a.example", MembershipKind::Student, None).await;
    let order = |number| Order::new(&school.system, number, buyer.member.id, Currency::USD);
    let bad = order(1);
    forge(&school, &bad, "total_currency", Value::Text("no money".to_owned())).await;
    let good = [order(2), order(3)];
    save(&school, &good).await;
    let report = run_due(&school.store, &later(&school.system, 30)).await;
    let outcome = report.of("commerce.tick").unwrap();
    assert!(outcome.failed.iter().any(|it| it.row == Some(bad.id.uuid())), "{outcome}");
    for order in &good {
        let found = find(&school, Query::filter(Order::ID.eq(order.id))).await;
        assert_eq!(found[0].status, OrderStatus::Expired, "{outcome}");
    }
}

#[tokio::test]
async fn enrollments_in_a_deleted_course_expire_like_any_other() {
    let school = open("deleted course").await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await.member;
    let course =
        |slug: &str| Course::new(&school.system, title("Course"), Slug::new(slug).unwrap(), ada.id);
    let mut courses = [course("gone"), course("there")];
    for course in &mut courses {
        course.capacity = Some(1);
    }
    save(&school, &courses).await;
    let enrollments: Vec<_> = courses
        .iter()
        .map(|it| Enrollment {
            expires_at: Some(school.system.now()),
            ..Enrollment::new(&school.system, ada.id, it.id, GrantSource::Manual)
        })
        .collect();
    save(&school, &enrollments).await;
    let mut tx = school.store.begin(&school.system).await.unwrap();
    tx.delete(&mut courses[0]).await.unwrap();
    tx.commit().await.unwrap();
    let report = run_due(&school.store, &later(&school.system, 1)).await;
    assert_eq!(report.of("learning.expire_enrollments").unwrap().done, 2, "{report}");
    let stood = find(&school, Query::<Enrollment>::all()).await;
    assert!(stood.iter().all(|it| it.status == EnrollmentStatus::Expired));
}

/// Remembers what it was given, and refuses what is about one record.
#[derive(Debug, Default)]
struct Picky {
    refused: Mutex<Option<uuid::Uuid>>,
    taken: Mutex<Vec<uuid::Uuid>>,
}

#[async_trait::async_trait]
impl EventSink for Picky {
    async fn hand_over(&self, message: &Message) -> Result<(), String> {
        if *self.refused.lock().unwrap() == Some(message.id.uuid()) {
            return Err("the queue is full".to_owned());
        }
        self.taken.lock().unwrap().push(message.id.uuid());
        Ok(())
    }
}

#[async_trait::async_trait]
impl NotificationSender for Picky {
    async fn send(&self, envelope: &Envelope) -> Result<(), String> {
        if *self.refused.lock().unwrap() == Some(envelope.recipient.uuid()) {
            return Err("no such mailbox".to_owned());
        }
        self.taken.lock().unwrap().push(envelope.recipient.uuid());
        Ok(())
    }
}

#[tokio::test]
async fn an_event_that_is_not_taken_holds_up_no_other_and_comes_again() {
    let mut school = open("bad events").await;
    let waiting = find(&school, Query::filter(Message::STATUS.eq(MessageStatus::Pending))).await;
    assert!(waiting.len() > 2, "the school's own beginning is announced");
    let sink = Arc::new(Picky::default());
    let refused = waiting[1].id.uuid();
    *sink.refused.lock().unwrap() = Some(refused);
    school.store = school.store.with_port::<dyn EventSink>(Arc::<Picky>::clone(&sink));
    let report = run_due(&school.store, &later(&school.system, 1)).await;
    let relay = report.of("outbox.relay").unwrap();
    assert_eq!(failures(&report), [("outbox.relay", "outbox.not_taken")], "{report}");
    let left = find(&school, Query::filter(Message::STATUS.eq(MessageStatus::Pending))).await;
    assert_eq!((left.len(), left[0].id.uuid()), (1, refused), "{relay}");
    assert_eq!(left[0].attempts, 1);
    *sink.refused.lock().unwrap() = None;
    let report = run_due(&school.store, &later(&school.system, 2)).await;
    assert_eq!(report.of("outbox.relay").unwrap().done, 1, "{report}");
    assert!(sink.taken.lock().unwrap().contains(&refused));
    let _ = run_due(&school.store, &later(&school.system, 3)).await;
    let twice = sink.taken.lock().unwrap().iter().filter(|it| **it == refused).count();
    assert_eq!(twice, 1, "what was handed over stays so");
}

async fn told(school: &School, person: &Membership) {
    let cx = &school.system;
    let told = Announcement {
        channels: vec![Channel::Push],
        ..Announcement::new(person.id, Category::Reminder, title("Tomorrow"), "at nine")
    };
    run!(school, *cx, |tx| tx.run(Notify { announcement: told })).unwrap();
}

#[tokio::test]
async fn a_message_that_no_mailbox_takes_is_given_up_and_reported() {
    let mut school = open("bad mail").await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await.member;
    let ben = school.person("ben@a.example", MembershipKind::Student, None).await.member;
    told(&school, &ada).await;
    told(&school, &ben).await;
    let sender = Arc::new(Picky::default());
    *sender.refused.lock().unwrap() = Some(ada.id.uuid());
    school.store = school.store.with_port::<dyn NotificationSender>(Arc::<Picky>::clone(&sender));
    let (mut given_up, mut left) = (0, 0);
    for day in 1..8 {
        let report = run_due(&school.store, &later(&school.system, day)).await;
        let outcome = report.of("notification.send").unwrap();
        left += outcome.left;
        given_up += outcome.failed.iter().filter(|it| it.code == "notification.given_up").count();
        assert_eq!(outcome.done, u64::from(day == 1), "{outcome}");
    }
    assert_eq!((left, given_up), (4, 1), "tried again four times, then reported once");
    let states: Vec<_> =
        find(&school, Query::<Delivery>::all()).await.iter().map(|it| it.status).collect();
    assert!(states.contains(&DeliveryStatus::Sent) && states.contains(&DeliveryStatus::Failed));
}

#[tokio::test]
async fn a_job_without_its_port_says_so_and_with_it_all_is_clean() {
    let mut school = open("ports").await;
    let cx = later(&school.system, 1);
    let report = run_due(&school.store, &cx).await;
    let missing: Vec<_> = report.unclean().filter_map(|it| it.missing_port).collect();
    assert_eq!(missing, ["webhook_sender", "entropy", "notification_sender", "event_sink"]);
    assert!(report.to_string().contains("DID NOT RUN"), "{report}");
    let picky = Arc::new(Picky::default());
    school.store = school
        .store
        .with_port::<dyn EventSink>(Arc::new(NoSink))
        .with_port::<dyn NotificationSender>(picky)
        .with_port::<dyn Entropy>(Arc::new(SeededEntropy::new(7)));
    let report = run_due(&school.store, &cx).await;
    assert!(report.of("governance.seal_audit").unwrap().done > 0, "{report}");
    let missing: Vec<_> = report.unclean().map(|it| it.missing_port).collect();
    assert_eq!(missing, [Some("webhook_sender")], "{report}");
    let again = run_due(&school.store, &cx).await;
    assert_eq!(again.done(), 0, "the second run finds nothing to do: {again}");
}

#[tokio::test]
async fn who_may_not_run_jobs_is_told_in_the_report() {
    let school = open("strangers").await;
    save(&school, &[invite(&school, 1)]).await;
    let nobody = later(&school.system, 1).with_actor(Actor::Anonymous);
    let report = run_due(&school.store, &nobody).await;
    let found = find(&school, Query::<Invite>::all()).await;
    assert_eq!(found[0].status, InviteStatus::Open);
    assert!(failures(&report).iter().any(|it| it.0 == "identity.expire_invites"), "{report}");
}

#[tokio::test]
async fn every_tenant_has_its_turn() {
    let store = Store::new(lms::memory::MemoryStore::new());
    let test = lms_testkit::TestContext::new("two schools");
    let (one, two) = (School::open(&store, &test).await, School::open(&store, &test).await);
    save(&one, &[invite(&one, 1)]).await;
    save(&two, &[invite(&two, 2), invite(&two, 3)]).await;
    let report = run_due_everywhere(&store, &later(&one.system, 1)).await.unwrap();
    let done: Vec<_> = report
        .outcomes
        .iter()
        .filter(|it| it.job == "identity.expire_invites")
        .map(|it| (it.tenant, it.done))
        .collect();
    assert!(done.contains(&(one.system.tenant(), 1)), "{report}");
    assert!(done.contains(&(two.system.tenant(), 2)), "{report}");
    let platform = report.outcomes.iter().filter(|it| it.job == "identity.purge_logins").count();
    assert_eq!(platform, 1, "once for the platform");
}

#[test]
fn a_timetable_runs_each_job_as_often_as_it_asks_for() {
    let cx = lms_testkit::TestContext::new("timetable").build();
    let mut timetable = Timetable::default();
    let mut runs = std::collections::BTreeMap::new();
    for second in (0..7_200).step_by(5) {
        let now = cx.now().saturating_add(TimeDelta::seconds(second));
        for job in timetable.take_due(cx.tenant(), now) {
            *runs.entry(job.name).or_insert(0) += 1;
        }
    }
    let times =
        ["outbox.relay", "commerce.tick", "identity.expire_invites", "governance.purge_deleted"]
            .map(|it| runs[it]);
    assert_eq!(times, [1_440, 120, 2, 1]);
}
