//! The rules of the store again, in the forms that are sent to a cluster of Citus, on one server
//! that says it is a coordinator.
//!
//! `LMS_TESTKIT_SCALE=full` runs the rules of every table too.
use std::env;

use lms_core::store::Store;
use lms_store_postgres::{
    PgStore, distribute,
    testing::{TestDatabase, TestServer},
};
use tokio::sync::OnceCell;

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn make() -> Result<(TestDatabase, PgStore), Failure> {
    let database = TestServer::shared().await?.database().await?;
    database.pretend_cluster().await?;
    let admin = database.admin_pool();
    distribute(&admin).await?;
    admin.close().await;
    let store =
        PgStore::new(database.app_pool_of(40)).with_maintenance_pool(database.maintenance_pool());
    Ok((database, store))
}

async fn store() -> Result<Store, String> {
    static MADE: OnceCell<(TestDatabase, PgStore)> = OnceCell::const_new();
    let made = MADE.get_or_try_init(make).await.map_err(|error| error.to_string())?;
    Ok(Store::new(made.1.clone()))
}

fn is_wanted(rule: &str) -> bool {
    rule.starts_with("store::") || env::var("LMS_TESTKIT_SCALE").is_ok_and(|it| it == "full")
}

fn main() {
    lms_testkit::conformance_of("cluster forms", is_wanted, || Box::pin(store()));
}
