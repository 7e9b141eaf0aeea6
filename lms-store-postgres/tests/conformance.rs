//! The whole conformance suite, as a login that row-level security binds, on a database with an
//! ICU locale.
use lms_core::store::Store;
use lms_store_postgres::{
    PgStore,
    testing::{TestServer, TestServerError},
};
use tokio::sync::OnceCell;

async fn store() -> Result<Store, TestServerError> {
    // One pool for all cases: a connection passes from tenant to tenant.
    static STORE: OnceCell<PgStore> = OnceCell::const_new();
    let make = || async {
        let database = TestServer::shared().await?.shared_database().await?;
        Ok(PgStore::new(database.app_pool_of(40))
            .with_maintenance_pool(database.maintenance_pool()))
    };
    STORE.get_or_try_init(make).await.cloned().map(Store::new)
}

fn main() {
    lms_testkit::conformance("postgres", || Box::pin(store()));
}
