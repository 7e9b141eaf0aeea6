//! What was written once can be changed, described and brought back.
use std::collections::BTreeSet;

use lms::{
    assessment::{
        AssessmentKind, AssessmentStatus,
        attempt::StartAttempt,
        authoring::{
            AssessmentChange, AuthoringError, CreateAssessment, EditAssessment, NewAssessment,
            NewQuestion, NewSection, NewSlot, PublishAssessment, WithdrawAssessment,
        },
        bank::{AssessmentSlot, CreateQuestionBank, PoolFilter, SlotSource},
        question::{AnswerKey, Choice, Question, QuestionKind},
    },
    content::{
        AddNode, CategoryError, CreateCategory, DeleteCategory, DeleteFile, FileStorage as _,
        LoadTree, NodeKind, Prose, RemoveNode, RestoreFile, RestoreNode, StorageMeter,
    },
    delivery::{EditProgram, ProgramChange},
    governance::{Described, Restorable, RestoreRecord, SetMetadata},
    identity::{AddMember, MembershipKind},
    kernel::{DomainError as _, ErrorKind, Metadata},
    learning::RescheduleAssignment,
    memory::MemoryStore,
    operations::{AddItem, Condition, InventoryCategory, KeepItem, RemoveItem},
    store::{Query, Store},
};

use crate::world::{Who, World, title};

async fn world() -> World {
    World::open(Store::new(MemoryStore::new())).await
}

/// A question with two options.
fn question(world: &World) -> NewQuestion {
    let option = |text, right| Choice::new(world.system.id(), text, right);
    let options = vec![option("yes", true), option("no", false)];
    NewQuestion::new(QuestionKind::SingleChoice, "Is it?", AnswerKey::choices())
        .with_options(options)
}

#[tokio::test]
async fn an_empty_draft_gets_questions_until_it_is_taken() {
    let world = world().await;
    let mut empty = NewAssessment::new(AssessmentKind::Quiz, title("Empty"));
    empty.course_id = Some(world.courses().published.id);
    let create = CreateAssessment { assessment: empty };
    let test = act!(world.store, world.system, |tx| tx.run(create)).unwrap();
    let publish = PublishAssessment { assessment_id: test.id };
    let error = act!(world.store, world.system, |tx| tx.run(publish.clone())).unwrap_err();
    assert!(matches!(error, AuthoringError::Empty), "{error}");
    let edit = |changes| {
        let (world, edit) = (&world, EditAssessment { assessment_id: test.id, changes });
        async move { act!(world.store, world.system, |tx| tx.run(edit)) }
    };
    let section = NewSection::new(title("One"), vec![question(&world)]);
    let second = NewSection::new(title("Two"), vec![question(&world)]);
    let changes = vec![
        AssessmentChange::Title(title("Full")),
        AssessmentChange::AddSection(section),
        AssessmentChange::AddSection(second),
    ];
    assert_eq!(edit(changes).await.unwrap().title, title("Full"));
    let sections = lms::assessment::Section::of_assessment(test.id);
    let first = world.first(sections).await;
    let more = AssessmentChange::AddQuestion {
        section_id: Some(first.id),
        question: Box::new(question(&world)),
    };
    edit(vec![more]).await.unwrap();
    assert_eq!(world.count(Question::of_assessment(test.id)).await, 3);
    edit(vec![AssessmentChange::RemoveSection(first.id)]).await.unwrap();
    assert_eq!(world.count(Question::of_assessment(test.id)).await, 1);
    // A section of another test is not this test's.
    let other = world.first(lms::assessment::Section::of_assessment(world.later().draft())).await;
    let error = edit(vec![AssessmentChange::RemoveSection(other.id)]).await.unwrap_err();
    assert!(matches!(error, AuthoringError::OtherTest), "{error}");
    act!(world.store, world.system, |tx| tx.run(publish)).unwrap();
    let error = edit(Vec::new()).await.unwrap_err();
    assert!(matches!(error, AuthoringError::NotDraft { status: AssessmentStatus::Published }));
    let cx = world.cx(Who::Learner);
    act!(world.store, cx, |tx| tx.run(StartAttempt::new(test.id))).unwrap();
    let withdraw = WithdrawAssessment { assessment_id: test.id };
    act!(world.store, world.system, |tx| tx.run(withdraw)).unwrap();
    edit(vec![AssessmentChange::MaxAttempts(None)]).await.unwrap();
    let gone = world.first(Question::of_assessment(test.id)).await.id;
    let error = edit(vec![AssessmentChange::RemoveQuestion(gone)]).await.unwrap_err();
    assert!(matches!(error, AuthoringError::Taken), "{error}");
}

#[tokio::test]
async fn a_test_is_filled_from_a_bank_that_its_author_may_see() {
    let world = world().await;
    let course_id = Some(world.courses().published.id);
    let mut empty = NewAssessment::new(AssessmentKind::Quiz, title("Drawn"));
    empty.course_id = course_id;
    let create = CreateAssessment { assessment: empty };
    let test = act!(world.store, world.system, |tx| tx.run(create)).unwrap();
    let bank = CreateQuestionBank { title: title("Course"), course_id };
    let bank = act!(world.store, world.system, |tx| tx.run(bank)).unwrap().id;
    let slot = |bank| NewSlot {
        section_id: None,
        source: SlotSource::Pool { filter: PoolFilter::of(bank), count: 1 },
        score: None,
        treatment: lms::assessment::question::Treatment::Counted,
    };
    for _ in 0..2 {
        let changes = vec![AssessmentChange::Slots(vec![slot(bank)])];
        let edit = EditAssessment { assessment_id: test.id, changes };
        act!(world.store, world.system, |tx| tx.run(edit)).unwrap();
        assert_eq!(world.count(AssessmentSlot::of_assessment(test.id)).await, 1);
    }
    // The teacher of the course does not draw from the bank of the school.
    let whole = CreateQuestionBank { title: title("School"), course_id: None };
    let whole = act!(world.store, world.system, |tx| tx.run(whole)).unwrap().id;
    let changes = vec![AssessmentChange::Slots(vec![slot(whole)])];
    let edit = EditAssessment { assessment_id: test.id, changes };
    let cx = world.cx(Who::Teacher);
    let error = act!(world.store, cx, |tx| tx.run(edit)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn what_was_deleted_comes_back_after_what_it_is_part_of() {
    let world = world().await;
    let run = |record| {
        let world = &world;
        async move { act!(world.store, world.system, |tx| tx.run(RestoreRecord { record })) }
    };
    let up = CreateCategory::new(title("Arts"));
    let up = act!(world.store, world.system, |tx| tx.run(up)).unwrap().id;
    let part = CreateCategory { parent_id: Some(up), ..CreateCategory::new(title("Music")) };
    let part = act!(world.store, world.system, |tx| tx.run(part)).unwrap().id;
    let error = run(Restorable::Category(part)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "it is not deleted");
    for category_id in [part, up] {
        let delete = DeleteCategory { category_id };
        let done: Result<(), CategoryError> = act!(world.store, world.system, |tx| tx.run(delete));
        done.unwrap();
    }
    let error = run(Restorable::Category(part)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "what it is part of is not there");
    run(Restorable::Category(up)).await.unwrap();
    run(Restorable::Category(part)).await.unwrap();
    assert_eq!(world.read(part).await.parent_id, Some(up));
    let item = KeepItem {
        org_unit_id: world.north.id,
        name: title("Chairs"),
        category: InventoryCategory::Furniture,
        quantity: 10,
        condition: Condition::Good,
    };
    let item = act!(world.store, world.system, |tx| tx.run(AddItem { item })).unwrap();
    act!(world.store, world.system, |tx| tx.run(RemoveItem { item_id: item.id })).unwrap();
    run(Restorable::InventoryItem(item.id)).await.unwrap();
    assert_eq!(world.read(item.id).await.name, item.name);
}

/// A part of a course comes back with what was removed with it, and a file as long as its bytes are
/// there.
#[tokio::test]
async fn nodes_and_files_come_back() {
    let world = world().await;
    let (cx, courses) = (world.cx(Who::Teacher), world.courses());
    let course = courses.published.id;
    let below = AddNode {
        parent_id: Some(courses.module.id),
        ..AddNode::new(course, NodeKind::Lesson, title("Gone before"))
    };
    let before = act!(world.store, cx, |tx| tx.run(below)).unwrap();
    act!(world.store, cx, |tx| tx.run(RemoveNode { node_id: before.id })).unwrap();
    let later = cx.clone().at(world.hour(1).start());
    let remove = RemoveNode { node_id: courses.module.id };
    act!(world.store, later, |tx| tx.run(remove)).unwrap();
    let shown = || async {
        let mut tx = world.store.begin(&world.system).await.unwrap();
        let tree = tx.part(LoadTree { course_id: course }).await.unwrap();
        tree.iter().map(|it| it.id).collect::<BTreeSet<_>>()
    };
    assert!(!shown().await.contains(&courses.lesson.id));
    let part = RestoreNode { node_id: courses.lesson.id };
    let error = act!(world.store, cx, |tx| tx.run(part)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "what it is part of is not there");
    let whole = RestoreNode { node_id: courses.module.id };
    act!(world.store, cx, |tx| tx.run(whole)).unwrap();
    let back = shown().await;
    for node in [courses.module.id, courses.lesson.id, courses.second.id, courses.activity.id] {
        assert!(back.contains(&node));
    }
    assert!(!back.contains(&before.id), "it was removed before");
    let again = act!(world.store, world.system, |tx| tx.run(whole)).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound, "it is there");
    // Another took the slug meanwhile.
    let taken = AddNode {
        parent_id: Some(courses.module.id),
        slug: Some(before.slug.clone()),
        ..AddNode::new(course, NodeKind::Lesson, title("New"))
    };
    act!(world.store, cx, |tx| tx.run(taken)).unwrap();
    let error = act!(world.store, cx, |tx| tx.run(RestoreNode { node_id: before.id }));
    assert_eq!(error.unwrap_err().code(), "node.slug_taken");
    let file_id = world.later().removed_file;
    let used = world.first(Query::<StorageMeter>::all()).await.used_bytes;
    let file = act!(world.store, world.system, |tx| tx.run(RestoreFile { file_id })).unwrap();
    let now = world.first(Query::<StorageMeter>::all()).await.used_bytes;
    assert_eq!(now, used + file.size_bytes);
    let delete = DeleteFile { file_id };
    let key = act!(world.store, world.system, |tx| tx.run(delete)).unwrap();
    world.files.remove(&key).await.unwrap();
    let error = act!(world.store, world.system, |tx| tx.run(RestoreFile { file_id })).unwrap_err();
    assert_eq!(error.code(), "storage.missing");
}

#[tokio::test]
async fn facts_of_the_host_and_other_words_are_kept() {
    let world = world().await;
    let mut metadata = Metadata::new();
    metadata.insert("crm_id", 7).unwrap();
    let course = world.courses().published.id;
    for (record, cx) in [
        (Described::Course(course), world.cx(Who::Teacher)),
        (Described::Membership(world.learner.id()), world.system.clone()),
        (Described::Enrollment(world.things().enrollment.id), world.system.clone()),
    ] {
        let set = SetMetadata { record, metadata: metadata.clone() };
        act!(world.store, cx, |tx| tx.run(set)).unwrap();
    }
    assert_eq!(world.read(course).await.stamp.metadata, metadata);
    assert_eq!(world.read(world.learner.id()).await.stamp.metadata, metadata);
    let program_id = world.things().spare_program.id;
    let changes = vec![ProgramChange::Name(title("Better")), ProgramChange::InOrder(true)];
    let edit = EditProgram { program_id, changes };
    let program = act!(world.store, world.system, |tx| tx.run(edit)).unwrap();
    assert_eq!((program.name, program.in_order), (title("Better"), true));
    let due_at = Some(world.hour(30).start());
    let instructions = Some(Prose::new("By hand.").unwrap());
    let assignment_id = world.things().assignment.id;
    let change = RescheduleAssignment { assignment_id, due_at, instructions };
    let cx = world.cx(Who::Teacher);
    assert_eq!(act!(world.store, cx, |tx| tx.run(change)).unwrap().due_at, due_at);
}

#[tokio::test]
async fn who_is_added_with_a_login_is_reached_at_its_address() {
    let world = world().await;
    let user = world.stranger_user();
    let add = AddMember::new(MembershipKind::Student, title("Guest")).with_user(user.id);
    let member = act!(world.store, world.system, |tx| tx.run(add)).unwrap();
    assert_eq!(member.email, user.email);
}
