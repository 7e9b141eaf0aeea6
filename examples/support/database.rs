//! The database that `--database` names.
use lms::store::Store;

/// A PostgreSQL database with every table that the library needs.
#[cfg(feature = "postgres")]
pub(crate) async fn open_database(url: &str) -> Result<Store, Box<dyn std::error::Error>> {
    use lms::postgres::{PgStore, migrate, status};
    let store = PgStore::connect(url).await?;
    if status(store.pool()).await?.iter().any(|it| !it.applied) {
        migrate(store.pool()).await?;
    }
    store.verify().await?;
    Ok(Store::new(store))
}

#[cfg(not(feature = "postgres"))]
pub(crate) async fn open_database(_: &str) -> Result<Store, Box<dyn std::error::Error>> {
    Err("`--database` needs the feature: cargo run --features postgres --example …".into())
}
