//! Programs whose courses are taken one after the other. Each scenario runs in memory and on
//! PostgreSQL.
use chrono::TimeDelta;
use lms::store::Query;
use lms::{
    commerce::{AccessSource, AccessSourceKind, Grant, Item, ItemKind},
    content::{
        AddNode, ChangeNodeStatus, ContentNode, Course, CreateCourse, NodeKind, PublicationEvent,
        PublishCourse,
    },
    delivery::{
        AddProgramCourse, EditProgram, MoveProgramCourse, Program, ProgramChange, ProgramError,
    },
    kernel::{DomainError as _, Id},
    learning::{
        Access, AccessRequest, ChangeEnrollment, CheckAccess, EnrollLearner, EnrollmentEvent,
        GrantSource, NodeProgress, OpenNode, Unmet,
    },
};
use uuid::Uuid;

use crate::world::{Who, World, title};

/// A published course with one module, as the last of a program.
async fn next_course(world: &World, program_id: Id<Program>) -> (Id<Course>, Id<ContentNode>) {
    let (store, system) = (&world.store, &world.system);
    let course = CreateCourse::new(title("Next"), world.teacher.id());
    let course_id = act!(store, system, |tx| tx.run(course)).unwrap().id;
    let lesson = AddNode::new(course_id, NodeKind::Module, title("First"));
    let node_id = act!(store, system, |tx| tx.run(lesson)).unwrap().id;
    let publish = ChangeNodeStatus { node_id, event: PublicationEvent::Publish };
    act!(store, system, |tx| tx.run(publish)).unwrap();
    act!(store, system, |tx| tx.run(PublishCourse { course_id })).unwrap();
    let add = AddProgramCourse { program_id, course_id, position: None };
    act!(store, system, |tx| tx.run(add)).unwrap();
    (course_id, node_id)
}

async fn set_order(
    world: &World,
    program_id: Id<Program>,
    in_order: bool,
) -> Result<Program, ProgramError> {
    let changes = vec![ProgramChange::InOrder(in_order)];
    act!(world.store, world.system, |tx| tx.run(EditProgram { program_id, changes }))
}

async fn access(world: &World, request: AccessRequest) -> Access {
    let cx = world.cx(Who::Learner);
    act!(world.store, cx, |tx| tx.run(CheckAccess { request })).unwrap()
}

async fn a_course_of_a_program_in_order_opens_after_those_before_it(world: World) {
    let (learner, first) = (world.learner.id(), world.courses().published.id);
    let program = world.things().program.id;
    let (second, lesson) = next_course(&world, program).await;
    let enroll = EnrollLearner::new(second, learner, GrantSource::Manual);
    act!(world.store, world.system, |tx| tx.run(enroll)).unwrap();
    let request = AccessRequest::new(learner, lesson);
    assert!(access(&world, request).await.is_granted(), "in any order");
    set_order(&world, program, true).await.unwrap();
    let waits = Access::Locked { unmet: vec![Unmet::CourseCompleted { course_id: first }] };
    assert_eq!(access(&world, request).await, waits);
    let cx = world.cx(Who::Learner);
    act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap();
    assert_eq!(world.count(Query::filter(NodeProgress::NODE_ID.eq(lesson))).await, 0);
    let complete = ChangeEnrollment {
        enrollment_id: world.things().enrollment.id,
        event: EnrollmentEvent::Complete,
    };
    act!(world.store, world.system, |tx| tx.run(complete)).unwrap();
    assert!(access(&world, request).await.is_granted(), "the first is completed");
}

async fn what_is_begun_or_was_never_to_be_learned_keeps_no_course_closed(world: World) {
    let program = world.things().program.id;
    let (second, lesson) = next_course(&world, program).await;
    for person in [&world.learner, &world.other] {
        let enroll = EnrollLearner::new(second, person.id(), GrantSource::Manual);
        act!(world.store, world.system, |tx| tx.run(enroll)).unwrap();
    }
    let request = AccessRequest::new(world.learner.id(), lesson);
    let cx = world.cx(Who::Learner);
    act!(world.store, cx, |tx| tx.run(OpenNode { request, time_zone: None })).unwrap();
    set_order(&world, program, true).await.unwrap();
    assert!(access(&world, request).await.is_granted(), "it was begun");
    // Another learner has the second course alone, until the first is bought as well.
    let (other, cx) = (world.other.id(), world.cx(Who::Other));
    let request = AccessRequest::new(other, lesson);
    let check = || async { act!(world.store, cx, |tx| tx.run(CheckAccess { request })).unwrap() };
    assert!(check().await.is_granted(), "the first course is not the learner's");
    let source = AccessSource::new(AccessSourceKind::Subscription, Uuid::from_u128(5));
    let first = Item::of(ItemKind::Course, world.courses().published.id);
    let ends = Some(world.system.now().saturating_add(TimeDelta::days(30)));
    world.keep(&Grant::new(&world.system, other, first, source).until(ends)).await;
    assert!(!check().await.is_granted(), "both are");
}

async fn programs_in_order_never_make_courses_wait_for_each_other(world: World) {
    let (one, other) = (world.things().program.id, world.things().spare_program.id);
    let (second, _) = next_course(&world, one).await;
    for course_id in [second, world.courses().published.id] {
        let add = AddProgramCourse { program_id: other, course_id, position: None };
        act!(world.store, world.system, |tx| tx.run(add)).unwrap();
    }
    set_order(&world, one, true).await.unwrap();
    let refused = set_order(&world, other, true).await.unwrap_err();
    assert_eq!(refused.code(), "program.circle");
    let turn = |program_id| MoveProgramCourse { program_id, course_id: second, position: 1 };
    act!(world.store, world.system, |tx| tx.run(turn(other))).unwrap();
    set_order(&world, other, true).await.unwrap();
    let back = MoveProgramCourse { program_id: other, course_id: second, position: 0 };
    let refused = act!(world.store, world.system, |tx| tx.run(back)).unwrap_err();
    assert_eq!(refused.code(), "program.circle");
}

on_both! {
    a_course_of_a_program_in_order_opens_after_those_before_it,
    what_is_begun_or_was_never_to_be_learned_keeps_no_course_closed,
    programs_in_order_never_make_courses_wait_for_each_other,
}
