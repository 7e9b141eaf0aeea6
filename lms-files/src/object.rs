//! Files in a bucket.
use std::{ops::Range, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use lms_kernel::Link;
use lms_learning::content::{Contents, FileKey, FileStorage, StorageError, StorageProvider};
use object_store::{
    Error, GetOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, WriteMultipart,
    path::Path, signer::Signer,
};

/// A bucket in which the bytes of files are kept: S3, Google Cloud Storage, Azure, or any other
/// store of the `object_store` crate.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use lms_files::{ObjectStorage, object_store::memory::InMemory};
/// use lms_kernel::TenantId;
/// use lms_learning::content::{FileKey, FileStorage as _, StorageProvider};
///
/// let storage = ObjectStorage::new(Arc::new(InMemory::new()), StorageProvider::Other);
/// let key = FileKey::new(TenantId::SINGLE, "0190")?;
/// storage.write(&key, b"%PDF".to_vec().into()).await?;
/// assert_eq!(storage.read(&key, None).await?.collect(100).await?, b"%PDF");
/// # Ok(())
/// # }
/// ```
///
/// # Pitfalls
/// Parts of an upload that was dropped half way are removed by a rule of the bucket for incomplete
/// multipart uploads; set one. They are never a file.
#[derive(Clone, Debug)]
pub struct ObjectStorage {
    store: Arc<dyn ObjectStore>,
    provider: StorageProvider,
    signer: Option<Arc<dyn Signer>>,
}

/// A file is sent in parts of this size, and at once if it is smaller. S3 takes at most 10,000 parts
/// of at least 5 MiB.
///
/// # Source
/// Amazon S3 User Guide, "Amazon S3 multipart upload limits".
const PART: usize = 8 * 1024 * 1024;
/// How many parts of one file are under way together.
const PARTS_AT_ONCE: usize = 4;

impl ObjectStorage {
    /// The storage in that bucket.
    pub fn new(store: Arc<dyn ObjectStore>, provider: StorageProvider) -> Self {
        Self { store, provider, signer: None }
    }

    /// The same with links that its signer makes, often the store itself.
    #[must_use]
    pub fn with_links(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }
}

#[async_trait]
impl FileStorage for ObjectStorage {
    fn provider(&self) -> StorageProvider {
        self.provider
    }

    async fn write(&self, key: &FileKey, mut contents: Contents) -> Result<(), StorageError> {
        let path = Path::from(key.as_str());
        let mut start = Vec::new();
        while start.len() < PART {
            let Some(chunk) = contents.next().await else {
                let mode = PutOptions::from(PutMode::Create);
                self.store.put_opts(&path, start.into(), mode).await.map_err(refusal)?;
                return Ok(());
            };
            start.extend_from_slice(&chunk?);
        }
        // What comes in parts cannot be made conditional everywhere.
        match self.store.head(&path).await {
            Ok(_) => return Err(StorageError::Taken),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(refusal(error)),
        }
        let upload = self.store.put_multipart(&path).await.map_err(refusal)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        upload.put(start.into());
        loop {
            match contents.next().await {
                Some(Ok(chunk)) => {
                    upload.wait_for_capacity(PARTS_AT_ONCE).await.map_err(refusal)?;
                    upload.put(chunk);
                }
                Some(Err(error)) => {
                    let _ = upload.abort().await;
                    return Err(error);
                }
                None => return upload.finish().await.map(drop).map_err(refusal),
            }
        }
    }

    async fn read(
        &self,
        key: &FileKey,
        range: Option<Range<u64>>,
    ) -> Result<Contents, StorageError> {
        if range.as_ref().is_some_and(|it| it.start >= it.end) {
            return Ok(Vec::new().into());
        }
        let options = GetOptions { range: range.map(Into::into), ..GetOptions::default() };
        let found = self.store.get_opts(&Path::from(key.as_str()), options).await;
        Ok(Contents::of(found.map_err(refusal)?.into_stream().map_err(refusal)))
    }

    async fn remove(&self, key: &FileKey) -> Result<(), StorageError> {
        match self.store.delete(&Path::from(key.as_str())).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(refusal(error)),
        }
    }

    async fn link(&self, key: &FileKey, seconds: u32) -> Result<Option<Link>, StorageError> {
        let Some(signer) = &self.signer else { return Ok(None) };
        let (path, valid) = (Path::from(key.as_str()), Duration::from_secs(seconds.into()));
        let url = signer.signed_url(http::Method::GET, &path, valid).await.map_err(refusal)?;
        let unavailable = |source| StorageError::Unavailable { source };
        Ok(Some(url.as_str().parse().map_err(|it: lms_kernel::TextError| unavailable(it.into()))?))
    }
}

fn refusal(error: Error) -> StorageError {
    match error {
        Error::NotFound { .. } => StorageError::Missing,
        Error::AlreadyExists { .. } => StorageError::Taken,
        error => StorageError::Unavailable { source: error.into() },
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};
    use lms_kernel::TenantId;
    use object_store::memory::InMemory;

    use super::*;

    fn key(name: &str) -> FileKey {
        FileKey::new(TenantId::SINGLE, name).unwrap()
    }

    fn storage() -> (ObjectStorage, Arc<InMemory>) {
        let store = Arc::new(InMemory::new());
        let shared: Arc<dyn ObjectStore> = Arc::<InMemory>::clone(&store);
        (ObjectStorage::new(shared, StorageProvider::S3), store)
    }

    #[tokio::test]
    async fn files_of_every_size_come_back() {
        let (storage, _) = storage();
        for (name, size) in [("none", 0), ("few", 4), ("part", PART), ("parts", 2 * PART + 5)] {
            let film: Vec<u8> = (0..size).map(|it| it.to_le_bytes()[0]).collect();
            storage.write(&key(name), film.clone().into()).await.unwrap();
            let read = storage.read(&key(name), None).await.unwrap();
            assert!(read.collect(u64::MAX).await.unwrap() == film, "{name}");
            let again = storage.write(&key(name), film.into()).await;
            assert!(matches!(again, Err(StorageError::Taken)), "{name}");
        }
        let read = storage.read(&key("few"), Some(1..3)).await.unwrap();
        assert_eq!(read.collect(9).await.unwrap(), [1, 2]);
        assert!(
            storage
                .read(&key("few"), Some(2..2))
                .await
                .unwrap()
                .next()
                .await
                .unwrap()
                .unwrap()
                .is_empty()
        );
        storage.remove(&key("few")).await.unwrap();
        storage.remove(&key("few")).await.unwrap();
        assert!(matches!(storage.read(&key("few"), None).await, Err(StorageError::Missing)));
        assert_eq!(storage.link(&key("none"), 60).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_upload_that_breaks_off_leaves_nothing() {
        let (storage, store) = storage();
        for size in [10, PART + 10] {
            let chunks = [Ok(vec![7; size].into()), Err(StorageError::Interrupted)];
            let error = storage.write(&key("a"), Contents::of(stream::iter(chunks))).await;
            assert!(matches!(error, Err(StorageError::Interrupted)));
            assert_eq!(store.list(None).count().await, 0, "{size}");
        }
    }
}
