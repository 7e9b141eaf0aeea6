//! What a tenant owes the people whose data it keeps: export, erasure, retention, oversight; and a
//! whole tenant as a file.
#![cfg(feature = "memory")]

#[macro_use]
#[path = "../people/school.rs"]
mod school;

mod consents;
mod coverage;
mod occasions;
mod one_of_each;
mod oversight;
mod person;
mod retention;
mod seals;
mod transfer;

use lms::{
    identity::MembershipKind,
    kernel::{Actor, Context},
    memory::MemoryStore,
    store::Store,
};
use lms_testkit::TestContext;
use school::School;

fn start(test: &str) -> (Store, TestContext) {
    (Store::new(MemoryStore::new()), TestContext::new(test))
}

/// People who have no business with somebody else's data: a learner, whoever runs the south, an
/// administrator of another tenant, and nobody at all.
async fn others(store: &Store, test: &TestContext, school: &School) -> [Context; 4] {
    let student = school.person("other@a.example", MembershipKind::Student, None).await;
    let south = school.supervisor("south@a.example", school.south.id).await;
    let outside = School::open(store, test).await;
    let admin = outside.person("admin@b.example", MembershipKind::Admin, None).await;
    let stranger = school.system.clone().with_actor(admin.cx.actor().clone());
    [student.cx, south.cx, stranger, school.system.clone().with_actor(Actor::Anonymous)]
}
