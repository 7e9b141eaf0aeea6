//! Every kind of event that is told to people, told to whom it concerns.
use lms::{
    identity::{Membership, MembershipKind},
    kernel::{Actor, Id},
    notification::{Category, Notification, NotifyOfEvent, TOLD_EVENTS},
    outbox::{Message, MessageStatus},
    store::{LogStamp, Value},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Place, one_of_each::*, start};
use crate::school::title;

async fn every_event_that_concerns_somebody_is_told_to_them_once(place: Place) {
    let (store, test, _home) = start(place, "occasions").await;
    let cx = test.build().with_actor(Actor::system("relay"));
    let (samples, person) = one_of_each(&cx);
    let id = |table: &str| samples.iter().find(|it| it.schema.table == table).unwrap().id();
    let text = |it: &str| Value::Text(it.to_owned());
    let course = Value::Uuid(id("courses"));
    let samples: Vec<_> = samples
        .clone()
        .into_iter()
        .map(|it| match it.schema.table {
            "memberships" | "class_members" => it.with("status", text("active")),
            "content_assignments" => {
                it.with("target_kind", text("course")).with("target_id", course.clone())
            }
            _ => it,
        })
        .collect();
    store_all(&store, &samples).await;
    let friend = Membership::new(&cx, MembershipKind::Student, title("Bob"));
    let mut tx = store.begin(&cx).await.unwrap();
    tx.insert(&friend).await.unwrap();
    tx.commit().await.unwrap();

    let (who, now) = (person.uuid(), cx.now().to_string());
    let attempt = |more: &[(&str, Json)]| {
        let mut payload = json!({
            "attempt_id": id("attempts"), "assessment_id": id("assessments"), "learner_id": who,
        });
        for (name, value) in more {
            payload[*name] = value.clone();
        }
        payload
    };
    let class = id("class_groups");
    let session = id("sessions");
    let payment = id("payments");
    let events: Vec<(&str, Json, Vec<Category>)> = vec![
        (
            "learning.content_assigned",
            json!({"assignment_id": id("content_assignments"), "class_id": class, "due_at": now}),
            vec![Category::Assignment],
        ),
        (
            "learning.course_completed",
            json!({
                "enrollment_id": id("enrollments"), "learner_id": who, "course_id": id("courses"),
            }),
            vec![Category::Achievement],
        ),
        (
            "recognition.badge_awarded",
            json!({"award_id": id("badge_awards"), "badge_id": id("badges"), "learner_id": who}),
            vec![Category::Achievement],
        ),
        (
            "recognition.certificate_issued",
            json!({
                "certificate_id": id("certificates"), "learner_id": who,
                "course_id": id("courses"),
            }),
            vec![Category::Achievement],
        ),
        (
            "assessment.violation_recorded",
            attempt(&[
                ("session_id", json!(id("proctoring_sessions"))),
                ("kind", json!("phone_detected")),
            ]),
            vec![Category::Violation, Category::Violation],
        ),
        (
            "assessment.score_released",
            attempt(&[("score_id", json!(id("scores")))]),
            vec![Category::TestResult],
        ),
        (
            "assessment.submission_changed",
            json!({
                "submission_id": id("submissions"), "assignment_id": id("assignments"),
                "learner_id": who, "status": "returned",
            }),
            vec![Category::TestResult],
        ),
        (
            "assessment.learner_placed",
            json!({
                "decision_id": Uuid::from_u128(1), "learner_id": who, "status": "placed",
                "class_id": class,
            }),
            vec![Category::ClassSchedule],
        ),
        (
            "commerce.proof_decided",
            json!({
                "proof_id": id("payment_proofs"), "payment_id": payment, "status": "rejected",
                "reviewer_id": null,
            }),
            vec![Category::Payment],
        ),
        (
            "commerce.subscription_reminder",
            json!({
                "subscription_id": id("subscriptions"), "payer_id": who, "reminder": 1,
                "grace_until": null,
            }),
            vec![Category::Payment],
        ),
        (
            "commerce.subscription_changed",
            json!({
                "subscription_id": id("subscriptions"), "subscriber_id": who,
                "plan_id": id("plans"), "from": "past_due", "to": "expired",
                "current_period_end": null, "cancel_at_period_end": false,
            }),
            vec![Category::Info],
        ),
        (
            "delivery.member_promoted",
            json!({"class_id": class, "student_id": who}),
            vec![Category::ClassSchedule],
        ),
        (
            "delivery.session_moved",
            json!({"session_id": session, "from": "2025-01-01T00:00:00Z", "to": now}),
            vec![Category::ClassSchedule],
        ),
        (
            "delivery.session_status_changed",
            json!({
                "session_id": session, "class_id": class, "from": "scheduled", "to": "cancelled",
            }),
            vec![Category::ClassSchedule],
        ),
        (
            "engagement.comment_posted",
            json!({
                "comment_id": id("comments"), "author_id": friend.id, "answers": id("comments"),
            }),
            vec![Category::Info],
        ),
    ];
    let kinds: Vec<_> = events.iter().map(|it| it.0).collect();
    assert!(TOLD_EVENTS.iter().all(|it| kinds.contains(it)), "each has an example");
    for (kind, payload, wanted) in events {
        let event = Message {
            id: cx.id(),
            stamp: LogStamp::new(&cx),
            kind: kind.to_owned(),
            subject_kind: "anything".to_owned(),
            subject_id: Uuid::from_u128(2),
            payload,
            occurred_at: cx.now(),
            status: MessageStatus::Pending,
            attempts: 0,
            next_attempt_at: cx.now(),
            sent_at: None,
        };
        let before = notifications(&store, &cx, person).await.len();
        for (told, again) in [(wanted.len(), 0), (0, wanted.len())] {
            let mut tx = store.begin(&cx).await.unwrap();
            let done = tx.run(NotifyOfEvent { event: event.clone() }).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!((done.told as usize, done.before as usize), (told, again), "{kind}");
        }
        let after = notifications(&store, &cx, person).await;
        assert_eq!(after.len(), before + wanted.len(), "{kind}");
        let new: Vec<_> = after.iter().filter(|it| it.body.contains("{{")).collect();
        assert!(new.is_empty(), "{kind}: {new:?}");
        let told = after.iter().filter(|it| wanted.contains(&it.category)).count();
        assert!(told >= wanted.len(), "{kind}");
    }
}

async fn notifications(
    store: &lms::store::Store,
    cx: &lms::kernel::Context,
    person: Id<Membership>,
) -> Vec<Notification> {
    let mut tx = store.begin(cx).await.unwrap();
    tx.all(Notification::of(person)).await.unwrap()
}

on_both! {
    every_event_that_concerns_somebody_is_told_to_them_once,
}
