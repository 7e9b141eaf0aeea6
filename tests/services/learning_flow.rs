//! What the services of learning do, step by step.
use chrono::TimeDelta;
use lms::{
    commerce::{AccessSource, AccessSourceKind, Grant, Item, ItemKind},
    content::{CloneCourse, CourseChange, CourseStats, NodeChange, Pricing, PublicationEvent},
    delivery::{ClassChange, ClassChoice, EditClass, JoinClass, LeaveClass, MemberStatus},
    kernel::{Context, DomainError as _, ErrorKind, Id, Percent, TimeZone, Timestamp},
    learning::{
        Access, AccessRequest, AssignContent, AssignmentEvent, AssignmentStanding,
        ChangeAssignment, ChangeEnrollment, CheckAccess, CloneRules, CompletionRule, CountLearners,
        Denial, EnrollError, EnrollLearner, Enrollment, EnrollmentEvent, EnrollmentStatus,
        ExpireEnrollments, GrantSource, JoinClassAndEnroll, LearnerStats, LeaveClassAndDrop,
        ListAssignedContent, NodeProgress, NodeRules, Offer, OpenNode, ProgressStatus,
        PromoteAndEnroll, PromoteWaiting, Reason, RecordScore, RecordStudy, ReleaseRule,
        RenewEnrollment, ReopenChangedNode, ResumeCourse, SetNodeRules, SetReopening, Study,
        StudyError, Unmet, ViewLearnerStats,
    },
    memory::MemoryStore,
    store::{PageSize, Store, StoreError},
};
use uuid::Uuid;

use crate::world::{Who, World, title};

async fn world() -> World {
    World::open(Store::new(MemoryStore::new())).await
}

/// Changes the course of the world as its owner.
async fn edit(world: &World, changes: Vec<CourseChange>) {
    let (cx, course) = (world.cx(Who::Teacher), world.courses().published.id);
    act!(world.store, cx, |tx| tx.run(lms::content::EditCourse { course_id: course, changes }))
        .unwrap();
}

/// When the subscriptions of these tests end.
fn ends(world: &World) -> Option<Timestamp> {
    Some(world.system.now().saturating_add(TimeDelta::days(30)))
}

/// A learner's request for the first lesson, after a subscription has given them the course.
async fn entitled(world: &World, learner: Id<lms::identity::Membership>) -> AccessRequest {
    let source = AccessSource::new(AccessSourceKind::Subscription, Uuid::from_u128(5));
    let course = Item::of(ItemKind::Course, world.courses().published.id);
    let grant = Grant::new(&world.system, learner, course, source).until(ends(world));
    let mut tx = world.store.begin(&world.system).await.unwrap();
    tx.insert(&grant).await.unwrap();
    tx.commit().await.unwrap();
    AccessRequest::new(learner, world.courses().lesson.id)
}

async fn enrollment_of(world: &World, learner: Id<lms::identity::Membership>) -> Enrollment {
    world.first(Enrollment::of(learner, world.courses().published.id)).await
}

/// The learner's enrollment, standing there, until then.
async fn stand(world: &World, status: EnrollmentStatus, expires_at: Option<Timestamp>) {
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let mut enrollment = tx.require(world.things().enrollment.id).await.unwrap();
    enrollment.status = status;
    enrollment.expires_at = expires_at;
    tx.update(&mut enrollment).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_right_beside_the_enrollment_finds_a_place_for_progress() {
    let world = world().await;
    let (cx, learner) = (world.cx(Who::Learner), world.learner.id());
    let request = entitled(&world, learner).await;
    let ends = ends(&world);
    let by_right =
        Access::Granted { reason: Reason::Entitlement { source: GrantSource::Subscription } };
    let open = || async {
        act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap()
    };
    let now = Some(world.system.now());

    // Suspended in what staff gave: the right opens the node, and nothing is noted.
    stand(&world, EnrollmentStatus::Suspended, None).await;
    assert_eq!(open().await, (by_right.clone(), None));
    assert_eq!(enrollment_of(&world, learner).await.status, EnrollmentStatus::Suspended);
    // Its time is over, done or not: the right renews it for as long as it lasts.
    for status in [EnrollmentStatus::Active, EnrollmentStatus::Completed] {
        stand(&world, status, now).await;
        let (access, progress) = open().await;
        assert_eq!((access, progress.is_some()), (by_right.clone(), true), "{status}");
        let kept = enrollment_of(&world, learner).await;
        assert_eq!((kept.status, kept.expires_at), (status, ends));
        assert_eq!(
            (kept.source, kept.source_id),
            (GrantSource::Subscription, Some(Uuid::from_u128(5)))
        );
    }
    // It waited for a payment: the right is one.
    stand(&world, EnrollmentStatus::Pending, None).await;
    assert!(open().await.1.is_some());
    assert_eq!(enrollment_of(&world, learner).await.status, EnrollmentStatus::Active);
    // Suspended in what the right is of: kept out.
    stand(&world, EnrollmentStatus::Suspended, None).await;
    assert_eq!(open().await, (Access::Denied { because: Denial::Suspended }, None));
    assert_eq!(enrollment_of(&world, learner).await.status, EnrollmentStatus::Suspended);
    // Waiting for a seat: that is what the learner hears.
    stand(&world, EnrollmentStatus::Waitlisted, None).await;
    assert_eq!(open().await, (Access::Denied { because: Denial::Waitlisted }, None));
    // Dropped: taken up again.
    stand(&world, EnrollmentStatus::Dropped, None).await;
    assert!(open().await.1.is_some());
    assert_eq!(enrollment_of(&world, learner).await.status, EnrollmentStatus::Active);
}

#[tokio::test]
async fn a_right_without_a_seat_waits_or_is_told() {
    let world = world().await;
    edit(&world, vec![CourseChange::Capacity(Some(1))]).await;
    let cx = world.cx(Who::Other);
    let request = entitled(&world, world.other.id()).await;
    let full =
        act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap_err();
    assert!(matches!(full, StudyError::Enroll(EnrollError::Full { capacity: 1 })), "{full}");
    edit(&world, vec![CourseChange::Waitlists(true)]).await;
    let waits = act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap();
    assert_eq!(waits, (Access::Denied { because: Denial::Waitlisted }, None));
    let enrollment = enrollment_of(&world, world.other.id()).await;
    assert_eq!(enrollment.status, EnrollmentStatus::Waitlisted);
}

#[tokio::test]
async fn whoever_has_no_right_gets_the_offers() {
    let world = world().await;
    let price = "49.00 USD".parse().unwrap();
    edit(&world, vec![CourseChange::Pricing(Pricing::paid(price, None).unwrap())]).await;
    let cx = world.cx(Who::Other);
    let request = AccessRequest::new(world.other.id(), world.courses().lesson.id);
    let access = act!(world.store, cx, |tx| tx.run(CheckAccess { request })).unwrap();
    assert_eq!(access, Access::Offered { offers: vec![Offer::Buy { price }] });
    let own =
        EnrollLearner::new(world.courses().published.id, world.other.id(), GrantSource::OwnChoice);
    let error = act!(world.store, cx, |tx| tx.run(own)).unwrap_err();
    assert!(matches!(error, EnrollError::NotFree));
    let claim = Study::Claim;
    let error = act!(world.store, cx, |tx| {
        tx.run(RecordStudy {
            learner_id: world.other.id(),
            node_id: world.courses().lesson.id,
            study: claim,
        })
    });
    assert!(matches!(error.unwrap_err(), StudyError::NotEnrolled));
}

async fn open(world: &World, cx: &Context, node: Id<lms::content::ContentNode>) -> Access {
    let request = AccessRequest::new(world.learner.id(), node);
    let zone = Some(TimeZone::new("Asia/Jakarta").unwrap());
    act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: zone })).unwrap().0
}

#[tokio::test]
async fn a_learner_goes_through_a_course_to_its_end() {
    let world = world().await;
    let (courses, learner) = (world.courses(), world.learner.id());
    let teacher = world.cx(Who::Teacher);
    let rules = (Some(ReleaseRule::Sequence), None);
    act!(world.store, teacher, |tx| tx.run(SetNodeRules {
        node_id: courses.second.id,
        release: rules.0,
        completion: rules.1
    }))
    .unwrap();
    let least = Percent::from_ten_thousandths(80 * 10_000).unwrap();
    let scored = (None, Some(CompletionRule::Score { least }));
    let gap = courses.activity.id;
    act!(world.store, teacher, |tx| tx.run(SetNodeRules {
        node_id: gap,
        release: scored.0,
        completion: scored.1
    }))
    .unwrap();

    let cx = world.cx(Who::Learner);
    let locked = open(&world, &cx, courses.second.id).await;
    let Access::Locked { unmet } = locked else { panic!("{locked:?}") };
    assert!(matches!(unmet[..], [Unmet::Sequence { .. }]), "{unmet:?}");
    let unopened = act!(world.store, cx, |tx| {
        tx.run(RecordStudy { learner_id: learner, node_id: courses.second.id, study: Study::Claim })
    });
    assert!(matches!(unopened.unwrap_err(), StudyError::NotOpened));

    assert!(open(&world, &cx, gap).await.is_granted());
    let low = Percent::from_ten_thousandths(50 * 10_000).unwrap();
    for (score, progress) in [(low, "0"), (Percent::HUNDRED, "50")] {
        let admin = world.cx(Who::Admin);
        act!(world.store, admin, |tx| tx.run(RecordScore {
            learner_id: learner,
            node_id: gap,
            score
        }))
        .unwrap();
        assert_eq!(enrollment_of(&world, learner).await.progress.to_string(), progress);
    }
    assert!(open(&world, &cx, courses.second.id).await.is_granted());
    let later = cx.clone().at(cx.now().saturating_add(TimeDelta::minutes(10)));
    let spent = Study::Time { seconds: 300, position_seconds: Some(42) };
    act!(world.store, later, |tx| tx.run(RecordStudy {
        learner_id: learner,
        node_id: courses.second.id,
        study: spent
    }))
    .unwrap();
    let course = courses.published.id;
    let point = act!(world.store, cx, |tx| tx
        .run(ResumeCourse { learner_id: learner, course_id: course }))
    .unwrap();
    let point = point.unwrap();
    assert_eq!((point.node_id, point.position_seconds), (courses.second.id, Some(42)));
    assert_eq!(point.module_id, Some(courses.module.id));
    act!(world.store, later, |tx| {
        tx.run(RecordStudy { learner_id: learner, node_id: courses.second.id, study: Study::Claim })
    })
    .unwrap();

    let done = enrollment_of(&world, learner).await;
    assert_eq!((done.status, done.progress), (EnrollmentStatus::Completed, Percent::HUNDRED));
    let (stats, days) = act!(world.store, later, |tx| tx
        .run(ViewLearnerStats { learner_id: learner }))
    .unwrap()
    .unwrap();
    assert_eq!((stats.courses_completed, stats.lessons_completed), (1, 2));
    assert_eq!((stats.activities_completed, stats.time_spent_seconds, days), (1, 300, 1));
    let figures = act!(world.store, world.system, |tx| tx.run(CountLearners { course_id: course }));
    let figures = figures.unwrap();
    assert_eq!((figures.total_learners, figures.total_completions), (1, 1));
    let kept = world.first(CourseStats::of(course)).await;
    assert_eq!((kept.total_learners, kept.total_completions), (1, 1));
}

#[tokio::test]
async fn a_position_that_is_gone_leads_to_the_first_open_step() {
    let world = world().await;
    let (courses, learner, cx) = (world.courses(), world.learner.id(), world.cx(Who::Learner));
    open(&world, &cx, courses.second.id).await;
    let teacher = world.cx(Who::Teacher);
    let hide = PublicationEvent::Archive;
    act!(world.store, teacher, |tx| {
        tx.run(lms::content::ChangeNodeStatus { node_id: courses.second.id, event: hide })
    })
    .unwrap();
    let course = courses.published.id;
    let point = act!(world.store, cx, |tx| tx
        .run(ResumeCourse { learner_id: learner, course_id: course }))
    .unwrap();
    assert_eq!(point.unwrap().node_id, courses.activity.id);
    let error = act!(world.store, world.cx(Who::Other), |tx| {
        tx.run(ResumeCourse { learner_id: world.other.id(), course_id: course })
    });
    assert!(matches!(error.unwrap_err(), StudyError::NotEnrolled));
}

/// Another learner asks for a seat and waits for it.
async fn queue(world: &World) {
    let changes = vec![CourseChange::Capacity(Some(1)), CourseChange::Waitlists(true)];
    edit(world, changes).await;
    let command =
        EnrollLearner::new(world.courses().published.id, world.other.id(), GrantSource::Manual);
    let waits = act!(world.store, world.system, |tx| tx.run(command)).unwrap();
    assert_eq!(waits.status, EnrollmentStatus::Waitlisted);
}

#[tokio::test]
async fn a_seat_that_becomes_free_goes_to_whoever_waits() {
    for way in ["dropped", "expired", "completed", "raised"] {
        let world = world().await;
        queue(&world).await;
        let id = world.things().enrollment.id;
        let course = world.courses().published.id;
        match way {
            "dropped" => {
                let cx = world.cx(Who::Learner);
                let drop = EnrollmentEvent::Drop;
                act!(world.store, cx, |tx| tx
                    .run(ChangeEnrollment { enrollment_id: id, event: drop }))
                .unwrap();
            }
            "expired" => {
                stand(&world, EnrollmentStatus::Active, Some(world.system.now())).await;
                let admin = world.cx(Who::Admin);
                let count = act!(world.store, admin, |tx| tx
                    .run(ExpireEnrollments { due: PageSize::MAX.into() }));
                assert_eq!(count.unwrap(), 1);
                let again = act!(world.store, admin, |tx| tx
                    .run(ExpireEnrollments { due: PageSize::MAX.into() }));
                assert_eq!(again.unwrap(), 0);
            }
            "completed" => {
                stand(&world, EnrollmentStatus::Completed, None).await;
                let admin = world.cx(Who::Admin);
                act!(world.store, admin, |tx| tx.run(PromoteWaiting { course_id: course }))
                    .unwrap();
            }
            _ => {
                edit(&world, vec![CourseChange::Capacity(Some(2))]).await;
                let admin = world.cx(Who::Admin);
                act!(world.store, admin, |tx| tx.run(PromoteWaiting { course_id: course }))
                    .unwrap();
            }
        }
        let seated = enrollment_of(&world, world.other.id()).await;
        assert_eq!(seated.status, EnrollmentStatus::Active, "{way}");
    }
}

#[tokio::test]
async fn a_renewal_takes_a_seat_or_is_refused() {
    let world = world().await;
    let id = world.things().enrollment.id;
    queue(&world).await;
    let drop = EnrollmentEvent::Drop;
    act!(world.store, world.system, |tx| tx
        .run(ChangeEnrollment { enrollment_id: id, event: drop }))
    .unwrap();
    // The other learner has the seat now.
    let error = act!(world.store, world.system, |tx| tx
        .run(RenewEnrollment { enrollment_id: id, expires_at: None }));
    assert!(matches!(error.unwrap_err(), EnrollError::Full { capacity: 1 }));
    let past = Some(world.system.now());
    let error = act!(world.store, world.system, |tx| tx
        .run(RenewEnrollment { enrollment_id: id, expires_at: past }));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Invalid);
    edit(&world, vec![CourseChange::Capacity(None)]).await;
    let renewed = act!(world.store, world.system, |tx| tx
        .run(RenewEnrollment { enrollment_id: id, expires_at: None }));
    assert_eq!(renewed.unwrap().status, EnrollmentStatus::Active);
}

#[tokio::test]
async fn a_class_enrols_its_students_and_lets_them_go() {
    let world = world().await;
    let class = world.things().class.id;
    let teacher = world.cx(Who::Teacher);
    let changes = vec![ClassChange::Capacity(Some(2)), ClassChange::WaitlistCapacity(Some(5))];
    act!(world.store, teacher, |tx| tx.run(EditClass { class_id: class, changes })).unwrap();
    let join = |student_id| {
        let (store, teacher) = (&world.store, &teacher);
        async move {
            let command = JoinClass { class: ClassChoice::Id(class), student_id };
            act!(store, teacher, |tx| tx.run(JoinClassAndEnroll { join: command })).unwrap()
        }
    };
    let (member, enrollment) = join(world.other.id()).await;
    assert_eq!(member.status, MemberStatus::Active);
    let enrollment = enrollment.unwrap();
    assert_eq!((enrollment.source, enrollment.source_id), (GrantSource::Class, Some(class.uuid())));
    let (waits, none) = join(world.guardian.id()).await;
    assert_eq!((waits.status, none), (MemberStatus::Waitlisted, None));

    let leave = LeaveClass { class_id: class, student_id: world.other.id(), is_removal: true };
    let promoted = act!(world.store, teacher, |tx| tx.run(LeaveClassAndDrop { leave }));
    assert_eq!(promoted.unwrap()[0].student_id, world.guardian.id());
    assert_eq!(enrollment_of(&world, world.other.id()).await.status, EnrollmentStatus::Dropped);
    assert_eq!(enrollment_of(&world, world.guardian.id()).await.status, EnrollmentStatus::Active);
    // The first learner's enrollment came from elsewhere and stays.
    let leave = LeaveClass { class_id: class, student_id: world.learner.id(), is_removal: true };
    act!(world.store, teacher, |tx| tx.run(LeaveClassAndDrop { leave })).unwrap();
    assert_eq!(enrollment_of(&world, world.learner.id()).await.status, EnrollmentStatus::Active);
}

#[tokio::test]
async fn what_is_set_for_a_class_is_due_for_each_of_its_learners() {
    let world = world().await;
    let (courses, class) = (world.courses(), world.things().class.id);
    let (teacher, learner) = (world.cx(Who::Teacher), world.cx(Who::Learner));
    // The world set the whole course for the class, without a due date.
    let due = world.system.now().saturating_add(TimeDelta::days(7));
    for (node, due_at) in
        [(courses.second.id, due.saturating_add(TimeDelta::days(1))), (courses.activity.id, due)]
    {
        let what = (class, Some(node));
        act!(world.store, teacher, |tx| tx.run(AssignContent {
            class_id: what.0,
            node_id: what.1,
            due_at: Some(due_at),
            instructions: None
        }))
        .unwrap();
    }
    let standings = |cx: Context, of| {
        let store = &world.store;
        async move {
            let found =
                act!(store, cx, |tx| tx.run(ListAssignedContent { learner_id: of })).unwrap();
            found.into_iter().map(|it| (it.assignment.target_id, it.standing)).collect::<Vec<_>>()
        }
    };
    use AssignmentStanding::{Done, DoneLate, Open, Overdue};
    let (id, course) = (world.learner.id(), courses.published.id.uuid());
    let (second, activity) = (courses.second.id.uuid(), courses.activity.id.uuid());
    let rows = |a, b, c| vec![(activity, a), (second, b), (course, c)];
    assert_eq!(standings(learner.clone(), id).await, rows(Open, Open, Open));
    let late = learner.clone().at(due.saturating_add(TimeDelta::seconds(1)));
    assert_eq!(standings(late.clone(), id).await, rows(Overdue, Open, Open));
    for (cx, node) in [(&learner, courses.second.id), (&late, courses.activity.id)] {
        assert!(matches!(open(&world, cx, node).await, Access::Granted { .. }));
        act!(world.store, *cx, |tx| tx.run(RecordStudy {
            learner_id: id,
            node_id: node,
            study: Study::Claim
        }))
        .unwrap();
    }
    // Those were the last two steps of the course.
    assert_eq!(standings(late.clone(), id).await, rows(DoneLate, Done, Done));
    // Nothing is set for whoever has no seat; what is taken back is not due any more.
    assert!(standings(world.cx(Who::Other), world.other.id()).await.is_empty());
    let whole = world.things().assignment.id;
    let withdraw = AssignmentEvent::Withdraw;
    act!(world.store, teacher, |tx| tx
        .run(ChangeAssignment { assignment_id: whole, event: withdraw }))
    .unwrap();
    assert_eq!(standings(late, id).await.len(), 2);
}

#[tokio::test]
async fn a_learner_has_one_enrollment_in_a_course_and_takes_it_up_again() {
    let world = world().await;
    let (course, learner) = (world.courses().published.id, world.learner.id());
    let command = || EnrollLearner::new(course, learner, GrantSource::Manual);
    let enroll = || async { act!(world.store, world.system, |tx| tx.run(command())) };
    let error = enroll().await.unwrap_err();
    let active = EnrollmentStatus::Active;
    assert!(matches!(error, EnrollError::AlreadyEnrolled { status } if status == active));
    let first = world.things().enrollment.id;
    let drop = EnrollmentEvent::Drop;
    act!(world.store, world.system, |tx| tx
        .run(ChangeEnrollment { enrollment_id: first, event: drop }))
    .unwrap();
    assert_eq!(enroll().await.unwrap().id, first, "the row stays, and with it what was learned");
    // The store keeps it so, whoever writes past the service.
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let second = Enrollment::new(&world.system, learner, course, GrantSource::Import);
    let error = tx.insert(&second).await.unwrap_err();
    assert!(matches!(error, StoreError::Duplicate { table: "enrollments", .. }), "{error}");
}

#[tokio::test]
async fn more_seats_enrol_those_who_waited() {
    let world = world().await;
    let (class, teacher) = (world.things().class.id, world.cx(Who::Teacher));
    let seats = |seats| vec![ClassChange::Capacity(Some(seats))];
    act!(world.store, teacher, |tx| tx.run(EditClass { class_id: class, changes: seats(1) }))
        .unwrap();
    let waitlist = vec![ClassChange::WaitlistCapacity(Some(5))];
    act!(world.store, teacher, |tx| tx.run(EditClass { class_id: class, changes: waitlist }))
        .unwrap();
    for student_id in [world.other.id(), world.guardian.id()] {
        let command = JoinClass { class: ClassChoice::Id(class), student_id };
        act!(world.store, teacher, |tx| tx.run(JoinClassAndEnroll { join: command })).unwrap();
    }
    act!(world.store, teacher, |tx| tx.run(EditClass { class_id: class, changes: seats(2) }))
        .unwrap();
    let promoted =
        act!(world.store, teacher, |tx| tx.run(PromoteAndEnroll { class_id: class })).unwrap();
    assert_eq!(promoted.len(), 1, "one seat more, whoever waits longest");
    assert_eq!(enrollment_of(&world, world.other.id()).await.status, EnrollmentStatus::Active);
    let again =
        act!(world.store, teacher, |tx| tx.run(PromoteAndEnroll { class_id: class })).unwrap();
    assert!(again.is_empty());
}

#[tokio::test]
async fn a_copy_has_the_rules_of_its_source_about_its_own_nodes() {
    let world = world().await;
    let (courses, teacher) = (world.courses(), world.cx(Who::Teacher));
    let (first, second) = (courses.lesson.id, courses.second.id);
    let release = ReleaseRule::All {
        of: vec![ReleaseRule::Prerequisite { node_id: first }, ReleaseRule::Sequence],
    };
    let rules = (Some(release), Some(CompletionRule::View));
    act!(world.store, teacher, |tx| tx.run(SetNodeRules {
        node_id: second,
        release: rules.0,
        completion: rules.1
    }))
    .unwrap();
    let command = CloneCourse {
        source_id: courses.published.id,
        title: title("Copy"),
        slug: None,
        owner_id: world.teacher.id(),
    };
    let copy = act!(world.store, teacher, |tx| tx.run(command)).unwrap();
    let count = act!(world.store, teacher, |tx| tx.run(CloneRules { copy: copy.clone() })).unwrap();
    assert_eq!(count, 1);
    let copied = world.first(NodeRules::of_course(copy.course.id)).await;
    assert_eq!(copied.node_id, copy.nodes[&second]);
    let own = ReleaseRule::Prerequisite { node_id: copy.nodes[&first] };
    assert_eq!(copied.release, Some(ReleaseRule::All { of: vec![own, ReleaseRule::Sequence] }));
    assert_eq!(copied.completion, Some(CompletionRule::View));
}

#[tokio::test]
async fn a_course_weighs_its_steps() {
    let world = world().await;
    let (courses, learner, cx) = (world.courses(), world.learner.id(), world.cx(Who::Learner));
    let teacher = world.cx(Who::Teacher);
    act!(world.store, teacher, |tx| {
        tx.run(lms::content::EditNode {
            node_id: courses.second.id,
            changes: vec![NodeChange::Weight(3)],
        })
    })
    .unwrap();
    open(&world, &cx, courses.second.id).await;
    act!(world.store, cx, |tx| {
        tx.run(RecordStudy { learner_id: learner, node_id: courses.second.id, study: Study::Claim })
    })
    .unwrap();
    assert_eq!(enrollment_of(&world, learner).await.progress.to_string(), "75");
}

#[tokio::test]
async fn content_that_changed_is_done_again_where_its_rules_say_so() {
    let world = world().await;
    let (learner, cx, teacher) =
        (world.learner.id(), world.cx(Who::Learner), world.cx(Who::Teacher));
    let node = world.courses().second.id;
    open(&world, &cx, node).await;
    let claim = Study::Claim;
    act!(world.store, cx, |tx| tx.run(RecordStudy {
        learner_id: learner,
        node_id: node,
        study: claim
    }))
    .unwrap();
    let before = enrollment_of(&world, learner).await.progress;
    let stats = world.first(LearnerStats::of(learner)).await;
    let figures = (stats.lessons_completed, stats.activities_completed);
    let admin = world.cx(Who::Admin);
    let later = admin.now().saturating_add(TimeDelta::hours(1));
    let reopen = async |at| {
        let pages = (at, PageSize::MAX);
        act!(world.store, admin, |tx| tx.run(ReopenChangedNode {
            node_id: node,
            changed_at: pages.0,
            limit: pages.1
        }))
        .unwrap()
    };
    assert_eq!(reopen(later).await, 0, "its rules do not say so");
    act!(world.store, teacher, |tx| tx.run(SetReopening { node_id: node, reopen_on_change: true }))
        .unwrap();
    assert_eq!(reopen(admin.now()).await, 0, "nobody was done before the change");
    assert_eq!(reopen(later).await, 1);
    assert_eq!(reopen(later).await, 0, "called again it finds nothing more");
    let enrollment = enrollment_of(&world, learner).await;
    assert!(enrollment.progress < before);
    let progress = world.first(NodeProgress::of_node(enrollment.id, node)).await;
    assert_eq!((progress.status, progress.is_claimed), (ProgressStatus::InProgress, false));
    act!(world.store, cx, |tx| tx.run(RecordStudy {
        learner_id: learner,
        node_id: node,
        study: claim
    }))
    .unwrap();
    assert_eq!(enrollment_of(&world, learner).await.progress, before, "and does it again");
    let stats = world.first(LearnerStats::of(learner)).await;
    let again = (stats.lessons_completed, stats.activities_completed);
    assert_eq!(again, figures, "what was done twice counts once");
}
