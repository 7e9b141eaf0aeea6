//! What waits for a mark is shown to those who may mark it, and to each of them what they may mark.
use std::collections::BTreeSet;

use lms::{
    assessment::{
        assignment::{HandInWork, ListSubmissionsToMark, Submission},
        attempt::{Attempt, SaveAnswer, StartAttempt, SubmitAttempt, ViewMarkingQueue},
        question::Answer,
    },
    authorization::{Role, RoleKey},
    identity::{AssignRole, AssignmentScope, MembershipKind},
    kernel::{Actor, Context, DomainError as _, ErrorKind, Id},
    learning::{EnrollLearner, GrantSource},
    memory::MemoryStore,
    store::{PageSize, Store},
};
use lms_store_postgres::testing::TestServer;
use uuid::Uuid;

use crate::{
    authority::with_room,
    exam_table::Exams,
    world::{Who, World, person},
};

/// The learner of the class and one who is in no class have handed in an essay in the same test,
/// and the same coursework.
struct Work {
    world: World,
    in_class: Id<Attempt>,
    elsewhere: Id<Attempt>,
    other_work: Id<Submission>,
}

impl Work {
    async fn open(store: Store) -> Self {
        let mut world = World::open(store).await;
        world.exams = Some(Exams::make(&world).await);
        let (store, system, other) = (&world.store, &world.system, world.other.id());
        let course = world.courses().published.id;
        let enroll = EnrollLearner::new(course, other, GrantSource::Manual);
        act!(store, system, |tx| tx.run(enroll)).unwrap();
        let (cx, exams) = (world.cx(Who::Other), world.exams());
        let start = StartAttempt::new(exams.exam.id);
        let elsewhere = act!(store, cx, |tx| tx.run(start)).unwrap().into_attempt().id;
        let save = SaveAnswer::new(elsewhere, exams.essay.id, 1, Answer::text("Not so."));
        act!(store, cx, |tx| tx.run(save)).unwrap();
        act!(store, cx, |tx| tx.run(SubmitAttempt { attempt_id: elsewhere })).unwrap();
        let work = HandInWork {
            assignment_id: exams.assignment.id,
            learner_id: other,
            content: Some("Not so.".to_owned()),
            file_id: None,
            file_url: None,
        };
        let other_work = act!(store, cx, |tx| tx.run(work)).unwrap().id;
        Self { in_class: exams.handed_in.id, elsewhere, other_work, world }
    }

    /// A new member of staff with a role for a place.
    async fn hire(&self, role: &str, (scope, place): (AssignmentScope, Uuid)) -> Context {
        let World { store, system, .. } = &self.world;
        let place_name = place.simple().to_string();
        let name = format!("{role}-{}", &place_name[24..]);
        let person = person(store, system, &name, MembershipKind::Staff, None).await;
        let role = Role::by_key(RoleKey::new(role).unwrap());
        let command = AssignRole {
            membership_id: person.id(),
            role_id: self.world.first(role).await.id,
            scope,
            scope_id: Some(place),
        };
        act!(store, system, |tx| tx.run(command)).unwrap();
        system.clone().with_actor(Actor::User(person.user.actor_id()))
    }

    async fn queue(&self, cx: &Context) -> Result<BTreeSet<Id<Attempt>>, ErrorKind> {
        let assessment_id = self.world.exams().exam.id;
        let look = ViewMarkingQueue { assessment_id, limit: PageSize::MAX, after: None };
        let page = act!(self.world.store, *cx, |tx| tx.run(look)).map_err(|it| it.kind())?;
        Ok(page.items.iter().map(|it| it.attempt_id).collect())
    }

    async fn submissions(&self, cx: &Context) -> Result<BTreeSet<Id<Submission>>, ErrorKind> {
        let look = ListSubmissionsToMark { assignment_id: self.world.exams().assignment.id };
        let found = act!(self.world.store, *cx, |tx| tx.run(look)).map_err(|it| it.kind())?;
        Ok(found.iter().map(|it| it.id).collect())
    }
}

async fn each_sees_what_they_may_mark(store: Store) {
    let work = Work::open(store).await;
    let (class, north, south) =
        (work.world.things().class.id.uuid(), work.world.north.id, work.world.south.id);
    let theirs = work.world.exams().submission.id;
    let both = (
        BTreeSet::from([work.in_class, work.elsewhere]),
        BTreeSet::from([theirs, work.other_work]),
    );
    let one = (BTreeSet::from([work.in_class]), BTreeSet::from([theirs]));
    let tutor = work.hire("instructor", (AssignmentScope::Class, class)).await;
    let marks_north = work.hire("assessor", (AssignmentScope::Unit, north.uuid())).await;
    let marks_south = work.hire("assessor", (AssignmentScope::Unit, south.uuid())).await;
    for (cx, expected) in
        [(work.world.cx(Who::Teacher), both), (tutor, one.clone()), (marks_north, one)]
    {
        assert_eq!(work.queue(&cx).await.unwrap(), expected.0);
        assert_eq!(work.submissions(&cx).await.unwrap(), expected.1);
    }
    for who in [Who::Learner, Who::Other, Who::Guardian, Who::South, Who::Stranger, Who::Nobody] {
        let cx = work.world.cx(who);
        assert_eq!(work.queue(&cx).await, Err(ErrorKind::Forbidden), "{who:?}");
        assert_eq!(work.submissions(&cx).await, Err(ErrorKind::Forbidden), "{who:?}");
    }
    // A marker of the south has no one's work to mark here.
    assert_eq!(work.queue(&marks_south).await, Err(ErrorKind::Forbidden));
    assert_eq!(work.submissions(&marks_south).await, Err(ErrorKind::Forbidden));
}

#[test]
fn a_class_teacher_has_a_queue_of_their_class() {
    with_room(async || each_sees_what_they_may_mark(Store::new(MemoryStore::new())).await);
}

#[test]
fn on_postgresql_a_class_teacher_has_a_queue_of_their_class() {
    with_room(async || {
        let database = TestServer::shared().await.unwrap().database().await.unwrap();
        each_sees_what_they_may_mark(Store::new(database.store())).await;
    });
}
