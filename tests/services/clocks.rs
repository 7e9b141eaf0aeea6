//! A clock that goes back makes no negative times, opens nothing again and counts nothing twice.
use chrono::TimeDelta;
use lms::{
    delivery::{
        ChangeSessionStatus, ClassChoice, ClassMember, EnterSession, ExitSession, JoinClass,
        LeaveClass, MemberStatus, Session, SessionEvent, SessionParticipant, SessionStatus,
    },
    kernel::{Context, Timestamp},
    learning::{
        AccessRequest, ChangeEnrollment, Enrollment, EnrollmentEvent, EnrollmentStatus,
        ExpireEnrollments, NodeProgress, OpenNode, ProgressStatus, RecordStudy, RenewEnrollment,
        Study, ViewLearnerStats,
    },
    memory::MemoryStore,
    store::{PageSize, Query, Store},
};
use proptest::prelude::*;

use crate::world::{Who, World};

async fn world() -> World {
    World::open(Store::new(MemoryStore::new())).await
}

fn moved(cx: &Context, minutes: i64) -> Context {
    cx.clone().at(cx.now().saturating_add(TimeDelta::minutes(minutes)))
}

/// Everything that says from when to when says so forwards.
async fn nothing_is_negative(world: &World) {
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let forwards = |from: Timestamp, to: Option<Timestamp>| to.is_none_or(|it| it >= from);
    for it in tx.all(Query::<NodeProgress>::all()).await.unwrap() {
        assert!(forwards(it.started_at, it.completed_at), "{it:?}");
        assert!(it.time_spent_seconds >= 0 && it.last_seen_at >= it.started_at, "{it:?}");
    }
    for it in tx.all(Query::<Enrollment>::all()).await.unwrap() {
        assert!(forwards(it.enrolled_at, it.completed_at), "{it:?}");
    }
    for it in tx.all(Query::<ClassMember>::all()).await.unwrap() {
        assert!(forwards(it.joined_at, it.left_at), "{it:?}");
    }
    for it in tx.all(Query::<Session>::all()).await.unwrap() {
        if let Some(started) = it.started_at {
            assert!(forwards(started, it.ended_at), "{it:?}");
        }
    }
    for it in tx.all(Query::<SessionParticipant>::all()).await.unwrap() {
        assert!(it.present_seconds >= 0, "{it:?}");
        if let Some(joined) = it.joined_at {
            assert!(forwards(joined, it.left_at), "{it:?}");
        }
    }
}

#[tokio::test]
async fn a_lesson_done_before_it_was_begun_took_no_time() {
    let world = world().await;
    let (learner, node) = (world.learner.id(), world.courses().second.id);
    let cx = world.cx(Who::Learner);
    let request = AccessRequest::new(learner, node);
    act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap();
    let back = moved(&cx, -90);
    let time = Study::Time { seconds: 600, position_seconds: None };
    act!(world.store, back, |tx| tx.run(RecordStudy {
        learner_id: learner,
        node_id: node,
        study: time
    }))
    .unwrap();
    let claim = Study::Claim;
    let progress = act!(world.store, back, |tx| tx.run(RecordStudy {
        learner_id: learner,
        node_id: node,
        study: claim
    }));
    let progress = progress.unwrap();
    assert_eq!(progress.time_spent_seconds, 0);
    assert_eq!((progress.status, progress.last_seen_at), (ProgressStatus::Completed, cx.now()));
    assert_eq!(progress.completed_at, Some(progress.started_at));
    // The same minutes told again by a clock that went back and on count once.
    let on = moved(&cx, 10);
    let told = |cx: Context| {
        let world = &world;
        async move {
            act!(world.store, cx, |tx| tx.run(RecordStudy {
                learner_id: learner,
                node_id: node,
                study: time
            }))
            .unwrap()
            .time_spent_seconds
        }
    };
    assert_eq!(told(on.clone()).await, 600);
    assert_eq!(told(back).await, 600);
    assert_eq!(told(on).await, 600);
    let (stats, _) = act!(world.store, cx, |tx| tx.run(ViewLearnerStats { learner_id: learner }))
        .unwrap()
        .unwrap();
    assert_eq!(stats.time_spent_seconds, 600);
    nothing_is_negative(&world).await;
}

#[tokio::test]
async fn what_has_expired_does_not_open_again_when_the_clock_goes_back() {
    let world = world().await;
    let (system, id) = (&world.system, world.things().enrollment.id);
    let end = Some(moved(system, 60).now());
    act!(world.store, system, |tx| tx.run(RenewEnrollment { enrollment_id: id, expires_at: end }))
        .unwrap();
    let later = moved(system, 61);
    act!(world.store, later, |tx| tx.run(ExpireEnrollments { due: PageSize::MAX.into() })).unwrap();
    let request = AccessRequest::new(world.learner.id(), world.courses().lesson.id);
    let back = world.cx(Who::Learner);
    let (access, progress) =
        act!(world.store, back, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap();
    assert!(!access.is_granted() && progress.is_none(), "{access:?}");
    let again = act!(world.store, system, |tx| tx
        .run(ExpireEnrollments { due: PageSize::MAX.into() }))
    .unwrap();
    assert_eq!(again, 0);
    assert_eq!(world.read(id).await.status, EnrollmentStatus::Expired);
}

#[tokio::test]
async fn a_course_completed_before_it_was_begun_was_completed_at_once() {
    let world = world().await;
    let id = world.things().enrollment.id;
    let back = moved(&world.system, -600);
    let done = EnrollmentEvent::Complete;
    let done = act!(world.store, back, |tx| tx
        .run(ChangeEnrollment { enrollment_id: id, event: done }))
    .unwrap();
    assert_eq!(done.completed_at, Some(done.enrolled_at));
    nothing_is_negative(&world).await;
}

#[tokio::test]
async fn a_session_that_ended_before_it_started_lasted_no_time_and_stays_ended() {
    let world = world().await;
    let (teacher, session) = (world.cx(Who::Teacher), world.things().session.id);
    let change = async |cx: Context, event: SessionEvent| {
        act!(world.store, cx, |tx| tx.run(ChangeSessionStatus { session_id: session, event }))
    };
    change(moved(&teacher, 30), SessionEvent::Start).await.unwrap();
    let learner = world.learner.id();
    for minutes in [40, 20, 50] {
        let cx = moved(&world.cx(Who::Learner), minutes);
        act!(world.store, cx, |tx| tx
            .run(EnterSession { session_id: session, person_id: learner }))
        .unwrap();
        let cx = moved(&world.cx(Who::Learner), minutes - 5);
        act!(world.store, cx, |tx| tx.run(ExitSession { session_id: session, person_id: learner }))
            .unwrap();
    }
    let ended = change(teacher.clone(), SessionEvent::End).await.unwrap();
    assert_eq!((ended.status, ended.ended_at), (SessionStatus::Ended, ended.started_at));
    assert!(change(teacher.clone(), SessionEvent::Start).await.is_err());
    let cx = moved(&world.cx(Who::Learner), -60);
    act!(world.store, cx, |tx| tx.run(EnterSession { session_id: session, person_id: learner }))
        .unwrap_err();
    nothing_is_negative(&world).await;
}

#[tokio::test]
async fn a_student_who_left_before_they_came_was_there_for_no_time() {
    let world = world().await;
    let (class, student_id) = (world.things().class.id, world.other.id());
    let join = JoinClass { class: ClassChoice::Id(class), student_id };
    act!(world.store, world.system, |tx| tx.run(join.clone())).unwrap();
    let back = moved(&world.system, -60);
    let leave = LeaveClass { class_id: class, student_id, is_removal: true };
    act!(world.store, back, |tx| tx.run(leave)).unwrap();
    let left = world.first(Query::filter(ClassMember::STUDENT_ID.eq(student_id))).await;
    assert_eq!((left.status, left.left_at), (MemberStatus::Removed, Some(left.joined_at)));
    // By whatever clock: who comes back waits behind those who came before.
    let again = act!(world.store, back, |tx| tx.run(join)).unwrap();
    assert!(again.ticket > left.ticket);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn learning_by_a_clock_that_jumps_never_takes_anything_back(
        jumps in prop::collection::vec(-2_000_i64..2_000, 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = world().await;
            let (learner, node) = (world.learner.id(), world.courses().second.id);
            let cx = world.cx(Who::Learner);
            let request = AccessRequest::new(learner, node);
            let (mut spent, mut longest, mut day) = (0, 0, None);
            for minutes in jumps {
                let cx = moved(&cx, minutes);
                act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap();
                let time = Study::Time { seconds: 3_600, position_seconds: None };
                let claim = Study::Claim;
                act!(world.store, cx, |tx| tx.run(RecordStudy { learner_id: learner, node_id: node, study: claim }))
                    .unwrap();
                act!(world.store, cx, |tx| tx.run(RecordStudy { learner_id: learner, node_id: node, study: time })).unwrap();
                let stats = act!(world.store, cx, |tx| tx.run(ViewLearnerStats { learner_id: learner }));
                let (stats, days) = stats.unwrap().unwrap();
                assert!(stats.time_spent_seconds >= spent && stats.longest_streak_days >= longest);
                assert!(stats.last_active_on >= day && days <= stats.longest_streak_days);
                assert_eq!(stats.lessons_completed, 1);
                (spent, longest) = (stats.time_spent_seconds, stats.longest_streak_days);
                day = stats.last_active_on;
            }
            // No more than the whole span of the clock.
            assert!(spent <= 4_000 * 60);
            nothing_is_negative(&world).await;
        });
    }
}
