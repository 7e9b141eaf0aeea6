//! What a tenant owes the people whose data it keeps: export, erasure, retention, oversight; and a
//! whole tenant as a file. Each scenario runs on every store.
#![cfg(feature = "memory")]

#[macro_use]
#[path = "../people/school.rs"]
mod school;
#[cfg(feature = "sqlite")]
#[path = "../support/file.rs"]
mod file;

/// Makes tests of each scenario, one for each backend.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(crate::Place::Memory).await;
            })+
        }

        #[cfg(feature = "sqlite")]
        mod in_a_file {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(crate::Place::File(stringify!($scenario))).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(crate::Place::Postgres).await;
            })+
        }
    };
}

mod consents;
mod lives;
mod occasions;
mod one_of_each;
mod oversight;
mod person;
mod retention;
mod seals;
mod transfer;

use std::sync::Arc;

use lms::{
    identity::MembershipKind,
    kernel::{Actor, Context, Entropy, SeededEntropy},
    memory::MemoryStore,
    store::Store,
};
use lms_store_postgres::testing::{TestDatabase, TestServer};
use lms_testkit::TestContext;
use school::School;

/// Where a scenario runs.
#[derive(Clone, Copy, Debug)]
enum Place {
    Memory,
    #[cfg(feature = "sqlite")]
    File(&'static str),
    Postgres,
}

/// What a store needs for as long as it is used: its database, where it has one.
type Home = Option<TestDatabase>;

impl Place {
    /// An empty store.
    async fn store(self) -> (Store, Home) {
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        match self {
            Self::Memory => (Store::new(MemoryStore::new()).with_port(entropy), None),
            #[cfg(feature = "sqlite")]
            Self::File(name) => (file::store_in_file(name).await.with_port(entropy), None),
            Self::Postgres => {
                let database = TestServer::shared().await.unwrap().database().await.unwrap();
                (Store::new(database.store()).with_port(entropy), Some(database))
            }
        }
    }
}

async fn start(place: Place, test: &str) -> (Store, TestContext, Home) {
    let (store, home) = place.store().await;
    (store, TestContext::new(test), home)
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
