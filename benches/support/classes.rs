//! A class of any size in a course of a hundred lessons, of which everybody has opened half.
use lms::{
    content::{ContentNode, Course, NodeKind, PublicationStatus},
    delivery::{ClassGroup, ClassMember, ClassMode, MemberStatus},
    identity::{Membership, MembershipKind},
    kernel::{Context, Id, LanguageTag, Percent, Scope},
    learning::{Enrollment, GrantSource, NodeProgress},
    store::{Record, Store, Transaction},
    tenancy::CreateTenant,
};
use lms_testkit::TestContext;

/// How many lessons the course has.
pub(crate) const LESSONS: u32 = 100;

/// A tenant with such a class.
pub(crate) async fn class_of(store: &Store, size: i64) -> (Context, Id<ClassGroup>) {
    let cx = TestContext::new("dashboard bench").build();
    let slug = format!("school-{}", cx.tenant()).parse().unwrap();
    let language = LanguageTag::new("en").unwrap();
    let command = CreateTenant::new("School".parse().unwrap(), slug, language);
    let scope = Scope::TenantAndPlatform(cx.tenant());
    let mut tx = store.begin_in(&cx, scope).await.unwrap();
    tx.run(command).await.unwrap();
    let owner = Membership::new(&cx, MembershipKind::Staff, "Ada".parse().unwrap());
    let (title, slug) = ("Course".parse().unwrap(), "course".parse().unwrap());
    let mut course = Course::new(&cx, title, slug, owner.id);
    course.status = PublicationStatus::Published;
    let nodes: Vec<_> = (0..LESSONS).map(|position| lesson(&cx, &course, position)).collect();
    let class = ClassGroup::new(&cx, course.id, "Class".parse().unwrap(), ClassMode::Online);
    tx.insert(&owner).await.unwrap();
    tx.insert(&course).await.unwrap();
    tx.insert_all(&nodes).await.unwrap();
    tx.insert(&class).await.unwrap();
    let (mut people, mut members) = (Vec::new(), Vec::new());
    let (mut enrollments, mut progress) = (Vec::new(), Vec::new());
    for ticket in 1..=size {
        let person = Membership::new(&cx, MembershipKind::Student, "Ben".parse().unwrap());
        members.push(ClassMember::new(&cx, class.id, person.id, MemberStatus::Active, ticket));
        let enrollment = Enrollment::new(&cx, person.id, course.id, GrantSource::Class);
        for node in nodes.iter().step_by(2) {
            let mut opened = NodeProgress::opened(&cx, &enrollment, node.id);
            let score = (ticket * 7 + i64::from(node.position)) % 101;
            opened.best_score = Percent::from_ten_thousandths(score * 10_000).ok();
            progress.push(opened);
        }
        people.push(person);
        enrollments.push(enrollment);
    }
    insert(&mut tx, &people).await;
    insert(&mut tx, &members).await;
    insert(&mut tx, &enrollments).await;
    insert(&mut tx, &progress).await;
    tx.commit().await.unwrap();
    (cx, class.id)
}

fn lesson(cx: &Context, course: &Course, position: u32) -> ContentNode {
    let slug = format!("lesson-{position}").parse().unwrap();
    let status = PublicationStatus::Published;
    let node = ContentNode::top(cx, course.id, NodeKind::Lesson, "Lesson".parse().unwrap(), slug);
    ContentNode { status, position, ..node }
}

async fn insert<R: Record>(tx: &mut Transaction, records: &[R]) {
    for chunk in records.chunks(500) {
        tx.insert_all(chunk).await.unwrap();
    }
}
