//! Folders, and the files in them, for tests.
#![allow(dead_code, reason = "each test uses some of it")]
use std::{
    fs,
    path::{Path, PathBuf},
};

use lms_core::{
    kernel::Context,
    outbox::{Message, MessageStatus},
    record_types,
    store::LogStamp,
};
use lms_store_sqlite::{Options, SqliteStore, Synchronous};

/// A folder that is empty at first and gone at the end.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sqlite-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A store on `school.db` with every record of the library.
    pub(crate) async fn store(&self) -> SqliteStore {
        self.store_with(Options::default()).await
    }

    /// The same, which does not wait for the disk.
    pub(crate) async fn quick_store(&self) -> SqliteStore {
        self.store_with(Options::default().synchronous(Synchronous::Normal)).await
    }

    pub(crate) async fn store_with(&self, options: Options) -> SqliteStore {
        SqliteStore::open_with(self.file("school.db"), &record_types(), options).await.unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A message of that kind.
pub(crate) fn message(cx: &Context, kind: &str) -> Message {
    Message {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        kind: kind.to_owned(),
        subject_kind: "course".to_owned(),
        subject_id: cx.id::<Message>().uuid(),
        payload: serde_json::json!({}),
        occurred_at: cx.now(),
        status: MessageStatus::Pending,
        attempts: 0,
        next_attempt_at: cx.now(),
        sent_at: None,
    }
}
