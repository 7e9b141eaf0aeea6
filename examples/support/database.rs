//! The database that `--database` names: a PostgreSQL server by its URL, or a SQLite file.
use lms::store::Store;

type Failure = Box<dyn std::error::Error>;

/// A store with every table that the library needs.
pub(crate) async fn open_database(name: &str) -> Result<Store, Failure> {
    if name.starts_with("postgres://") || name.starts_with("postgresql://") {
        on_server(name).await
    } else {
        in_file(name).await
    }
}

#[cfg(feature = "sqlite")]
async fn in_file(path: &str) -> Result<Store, Failure> {
    use lms::sqlite::SqliteStore;
    Ok(Store::new(SqliteStore::open(path, &lms::record_types()).await?))
}

#[cfg(not(feature = "sqlite"))]
async fn in_file(_: &str) -> Result<Store, Failure> {
    Err("a file needs the feature: cargo run --features sqlite --example …".into())
}

/// A store on that PostgreSQL database. The URL's login may be the application's, on a prepared
/// database, or the one that owns the database, which may be empty then.
#[cfg(feature = "postgres")]
async fn on_server(url: &str) -> Result<Store, Failure> {
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
async fn on_server(_: &str) -> Result<Store, Failure> {
    Err("a server needs the feature: cargo run --features postgres --example …".into())
}
