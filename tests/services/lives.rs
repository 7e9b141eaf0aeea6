//! Lives of learners: people leave and come back, courses are deleted, one right comes from two
//! sources, time passes. Each scenario runs in memory and on PostgreSQL.
use chrono::TimeDelta;
use lms::{
    content::{
        ChangeNodeStatus, CourseChange, DeleteCourse, MoveNode, PublicationEvent, UndeleteCourse,
    },
    delivery::{
        AttendanceStatus, ChangeSessionStatus, ClassChoice, ClassGroup, ClassMember, CreateClass,
        ExitSession, JoinClass, LeaveClass, MemberStatus, SessionEvent, SessionParticipant,
    },
    governance::ErasePerson,
    identity::{
        ChangeMembershipStatus, InviteMember, JoinTenant, Membership, MembershipEvent,
        MembershipKind, MembershipStatus, RedeemInvite, RoleAssignment,
    },
    kernel::{Context, DomainError as _, Id, Timestamp},
    learning::{
        Access, AccessRequest, ChangeEnrollment, CheckAccess, EnrollLearner, Enrollment,
        EnrollmentEvent, EnrollmentRight, EnrollmentStatus, ExpireEnrollments, GrantSource,
        JoinClassAndEnroll, LeaveClassAndDrop, OpenNode, RecordStudy, ReleaseRule, RenewEnrollment,
        ResumeCourse, ReviewCourse, RightStatus, SetNodeRules, Study, StudyError,
    },
    tenancy::{ChangeSettings, SignupMode},
};
use uuid::Uuid;

use crate::world::{Who, World, title};

/// The system, so many days later.
fn day(world: &World, days: i64) -> Context {
    world.system.clone().at(when(world, days))
}

fn when(world: &World, days: i64) -> Timestamp {
    world.system.now().saturating_add(TimeDelta::days(days))
}

/// Somebody, so many days later.
fn then(world: &World, who: Who, days: i64) -> Context {
    world.cx(who).at(when(world, days))
}

async fn enrollment_of(world: &World, learner: Id<Membership>) -> Enrollment {
    world.first(Enrollment::of(learner, world.courses().published.id)).await
}

async fn edit(world: &World, changes: Vec<CourseChange>) {
    let course = world.courses().published.id;
    act!(world.store, world.system, |tx| tx
        .run(lms::content::EditCourse { course_id: course, changes }))
    .unwrap();
}

/// Enrols a learner by that source in the published course, until that day.
async fn enroll(
    world: &World,
    cx: &Context,
    (learner, source, source_id): (Id<Membership>, GrantSource, Option<Uuid>),
    until: Option<i64>,
) -> Enrollment {
    let own = EnrollLearner::new(world.courses().published.id, learner, source);
    let expires_at = until.map(|it| when(world, it));
    let command = EnrollLearner { source_id, expires_at, ..own };
    act!(world.store, *cx, |tx| tx.run(command)).unwrap()
}

async fn change(
    world: &World,
    cx: &Context,
    id: Id<Enrollment>,
    event: EnrollmentEvent,
) -> Enrollment {
    act!(world.store, *cx, |tx| tx.run(ChangeEnrollment { enrollment_id: id, event })).unwrap()
}

async fn second_class(world: &World) -> ClassGroup {
    let class = CreateClass::offline(world.courses().published.id, title("Mornings"), "Room 2");
    act!(world.store, world.system, |tx| tx.run(class)).unwrap()
}

async fn join(world: &World, class: Id<ClassGroup>, student_id: Id<Membership>) {
    let command = JoinClass { class: ClassChoice::Id(class), student_id };
    act!(world.store, world.system, |tx| tx.run(JoinClassAndEnroll { join: command })).unwrap();
}

async fn leave(world: &World, class_id: Id<ClassGroup>, student_id: Id<Membership>) {
    let leave = LeaveClass { class_id, student_id, is_removal: true };
    act!(world.store, world.system, |tx| tx.run(LeaveClassAndDrop { leave })).unwrap();
}

async fn expire(world: &World, cx: &Context) -> usize {
    act!(world.store, *cx, |tx| tx.run(ExpireEnrollments { due: lms::store::PageSize::MAX.into() }))
        .unwrap()
}

/// Whether a learner may open the first lesson then.
async fn may_open(world: &World, (who, learner): (Who, Id<Membership>), days: i64) -> bool {
    let request = AccessRequest::new(learner, world.courses().second.id);
    let cx = then(world, who, days);
    act!(world.store, cx, |tx| tx.run(CheckAccess { request })).unwrap().is_granted()
}

async fn open(world: &World, (who, learner): (Who, Id<Membership>), days: i64) -> Access {
    let request = AccessRequest::new(learner, world.courses().second.id);
    let cx = then(world, who, days);
    act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap().0
}

async fn one_deleted_course_stops_nothing(world: World) {
    let other = world.other.id();
    let second = {
        let command = lms::content::CreateCourse::new(title("Second"), world.teacher.id());
        let course = act!(world.store, world.system, |tx| tx.run(command)).unwrap();
        world.node(course.id, None, (lms::content::NodeKind::Module, "One")).await;
        act!(world.store, world.system, |tx| tx
            .run(lms::content::PublishCourse { course_id: course.id }))
        .unwrap()
    };
    edit(&world, vec![CourseChange::Capacity(Some(5))]).await;
    let first = enroll(&world, &world.system, (other, GrantSource::Manual, None), Some(7)).await;
    let own = EnrollLearner::new(second.id, other, GrantSource::Manual);
    let command = EnrollLearner { expires_at: Some(when(&world, 7)), ..own };
    let kept = act!(world.store, world.system, |tx| tx.run(command)).unwrap();
    let deleted = world.courses().published.id;
    let monday = day(&world, 1);
    act!(world.store, monday, |tx| tx.run(DeleteCourse { course_id: deleted })).unwrap();
    let later = day(&world, 8);
    assert_eq!(expire(&world, &later).await, 2);
    assert_eq!(world.read(first.id).await.status, EnrollmentStatus::Expired);
    assert_eq!(world.read(kept.id).await.status, EnrollmentStatus::Expired);
    // Leaving works as well, by oneself and by staff, and so does leaving its class.
    let id = world.things().enrollment.id;
    let suspended = change(&world, &later, id, EnrollmentEvent::Suspend).await;
    assert_eq!(suspended.status, EnrollmentStatus::Suspended);
    change(&world, &later, id, EnrollmentEvent::Reinstate).await;
    let own = then(&world, Who::Learner, 8);
    let dropped = change(&world, &own, id, EnrollmentEvent::Drop).await;
    assert_eq!(dropped.status, EnrollmentStatus::Dropped);
    let (class, learner) = (world.things().class.id, world.learner.id());
    leave(&world, class, learner).await;
    // Brought back, it is as it was left.
    act!(world.store, later, |tx| tx.run(UndeleteCourse { course_id: deleted })).unwrap();
    assert_eq!(world.read(id).await.status, EnrollmentStatus::Dropped);
}

async fn who_leaves_a_class_learns_by_what_they_bought(world: World) {
    let (class, other) = (world.things().class.id, world.other.id());
    let order = Some(Uuid::from_u128(77));
    join(&world, class, other).await;
    enroll(&world, &world.system, (other, GrantSource::Order, order), Some(30)).await;
    leave(&world, class, other).await;
    let kept = enrollment_of(&world, other).await;
    assert_eq!(
        (kept.status, kept.source, kept.source_id),
        (EnrollmentStatus::Active, GrantSource::Order, order,)
    );
    assert_eq!(kept.expires_at, Some(when(&world, 30)), "for as long as the order gives it");
    assert!(may_open(&world, (Who::Other, other), 29).await);
    assert!(!may_open(&world, (Who::Other, other), 30).await);
    let rights = world.count(EnrollmentRight::of(kept.id)).await;
    assert_eq!(rights, 2, "what gave it is known for ever");
}

async fn what_came_first_does_not_matter(world: World) {
    let other = world.other.id();
    let (class, second) = (world.things().class.id, second_class(&world).await.id);
    let staff = enroll(&world, &world.system, (other, GrantSource::Manual, None), Some(10)).await;
    join(&world, class, other).await;
    join(&world, second, other).await;
    assert_eq!(enrollment_of(&world, other).await.expires_at, None, "a class has no end");
    leave(&world, second, other).await;
    leave(&world, class, other).await;
    let kept = enrollment_of(&world, other).await;
    assert_eq!((kept.id, kept.status), (staff.id, EnrollmentStatus::Active));
    assert_eq!(kept.expires_at, Some(when(&world, 10)));
    let late = day(&world, 10);
    assert_eq!(expire(&world, &late).await, 1);
}

async fn a_drop_ends_every_right(world: World) {
    let (class, other) = (world.things().class.id, world.other.id());
    join(&world, class, other).await;
    let order = Some(Uuid::from_u128(77));
    let enrolled = enroll(&world, &world.system, (other, GrantSource::Order, order), None).await;
    let dropped = change(&world, &world.system, enrolled.id, EnrollmentEvent::Drop).await;
    assert_eq!(dropped.status, EnrollmentStatus::Dropped);
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let rights = tx.all(EnrollmentRight::of(enrolled.id)).await.unwrap();
    assert!(rights.len() == 2 && rights.iter().all(|it| it.status == RightStatus::Ended));
    drop(tx);
    // Taken up again for five days by staff, and for no longer: what ended stays so.
    let again = enroll(&world, &world.system, (other, GrantSource::Manual, None), Some(5)).await;
    assert_eq!((again.id, again.expires_at), (enrolled.id, Some(when(&world, 5))));
}

async fn who_is_kept_out_stays_out_whatever_they_get(world: World) {
    let (class, other) = (world.things().class.id, world.other.id());
    let enrolled = enroll(&world, &world.system, (other, GrantSource::Manual, None), None).await;
    change(&world, &world.system, enrolled.id, EnrollmentEvent::Suspend).await;
    join(&world, class, other).await;
    assert_eq!(enrollment_of(&world, other).await.status, EnrollmentStatus::Suspended);
    leave(&world, class, other).await;
    assert_eq!(enrollment_of(&world, other).await.status, EnrollmentStatus::Suspended);
    let back = change(&world, &world.system, enrolled.id, EnrollmentEvent::Reinstate).await;
    assert_eq!(back.status, EnrollmentStatus::Active);
}

async fn staff_give_time_beside_what_was_bought(world: World) {
    let other = world.other.id();
    let order = Some(Uuid::from_u128(77));
    let bought = enroll(&world, &world.system, (other, GrantSource::Order, order), Some(30)).await;
    let id = bought.id;
    for (until, together) in [(10, 30), (60, 60)] {
        let expires_at = Some(when(&world, until));
        let renewed = act!(world.store, world.system, |tx| tx
            .run(RenewEnrollment { enrollment_id: id, expires_at }))
        .unwrap();
        assert_eq!(renewed.expires_at, Some(when(&world, together)));
    }
}

async fn leaving_after_completion_closes_the_content(world: World) {
    let (class, other) = (world.things().class.id, world.other.id());
    join(&world, class, other).await;
    let id = enrollment_of(&world, other).await.id;
    change(&world, &world.system, id, EnrollmentEvent::Complete).await;
    assert!(may_open(&world, (Who::Other, other), 0).await);
    leave(&world, class, other).await;
    let done = world.read(id).await;
    assert_eq!(done.status, EnrollmentStatus::Completed, "what was learned stays");
    assert!(!may_open(&world, (Who::Other, other), 0).await);
    // The same by a drop; and another right opens it again.
    let again = enroll(&world, &world.system, (other, GrantSource::Manual, None), None).await;
    assert_eq!((again.id, again.status), (id, EnrollmentStatus::Completed));
    assert!(may_open(&world, (Who::Other, other), 1).await);
    let dropped = change(&world, &world.system, id, EnrollmentEvent::Drop).await;
    assert_eq!(dropped.status, EnrollmentStatus::Completed);
    assert!(!may_open(&world, (Who::Other, other), 1).await);
}

/// The second lesson opens on that day after enrolling.
async fn opens_after(world: &World, days: u32) {
    let rule = Some(ReleaseRule::DaysAfterEnrollment { days });
    let node_id = world.courses().second.id;
    act!(world.store, world.system, |tx| tx.run(SetNodeRules {
        node_id,
        release: rule,
        completion: None
    }))
    .unwrap();
}

async fn a_renewal_does_not_start_the_schedule_again(world: World) {
    opens_after(&world, 28).await;
    let other = world.other.id();
    let source = (other, GrantSource::Manual, None);
    let first = enroll(&world, &world.system, source, Some(30)).await;
    assert!(!may_open(&world, (Who::Other, other), 27).await);
    // Whether the job ran or not between the end and the renewal.
    for (over, ran) in [(31, true), (62, false)] {
        let late = day(&world, over);
        if ran {
            assert_eq!(expire(&world, &late).await, 1);
        }
        let again = enroll(&world, &late, source, Some(over + 30)).await;
        assert_eq!((again.id, again.status), (first.id, EnrollmentStatus::Active));
        assert!(may_open(&world, (Who::Other, other), over).await, "{over}");
        assert_eq!(world.read(first.id).await.enrolled_at, late.now(), "this stretch began now");
    }
}

async fn what_was_opened_or_done_stays_open(world: World) {
    let other = world.other.id();
    enroll(&world, &world.system, (other, GrantSource::Manual, None), None).await;
    assert!(open(&world, (Who::Other, other), 1).await.is_granted());
    // A schedule, an order and a prerequisite that come later lock it for newcomers only.
    opens_after(&world, 28).await;
    assert!(open(&world, (Who::Other, other), 2).await.is_granted());
    let claim = (then(&world, Who::Other, 2), world.courses().second.id);
    act!(world.store, claim.0, |tx| tx.run(RecordStudy {
        learner_id: other,
        node_id: claim.1,
        study: Study::Claim
    }))
    .unwrap();
    let node_id = world.courses().second.id;
    let rule = Some(ReleaseRule::Prerequisite { node_id: world.courses().lesson.id });
    act!(world.store, world.system, |tx| tx.run(SetNodeRules {
        node_id,
        release: rule,
        completion: None
    }))
    .unwrap();
    assert!(may_open(&world, (Who::Other, other), 3).await);
    assert!(!may_open(&world, (Who::Learner, world.learner.id()), 3).await);
    // What closes at a time closes for all.
    let rule = Some(ReleaseRule::Until { at: when(&world, 4) });
    act!(world.store, world.system, |tx| tx.run(SetNodeRules {
        node_id,
        release: rule,
        completion: None
    }))
    .unwrap();
    assert!(!may_open(&world, (Who::Other, other), 4).await);
}

async fn change_member(world: &World, id: Id<Membership>, event: MembershipEvent) {
    act!(world.store, world.system, |tx| tx
        .run(ChangeMembershipStatus { membership_id: id, event }))
    .unwrap();
}

async fn who_leaves_gives_up_seats_and_places_in_queues(world: World) {
    edit(&world, vec![CourseChange::Capacity(Some(1)), CourseChange::Waitlists(true)]).await;
    let (class, course) = (world.things().class.id, world.courses().published.id);
    let (learner, other, last) = (world.learner.id(), world.other.id(), world.guardian.id());
    let changes = vec![
        lms::delivery::ClassChange::Capacity(Some(1)),
        lms::delivery::ClassChange::WaitlistCapacity(Some(5)),
    ];
    act!(world.store, world.system, |tx| tx
        .run(lms::delivery::EditClass { class_id: class, changes }))
    .unwrap();
    for student in [other, last] {
        let waits = enroll(&world, &world.system, (student, GrantSource::Manual, None), None).await;
        assert_eq!(waits.status, EnrollmentStatus::Waitlisted);
        join(&world, class, student).await;
    }
    // One who waits goes first, then the one on the seat: the last is next, and nobody who is gone.
    change_member(&world, other, MembershipEvent::Leave).await;
    change_member(&world, learner, MembershipEvent::Leave).await;
    assert_eq!(enrollment_of(&world, other).await.status, EnrollmentStatus::Dropped);
    assert_eq!(enrollment_of(&world, learner).await.status, EnrollmentStatus::Dropped);
    assert_eq!(enrollment_of(&world, last).await.status, EnrollmentStatus::Active);
    assert_eq!(world.count(Enrollment::seated_in(course)).await, 1);
    let of = |status| ClassMember::of(class, status);
    assert_eq!(world.count(of(MemberStatus::Active)).await, 1);
    assert_eq!(world.count(of(MemberStatus::Waitlisted)).await, 0);
    assert_eq!(world.first(of(MemberStatus::Active)).await.student_id, last);
}

async fn who_is_erased_gives_up_seats(world: World) {
    edit(&world, vec![CourseChange::Capacity(Some(1)), CourseChange::Waitlists(true)]).await;
    let (member_id, other) = (world.learner.id(), world.other.id());
    enroll(&world, &world.system, (other, GrantSource::Manual, None), None).await;
    act!(world.store, world.system, |tx| tx.run(ErasePerson { member_id })).unwrap();
    assert_eq!(enrollment_of(&world, member_id).await.status, EnrollmentStatus::Dropped);
    assert_eq!(enrollment_of(&world, other).await.status, EnrollmentStatus::Active);
    assert_eq!(world.count(ClassMember::active_of(member_id)).await, 0);
}

async fn what_was_bought_waits_for_who_comes_back(world: World) {
    let (class, other) = (world.things().class.id, world.other.id());
    let order = Some(Uuid::from_u128(77));
    join(&world, class, other).await;
    enroll(&world, &world.system, (other, GrantSource::Order, order), Some(30)).await;
    assert!(open(&world, (Who::Other, other), 1).await.is_granted());
    change_member(&world, other, MembershipEvent::Leave).await;
    assert_eq!(enrollment_of(&world, other).await.status, EnrollmentStatus::Dropped);
    change_member(&world, other, MembershipEvent::Rejoin).await;
    assert!(open(&world, (Who::Other, other), 29).await.is_granted());
    let again = enrollment_of(&world, other).await;
    assert_eq!((again.status, again.source), (EnrollmentStatus::Active, GrantSource::Order));
    assert_eq!(again.expires_at, Some(when(&world, 30)), "and the class gives nothing any more");
    // A course that a learner dropped does not open again by itself.
    change(&world, &world.system, again.id, EnrollmentEvent::Drop).await;
    assert!(!may_open(&world, (Who::Other, other), 2).await);
}

async fn who_left_comes_back_by_an_invitation_as_what_they_are_invited(world: World) {
    let other = world.other.id();
    world.give(&world.other, "instructor", None).await;
    change_member(&world, other, MembershipEvent::Leave).await;
    let address = world.other.user.email.clone().unwrap();
    for _ in 0..2 {
        let command = InviteMember::new(address.clone(), MembershipKind::Student);
        let token = act!(world.store, world.system, |tx| tx.run(command)).unwrap().token;
        let cx = world.cx(Who::Other);
        let command = RedeemInvite { token, full_name: title("Back again") };
        let back = act!(world.store, cx, |tx| tx.run(command)).unwrap();
        assert_eq!((back.id, back.status), (other, MembershipStatus::Active), "the same person");
        assert_eq!(
            world.count(RoleAssignment::of_member(other)).await,
            1,
            "a student, and no more"
        );
        change_member(&world, other, MembershipEvent::Leave).await;
    }
    // By the open door as well; whom the tenant suspended stays out.
    let open =
        ChangeSettings { signup_mode: Some(SignupMode::Public), ..ChangeSettings::default() };
    act!(world.store, world.system, |tx| tx.run(open)).unwrap();
    let cx = world.cx(Who::Other);
    let back =
        act!(world.store, cx, |tx| tx.run(JoinTenant { full_name: title("Once more") })).unwrap();
    assert_eq!(back.id, other);
    change_member(&world, other, MembershipEvent::Suspend).await;
    let out = act!(world.store, cx, |tx| tx.run(JoinTenant { full_name: title("Once more") }));
    assert!(out.is_err());
}

async fn seats_that_were_added_go_to_those_who_wait_before_a_newcomer(world: World) {
    let class = world.things().class.id;
    let set = |capacity| {
        let changes = vec![
            lms::delivery::ClassChange::Capacity(Some(capacity)),
            lms::delivery::ClassChange::WaitlistCapacity(Some(5)),
        ];
        let world = &world;
        async move {
            act!(world.store, world.system, |tx| tx
                .run(lms::delivery::EditClass { class_id: class, changes }))
            .unwrap();
        }
    };
    set(1).await;
    join(&world, class, world.other.id()).await;
    set(2).await;
    join(&world, class, world.guardian.id()).await;
    let members = ClassMember::of(class, MemberStatus::Waitlisted);
    assert_eq!(world.first(members).await.student_id, world.guardian.id());
    let first = enrollment_of(&world, world.other.id()).await;
    assert_eq!((first.status, first.source), (EnrollmentStatus::Active, GrantSource::Class));
}

async fn who_waits_or_is_kept_out_neither_goes_on_nor_reviews(world: World) {
    edit(&world, vec![CourseChange::Capacity(Some(1)), CourseChange::Waitlists(true)]).await;
    let (other, course_id) = (world.other.id(), world.courses().published.id);
    enroll(&world, &world.system, (other, GrantSource::Manual, None), None).await;
    let resume = |who: Who, learner_id| {
        let (cx, world) = (world.cx(who), &world);
        async move { act!(world.store, cx, |tx| tx.run(ResumeCourse { learner_id, course_id })) }
    };
    resume(Who::Learner, world.learner.id()).await.unwrap();
    let waits = resume(Who::Other, other).await.unwrap_err();
    assert!(matches!(waits, StudyError::NotEnrolled), "{waits}");
    let id = world.things().enrollment.id;
    change(&world, &world.system, id, EnrollmentEvent::Suspend).await;
    let out = resume(Who::Learner, world.learner.id()).await.unwrap_err();
    assert!(matches!(out, StudyError::NotEnrolled), "{out}");
    // Who only waited has nothing to say about the course.
    let waited = enrollment_of(&world, other).await;
    change(&world, &world.system, waited.id, EnrollmentEvent::Drop).await;
    let (cx, rating) = (world.cx(Who::Other), lms::content::Rating::new(1).unwrap());
    let review = ReviewCourse { course_id, rating, comment: None };
    act!(world.store, cx, |tx| tx.run(review)).unwrap_err();
}

/// Ends the live session of the class then.
async fn end_session(world: &World, minutes: i64) {
    let session_id = world.things().live.id;
    let at = world.system.now().saturating_add(TimeDelta::minutes(minutes));
    let cx = world.cx(Who::Teacher).at(at);
    act!(world.store, cx, |tx| tx
        .run(ChangeSessionStatus { session_id, event: SessionEvent::End }))
    .unwrap();
}

async fn a_session_closed_late_makes_nobody_leave_early(world: World) {
    let live = world.things().live.clone();
    let learner = world.learner.id();
    let planned = live.ends_at.since(world.system.now()).num_minutes();
    let goes = world.cx(Who::Learner).at(live.ends_at);
    act!(world.store, goes, |tx| tx.run(ExitSession { session_id: live.id, person_id: learner }))
        .unwrap();
    // Somebody joins the class after the lesson, before the host closes it.
    let late = world.system.clone().at(live.ends_at.saturating_add(TimeDelta::minutes(5)));
    let choice = ClassChoice::Id(live.class_id.unwrap());
    let join = JoinClass { class: choice, student_id: world.other.id() };
    act!(world.store, late, |tx| tx.run(JoinClassAndEnroll { join })).unwrap();
    end_session(&world, planned + 30).await;
    let part = world.first(SessionParticipant::one(live.id, learner)).await;
    assert_ne!(part.attendance, Some(AttendanceStatus::LeftEarly), "{part:?}");
    assert_ne!(part.attendance, Some(AttendanceStatus::Absent), "{part:?}");
    assert_eq!(world.count(SessionParticipant::one(live.id, world.other.id())).await, 0);
}

async fn a_completed_course_is_taken_again(world: World) {
    let (learner, id) = (world.learner.id(), world.things().enrollment.id);
    change(&world, &world.system, id, EnrollmentEvent::Complete).await;
    let later = day(&world, 400);
    let again = change(&world, &later, id, EnrollmentEvent::Retake).await;
    assert_ne!(again.id, id);
    assert_eq!(again.status, EnrollmentStatus::Active);
    assert_eq!((again.progress, again.completed_at), (lms::kernel::Percent::ZERO, None));
    let kept = world.read(id).await;
    assert_eq!(kept.status, EnrollmentStatus::Retaken);
    assert!(kept.completed_at.is_some(), "what was learned stays");
    assert!(open(&world, (Who::Learner, learner), 401).await.is_granted());
    assert_eq!(enrollment_of(&world, learner).await.id, again.id);
    // Only what was completed is taken again.
    act!(world.store, later, |tx| tx
        .run(ChangeEnrollment { enrollment_id: again.id, event: EnrollmentEvent::Retake }))
    .unwrap_err();
    // The new one goes its own way, to the same end.
    change(&world, &later, again.id, EnrollmentEvent::Complete).await;
    let third = change(&world, &day(&world, 800), again.id, EnrollmentEvent::Retake).await;
    assert_eq!(world.count(Enrollment::of(learner, third.course_id)).await, 3);
}

async fn rules_that_no_learner_could_meet_are_refused_with_their_circle(world: World) {
    let courses = world.courses();
    let (module, lesson, second) = (courses.module.id, courses.lesson.id, courses.second.id);
    let set = |node_id, release: Option<ReleaseRule>| {
        let world = &world;
        async move {
            let command = SetNodeRules { node_id, release, completion: None };
            act!(world.store, world.system, |tx| tx.run(command))
        }
    };
    let after = |node_id| Some(ReleaseRule::Prerequisite { node_id });
    for (node, rule) in [
        (module, after(lesson)),
        (module, after(courses.activity.id)),
        (lesson, after(module)),
        (courses.activity.id, after(lesson)),
        (lesson, after(lesson)),
    ] {
        let error = set(node, rule).await.unwrap_err();
        assert_eq!(error.kind(), lms::kernel::ErrorKind::Invalid);
        assert!(error.to_string().contains("wait for each other"), "{error}");
    }
    // The order of the course against a prerequisite: the circle is named by its titles.
    set(second, Some(ReleaseRule::Sequence)).await.unwrap();
    let error = set(lesson, after(second)).await.unwrap_err().to_string();
    assert!(error.contains("`First`") && error.contains("`Second`"), "{error}");
    // The second lesson waits for the first: moved before it, with the order, it would for itself.
    set(second, None).await.unwrap();
    set(second, after(lesson)).await.unwrap();
    set(lesson, Some(ReleaseRule::Sequence)).await.unwrap();
    let command = MoveNode { node_id: second, parent_id: Some(module), position: 0 };
    let error = act!(world.store, world.system, |tx| tx.run(command)).unwrap_err();
    assert_eq!(error.kind(), lms::kernel::ErrorKind::Conflict);
    assert!(error.to_string().contains("wait for each other"), "{error}");
    assert_eq!(world.read(second).await.position, 1, "nothing was moved");
    // What is archived is waited for by nobody.
    assert!(!may_open(&world, (Who::Learner, world.learner.id()), 1).await);
    let archive = PublicationEvent::Archive;
    act!(world.store, world.system, |tx| tx
        .run(ChangeNodeStatus { node_id: lesson, event: archive }))
    .unwrap();
    assert!(may_open(&world, (Who::Learner, world.learner.id()), 1).await);
}

on_both! {
    who_waits_or_is_kept_out_neither_goes_on_nor_reviews,
    a_session_closed_late_makes_nobody_leave_early,
    a_completed_course_is_taken_again,
    rules_that_no_learner_could_meet_are_refused_with_their_circle,
    who_leaves_gives_up_seats_and_places_in_queues,
    who_is_erased_gives_up_seats,
    what_was_bought_waits_for_who_comes_back,
    who_left_comes_back_by_an_invitation_as_what_they_are_invited,
    seats_that_were_added_go_to_those_who_wait_before_a_newcomer,
    one_deleted_course_stops_nothing,
    who_leaves_a_class_learns_by_what_they_bought,
    what_came_first_does_not_matter,
    a_drop_ends_every_right,
    who_is_kept_out_stays_out_whatever_they_get,
    staff_give_time_beside_what_was_bought,
    leaving_after_completion_closes_the_content,
    a_renewal_does_not_start_the_schedule_again,
    what_was_opened_or_done_stays_open,
}
