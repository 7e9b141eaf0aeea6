//! Those who lead a course, a class or a branch do with it what their role says, and nothing with
//! what others lead.
use lms::{
    authorization::{Permission, is_permitted_on},
    content::{
        AuthorRole, AuthoredKind, CourseChange, CourseError, DeleteFile, DownloadError, EditCourse,
        FileAsset, NewFile, Pricing, ReadFile, SetAuthor, UploadFile,
    },
    delivery::{
        ActivateUnitCourse, AddUnitStudent, AttendanceStatus, ChangeSession, ClashPolicy,
        CreateClass, CreateClassError, CreateRoom, FindClashes, MarkAttendance, PlanSession,
        RescheduleSession, SessionError, UnitCourseError,
    },
    governance::ViewStudentHistory,
    identity::{AssignRole, AssignTutor, AssignmentScope, MembershipKind, Role, RoleKey},
    kernel::{Actor, Context, DomainError as _, ErrorKind, Id},
    learning::{
        AccessRequest, ChangeEnrollment, ConfirmNode, EnrollLearner, EnrollmentEvent, GrantSource,
        ListAssignedContent, ReadLessonFile, RenewEnrollment, ViewLearnerStats,
    },
    memory::MemoryStore,
    recognition::AwardPoints,
    store::Store,
};

use crate::world::{Person, Who, World, person, title};

async fn world() -> World {
    World::open(Store::new(MemoryStore::new())).await
}

/// An instructor who leads nothing in the published course.
async fn colleague(world: &World, name: &str) -> (Person, Context) {
    let colleague = person(&world.store, &world.system, name, MembershipKind::Staff, None).await;
    world.give(&colleague, "instructor", None).await;
    let cx = world.system.clone().with_actor(Actor::User(colleague.user.actor_id()));
    (colleague, cx)
}

#[tokio::test]
async fn an_editor_does_not_make_themselves_owner_of_a_course() {
    let world = world().await;
    let course = world.courses().published.id;
    let teacher = world.cx(Who::Teacher);
    let (editor, cx) = colleague(&world, "editor").await;
    for role in [AuthorRole::Editor, AuthorRole::Owner] {
        let part = ((AuthoredKind::Course, course.uuid()), role);
        act!(world.store, teacher, |tx| tx.run(SetAuthor {
            author_id: editor.id(),
            target: part.0,
            role: part.1
        }))
        .unwrap();
        let take = vec![CourseChange::Owner(editor.id())];
        let error = act!(world.store, cx, |tx| tx
            .run(EditCourse { course_id: course, changes: take }))
        .unwrap_err();
        assert!(matches!(error, CourseError::Authorization(_)), "{role}: {error}");
        let better = vec![CourseChange::Title(title("Better"))];
        act!(world.store, cx, |tx| tx.run(EditCourse { course_id: course, changes: better }))
            .unwrap();
    }
    let hand_on = vec![CourseChange::Owner(editor.id())];
    act!(world.store, teacher, |tx| tx.run(EditCourse { course_id: course, changes: hand_on }))
        .unwrap();
}

#[tokio::test]
async fn an_instructor_does_not_give_a_colleagues_course_away_by_a_class() {
    let world = world().await;
    let course = world.courses().published.id;
    let (friend, cx) = colleague(&world, "friend").await;
    let class = |name: &str| CreateClass {
        teacher_id: Some(friend.id()),
        ..CreateClass::offline(course, title(name), "Room 9")
    };
    let (mine, at_unit) =
        (class("Mine"), CreateClass { org_unit_id: Some(world.north.id), ..class("U") });
    for command in [mine.clone(), at_unit] {
        let error = act!(world.store, cx, |tx| tx.run(command)).unwrap_err();
        assert!(matches!(error, CreateClassError::Authorization(_)), "{error}");
    }
    // The course's own teacher may, and those who run classes where the course is taught.
    let teacher = world.cx(Who::Teacher);
    act!(world.store, teacher, |tx| tx.run(mine)).unwrap();
}

#[tokio::test]
async fn a_branch_does_not_take_a_course_that_is_sold() {
    let world = world().await;
    let (south, course) = (world.cx(Who::South), world.courses().published.id);
    act!(world.store, south, |tx| tx
        .run(ActivateUnitCourse { unit_id: world.south.id, course_id: course }))
    .unwrap();
    let price = Pricing::paid("30.00 EUR".parse().unwrap(), None).unwrap();
    let sold = vec![CourseChange::Pricing(price)];
    let draft = world.courses().draft.id;
    act!(world.store, world.system, |tx| tx.run(EditCourse { course_id: draft, changes: sold }))
        .unwrap();
    let error = act!(world.store, south, |tx| tx
        .run(ActivateUnitCourse { unit_id: world.south.id, course_id: draft }));
    assert!(matches!(error.unwrap_err(), UnitCourseError::Authorization(_)));
    let admin = world.cx(Who::Admin);
    act!(world.store, admin, |tx| tx
        .run(ActivateUnitCourse { unit_id: world.south.id, course_id: draft }))
    .unwrap();
}

#[tokio::test]
async fn another_branchs_room_and_head_are_not_taken_for_a_lesson() {
    let world = world().await;
    let (teacher, things) = (world.cx(Who::Teacher), world.things());
    let room = act!(world.store, world.system, |tx| {
        tx.run(CreateRoom { unit_id: Some(world.south.id), name: title("Hall"), capacity: None })
    })
    .unwrap();
    let head = world.head_of_south();
    let plan = |host| PlanSession {
        class_id: Some(things.class.id),
        ..PlanSession::new(host, title("More"), world.hour(50))
    };
    let theirs = PlanSession { room_id: Some(room.id), ..plan(world.teacher.id()) };
    let by_head = plan(head);
    for command in [theirs.clone(), by_head.clone()] {
        let asked = command.clone();
        let error = act!(world.store, teacher, |tx| tx.run(command)).unwrap_err();
        assert!(matches!(error, SessionError::Authorization(_)), "{error}");
        let error =
            act!(world.store, teacher, |tx| tx.run(FindClashes { session: asked })).unwrap_err();
        assert!(matches!(error, SessionError::Authorization(_)), "{error}");
    }
    let moved = |room_id, host_id| ChangeSession {
        session_id: things.session.id,
        range: world.hour(51),
        room_id,
        host_id,
        clash_policy: ClashPolicy::Allow,
    };
    for command in [moved(Some(room.id), world.teacher.id()), moved(None, head)] {
        let error = act!(world.store, teacher, |tx| tx.run(RescheduleSession { change: command }))
            .unwrap_err();
        assert!(matches!(error, SessionError::Authorization(_)), "{error}");
    }
    let own = PlanSession { room_id: Some(things.room.id), ..plan(world.teacher.id()) };
    act!(world.store, teacher, |tx| tx.run(own)).unwrap();
    let admin = world.cx(Who::Admin);
    let theirs = PlanSession { range: world.hour(60), ..theirs };
    act!(world.store, admin, |tx| tx.run(theirs)).unwrap();
}

#[tokio::test]
async fn a_learner_does_not_find_out_when_a_tutor_is_busy() {
    let world = world().await;
    let plan = PlanSession::new(world.teacher.id(), title("When"), world.hour(24));
    let of_class = PlanSession { class_id: Some(world.things().class.id), ..plan.clone() };
    for who in [Who::Learner, Who::Other, Who::Guardian, Who::South] {
        for command in [plan.clone(), of_class.clone()] {
            let cx = world.cx(who);
            let error =
                act!(world.store, cx, |tx| tx.run(FindClashes { session: command })).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Forbidden, "{who:?}");
        }
    }
}

#[tokio::test]
async fn staff_do_not_read_every_file() {
    let world = world().await;
    let file = world.things().file.id;
    let (_, plain) = colleague(&world, "plain").await;
    for cx in [&plain, &world.cx(Who::South), &world.cx(Who::Guardian), &world.cx(Who::Other)] {
        let error = act!(world.store, cx, |tx| tx.run(ReadFile { file_id: file })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }
    let in_their_name = world.upload();
    let error = act!(world.store, plain, |tx| tx.run(in_their_name)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    // A file of a course is read by those who lead it.
    let of_course = NewFile {
        owner: Some(world.courses().published.reference()),
        ..NewFile::new("notes.pdf", "application/pdf")
    };
    let upload = UploadFile { file: of_course, ..world.upload() };
    let admin = world.cx(Who::Admin);
    let of_course: FileAsset = act!(world.store, admin, |tx| tx.run(upload)).unwrap();
    let teacher = world.cx(Who::Teacher);
    act!(world.store, teacher, |tx| tx.run(ReadFile { file_id: of_course.id })).unwrap();
    let error =
        act!(world.store, plain, |tx| tx.run(ReadFile { file_id: of_course.id })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    // What a person uploaded themselves they read and delete, whatever their role leads.
    let own = NewFile::new("notes.pdf", "application/pdf");
    let own = UploadFile { file: own, ..world.upload() };
    let own = act!(world.store, plain, |tx| tx.run(own)).unwrap();
    act!(world.store, plain, |tx| tx.run(ReadFile { file_id: own.id })).unwrap();
    act!(world.store, plain, |tx| tx.run(DeleteFile { file_id: own.id })).unwrap();
}

#[tokio::test]
async fn who_may_open_a_lesson_reads_its_files_and_no_others() {
    let world = world().await;
    let file = world.things().file.id;
    let enroll =
        EnrollLearner::new(world.courses().published.id, world.other.id(), GrantSource::Manual);
    let other = world.cx(Who::Other);
    let request = AccessRequest::new(world.other.id(), world.courses().lesson.id);
    let read = |file: Id<FileAsset>, request: AccessRequest| {
        let (store, cx) = (&world.store, &other);
        let read = ReadLessonFile { request, file_id: file };
        async move { act!(store, cx, |tx| tx.run(read)) }
    };
    act!(world.store, world.system, |tx| tx.run(enroll)).unwrap();
    let read_file = read(file, request).await.unwrap();
    assert_eq!(read_file.bytes(100).await.unwrap(), b"%PDF");
    let secret = act!(world.store, world.system, |tx| tx.run(world.upload()));
    let error = read(secret.unwrap().id, request).await.unwrap_err();
    assert!(matches!(error, DownloadError::NotInNode), "{error}");
    let elsewhere = AccessRequest::new(world.other.id(), world.courses().second.id);
    let error = read(file, elsewhere).await.unwrap_err();
    assert!(matches!(error, DownloadError::NotInNode), "{error}");
}

#[tokio::test]
async fn a_courses_teacher_sees_how_its_learners_do_and_a_colleague_does_not() {
    let world = world().await;
    let learner = world.learner.id();
    let (teacher, (_, colleague)) = (world.cx(Who::Teacher), colleague(&world, "colleague").await);
    act!(world.store, teacher, |tx| tx.run(ViewLearnerStats { learner_id: learner })).unwrap();
    act!(world.store, teacher, |tx| tx.run(ListAssignedContent { learner_id: learner })).unwrap();
    for cx in [&colleague, &world.cx(Who::Other)] {
        let error = act!(world.store, cx, |tx| tx.run(ViewLearnerStats { learner_id: learner }))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }
    // Of a learner with whom they have nothing to do, the teacher sees nothing either.
    let other = world.other.id();
    let error = act!(world.store, teacher, |tx| tx.run(ViewLearnerStats { learner_id: other }))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    // A lesson that a teacher confirms is confirmed by the one who teaches it.
    let done = ConfirmNode { learner_id: learner, node_id: world.courses().lesson.id };
    let error = act!(world.store, colleague, |tx| tx.run(done.clone())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    act!(world.store, teacher, |tx| tx.run(done)).unwrap();
    let enrollment = world.things().enrollment.clone();
    for (cx, may) in [(&teacher, true), (&colleague, false)] {
        let mut tx = world.store.begin(cx).await.unwrap();
        for permission in
            [Permission::PROGRESS_VIEW, Permission::SCORES_VIEW, Permission::POINTS_AWARD]
        {
            let found = is_permitted_on(&mut tx, permission.clone(), &enrollment).await.unwrap();
            assert_eq!(found, may, "{permission}");
        }
    }
}

#[tokio::test]
async fn a_tutor_sees_and_rewards_their_own_learner_outside_of_any_course() {
    let world = world().await;
    let (tutor, cx) = colleague(&world, "tutor").await;
    let (_, stranger) = colleague(&world, "colleague").await;
    let learner_id = world.other.id();
    let assign = AssignTutor { student_id: learner_id, tutor_id: Some(tutor.id()) };
    act!(world.store, world.system, |tx| tx.run(assign)).unwrap();
    for (cx, may) in [(&cx, true), (&stranger, false)] {
        let figures = act!(world.store, cx, |tx| tx.run(ViewLearnerStats { learner_id })).is_ok();
        let due = act!(world.store, cx, |tx| tx.run(ListAssignedContent { learner_id })).is_ok();
        let past = act!(world.store, cx, |tx| tx.run(ViewStudentHistory { learner_id })).is_ok();
        let given = AwardPoints { learner_id, points: 5, reason: None };
        let given = act!(world.store, cx, |tx| tx.run(given)).is_ok();
        assert_eq!([figures, due, past, given], [may; 4]);
    }
}

#[tokio::test]
async fn a_teacher_who_learns_in_the_course_does_not_judge_themselves() {
    let world = world().await;
    let (course, teacher) = (world.courses().published.id, world.teacher.id());
    let enroll = EnrollLearner::new(course, teacher, GrantSource::Manual);
    let enrollment = act!(world.store, world.system, |tx| tx.run(enroll)).unwrap();
    let cx = world.cx(Who::Teacher);
    let mut tx = world.store.begin(&cx).await.unwrap();
    for permission in [
        Permission::TESTS_GRADE,
        Permission::SCORES_OVERRIDE,
        Permission::SCORES_VIEW_UNRELEASED,
        Permission::POINTS_AWARD,
        Permission::CERTIFICATES_ISSUE,
    ] {
        let may = is_permitted_on(&mut tx, permission.clone(), &enrollment).await.unwrap();
        assert!(!may, "{permission}");
    }
    drop(tx);
    // An administrator who learns does not confirm their own progress either.
    let admin = world.cx(Who::Admin);
    let lesson = world.courses().lesson.id;
    let enroll = EnrollLearner::new(course, world.admin.id(), GrantSource::Manual);
    act!(world.store, world.system, |tx| tx.run(enroll)).unwrap();
    let error = act!(world.store, admin, |tx| tx
        .run(ConfirmNode { learner_id: world.admin.id(), node_id: lesson }))
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    act!(world.store, admin, |tx| tx
        .run(ConfirmNode { learner_id: world.learner.id(), node_id: lesson }))
    .unwrap();
}

#[tokio::test]
async fn attendance_is_not_taken_by_those_whose_it_is() {
    let world = world().await;
    let (substitute, cx) = colleague(&world, "substitute").await;
    let give = AssignRole {
        membership_id: substitute.id(),
        role_id: world.first(Role::by_key(RoleKey::new("instructor").unwrap())).await.id,
        scope: AssignmentScope::Class,
        scope_id: Some(world.things().class.id.uuid()),
    };
    act!(world.store, world.system, |tx| tx.run(give)).unwrap();
    let live = world.things().live.id;
    let mark = |who: Id<lms::identity::Membership>| (who, AttendanceStatus::Excused);
    act!(world.store, cx, |tx| tx.run(MarkAttendance {
        session_id: live,
        person_id: mark(world.learner.id()).0,
        status: mark(world.learner.id()).1
    }))
    .unwrap();
    let error = act!(world.store, cx, |tx| tx.run(MarkAttendance {
        session_id: live,
        person_id: mark(substitute.id()).0,
        status: mark(substitute.id()).1
    }))
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn what_is_missing_and_what_is_anothers_look_the_same_to_a_stranger() {
    let world = world().await;
    let (other, missing) = (world.cx(Who::Other), Id::from_uuid(uuid::Uuid::from_u128(404)));
    let shown = world.things().enrollment.id;
    for id in [shown, missing] {
        let error = act!(world.store, other, |tx| tx
            .run(RenewEnrollment { enrollment_id: id, expires_at: None }))
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        let suspend = EnrollmentEvent::Suspend;
        let error = act!(world.store, other, |tx| tx
            .run(ChangeEnrollment { enrollment_id: id, event: suspend }))
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }
    for id in [world.things().file.id, Id::from_uuid(uuid::Uuid::from_u128(404))] {
        let error = act!(world.store, other, |tx| tx.run(ReadFile { file_id: id })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }
    for id in [world.courses().draft.id, Id::from_uuid(uuid::Uuid::from_u128(404))] {
        let part = ((AuthoredKind::Course, id.uuid()), AuthorRole::Editor);
        let error = act!(world.store, other, |tx| tx.run(SetAuthor {
            author_id: world.other.id(),
            target: part.0,
            role: part.1
        }))
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }
}

#[tokio::test]
async fn a_branch_does_not_take_a_student_of_another_branch() {
    let world = world().await;
    let (south, unit_id) = (world.cx(Who::South), world.south.id);
    let theirs = AddUnitStudent { unit_id, student_id: world.learner.id() };
    let error = act!(world.store, south, |tx| tx.run(theirs)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    let unplaced = AddUnitStudent { unit_id, student_id: world.other.id() };
    act!(world.store, south, |tx| tx.run(unplaced)).unwrap();
}
