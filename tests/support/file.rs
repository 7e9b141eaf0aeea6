//! Stores in files of their own.
use std::{fs, path::Path};

use lms::{
    record_types,
    sqlite::{Options, SqliteStore, Synchronous},
    store::Store,
};

/// A store in a file of that name, made anew, which does not wait for the disk.
pub(crate) async fn store_in_file(name: &str) -> Store {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("files");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.db"));
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(format!("{name}.db{end}")));
    }
    let options = Options::default().synchronous(Synchronous::Normal);
    Store::new(SqliteStore::open_with(file, &record_types(), options).await.unwrap())
}
