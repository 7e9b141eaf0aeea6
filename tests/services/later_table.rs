//! Who may call the services of later contexts that have no tests of refusals elsewhere: writing
//! tests, their scales, and the deliveries of notifications.
use lms::{
    assessment::{
        Assessment, AssessmentKind,
        authoring::{
            ArchiveAssessment, AssessmentChange, CreateAssessment, EditAssessment, NewAssessment,
            NewSection, PublishAssessment, WithdrawAssessment,
        },
        conversion::{DefineConversion, ScaleDefinition},
        question::{AnswerKey, Choice, Question, QuestionKind},
    },
    content::{AddNode, ContentNode, DeleteFile, FileAsset, NodeKind, RemoveNode},
    delivery::{CreateRoom, DeleteRoom, Room},
    kernel::{Context, Id},
    notification::{
        Category, Channel, Courier, Delivery, DeliveryEvent, MarkDelivered, MarkDeliveryFailed,
        MarkRead, Notification, RetryDelivery, SendingClaim,
    },
    store::Query,
};

use crate::{
    table::{Service, check},
    world::{World, title},
};

/// What the rows are about.
pub(crate) struct Later {
    draft: Assessment,
    open: Assessment,
    pub(crate) notification: Id<Notification>,
    claim: SendingClaim,
    failed: Id<Delivery>,
    pub(crate) removed_room: Id<Room>,
    pub(crate) removed_node: Id<ContentNode>,
    pub(crate) removed_file: Id<FileAsset>,
}

impl Later {
    pub(crate) const fn draft(&self) -> Id<Assessment> {
        self.draft.id
    }

    pub(crate) async fn make(world: &World) -> Self {
        let (store, system) = (&world.store, &world.system);
        let [draft, open] = ["Draft", "Open"].map(|name| {
            let command = test(world, system, name);
            async move {
                act!(store, system, |tx| tx.run(CreateAssessment { assessment: command })).unwrap()
            }
        });
        let (draft, open) = (draft.await, open.await);
        let open =
            act!(store, system, |tx| tx.run(PublishAssessment { assessment_id: open.id })).unwrap();
        let learner = world.learner.id();
        let news = Notification::new(system, learner, Category::Info, title("News"), "Words.");
        let mut pending = Delivery::new(system, news.id, Channel::Email);
        let claim = SendingClaim { delivery: pending.id, claim: news.id.uuid() };
        pending.claim = Some(claim.claim);
        let mut failed = Delivery::new(system, news.id, Channel::Sms);
        failed.status = failed.status.apply(DeliveryEvent::GiveUp).unwrap();
        let mut tx = store.begin(system).await.unwrap();
        tx.insert(&news).await.unwrap();
        tx.insert_all(&[pending.clone(), failed.clone()]).await.unwrap();
        tx.commit().await.unwrap();
        let room = (Some(world.north.id), title("Old room"));
        let room = CreateRoom { unit_id: room.0, name: room.1, capacity: None };
        let removed_room = act!(store, system, |tx| tx.run(room)).unwrap().id;
        let delete = DeleteRoom { room_id: removed_room };
        act!(store, system, |tx| tx.run(delete)).unwrap();
        let (removed_node, removed_file) = (removed_node(world).await, removed_file(world).await);
        let (notification, failed) = (news.id, failed.id);
        Self { draft, open, notification, claim, failed, removed_room, removed_node, removed_file }
    }
}

/// A node of the published course that was removed.
async fn removed_node(world: &World) -> Id<ContentNode> {
    let (store, system, course) = (&world.store, &world.system, world.courses().published.id);
    let node = AddNode::new(course, NodeKind::Module, title("Old part"));
    let node_id = act!(store, system, |tx| tx.run(node)).unwrap().id;
    act!(store, system, |tx| tx.run(RemoveNode { node_id })).unwrap();
    node_id
}

/// A file that was deleted, and whose bytes the host has not removed.
async fn removed_file(world: &World) -> Id<FileAsset> {
    let (store, system) = (&world.store, &world.system);
    let file_id = act!(store, system, |tx| tx.run(world.upload())).unwrap().id;
    act!(store, system, |tx| tx.run(DeleteFile { file_id })).unwrap();
    file_id
}

/// A test of the published course with one question.
fn test(world: &World, cx: &Context, name: &str) -> NewAssessment {
    let options = [("Yes", true), ("No", false)];
    let options = options.map(|(text, right)| Choice::new(cx.id(), text, right)).to_vec();
    let question = Question::new(cx, QuestionKind::SingleChoice, "Is it?", AnswerKey::choices())
        .with_options(options);
    let mut command = NewAssessment::new(AssessmentKind::Quiz, title(name));
    command.course_id = Some(world.courses().published.id);
    command.sections = vec![NewSection::new(title("All"), vec![question])];
    command
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = tests_of_courses();
    rows.extend(notifications());
    rows
}

fn tests_of_courses() -> Vec<Service> {
    services! { |w, cx|
        create_assessment[CreateAssessment { assessment: test(w, cx, "More") }] by Admin, not ALL, Missing;
        edit_assessment[EditAssessment {
            assessment_id: w.later().draft.id,
            changes: vec![AssessmentChange::MaxAttempts(Some(2))],
        }] by Admin, not ALL, Missing;
        publish_assessment[PublishAssessment { assessment_id: w.later().draft.id }] by Admin, not ALL, Missing;
        withdraw_assessment[WithdrawAssessment { assessment_id: w.later().open.id }] by Admin, not ALL, Missing;
        archive_assessment[ArchiveAssessment { assessment_id: w.later().open.id }] by Admin, not ALL, Missing;
        define_conversion[DefineConversion {
            assessment_id: w.later().draft.id,
            section_id: None,
            scale: ScaleDefinition::None,
        }] by Admin, not ALL, Missing;
    }
}

fn notifications() -> Vec<Service> {
    services! { |w, cx|
        mark_read[MarkRead { id: w.later().notification }] by Learner, not OUTSIDERS, Missing;
        mark_delivered[MarkDelivered { claim: w.later().claim }] by Admin, not ALL, Missing;
        mark_delivery_failed[MarkDeliveryFailed { claim: w.later().claim, courier: Courier::default(), failure: "no answer".to_owned() }] by Admin, not ALL, Missing;
        retry_delivery[RetryDelivery { id: w.later().failed }] by Admin, not ALL, Missing;
    }
}

#[test]
fn who_may_is_let_and_who_may_not_is_refused() {
    crate::authority::with_room(|| check(rows()));
}

/// A notification is read by whoever it is for; to others of the tenant it is not there.
#[tokio::test]
async fn nobody_reads_what_is_for_another() {
    use crate::world::Who;
    use lms::{kernel::DomainError as _, kernel::ErrorKind, memory::MemoryStore, store::Store};

    let world = World::open(Store::new(MemoryStore::new())).await;
    let id = world.later().notification;
    for who in [Who::Other, Who::Guardian, Who::South] {
        let cx = world.cx(who);
        let error = act!(world.store, cx, |tx| tx.run(MarkRead { id })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{who:?}");
    }
    assert_eq!(world.count(Query::filter(Notification::READ_AT.is_not_null())).await, 0);
}
