//! Who gets a seat, who keeps it, and what nobody gets by a detour.
use chrono::TimeDelta;
use lms::{
    authorization::AuthorizationError,
    content::{
        AuthorRole, AuthoredKind, CloneCourse, CourseChange, EditNode, MoveNode, NodeChange,
        NodeError, NodeKind, RemoveNode, SetAuthor,
    },
    delivery::{
        ClassChoice, ClassGroup, CreateClass, JoinClass, LeaveClass, PlanSeries, PlanSession,
    },
    kernel::{DomainError as _, ErrorKind, Id},
    learning::{
        Access, AccessRequest, ChangeEnrollment, CheckAccess, CloneRules, CourseCompleted,
        EnrollError, EnrollLearner, Enrollment, EnrollmentEvent, EnrollmentStatus, GrantSource,
        JoinClassAndEnroll, LeaveClassAndDrop, NodeRulesError, OpenNode, RecordStudy,
        RecountProgress, ReleaseRule, SetNodeRules, Study,
    },
    memory::MemoryStore,
    outbox::{DomainEvent as _, Message},
    store::{PageSize, Query, Store},
};

use crate::world::{Who, World, title};

async fn world() -> World {
    World::open(Store::new(MemoryStore::new())).await
}

async fn edit(world: &World, changes: Vec<CourseChange>) {
    let (cx, course) = (world.cx(Who::Teacher), world.courses().published.id);
    act!(world.store, cx, |tx| tx.run(lms::content::EditCourse { course_id: course, changes }))
        .unwrap();
}

async fn enroll(
    world: &World,
    learner: Id<lms::identity::Membership>,
) -> Result<Enrollment, EnrollError> {
    let command = EnrollLearner::new(world.courses().published.id, learner, GrantSource::Manual);
    act!(world.store, world.system, |tx| tx.run(command))
}

async fn enrollment_of(world: &World, learner: Id<lms::identity::Membership>) -> Enrollment {
    world.first(Enrollment::of(learner, world.courses().published.id)).await
}

#[tokio::test]
async fn who_waited_has_all_of_their_time_from_the_seat_on() {
    let world = world().await;
    let changes = vec![
        CourseChange::Capacity(Some(1)),
        CourseChange::Waitlists(true),
        CourseChange::AccessDays(Some(30)),
    ];
    edit(&world, changes).await;
    let waits = enroll(&world, world.other.id()).await.unwrap();
    assert_eq!((waits.status, waits.expires_at), (EnrollmentStatus::Waitlisted, None));
    // Forty days later the first learner goes.
    let later = world.system.now().saturating_add(TimeDelta::days(40));
    let (cx, id) = (world.system.clone().at(later), world.things().enrollment.id);
    let drop = EnrollmentEvent::Drop;
    act!(world.store, cx, |tx| tx.run(ChangeEnrollment { enrollment_id: id, event: drop }))
        .unwrap();
    let seated = enrollment_of(&world, world.other.id()).await;
    assert_eq!((seated.status, seated.enrolled_at), (EnrollmentStatus::Active, later));
    assert_eq!(seated.expires_at, Some(later.saturating_add(TimeDelta::days(30))));
}

#[tokio::test]
async fn a_newcomer_does_not_pass_those_who_wait() {
    let world = world().await;
    edit(&world, vec![CourseChange::Capacity(Some(1)), CourseChange::Waitlists(true)]).await;
    enroll(&world, world.other.id()).await.unwrap();
    edit(&world, vec![CourseChange::Capacity(Some(2))]).await;
    let newcomer = enroll(&world, world.guardian.id()).await.unwrap();
    assert_eq!(newcomer.status, EnrollmentStatus::Waitlisted);
    let first = enrollment_of(&world, world.other.id()).await;
    assert_eq!(first.status, EnrollmentStatus::Active);
}

#[tokio::test]
async fn who_is_kept_out_does_not_come_back_by_dropping_and_enrolling_anew() {
    let world = world().await;
    let (cx, id) = (world.cx(Who::Learner), world.things().enrollment.id);
    let suspend = EnrollmentEvent::Suspend;
    act!(world.store, world.system, |tx| tx
        .run(ChangeEnrollment { enrollment_id: id, event: suspend }))
    .unwrap();
    let drop = EnrollmentEvent::Drop;
    let error = act!(world.store, cx, |tx| tx
        .run(ChangeEnrollment { enrollment_id: id, event: drop }))
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    let admin = world.cx(Who::Admin);
    act!(world.store, admin, |tx| tx.run(ChangeEnrollment { enrollment_id: id, event: drop }))
        .unwrap();
}

#[tokio::test]
async fn nobody_gives_themselves_more_time_than_the_course_does() {
    let world = world().await;
    edit(&world, vec![CourseChange::AccessDays(Some(7))]).await;
    let course = world.courses().published.id;
    let own = EnrollLearner::new(course, world.other.id(), GrantSource::OwnChoice);
    let far = world.system.now().saturating_add(TimeDelta::days(10_000));
    let own = EnrollLearner { expires_at: Some(far), ..own };
    let cx = world.cx(Who::Other);
    let enrolled = act!(world.store, cx, |tx| tx.run(own)).unwrap();
    let week = world.system.now().saturating_add(TimeDelta::days(7));
    assert_eq!(enrolled.expires_at, Some(week));
}

#[tokio::test]
async fn who_leaves_one_of_two_classes_goes_on_learning() {
    let world = world().await;
    let (first, course) = (world.things().class.clone(), world.courses().published.id);
    let second = CreateClass::offline(course, title("Mornings"), "Room 2");
    let second: ClassGroup = act!(world.store, world.system, |tx| tx.run(second)).unwrap();
    let student_id = world.other.id();
    for class in [first.id, second.id] {
        let command = JoinClass { class: ClassChoice::Id(class), student_id };
        act!(world.store, world.system, |tx| tx.run(JoinClassAndEnroll { join: command })).unwrap();
    }
    let leave = |class_id| {
        let world = &world;
        let command = LeaveClass { class_id, student_id, is_removal: true };
        async move {
            act!(world.store, world.system, |tx| tx.run(LeaveClassAndDrop { leave: command }))
                .unwrap()
        }
    };
    leave(first.id).await;
    let kept = enrollment_of(&world, student_id).await;
    assert_eq!((kept.status, kept.source_id), (EnrollmentStatus::Active, Some(second.id.uuid())));
    leave(second.id).await;
    assert_eq!(enrollment_of(&world, student_id).await.status, EnrollmentStatus::Dropped);
}

#[tokio::test]
async fn a_part_in_where_a_node_goes_is_no_right_to_take_it() {
    let world = world().await;
    let (courses, other) = (world.courses(), world.other.id());
    let course = courses.published.id;
    let mine = world.node(course, None, (NodeKind::Module, "Mine")).await;
    let part = ((AuthoredKind::ContentNode, mine.id.uuid()), AuthorRole::Editor);
    act!(world.store, world.system, |tx| tx.run(SetAuthor {
        author_id: other,
        target: part.0,
        role: part.1
    }))
    .unwrap();
    world.give(&world.other, "instructor", None).await;
    let (cx, lesson) = (world.cx(Who::Other), courses.second.id);
    let steal = MoveNode { node_id: lesson, parent_id: Some(mine.id), position: 0 };
    let error = act!(world.store, cx, |tx| tx.run(steal)).unwrap_err();
    assert!(matches!(error, NodeError::Authorization(AuthorizationError::NotPermitted { .. })));
    let own = world.node(course, Some(mine.id), (NodeKind::Lesson, "Own")).await;
    let deep = world.node(course, Some(own.id), (NodeKind::Activity, "Deep")).await;
    let weight = vec![NodeChange::Weight(2)];
    act!(world.store, cx, |tx| tx.run(EditNode { node_id: deep.id, changes: weight.clone() }))
        .unwrap();
    let error = act!(world.store, cx, |tx| tx.run(EditNode { node_id: lesson, changes: weight }))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    let first = MoveNode { node_id: own.id, parent_id: Some(mine.id), position: 0 };
    act!(world.store, cx, |tx| tx.run(first)).unwrap();
    let away = MoveNode { node_id: own.id, parent_id: Some(courses.module.id), position: 0 };
    let error = act!(world.store, cx, |tx| tx.run(away)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn rules_speak_of_the_course_that_they_are_in() {
    let world = world().await;
    let (courses, teacher) = (world.courses(), world.cx(Who::Teacher));
    let foreign = world.node(courses.draft.id, None, (NodeKind::Module, "Elsewhere")).await;
    let rule = ReleaseRule::Prerequisite { node_id: foreign.id };
    let set = act!(world.store, teacher, |tx| {
        tx.run(SetNodeRules { node_id: courses.second.id, release: Some(rule), completion: None })
    });
    assert!(
        matches!(set.unwrap_err(), NodeRulesError::ForeignNode { node_id } if node_id == foreign.id)
    );
    // A copy that claims nodes of another course changes nothing there.
    let command = CloneCourse {
        source_id: courses.published.id,
        title: title("Copy"),
        slug: None,
        owner_id: world.teacher.id(),
    };
    let mut copy = act!(world.store, teacher, |tx| tx.run(command)).unwrap();
    copy.nodes.insert(courses.second.id, foreign.id);
    let error =
        act!(world.store, teacher, |tx| tx.run(CloneRules { copy: copy.clone() })).unwrap_err();
    assert!(matches!(error, NodeRulesError::ForeignNode { .. }), "{error}");
}

#[tokio::test]
async fn nobody_is_held_up_by_a_node_that_was_removed() {
    let world = world().await;
    let (courses, learner) = (world.courses(), world.learner.id());
    let (teacher, cx) = (world.cx(Who::Teacher), world.cx(Who::Learner));
    let rule = ReleaseRule::Prerequisite { node_id: courses.lesson.id };
    act!(world.store, teacher, |tx| {
        tx.run(SetNodeRules { node_id: courses.second.id, release: Some(rule), completion: None })
    })
    .unwrap();
    let request = AccessRequest::new(learner, courses.second.id);
    let access = act!(world.store, cx, |tx| tx.run(CheckAccess { request })).unwrap();
    assert!(matches!(access, Access::Locked { .. }));
    act!(world.store, teacher, |tx| tx.run(RemoveNode { node_id: courses.lesson.id })).unwrap();
    let access = act!(world.store, cx, |tx| tx.run(CheckAccess { request })).unwrap();
    assert!(access.is_granted(), "{access:?}");
}

#[tokio::test]
async fn who_had_done_all_but_what_was_removed_has_done_the_course() {
    let world = world().await;
    let (courses, learner) = (world.courses(), world.learner.id());
    let (admin, cx) = (world.cx(Who::Admin), world.cx(Who::Learner));
    let request = AccessRequest::new(learner, courses.second.id);
    act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap();
    act!(world.store, cx, |tx| {
        tx.run(RecordStudy { learner_id: learner, node_id: courses.second.id, study: Study::Claim })
    })
    .unwrap();
    let before = enrollment_of(&world, learner).await;
    assert_eq!(before.progress.to_string(), "50");
    act!(world.store, admin, |tx| tx.run(RemoveNode { node_id: courses.lesson.id })).unwrap();
    let course = courses.published.id;
    let first = (PageSize::MAX, None);
    let later = admin.clone().at(admin.now().saturating_add(TimeDelta::days(1)));
    let page = act!(world.store, later, |tx| tx.run(RecountProgress {
        course_id: course,
        size: first.clone().0,
        after: first.clone().1
    }));
    assert_eq!(page.unwrap().items[0].status, EnrollmentStatus::Completed);
    let done = enrollment_of(&world, learner).await;
    assert_eq!(done.progress.to_string(), "100");
    assert_eq!(done.last_accessed_at, before.last_accessed_at, "the learner was not there");
    let again = act!(world.store, later, |tx| tx.run(RecountProgress {
        course_id: course,
        size: first.0,
        after: first.1
    }));
    assert!(again.unwrap().items.is_empty());
    let told = Query::filter(Message::KIND.eq(CourseCompleted::KIND.to_owned()));
    assert_eq!(world.count(told).await, 1);
}

#[tokio::test]
async fn nobody_plans_for_somebody_elses_class_by_naming_themselves() {
    let world = world().await;
    let class = world.things().class.clone();
    world.give(&world.other, "instructor", None).await;
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let heads = Query::filter(lms::identity::Membership::ORG_UNIT_ID.is(world.south.id));
    let head_of_south = tx.first(heads).await.unwrap().unwrap().id;
    drop(tx);
    let course = world.courses().published.id;
    for (who, host) in [(Who::Other, world.other.id()), (Who::South, head_of_south)] {
        let cx = world.cx(who);
        let blank = || PlanSession {
            org_unit_id: (who == Who::South).then_some(world.south.id),
            ..PlanSession::new(host, title("Mine"), world.hour(200))
        };
        // Their own sessions, in their own unit, they plan.
        act!(world.store, cx, |tx| tx.run(blank())).unwrap();
        let theirs = PlanSession { class_id: Some(class.id), ..blank() };
        let error = act!(world.store, cx, |tx| tx.run(theirs)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
        let series = PlanSeries {
            class_id: Some(class.id),
            course_id: None,
            org_unit_id: blank().org_unit_id,
            host_id: host,
            room_id: None,
            title: title("Mine"),
            meeting: None,
            timing: class.schedule.as_ref().unwrap().timing().unwrap(),
            until: world.hour(2_000).end(),
            clash_policy: Default::default(),
        };
        let error = act!(world.store, cx, |tx| tx.run(series)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    }
    // Nor for a course that is not theirs.
    let cx = world.cx(Who::Other);
    let lecture = PlanSession {
        course_id: Some(course),
        ..PlanSession::new(world.other.id(), title("Lecture"), world.hour(300))
    };
    let error = act!(world.store, cx, |tx| tx.run(lecture)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
}
