//! What time brings: every job is in the registry, and one bad row stops nothing.
#![cfg(feature = "memory")]

#[macro_use]
#[path = "../people/school.rs"]
#[expect(dead_code, reason = "the tests of people use all of it")]
mod school;

mod growth;
mod registry;
mod rows;

use lms::{memory::MemoryStore, store::Store};
use lms_testkit::TestContext;
use school::School;

async fn open(test: &str) -> School {
    let store = Store::new(MemoryStore::new());
    School::open(&store, &TestContext::new(test)).await
}
