//! Files in a local folder: an adapter for the library's storage port.
//!
//! Each tenant has a folder of its own under the root, and each file is kept there under its key. A
//! file appears whole or not at all, also when the machine stops in between, and never in the place
//! of another. Nothing outside the root is read or written: not by a key, and not through a link
//! that someone put into the folder.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout,
        clippy::float_arithmetic
    )
)]
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Component, Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use lms_learning::content::{FileKey, FileStorage, StorageError, StorageProvider};

/// A folder in which the bytes of files are kept.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use lms_learning::content::{FileKey, FileStorage as _};
/// use lms_kernel::TenantId;
/// use lms_files::FolderStorage;
///
/// # let root = std::env::temp_dir().join(format!("lms-files-doc-{}", std::process::id()));
/// let storage = FolderStorage::open(&root)?;
/// let key = FileKey::new(TenantId::SINGLE, "0190-slides.pdf")?;
/// storage.write(&key, b"%PDF").await?;
/// assert_eq!(storage.read(&key).await?, b"%PDF");
/// # std::fs::remove_dir_all(&root)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FolderStorage {
    root: PathBuf,
}

impl FolderStorage {
    /// The storage in that folder, which is made when it is not there.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open(root: impl AsRef<Path>) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        Ok(Self { root: fs::canonicalize(root)? })
    }

    /// The folder, by its whole path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The tenant's folder and the file name of a key.
    fn place(&self, key: &FileKey) -> Result<(PathBuf, String), StorageError> {
        let mut parts = Path::new(key.as_str()).components();
        let (Some(Component::Normal(tenant)), Some(Component::Normal(name)), None) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(StorageError::UnsafeName);
        };
        let name = name.to_str().ok_or(StorageError::UnsafeName)?;
        Ok((self.root.join(tenant), name.to_owned()))
    }
}

#[async_trait]
impl FileStorage for FolderStorage {
    fn provider(&self) -> StorageProvider {
        StorageProvider::Local
    }

    async fn write(&self, key: &FileKey, bytes: &[u8]) -> Result<(), StorageError> {
        let (folder, name) = self.place(key)?;
        let bytes = bytes.to_vec();
        blocking(move || write(&folder, &name, &bytes)).await
    }

    async fn read(&self, key: &FileKey) -> Result<Vec<u8>, StorageError> {
        let (folder, name) = self.place(key)?;
        blocking(move || {
            check_folder(&folder)?;
            let path = folder.join(name);
            check_file(&path)?;
            fs::read(path)
        })
        .await
    }

    async fn remove(&self, key: &FileKey) -> Result<(), StorageError> {
        let (folder, name) = self.place(key)?;
        let removed = blocking(move || {
            check_folder(&folder)?;
            let path = folder.join(name);
            check_file(&path)?;
            fs::remove_file(path)
        });
        match removed.await {
            Err(StorageError::Missing) => Ok(()),
            other => other,
        }
    }
}

/// Does what may wait for the disk away from what must not wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StorageError> {
    let unavailable = |source| StorageError::Unavailable { source };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(match error.kind() {
            ErrorKind::NotFound => StorageError::Missing,
            ErrorKind::AlreadyExists => StorageError::Taken,
            _ => unavailable(error.into()),
        }),
        Err(error) => Err(unavailable(error.into())),
    }
}

/// Writes the bytes to a file of another name, sees them safely on the disk, and gives the file
/// its name, which fails when the name is in use.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => check_folder(folder)?,
    }
    // No key starts with a dot, so a draft is never mistaken for a file.
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let draft = folder.join(format!(".{}-{number}.draft", std::process::id()));
    let _ = fs::remove_file(&draft);
    let done = fill(&draft, bytes).and_then(|()| fs::hard_link(&draft, folder.join(name)));
    let swept = fs::remove_file(&draft);
    done.and(swept)?;
    sync_folder(folder)
}

fn fill(draft: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the folder's list of names durable, where the operating system can.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Refuses a tenant's folder that is a link to another place.
fn check_folder(folder: &Path) -> io::Result<()> {
    if fs::symlink_metadata(folder)?.is_dir() { Ok(()) } else { Err(not_plain(folder)) }
}

/// Refuses what is not a plain file, such as a link to another place.
fn check_file(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_file() { Ok(()) } else { Err(not_plain(path)) }
}

fn not_plain(path: &Path) -> io::Error {
    let message = format!("{} is neither a folder nor a file of the storage", path.display());
    io::Error::new(ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use lms_kernel::TenantId;

    use super::*;

    /// A folder of this test's own, empty; removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("lms-files-{}-{name}", std::process::id());
            let path = std::env::temp_dir().join(name);
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }

        fn storage(&self) -> FolderStorage {
            FolderStorage::open(self.0.join("files")).unwrap()
        }

        /// The tenant's folder.
        fn tenant(&self) -> PathBuf {
            self.0.join("files").join(TenantId::SINGLE.to_string())
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn key(name: &str) -> FileKey {
        FileKey::new(TenantId::SINGLE, name).unwrap()
    }

    #[tokio::test]
    async fn what_is_written_is_read_and_removed() {
        let folder = Folder::new("round");
        let storage = folder.storage();
        assert!(matches!(storage.read(&key("a.pdf")).await, Err(StorageError::Missing)));
        storage.write(&key("a.pdf"), b"one").await.unwrap();
        storage.write(&key("b.pdf"), b"").await.unwrap();
        assert_eq!(storage.read(&key("a.pdf")).await.unwrap(), b"one");
        assert_eq!(storage.read(&key("b.pdf")).await.unwrap(), b"");
        storage.remove(&key("a.pdf")).await.unwrap();
        storage.remove(&key("a.pdf")).await.unwrap();
        assert!(matches!(storage.read(&key("a.pdf")).await, Err(StorageError::Missing)));
        assert_eq!(storage.provider(), StorageProvider::Local);
    }

    #[tokio::test]
    async fn a_key_in_use_keeps_its_bytes() {
        let folder = Folder::new("taken");
        let storage = folder.storage();
        storage.write(&key("a.pdf"), b"first").await.unwrap();
        let again = storage.write(&key("a.pdf"), b"second").await;
        assert!(matches!(again, Err(StorageError::Taken)));
        assert_eq!(storage.read(&key("a.pdf")).await.unwrap(), b"first");
        let names: Vec<_> = fs::read_dir(folder.tenant()).unwrap().collect();
        assert_eq!(names.len(), 1, "no draft is left: {names:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_many_at_once_one_gets_the_key_and_readers_see_it_whole() {
        let folder = Folder::new("race");
        let storage = folder.storage();
        let writers = (0..16_u8).map(|byte| {
            let storage = storage.clone();
            tokio::spawn(async move { storage.write(&key("a"), &[byte; 100_000]).await.is_ok() })
        });
        let mut won = 0;
        for writer in writers.collect::<Vec<_>>() {
            if let Ok(bytes) = storage.read(&key("a")).await {
                assert_eq!(bytes.len(), 100_000);
                assert!(bytes.iter().all(|it| Some(it) == bytes.first()));
            }
            won += usize::from(writer.await.unwrap());
        }
        assert_eq!(won, 1);
    }

    #[test]
    fn tenants_do_not_share_a_folder() {
        let folder = Folder::new("tenants");
        let storage = folder.storage();
        let (place, name) = storage.place(&key("a..b")).unwrap();
        assert_eq!(place.parent(), Some(storage.root()));
        assert_eq!(name, "a..b");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_leads_nowhere() {
        use std::os::unix::fs::symlink;

        let folder = Folder::new("links");
        let storage = folder.storage();
        let secret = folder.0.join("secret");
        fs::write(&secret, b"secret").unwrap();
        storage.write(&key("a"), b"ours").await.unwrap();
        symlink(&secret, folder.tenant().join("b")).unwrap();
        let refused = |it: Result<Vec<u8>, _>| matches!(it, Err(StorageError::Unavailable { .. }));
        assert!(refused(storage.read(&key("b")).await));
        assert!(storage.remove(&key("b")).await.is_err());
        assert!(storage.write(&key("b"), b"ours").await.is_err());
        assert_eq!(fs::read(&secret).unwrap(), b"secret");

        // A tenant's folder that leads out of the root.
        let other = TenantId::from_uuid(Default::default());
        symlink(&folder.0, folder.0.join("files").join(other.to_string())).unwrap();
        let outside = FileKey::new(other, "secret").unwrap();
        assert!(refused(storage.read(&outside).await));
        assert!(storage.write(&outside, b"ours").await.is_err());
        assert!(storage.remove(&outside).await.is_err());
        assert_eq!(fs::read(&secret).unwrap(), b"secret");
    }
}
