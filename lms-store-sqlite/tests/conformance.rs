//! The rules that every backend keeps, all of them on one file.
mod support;

use lms_core::store::Store;
use lms_store_sqlite::{Options, SetupError, SqliteStore, Synchronous};
use support::Folder;
use tokio::sync::OnceCell;

async fn store() -> Result<Store, SetupError> {
    static STORE: OnceCell<(Folder, SqliteStore)> = OnceCell::const_new();
    let make = || async {
        let folder = Folder::new("conformance");
        // The rules are the same whatever a commit outlives.
        let options = Options::default().synchronous(Synchronous::Normal);
        // A thousand rules run side by side, and all of them write in turn.
        let options = options.patience(std::time::Duration::from_secs(120));
        let file = folder.file("school.db");
        let store = SqliteStore::open_with(file, &lms_core::record_types(), options).await?;
        Ok((folder, store))
    };
    STORE.get_or_try_init(make).await.map(|(_, store)| Store::new(store.clone()))
}

fn main() {
    lms_testkit::conformance("sqlite", || Box::pin(store()));
}
