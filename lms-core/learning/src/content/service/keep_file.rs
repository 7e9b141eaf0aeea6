//! Managing files: bytes in the storage, records in the store.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, operation};

use crate::content::{FileAsset, FileKey, FileStorage, StorageError, StorageMeter, safe_filename};
use lms_kernel::{Context, EntityRef, Id};
use lms_people::{
    authorization::{
        AuthorizationError, Permission, Subject, acting_member, authorize_on, get_authorized,
    },
    identity::Membership,
    tenancy::{GrowthError, LockLimits, QuotaError, Resource},
};
use lms_store::{Stamp, StoreError, Transaction};

/// Uploads a file: its bytes go to the [`FileStorage`] of the store, what is known about it to the
/// store.
///
/// The bytes are written first, and removed again where the plan has no room for them; if the
/// transaction fails later they are left over and can be found by their key.
///
/// # Locks
/// The tenant's settings, under which the plan's storage limit is checked as all growth, and the
/// meter of its files. Neither is held while bytes are written.
///
/// # Errors
/// [`FileError`].
#[operation("content.upload_file")]
pub struct UploadFile {
    /// Who uploads it; the acting member when there is none.
    pub uploaded_by: Option<Id<Membership>>,
    /// The record it belongs to.
    pub owner: Option<EntityRef>,
    /// The name it has where it comes from.
    pub original_filename: String,
    /// The kind of its contents, such as `application/pdf`.
    pub mime_type: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// Why something could not be done with a file.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum FileError {
    /// It is too large.
    #[error("a file has at most {most} bytes")]
    #[fault(invalid, field = "bytes")]
    TooLarge {
        /// The most bytes.
        most: usize,
    },
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

const MAX_BYTES: usize = 2_000_000_000;
const MAX_NAME: usize = 255;
const MAX_TYPE: usize = 127;

impl Operation for UploadFile {
    const ACCESS: Access = Access::Asks(&[Permission::FILES_UPLOAD]);
    type Answer = FileAsset;
    type Error = FileError;

    async fn run(self, tx: &mut Transaction) -> Result<FileAsset, FileError> {
        let storage = tx.port::<dyn FileStorage>()?;
        let uploader = match self.uploaded_by {
            Some(member) => member,
            None => acting_member(tx, Permission::FILES_UPLOAD).await?.id,
        };
        authorize_on(tx, Permission::FILES_UPLOAD, &Subject::of(uploader)).await?;
        check(&self)?;
        let id: Id<FileAsset> = tx.id();
        let filename = safe_filename(&self.original_filename);
        let key = FileKey::new(tx.tenant(), &format!("{id}-{filename}"))?;
        storage.write(&key, &self.bytes).await?;
        let file = FileAsset {
            id,
            stamp: Stamp::new(tx.cx()),
            uploaded_by: uploader,
            owner_kind: self.owner.as_ref().map(|it| it.kind.clone()),
            owner_id: self.owner.as_ref().map(|it| it.id),
            filename,
            original_filename: self.original_filename,
            mime_type: self.mime_type.to_ascii_lowercase(),
            size_bytes: i64::try_from(self.bytes.len()).unwrap_or(i64::MAX),
            storage_provider: storage.provider(),
            storage_path: key.as_str().to_owned(),
            url: None,
        };
        if let Err(error) = add(tx, &file).await {
            storage.remove(&key).await?;
            return Err(error);
        }
        Ok(file)
    }
}

/// Adds a file within the plan's storage limit.
async fn add(tx: &mut Transaction, file: &FileAsset) -> Result<(), FileError> {
    let limits = tx.part(LockLimits {}).await?;
    let mut meter = meter(tx).await?;
    let used = u64::try_from(meter.used_bytes).unwrap_or(0);
    let added = u64::try_from(file.size_bytes).unwrap_or(u64::MAX);
    limits.check(Resource::StorageBytes, used, added)?;
    meter.used_bytes = meter.used_bytes.saturating_add(file.size_bytes);
    tx.update(&mut meter).await?;
    Ok(tx.insert(file).await?)
}

/// A file with its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct FileContents {
    /// What is known about it.
    pub file: FileAsset,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads the bytes of a file.
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
    type Answer = FileContents;
    type Error = FileError;

    async fn run(self, tx: &mut Transaction) -> Result<FileContents, FileError> {
        let file = get_authorized(tx, Permission::FILES_VIEW, self.file_id).await?;
        read_shown(tx, file).await
    }
}

/// The bytes of a file that something shows to the actor. The caller has asked about what shows
/// it.
pub(crate) async fn read_shown(
    tx: &mut Transaction,
    file: FileAsset,
) -> Result<FileContents, FileError> {
    let storage = tx.port::<dyn FileStorage>()?;
    let bytes = storage.read(&key_of(tx.cx(), &file)?).await?;
    Ok(FileContents { file, bytes })
}

/// Deletes a file. Its record is kept as deleted until it is purged.
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

/// The tenant's meter, held until the transaction ends.
async fn meter(tx: &mut Transaction) -> Result<StorageMeter, StoreError> {
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

fn check_size(bytes: usize) -> Result<(), FileError> {
    if bytes > MAX_BYTES { Err(FileError::TooLarge { most: MAX_BYTES }) } else { Ok(()) }
}

fn check(upload: &UploadFile) -> Result<(), FileError> {
    check_size(upload.bytes.len())?;
    if upload.original_filename.chars().count() > MAX_NAME {
        return Err(FileError::NameTooLong { most: MAX_NAME });
    }
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'+' | b'_');
    let is_part = |it: &str| !it.is_empty() && it.bytes().all(plain);
    let parts = upload.mime_type.split_once('/');
    let is_type = parts.is_some_and(|(kind, sub)| is_part(kind) && is_part(sub));
    if !is_type || upload.mime_type.len() > MAX_TYPE {
        return Err(FileError::MalformedType);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_at_most_two_thousand_million_bytes() {
        assert!(check_size(2_000_000_000).is_ok());
        let error = check_size(2_000_000_001).unwrap_err();
        assert_eq!(error.to_string(), "a file has at most 2000000000 bytes");
    }
}
