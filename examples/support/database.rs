//! The database that `--database` names.
use lms::store::Store;

/// A store on that PostgreSQL database. The URL's login may be the application's, on a prepared
/// database, or the one that owns the database, which may be empty then.
#[cfg(feature = "postgres")]
pub(crate) async fn open_database(url: &str) -> Result<Store, Box<dyn std::error::Error>> {
    use lms::postgres::{PgStore, SetupError};
    let store = match PgStore::connect(url).await {
        Err(
            SetupError::NotMigrated { .. }
            | SetupError::MissingRights { .. }
            | SetupError::UnboundRole { .. },
        ) => PgStore::connect_as_owner(url).await?,
        connected => connected?,
    };
    Ok(Store::new(store))
}

#[cfg(not(feature = "postgres"))]
pub(crate) async fn open_database(_: &str) -> Result<Store, Box<dyn std::error::Error>> {
    Err("`--database` needs the feature: cargo run --features postgres --example …".into())
}
