//! Keeping files: their bytes in the storage, what is known about them in the store.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::content::{FileAsset, FileKey, FileStorage, StorageError, StorageMeter, safe_filename};
use lms_kernel::{Context, EntityRef, Id};
use lms_people::{
    authorization::{
        AuthorizationError, Permission, Subject, acting_member, authorize_on, get_authorized,
    },
    identity::Membership,
    tenancy::{GrowthError, QuotaError, Resource, lock_limits},
};
use lms_store::{Stamp, StoreError, Transaction};

/// A file to keep.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UploadFile {
    /// Who uploads it; the acting member when there is none.
    pub uploaded_by: Option<Id<Membership>>,
    /// The record it belongs to.
    pub owner: Option<EntityRef>,
    /// The name it has where it comes from.
    pub original_filename: String,
    /// The sort of its contents, such as `application/pdf`.
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
    /// The sort of its contents is malformed.
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

/// Keeps a file: its bytes in `storage`, what is known about it in the store. The bytes are
/// written first; if the transaction fails they are left over and can be found by their key.
///
/// The plan's storage limit is checked under a lock on the tenant's settings row, as all growth.
///
/// # Errors
/// [`FileError`].
pub async fn upload_file(
    tx: &mut Transaction,
    storage: &dyn FileStorage,
    upload: UploadFile,
) -> Result<FileAsset, FileError> {
    let uploader = match upload.uploaded_by {
        Some(member) => member,
        None => acting_member(tx, Permission::FILES_UPLOAD).await?.id,
    };
    authorize_on(tx, Permission::FILES_UPLOAD, &Subject::of(uploader)).await?;
    check(&upload)?;
    let added = upload.bytes.len() as u64;
    let limits = lock_limits(tx).await?;
    let mut meter = meter(tx).await?;
    let used = u64::try_from(meter.used_bytes).unwrap_or(0);
    limits.check(Resource::StorageBytes, used, added)?;
    let id: Id<FileAsset> = tx.id();
    let filename = safe_filename(&upload.original_filename);
    let key = FileKey::new(tx.tenant(), &format!("{id}-{filename}"))?;
    let size_bytes = i64::try_from(added).unwrap_or(i64::MAX);
    meter.used_bytes = meter.used_bytes.saturating_add(size_bytes);
    tx.update(&mut meter).await?;
    let file = FileAsset {
        id,
        stamp: Stamp::new(tx.cx()),
        uploaded_by: uploader,
        owner_kind: upload.owner.as_ref().map(|it| it.kind.clone()),
        owner_id: upload.owner.as_ref().map(|it| it.id),
        filename,
        original_filename: upload.original_filename,
        mime_type: upload.mime_type.to_ascii_lowercase(),
        size_bytes,
        storage_provider: storage.provider(),
        storage_path: key.as_str().to_owned(),
        url: None,
    };
    tx.insert(&file).await?;
    storage.write(&key, &upload.bytes).await?;
    Ok(file)
}

/// Reads the bytes of a file, for those who may see it: its uploader, those who lead the course or
/// the class that it belongs to, and those who see all files. Learners read the files of a lesson
/// by the operation that opens the lesson; submitted files and proofs of payment are read by the
/// operations of those records, which check access to them.
///
/// # Errors
/// [`FileError`].
pub async fn read_file(
    tx: &mut Transaction,
    storage: &dyn FileStorage,
    file: Id<FileAsset>,
) -> Result<(FileAsset, Vec<u8>), FileError> {
    let file = get_authorized(tx, Permission::FILES_VIEW, file).await?;
    read_shown(tx, storage, file).await
}

/// The bytes of a file that something shows to the actor.
///
/// # Permission
/// None of its own: the caller has asked about what shows the file.
///
/// # Errors
/// [`FileError`].
#[doc(hidden)]
pub async fn read_shown(
    tx: &mut Transaction,
    storage: &dyn FileStorage,
    file: FileAsset,
) -> Result<(FileAsset, Vec<u8>), FileError> {
    let bytes = storage.read(&key_of(tx.cx(), &file)?).await?;
    Ok((file, bytes))
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

/// How many bytes the tenant's files have together.
///
/// # Errors
/// [`StoreError`].
pub async fn storage_used(tx: &mut Transaction) -> Result<u64, StoreError> {
    let meter = tx.get(StorageMeter::id_of(tx.cx())).await?;
    Ok(meter.map_or(0, |it| u64::try_from(it.used_bytes).unwrap_or(0)))
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
