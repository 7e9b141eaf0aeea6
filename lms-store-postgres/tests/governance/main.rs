//! What a tenant owes the people whose data it keeps, on both stores: a trail that shows what was
//! done to it, and consents that are given once.
mod consents;
mod seals;

use std::sync::Arc;

use chrono::TimeDelta;
use lms_core::{
    identity::{Membership, MembershipKind},
    kernel::{Context, DomainError, Entropy, Scope, SeededEntropy},
    store::{Store, StoreError, Transaction, Work},
    tenancy::CreateTenant,
};
use lms_store_memory::MemoryStore;
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::TestContext;

/// Both stores, and what must live as long as they.
async fn stores() -> (TestDatabase, Vec<Store>) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = PgStore::new(database.app_pool_of(12));
    let with_entropy = |it: Store| it.with_port::<dyn Entropy>(Arc::new(SeededEntropy::new(1)));
    (database, [Store::new(MemoryStore::new()), Store::new(store)].map(with_entropy).into())
}

/// A tenant.
async fn found(store: &Store, test: &TestContext) -> Context {
    let cx = test.build();
    let mut tx = store.begin_in(&cx, Scope::TenantAndPlatform(cx.tenant())).await.unwrap();
    let slug = format!("school-{}", cx.tenant()).parse().unwrap();
    let opened = CreateTenant::new("School".parse().unwrap(), slug, "en".parse().unwrap());
    tx.run(opened).await.unwrap();
    tx.commit().await.unwrap();
    cx
}

async fn member(store: &Store, cx: &Context, kind: MembershipKind, name: &str) -> Membership {
    let member = Membership::new(cx, kind, name.parse().unwrap());
    let mut tx = store.begin(cx).await.unwrap();
    tx.insert(&member).await.unwrap();
    tx.commit().await.unwrap();
    member
}

fn later(cx: &Context, by: TimeDelta) -> Context {
    cx.clone().at(cx.now().saturating_add(by))
}

/// Does the work until it no longer loses its race.
async fn insist<T, E, F>(store: &Store, cx: &Context, mut work: F) -> Result<T, E>
where
    E: From<StoreError> + DomainError,
    F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
{
    for _ in 0..200 {
        match store.transact(cx, &mut work).await {
            Err(error) if error.is_lost_race() => {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            other => return other,
        }
    }
    store.transact(cx, work).await
}
