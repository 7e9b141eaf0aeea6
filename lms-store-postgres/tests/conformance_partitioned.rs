//! The rules of the store again, and those of the tables concerned, on a database whose high-volume
//! tables are partitioned.
//!
//! `LMS_TESTKIT_SCALE=full` runs the rules of every other table there too.
use std::env;

use lms_core::store::Store;
use lms_store_postgres::{
    Partitioning, PgStore, partition,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::{BoxFuture, TestContext};
use tokio::sync::OnceCell;

/// The tables that the suite's own rules work with, and the ones that grow without end.
const BY_TENANT: [&str; 3] = ["idempotency_keys", "attempt_answers", "attempts"];
const BY_MONTH: [&str; 3] = ["outbox_messages", "audit_entries", "notifications"];

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn make() -> Result<(TestDatabase, PgStore), Failure> {
    let database = TestServer::shared().await?.database().await?;
    let owner = database.owner_pool();
    for table in BY_TENANT {
        partition(&owner, table, Partitioning::ByTenant(4), TestContext::NOW).await?;
    }
    for table in BY_MONTH {
        partition(&owner, table, Partitioning::ByMonth, TestContext::NOW).await?;
    }
    owner.close().await;
    let store =
        PgStore::new(database.app_pool_of(40)).with_maintenance_pool(database.maintenance_pool());
    Ok((database, store))
}

async fn store() -> Result<Store, String> {
    static MADE: OnceCell<(TestDatabase, PgStore)> = OnceCell::const_new();
    let made = MADE.get_or_try_init(make).await.map_err(|error| error.to_string())?;
    Ok(Store::new(made.1.clone()))
}

/// The rules that partitions may have a part in.
fn is_wanted(rule: &str) -> bool {
    let of = |table: &&str| rule.split("::").nth(1) == Some(*table);
    let concerned = rule.starts_with("store::") || BY_TENANT.iter().chain(&BY_MONTH).any(of);
    concerned || env::var("LMS_TESTKIT_SCALE").is_ok_and(|it| it == "full")
}

fn main() {
    let stores = || -> BoxFuture<Result<Store, String>> { Box::pin(store()) };
    lms_testkit::conformance_of("partitioned", is_wanted, stores);
}
