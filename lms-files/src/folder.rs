//! Files in a folder.
use std::{
    fs::{self, File},
    io::{self, ErrorKind, SeekFrom},
    ops::Range,
    path::{Component, Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use lms_learning::content::{Contents, FileKey, FileStorage, StorageError, StorageProvider};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufWriter};

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
/// storage.write(&key, b"%PDF".to_vec().into()).await?;
/// assert_eq!(storage.read(&key, None).await?.collect(100).await?, b"%PDF");
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

    async fn write(&self, key: &FileKey, mut contents: Contents) -> Result<(), StorageError> {
        let (folder, name) = self.place(key)?;
        let draft = blocking({
            let folder = folder.clone();
            move || Draft::new(&folder)
        });
        let draft = draft.await?;
        let file = draft.file.try_clone().map_err(refusal)?;
        let mut file = BufWriter::with_capacity(CHUNK, tokio::fs::File::from_std(file));
        while let Some(chunk) = contents.next().await {
            file.write_all(&chunk?).await.map_err(refusal)?;
        }
        file.flush().await.map_err(refusal)?;
        blocking(move || draft.name(&folder, &name)).await
    }

    async fn read(
        &self,
        key: &FileKey,
        range: Option<Range<u64>>,
    ) -> Result<Contents, StorageError> {
        let (folder, name) = self.place(key)?;
        let file = blocking(move || {
            check_folder(&folder)?;
            let path = folder.join(name);
            check_file(&path)?;
            File::open(path)
        });
        let mut file = tokio::fs::File::from_std(file.await?);
        let Range { start, end } = range.unwrap_or(0..u64::MAX);
        if start > 0 {
            file.seek(SeekFrom::Start(start)).await.map_err(refusal)?;
        }
        let rest = file.take(end.saturating_sub(start));
        let chunks = tokio_util::io::ReaderStream::with_capacity(rest, CHUNK);
        Ok(Contents::of(chunks.map_err(refusal)))
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

/// How many bytes are read or written at once.
const CHUNK: usize = 64 * 1024;

/// Does what may wait for the disk away from what must not wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StorageError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(refusal),
        Err(error) => Err(StorageError::Unavailable { source: error.into() }),
    }
}

fn refusal(error: io::Error) -> StorageError {
    match error.kind() {
        ErrorKind::NotFound => StorageError::Missing,
        ErrorKind::AlreadyExists => StorageError::Taken,
        _ => StorageError::Unavailable { source: error.into() },
    }
}

/// A file of another name while its bytes arrive; it goes when it is dropped.
struct Draft {
    file: File,
    path: PathBuf,
}

impl Draft {
    fn new(folder: &Path) -> io::Result<Self> {
        static DRAFTS: AtomicU64 = AtomicU64::new(0);
        match fs::create_dir(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => check_folder(folder)?,
        }
        // No key starts with a dot, so a draft is never mistaken for a file.
        let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".{}-{number}.draft", std::process::id()));
        let _ = fs::remove_file(&path);
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok(Self { file, path })
    }

    /// Sees the bytes safely on the disk and gives the file its name, which fails when the name is
    /// in use.
    fn name(self, folder: &Path, name: &str) -> io::Result<()> {
        self.file.sync_all()?;
        fs::hard_link(&self.path, folder.join(name))?;
        drop(self);
        sync_folder(folder)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What remains after a crash is an old draft, which the next one of its name replaces.
        let _ = fs::remove_file(&self.path);
    }
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

    fn bytes(bytes: &[u8]) -> Contents {
        bytes.to_vec().into()
    }

    async fn all(storage: &FolderStorage, key: &FileKey) -> Result<Vec<u8>, StorageError> {
        storage.read(key, None).await?.collect(1_000_000).await
    }

    #[tokio::test]
    async fn what_is_written_is_read_and_removed() {
        let folder = Folder::new("round");
        let storage = folder.storage();
        assert!(matches!(storage.read(&key("a.pdf"), None).await, Err(StorageError::Missing)));
        storage.write(&key("a.pdf"), bytes(b"one")).await.unwrap();
        storage.write(&key("b.pdf"), bytes(b"")).await.unwrap();
        assert_eq!(all(&storage, &key("a.pdf")).await.unwrap(), b"one");
        assert_eq!(all(&storage, &key("b.pdf")).await.unwrap(), b"");
        storage.remove(&key("a.pdf")).await.unwrap();
        storage.remove(&key("a.pdf")).await.unwrap();
        assert!(matches!(storage.read(&key("a.pdf"), None).await, Err(StorageError::Missing)));
        assert_eq!(storage.provider(), StorageProvider::Local);
    }

    #[tokio::test]
    async fn a_key_in_use_keeps_its_bytes() {
        let folder = Folder::new("taken");
        let storage = folder.storage();
        storage.write(&key("a.pdf"), bytes(b"first")).await.unwrap();
        let again = storage.write(&key("a.pdf"), bytes(b"second")).await;
        assert!(matches!(again, Err(StorageError::Taken)));
        assert_eq!(all(&storage, &key("a.pdf")).await.unwrap(), b"first");
        let names: Vec<_> = fs::read_dir(folder.tenant()).unwrap().collect();
        assert_eq!(names.len(), 1, "no draft is left: {names:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_many_at_once_one_gets_the_key_and_readers_see_it_whole() {
        let folder = Folder::new("race");
        let storage = folder.storage();
        let writers = (0..16_u8).map(|byte| {
            let storage = storage.clone();
            tokio::spawn(async move {
                storage.write(&key("a"), vec![byte; 100_000].into()).await.is_ok()
            })
        });
        let mut won = 0;
        for writer in writers.collect::<Vec<_>>() {
            if let Ok(bytes) = all(&storage, &key("a")).await {
                assert_eq!(bytes.len(), 100_000);
                assert!(bytes.iter().all(|it| Some(it) == bytes.first()));
            }
            won += usize::from(writer.await.unwrap());
        }
        assert_eq!(won, 1);
    }

    #[tokio::test]
    async fn a_range_is_read_alone() {
        let folder = Folder::new("range");
        let storage = folder.storage();
        let film: Vec<u8> = (0..200_000_u32).map(|it| it.to_le_bytes()[0]).collect();
        storage.write(&key("film"), film.clone().into()).await.unwrap();
        for range in [0..1, 0..200_000, 65_535..65_537, 199_999..200_000, 150_000..900_000, 7..7] {
            let read = storage.read(&key("film"), Some(range.clone())).await.unwrap();
            let read = read.collect(1_000_000).await.unwrap();
            let from = usize::try_from(range.start).unwrap();
            let to = usize::try_from(range.end).unwrap().min(film.len());
            assert!(read == film[from..to], "{range:?}");
        }
        let after = storage.read(&key("film"), Some(200_000..300_000)).await.unwrap();
        assert!(after.collect(1).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_upload_that_breaks_off_leaves_nothing() {
        use futures_util::{StreamExt as _, stream};

        let folder = Folder::new("broken");
        let storage = folder.storage();
        let chunk = || Ok(vec![7; 100_000].into());
        let broken = stream::iter([chunk(), chunk(), Err(StorageError::Interrupted)]);
        let error = storage.write(&key("a"), Contents::of(broken)).await.unwrap_err();
        assert!(matches!(error, StorageError::Interrupted));
        // A client that stops sending, whose request the host drops.
        let stalled = stream::iter([chunk()]).chain(stream::pending());
        let a = key("a");
        let write = storage.write(&a, Contents::of(stalled));
        let second = std::time::Duration::from_millis(200);
        assert!(tokio::time::timeout(second, write).await.is_err());
        assert_eq!(fs::read_dir(folder.tenant()).unwrap().count(), 0);
        storage.write(&key("a"), bytes(b"whole")).await.unwrap();
        assert_eq!(all(&storage, &key("a")).await.unwrap(), b"whole");
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
        storage.write(&key("a"), bytes(b"ours")).await.unwrap();
        symlink(&secret, folder.tenant().join("b")).unwrap();
        let refused = |it: Result<Contents, _>| matches!(it, Err(StorageError::Unavailable { .. }));
        assert!(refused(storage.read(&key("b"), None).await));
        assert!(storage.remove(&key("b")).await.is_err());
        assert!(storage.write(&key("b"), bytes(b"ours")).await.is_err());
        assert_eq!(fs::read(&secret).unwrap(), b"secret");

        // A tenant's folder that leads out of the root.
        let other = TenantId::from_uuid(Default::default());
        symlink(&folder.0, folder.0.join("files").join(other.to_string())).unwrap();
        let outside = FileKey::new(other, "secret").unwrap();
        assert!(refused(storage.read(&outside, None).await));
        assert!(storage.write(&outside, bytes(b"ours")).await.is_err());
        assert!(storage.remove(&outside).await.is_err());
        assert_eq!(fs::read(&secret).unwrap(), b"secret");
    }
}
