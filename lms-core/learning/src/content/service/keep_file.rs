//! Files that are stored: reading and deleting them.
use std::{ops::Range, sync::Arc};

use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, operation};

use crate::content::{Contents, FileAsset, FileKey, FileStorage, StorageError, StorageMeter};
use lms_kernel::{Context, Id, Link};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on, get_authorized},
    identity::Absence,
    tenancy::{GrowthError, LockLimits, QuotaError, Resource},
};
use lms_store::{Query, StoreError, Transaction};

/// Why something could not be done with a file.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum FileError {
    /// The kind of its contents is malformed.
    #[error("the type of a file is written like `application/pdf`")]
    #[fault(invalid, field = "mime_type")]
    MalformedType,
    /// Its name is too long.
    #[error("the name of a file has at most {most} characters")]
    #[fault(invalid, field = "original_filename")]
    NameTooLong {
        /// The most characters.
        most: usize,
    },
    /// The plan does not allow so much.
    #[error(transparent)]
    #[fault(transparent)]
    Quota(#[from] QuotaError),
    /// The storage failed.
    #[error(transparent)]
    #[fault(transparent)]
    Storage(#[from] StorageError),
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl From<GrowthError> for FileError {
    fn from(error: GrowthError) -> Self {
        match error {
            GrowthError::Quota(error) => Self::Quota(error),
            GrowthError::Store(error) => Self::Store(error),
        }
    }
}

/// A file that the actor may read, and the storage with its bytes.
///
/// The bytes are read after the transaction, so that it is not open while a film is on its way.
#[derive(Clone, Debug)]
pub struct OpenedFile {
    /// What is known about it.
    pub file: FileAsset,
    key: FileKey,
    storage: Arc<dyn FileStorage>,
}

impl OpenedFile {
    /// Its bytes as they are read: all, or those of a range.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn read(&self, range: Option<Range<u64>>) -> Result<Contents, StorageError> {
        self.storage.read(&self.key, range).await
    }

    /// All its bytes at once, for a file that is small.
    ///
    /// # Errors
    /// [`StorageError::TooLarge`] if there are more than `most` bytes.
    pub async fn bytes(&self, most: u64) -> Result<Vec<u8>, StorageError> {
        self.read(None).await?.collect(most).await
    }

    /// A link under which everyone who has it can fetch the bytes, for that many seconds; `None`
    /// where the storage has no such links.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn link(&self, seconds: u32) -> Result<Option<Link>, StorageError> {
        self.storage.link(&self.key, seconds).await
    }
}

/// Opens a file to read its bytes.
///
/// Files of a lesson are read by `ReadLessonFile`; submissions and
/// proofs of payment by the operations of those records.
///
/// # Permission
/// `files.view` for the file: its uploader, those who lead the course or the class that it belongs
/// to, and those who see all files.
///
/// # Errors
/// [`FileError`].
#[operation("content.read_file")]
pub struct ReadFile {
    /// The file.
    pub file_id: Id<FileAsset>,
}

impl Operation for ReadFile {
    const ACCESS: Access = Access::Asks(&[Permission::FILES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = OpenedFile;
    type Error = FileError;

    async fn run(self, tx: &mut Transaction) -> Result<OpenedFile, FileError> {
        let file = get_authorized(tx, Permission::FILES_VIEW, self.file_id).await?;
        open_shown(tx, file)
    }
}

/// Opens a file that something shows to the actor. The caller has asked about what shows it.
pub(crate) fn open_shown(tx: &Transaction, file: FileAsset) -> Result<OpenedFile, FileError> {
    let storage = tx.port::<dyn FileStorage>()?;
    Ok(OpenedFile { key: key_of(tx.cx(), &file)?, file, storage })
}

/// Deletes a file. Its record is kept as deleted until it is purged;
/// [`RestoreFile`](crate::content::RestoreFile) brings it back as long as the bytes are there.
///
/// The bytes are there until the host, when the transaction is committed, gives the returned key
/// to [`FileStorage::remove`]: bytes without a record can be left over, never a record without
/// bytes.
///
/// # Errors
/// [`FileError`].
#[operation("content.delete_file")]
pub struct DeleteFile {
    /// The file to delete.
    pub file_id: Id<FileAsset>,
}

impl Operation for DeleteFile {
    const ACCESS: Access = Access::Asks(&[Permission::FILES_MANAGE]);
    type Answer = FileKey;
    type Error = FileError;

    async fn run(self, tx: &mut Transaction) -> Result<FileKey, FileError> {
        let Self { file_id: file } = self;
        let mut file = get_authorized(tx, Permission::FILES_MANAGE, file).await?;
        let mut meter = meter(tx).await?;
        meter.used_bytes = meter.used_bytes.saturating_sub(file.size_bytes).max(0);
        tx.update(&mut meter).await?;
        tx.delete(&mut file).await?;
        Ok(key_of(tx.cx(), &file)?)
    }
}

/// Restores a deleted file whose bytes are still in the storage.
///
/// # Permission
/// `files.manage` for the file.
///
/// # Locks
/// The tenant's limits and its meter, so that the plan is kept.
///
/// # Errors
/// [`FileError`]: [`StorageError::Missing`] where the host has removed the bytes since,
/// [`QuotaError`] where the plan has no room for them any more.
#[operation("content.restore_file")]
#[derive(Copy, PartialEq, Eq)]
pub struct RestoreFile {
    /// The file to restore.
    pub file_id: Id<FileAsset>,
}

impl Operation for RestoreFile {
    const ACCESS: Access = Access::Asks(&[Permission::FILES_MANAGE]);
    type Answer = FileAsset;
    type Error = FileError;

    async fn run(self, tx: &mut Transaction) -> Result<FileAsset, FileError> {
        let deleted = Query::filter(FileAsset::ID.eq(self.file_id)).only_deleted();
        let Some(mut file) = tx.first(deleted).await? else {
            authorize_on(tx, Permission::FILES_MANAGE, &TheTenant).await?;
            let (table, id) = ("file_assets", self.file_id.uuid());
            return Err(StoreError::NotFound { table, id }.into());
        };
        authorize_on(tx, Permission::FILES_MANAGE, &file).await?;
        let storage = tx.port::<dyn FileStorage>()?;
        storage.read(&key_of(tx.cx(), &file)?, Some(0..1)).await?;
        let limits = tx.part(LockLimits {}).await?;
        let mut meter = meter(tx).await?;
        let used = u64::try_from(meter.used_bytes).unwrap_or(0);
        let size = u64::try_from(file.size_bytes).unwrap_or(0);
        limits.check(Resource::StorageBytes, used, size)?;
        meter.used_bytes = meter.used_bytes.saturating_add(file.size_bytes);
        tx.update(&mut meter).await?;
        tx.restore(&mut file).await?;
        Ok(file)
    }
}

/// The tenant's meter, held until the transaction ends.
pub(super) async fn meter(tx: &mut Transaction) -> Result<StorageMeter, StoreError> {
    if tx.get(StorageMeter::id_of(tx.cx())).await?.is_some() {
        return tx.lock(StorageMeter::id_of(tx.cx())).await;
    }
    let meter = StorageMeter::new(tx.cx());
    tx.insert(&meter).await?;
    Ok(meter)
}

fn key_of(cx: &Context, file: &FileAsset) -> Result<FileKey, StorageError> {
    let name = file.storage_path.rsplit('/').next().unwrap_or_default();
    FileKey::new(cx.tenant(), name)
}
