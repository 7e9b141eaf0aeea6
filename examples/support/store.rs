//! The store that the command line names.
use lms::{memory::MemoryStore, store::Store};

#[path = "database.rs"]
mod database;

/// The memory store, or with `--database` one on a PostgreSQL server or in a SQLite file.
pub(crate) async fn named_by_arguments() -> Result<Store, Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    match words.next().as_deref() {
        None => Ok(Store::new(MemoryStore::new())),
        Some("--database") => {
            let url = words.next().ok_or("`--database` needs a URL or a file behind it")?;
            database::open_database(&url).await
        }
        Some(other) => Err(format!("`{other}` is not known; there is --database").into()),
    }
}
