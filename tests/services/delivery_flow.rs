//! What the services of delivery do, step by step.
use chrono::TimeDelta;
use lms::{
    delivery::{
        AddProgramCourse, AddUnitStudent, AttendError, AttendanceStatus, ChangeClassStatus,
        ChangeSession, ChangeSessionStatus, ClashPolicy, ClassChange, ClassChoice, ClassEvent,
        ClassGroup, ClassMember, CreateClass, CreateClassError, DeactivateUnitCourse,
        DeleteProgram, DeleteRoom, EditClass, EnterSession, ExitSession, ExtendSeries, FindClashes,
        JoinClass, JoinClassError, LeaveClass, MarkAttendance, MemberStatus, MoveProgram,
        MoveProgramCourse, OpenMeeting, OrgUnitMember, PlanSeries, PlanSession, ProgramError,
        PromoteWaitlisted, RemoveUnitStudent, RenewJoinCode, RescheduleSession, RoomError,
        ScheduleClass, Session, SessionError, SessionEvent, SessionParticipant, SessionSeries,
        SessionStatus, SetPlacementBands, TutorLoad,
    },
    kernel::{DomainError as _, ErrorKind, Points},
    memory::MemoryStore,
    store::{Query, Store},
};

use crate::world::{Who, World, title};

async fn world() -> World {
    World::open(Store::new(MemoryStore::new())).await
}

#[tokio::test]
async fn programs_nest_without_circles_and_order_their_courses() {
    let world = world().await;
    let (cx, things) = (world.cx(Who::Admin), world.things());
    let (a, b) = (things.program.id, things.spare_program.id);
    act!(world.store, cx, |tx| tx.run(MoveProgram { program_id: b, parent_id: Some(a) })).unwrap();
    let circle = act!(world.store, cx, |tx| tx
        .run(MoveProgram { program_id: a, parent_id: Some(b) }))
    .unwrap_err();
    assert!(matches!(circle, ProgramError::PartOfItself));
    let draft = world.courses().draft.id;
    let first = act!(world.store, cx, |tx| tx.run(AddProgramCourse {
        program_id: a,
        course_id: draft,
        position: Some(0)
    }));
    assert_eq!(first.unwrap().position, 0);
    let twice = act!(world.store, cx, |tx| tx.run(AddProgramCourse {
        program_id: a,
        course_id: draft,
        position: None
    }));
    assert!(matches!(twice.unwrap_err(), ProgramError::AlreadyThere));
    act!(world.store, cx, |tx| tx.run(MoveProgramCourse {
        program_id: a,
        course_id: draft,
        position: 9
    }))
    .unwrap();
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let order = tx.all(lms::delivery::ProgramCourse::of(a)).await.unwrap();
    let order: Vec<_> = order.into_iter().map(|it| (it.course_id, it.position)).collect();
    assert_eq!(order, [(world.courses().published.id, 0), (draft, 1)]);
    drop(tx);
    let error = act!(world.store, cx, |tx| tx.run(DeleteProgram { program_id: a })).unwrap_err();
    assert!(matches!(error, ProgramError::InUse));
}

#[tokio::test]
async fn a_unit_teaches_what_is_active_there() {
    let world = world().await;
    let (cx, course) = (world.cx(Who::Admin), world.courses().published.id);
    let north = world.north.id;
    act!(world.store, cx, |tx| tx.run(DeactivateUnitCourse { unit_id: north, course_id: course }))
        .unwrap();
    let class = CreateClass {
        org_unit_id: Some(north),
        ..CreateClass::offline(course, title("Late"), "Room 3")
    };
    let error = act!(world.store, cx, |tx| tx.run(class.clone())).unwrap_err();
    assert!(matches!(error, CreateClassError::CourseNotActiveAtUnit));
    let nowhere = CreateClass { org_unit_id: None, location: None, ..class };
    let error = act!(world.store, cx, |tx| tx.run(nowhere)).unwrap_err();
    assert!(matches!(error, CreateClassError::Mode(_)));
}

#[tokio::test]
async fn a_learner_joins_a_unit_apart_from_its_courses() {
    let world = world().await;
    let (cx, south, learner) = (world.cx(Who::Admin), world.south.id, world.learner.id());
    let joined = act!(world.store, cx, |tx| tx
        .run(AddUnitStudent { unit_id: south, student_id: learner }))
    .unwrap();
    assert_eq!((joined.org_unit_id, joined.student_id), (south, learner));
    let again =
        act!(world.store, cx, |tx| tx.run(AddUnitStudent { unit_id: south, student_id: learner }));
    assert_eq!(again.map(|it| it.id).ok().unwrap_or(joined.id), joined.id, "once");
    let members = || Query::filter(OrgUnitMember::STUDENT_ID.eq(learner));
    // The north has the learner too, who has no enrolment by either.
    assert_eq!(world.count(members()).await, 2);
    assert_eq!(world.count(lms::learning::Enrollment::of_learner(learner)).await, 1);
    act!(world.store, cx, |tx| tx.run(RemoveUnitStudent { unit_id: south, student_id: learner }))
        .unwrap();
    assert_eq!(world.count(members()).await, 1);
}

#[tokio::test]
async fn a_class_fills_up_and_those_who_wait_move_up_in_order() {
    let world = world().await;
    let (class, teacher) = (world.things().class.clone(), world.cx(Who::Teacher));
    let sized =
        |seats| vec![ClassChange::Capacity(Some(seats)), ClassChange::WaitlistCapacity(Some(1))];
    act!(world.store, teacher, |tx| tx.run(EditClass { class_id: class.id, changes: sized(1) }))
        .unwrap();
    let code = class.join_code.clone().unwrap();
    let join = |cx: lms::kernel::Context, student_id| {
        let (store, code) = (&world.store, code.clone());
        async move {
            let command = JoinClass { class: ClassChoice::Code(code), student_id };
            act!(store, cx, |tx| tx.run(command))
        }
    };
    let waits = join(world.cx(Who::Other), world.other.id()).await.unwrap();
    assert_eq!(waits.status, MemberStatus::Waitlisted);
    let again = join(world.cx(Who::Other), world.other.id()).await.unwrap_err();
    assert!(matches!(again, JoinClassError::AlreadyPresent { .. }));
    let full = join(world.system.clone(), world.guardian.id()).await.unwrap_err();
    assert!(matches!(full, JoinClassError::Full { capacity: 1 }));
    act!(world.store, teacher, |tx| tx.run(EditClass { class_id: class.id, changes: sized(2) }))
        .unwrap();
    let promoted =
        act!(world.store, teacher, |tx| tx.run(PromoteWaitlisted { class_id: class.id }));
    assert_eq!(promoted.unwrap()[0].student_id, world.other.id());
    let own = LeaveClass { class_id: class.id, student_id: world.other.id(), is_removal: false };
    act!(world.store, world.cx(Who::Other), |tx| tx.run(own)).unwrap();
    let left = world.first(Query::filter(ClassMember::STUDENT_ID.eq(world.other.id()))).await;
    assert_eq!(left.status, MemberStatus::Left);

    let renewed = act!(world.store, teacher, |tx| tx
        .run(RenewJoinCode { class_id: class.id, is_open: true }));
    assert_ne!(renewed.unwrap().join_code, Some(code.clone()));
    let error = join(world.cx(Who::Other), world.other.id()).await.unwrap_err();
    assert!(matches!(error, JoinClassError::UnknownCode));
    let end = ClassEvent::End;
    act!(world.store, teacher, |tx| tx.run(ChangeClassStatus { class_id: class.id, event: end }))
        .unwrap();
    let by_id = JoinClass { class: ClassChoice::Id(class.id), student_id: world.other.id() };
    let error = act!(world.store, teacher, |tx| tx.run(by_id)).unwrap_err();
    assert!(matches!(error, JoinClassError::NotActive { .. }));
}

#[tokio::test]
async fn nobody_and_no_room_is_at_two_sessions_at_once() {
    let world = world().await;
    let (cx, things) = (world.cx(Who::Teacher), world.things());
    let plan = |hour| PlanSession {
        room_id: Some(things.room.id),
        ..PlanSession::new(world.teacher.id(), title("Other"), world.hour(hour))
    };
    // The session of the class takes the teacher and, with the class, the learner.
    let error = act!(world.store, world.system, |tx| tx.run(plan(24)));
    assert!(matches!(error.unwrap_err(), SessionError::Clashes { .. }));
    let found = act!(world.store, cx, |tx| tx.run(FindClashes { session: plan(24) })).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    let free = act!(world.store, world.system, |tx| tx.run(plan(30))).unwrap();
    let moved = |clash_policy| ChangeSession {
        session_id: free.id,
        range: world.hour(24),
        room_id: None,
        host_id: world.teacher.id(),
        clash_policy,
    };
    let refuse = moved(ClashPolicy::Refuse);
    let error = act!(world.store, world.system, |tx| tx.run(RescheduleSession { change: refuse }));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Conflict);
    let room = act!(world.store, world.system, |tx| tx.run(DeleteRoom { room_id: things.room.id }));
    assert!(matches!(room.unwrap_err(), RoomError::InUse));
    let allow = moved(ClashPolicy::Allow);
    act!(world.store, world.system, |tx| tx.run(RescheduleSession { change: allow })).unwrap();
    let load = TutorLoad { org_unit_id: None, window: world.hour(24) };
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let lines = tx.report(load).await.unwrap();
    assert_eq!((lines[0].tutor_id, lines[0].sessions), (world.teacher.id(), 2));
    assert_eq!((lines[0].active_classes, lines[0].students), (1, 1));
}

#[tokio::test]
async fn a_series_is_planned_from_the_schedule_and_never_twice() {
    let world = world().await;
    let (cx, things) = (world.cx(Who::Teacher), world.things());
    // Mondays from 7 to 28 April 2025; the world planned the first one.
    let until = "2025-05-01T00:00:00Z".parse().unwrap();
    let more = (until, ClashPolicy::Refuse);
    let planned = act!(world.store, cx, |tx| tx.run(ExtendSeries {
        series_id: things.series.id,
        until: more.0,
        clash_policy: more.1
    }));
    let starts: Vec<_> =
        planned.unwrap().sessions.iter().map(|it| it.starts_at.to_string()).collect();
    assert_eq!(starts, ["2025-04-14T18:00:00Z", "2025-04-21T18:00:00Z", "2025-04-28T18:00:00Z"]);
    let again = act!(world.store, cx, |tx| tx.run(ExtendSeries {
        series_id: things.series.id,
        until: more.0,
        clash_policy: more.1
    }));
    assert!(again.unwrap().sessions.is_empty());
    let class = things.class.id;
    let clash = ClashPolicy::Refuse;
    let error = act!(world.store, cx, |tx| tx
        .run(ScheduleClass { class_id: class, clash_policy: clash }))
    .unwrap_err();
    assert!(matches!(error, SessionError::Clashes { .. }));
    let unscheduled = vec![ClassChange::Schedule(None)];
    act!(world.store, cx, |tx| tx.run(EditClass { class_id: class, changes: unscheduled }))
        .unwrap();
    let error = act!(world.store, cx, |tx| tx
        .run(ScheduleClass { class_id: class, clash_policy: clash }))
    .unwrap_err();
    assert!(matches!(error, SessionError::NothingToPlan));
}

#[tokio::test]
async fn a_class_that_has_begun_is_planned_from_now_on() {
    let world = world().await;
    let class = world.things().class.id;
    // Mondays from 7 to 28 April 2025 at 18:00; two are over, and the third goes on.
    let late = "2025-04-21T18:30:00Z".parse().unwrap();
    let cx = world.cx(Who::Teacher).at(late);
    let clash = ClashPolicy::Allow;
    let planned = act!(world.store, cx, |tx| tx
        .run(ScheduleClass { class_id: class, clash_policy: clash }))
    .unwrap();
    let starts: Vec<_> = planned.sessions.iter().map(|it| it.starts_at.to_string()).collect();
    assert_eq!(starts, ["2025-04-21T18:00:00Z", "2025-04-28T18:00:00Z"]);
    let later = ("2025-06-01T00:00:00Z".parse().unwrap(), clash);
    let more = act!(world.store, cx, |tx| tx.run(ExtendSeries {
        series_id: planned.series.id,
        until: later.0,
        clash_policy: later.1
    }));
    assert!(more.unwrap().sessions.is_empty(), "what is over is not planned later either");
}

#[tokio::test]
async fn whoever_may_not_plan_leaves_no_series_behind() {
    let world = world().await;
    let class = &world.things().class;
    let series = PlanSeries {
        class_id: Some(class.id),
        course_id: None,
        org_unit_id: None,
        host_id: world.teacher.id(),
        room_id: None,
        title: title("Mornings"),
        meeting: None,
        timing: class.schedule.as_ref().unwrap().timing().unwrap(),
        until: "2025-04-10T00:00:00Z".parse().unwrap(),
        clash_policy: ClashPolicy::Allow,
    };
    let before = world.count(Query::<SessionSeries>::all()).await;
    let cx = world.cx(Who::Other);
    let mut tx = world.store.begin(&cx).await.unwrap();
    let error = tx.run(series).await.unwrap_err();
    assert!(matches!(error, SessionError::Authorization(_)));
    // The host keeps the rest of the transaction.
    tx.commit().await.unwrap();
    assert_eq!(world.count(Query::<SessionSeries>::all()).await, before);
}

#[tokio::test]
async fn attendance_follows_from_when_people_came_and_went() {
    let world = world().await;
    let (things, teacher) = (world.things(), world.cx(Who::Teacher));
    let (live, learner) = (things.live.id, world.learner.id());
    let by_other = world.cx(Who::Other);
    let error = act!(world.store, by_other, |tx| tx
        .run(EnterSession { session_id: live, person_id: world.other.id() }));
    assert!(matches!(error.unwrap_err(), AttendError::NotInvited));
    let later = |minutes| world.system.now().saturating_add(TimeDelta::minutes(minutes));
    let goes = world.cx(Who::Learner).at(later(30));
    act!(world.store, goes, |tx| tx.run(ExitSession { session_id: live, person_id: learner }))
        .unwrap();
    let ends = teacher.clone().at(later(60));
    let end = SessionEvent::End;
    let ended =
        act!(world.store, ends, |tx| tx.run(ChangeSessionStatus { session_id: live, event: end }));
    assert_eq!(ended.unwrap().status, SessionStatus::Ended);
    let part = world.first(SessionParticipant::one(live, learner)).await;
    assert_eq!(part.attendance, Some(AttendanceStatus::LeftEarly));
    let excused = (learner, AttendanceStatus::Excused);
    act!(world.store, ends, |tx| tx.run(MarkAttendance {
        session_id: live,
        person_id: excused.0,
        status: excused.1
    }))
    .unwrap();
    let part = world.first(SessionParticipant::one(live, learner)).await;
    assert_eq!(
        (part.attendance, part.marked_by),
        (Some(AttendanceStatus::Excused), Some(world.teacher.id()))
    );
    let over =
        act!(world.store, goes, |tx| tx.run(EnterSession { session_id: live, person_id: learner }));
    assert!(matches!(over.unwrap_err(), AttendError::NotLive { .. }));
}

#[tokio::test]
async fn a_meeting_is_made_once() {
    let world = world().await;
    let (cx, session) = (world.cx(Who::Teacher), world.things().session.id);
    let first = act!(world.store, cx, |tx| tx.run(OpenMeeting { session_id: session })).unwrap();
    let second = act!(world.store, cx, |tx| tx.run(OpenMeeting { session_id: session })).unwrap();
    assert_eq!(first.meeting, second.meeting);
    let kept: Session = world.read(session).await;
    assert!(kept.meeting.unwrap().url.to_string().contains(&session.to_string()));
}

#[tokio::test]
async fn bands_do_not_overlap() {
    let world = world().await;
    let (cx, class) = (world.cx(Who::Admin), world.things().class.id);
    let points = |it| Points::from_whole(it).unwrap();
    let band = |from, to| (points(from), points(to));
    let set = |bands: Vec<(Points, Points)>| {
        let (store, cx) = (&world.store, &cx);
        async move { act!(store, cx, |tx| tx.run(SetPlacementBands { class_id: class, bands })) }
    };
    assert_eq!(set(vec![band(10, 20), band(0, 10)]).await.unwrap().len(), 2);
    assert_eq!(set(vec![band(0, 11), band(10, 20)]).await.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(set(vec![band(5, 5)]).await.unwrap_err().kind(), ErrorKind::Invalid);
    let kept: ClassGroup = world.read(class).await;
    assert_eq!(kept.id, class);
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let bands = tx.count(lms::delivery::PlacementBand::of_any([class])).await.unwrap();
    assert_eq!(bands, 2);
}
