//! What people say to each other, what they earn, and what keeps a centre running.
#![cfg(feature = "memory")]

#[macro_use]
#[path = "../people/school.rs"]
mod school;

mod comments;
mod notifications;
mod own_things;
mod recognition;
mod service_desk;

use lms::{
    content::{CertificatePolicy, Course},
    identity::{Membership, MembershipKind},
    kernel::{Actor, Context, Id, Slug},
    learning::{Enrollment, GrantSource},
    memory::MemoryStore,
    store::Store,
};
use lms_testkit::TestContext;
use school::{School, name};

fn start(test: &str) -> (Store, TestContext) {
    (Store::new(MemoryStore::new()), TestContext::new(test))
}

/// People who have no business in the north: a learner, whoever runs the south, an administrator
/// of another tenant, and nobody at all.
async fn others(store: &Store, test: &TestContext, school: &School) -> [Context; 4] {
    let student = school.person("other@a.example", MembershipKind::Student, None).await;
    let south = school.supervisor("south@a.example", school.south.id).await;
    let outside = School::open(store, test).await;
    let admin = outside.person("admin@b.example", MembershipKind::Admin, None).await;
    let stranger = school.system.clone().with_actor(admin.cx.actor().clone());
    [student.cx, south.cx, stranger, school.system.clone().with_actor(Actor::Anonymous)]
}

/// A course with a certificate, and learners in it.
async fn course(
    school: &School,
    owner: Id<Membership>,
    learners: &[Id<Membership>],
) -> (Course, Vec<Enrollment>) {
    let cx = &school.system;
    let slug = Slug::new("course").unwrap();
    let mut course = Course::new(cx, name("Course").full().clone(), slug, owner);
    course.certificate_policy =
        CertificatePolicy { enabled: true, valid_days: Some(365), ..CertificatePolicy::default() };
    let enrollments: Vec<_> = learners
        .iter()
        .map(|it| Enrollment::new(cx, *it, course.id, GrantSource::Manual))
        .collect();
    let mut tx = school.store.begin(cx).await.unwrap();
    tx.insert(&course).await.unwrap();
    tx.insert_all(&enrollments).await.unwrap();
    tx.commit().await.unwrap();
    (course, enrollments)
}
