//! Uploading a file: bytes into the storage first, then the record.
use lms_store::operation::{Access, Effect, Failure, Operation, operation};
use serde::{Deserialize, Serialize};

use super::keep_file::{FileError, meter};
use crate::content::{
    Contents, FileAsset, FileKey, FileStorage, StorageError, StorageMeter, safe_filename,
};
use lms_kernel::{Context, DomainError as _, EntityRef, ErrorKind, Id};
use lms_people::{
    authorization::{Permission, Subject, acting_member, authorize_on},
    identity::{Membership, RequirePresent},
    tenancy::{LockLimits, ReadLimits, Resource},
};
use lms_store::{Stamp, Store, Transaction};

/// A file to upload: what is known about it before its bytes arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// Who uploads it; the acting member when there is none.
    pub uploaded_by: Option<Id<Membership>>,
    /// The record it belongs to.
    pub owner: Option<EntityRef>,
    /// The name it has where it comes from, of at most 255 characters.
    pub original_filename: String,
    /// The kind of its contents, such as `application/pdf`.
    pub mime_type: String,
}

impl NewFile {
    /// The most bytes of a file.
    pub const MAX_BYTES: u64 = 2_000_000_000;
    /// The most characters of the name that a file has where it comes from.
    pub const MAX_NAME_LENGTH: usize = 255;
    /// The most characters of the kind of a file's contents.
    pub const MAX_TYPE_LENGTH: usize = 127;

    /// A file of that name and kind, uploaded by the acting member and of no record.
    pub fn new(original_filename: impl Into<String>, mime_type: impl Into<String>) -> Self {
        Self {
            uploaded_by: None,
            owner: None,
            original_filename: original_filename.into(),
            mime_type: mime_type.into(),
        }
    }

    fn check(&self) -> Result<(), FileError> {
        if self.original_filename.chars().count() > Self::MAX_NAME_LENGTH {
            return Err(FileError::NameTooLong { most: Self::MAX_NAME_LENGTH });
        }
        let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'+' | b'_');
        let is_part = |it: &str| !it.is_empty() && it.bytes().all(plain);
        let parts = self.mime_type.split_once('/');
        let is_type = parts.is_some_and(|(kind, sub)| is_part(kind) && is_part(sub));
        match is_type && self.mime_type.len() <= Self::MAX_TYPE_LENGTH {
            true => Ok(()),
            false => Err(FileError::MalformedType),
        }
    }
}

/// Uploads a file from its bytes as they arrive, into the [`FileStorage`] of the store.
///
/// The permission and the room of the plan are asked about first, the bytes are stored next and
/// the record is committed last. No transaction is open while bytes are on their way, and nothing
/// refers to bytes that are not there. The bytes of an upload that is refused are removed again;
/// where the store fails, so that it is not known whether the record is there, they remain.
///
/// # Permission
/// `files.upload` for the uploader.
///
/// # Errors
/// [`FileError`].
pub async fn upload(
    store: &Store,
    cx: &Context,
    file: NewFile,
    contents: Contents,
) -> Result<FileAsset, Failure<FileError>> {
    let storage = store.ports().get::<dyn FileStorage>().map_err(Failure::Store)?;
    let check = |size_bytes| store.run(cx, CheckUpload { file: file.clone(), size_bytes });
    let room = check(0).await?;
    let stored = match StoredContents::write(&*storage, cx, contents.at_most(room)).await {
        Ok(stored) => stored,
        Err(StorageError::TooLarge { most }) => {
            check(most.saturating_add(1)).await?;
            return Err(Failure::Refused(StorageError::TooLarge { most }.into()));
        }
        Err(error) => return Err(Failure::Refused(error.into())),
    };
    let key = stored.key(cx).map_err(|it| Failure::Refused(it.into()))?;
    let added = store.run(cx, UploadFile { file, contents: stored }).await;
    if let Err(error) = &added
        && error.kind() != ErrorKind::Unavailable
        && let Err(error) = storage.remove(&key).await
    {
        tracing::warn!(%error, key = key.as_str(), "bytes without a record are left over");
    }
    added
}

/// Checks before an upload whether the actor may make it and the plan has room for it. Answers how
/// many bytes there is room for, at most 2,000,000,000.
///
/// # Permission
/// `files.upload` for the uploader.
///
/// # Errors
/// [`FileError`].
#[operation("content.check_upload")]
#[derive(PartialEq)]
pub struct CheckUpload {
    /// The file.
    pub file: NewFile,
    /// How many bytes it has, as far as that is known; 0 otherwise.
    pub size_bytes: u64,
}

impl Operation for CheckUpload {
    const ACCESS: Access = Access::Asks(&[Permission::FILES_UPLOAD]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = u64;
    type Error = FileError;

    async fn run(self, tx: &mut Transaction) -> Result<u64, FileError> {
        uploader(tx, &self.file).await?;
        self.file.check()?;
        let limits = tx.part(ReadLimits {}).await?;
        let used = tx.get(StorageMeter::id_of(tx.cx())).await?.map_or(0, |it| it.used_bytes);
        let used = u64::try_from(used).unwrap_or(0);
        limits.check(Resource::StorageBytes, used, self.size_bytes.max(1))?;
        let room = limits.limit(Resource::StorageBytes).map(|it| it.saturating_sub(used));
        let room = room.unwrap_or(u64::MAX).min(NewFile::MAX_BYTES);
        match self.size_bytes > room {
            true => Err(StorageError::TooLarge { most: room }.into()),
            false => Ok(room),
        }
    }
}

/// Bytes in the storage that no record names yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoredContents {
    id: Id<FileAsset>,
    size_bytes: u64,
}

impl StoredContents {
    /// Writes bytes to the storage under a new id.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn write(
        storage: &dyn FileStorage,
        cx: &Context,
        contents: Contents,
    ) -> Result<Self, StorageError> {
        let stored = Self { id: cx.id(), size_bytes: 0 };
        let (counted, count) = contents.at_most(NewFile::MAX_BYTES).counted();
        storage.write(&stored.key(cx)?, counted).await?;
        Ok(Self { size_bytes: count.bytes(), ..stored })
    }

    /// Bytes that came under the key of that id another way, such as straight from a browser into
    /// a bucket. The host has seen that they are there and how many they are.
    pub const fn under(id: Id<FileAsset>, size_bytes: u64) -> Self {
        Self { id, size_bytes }
    }

    /// The key of the bytes in the storage. It has no name in it that a person gave to the file.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn key(&self, cx: &Context) -> Result<FileKey, StorageError> {
        FileKey::new(cx.tenant(), &self.id.to_string())
    }
}

/// Adds the record of a file whose bytes are stored. [`upload`] is the whole of an upload.
///
/// # Locks
/// The tenant's settings, under which the plan's storage limit is checked as all growth, and the
/// meter of its files.
///
/// # Errors
/// [`FileError`].
#[operation("content.upload_file")]
#[derive(PartialEq)]
pub struct UploadFile {
    /// The file.
    pub file: NewFile,
    /// Its bytes in the storage.
    pub contents: StoredContents,
}

impl Operation for UploadFile {
    const ACCESS: Access = Access::Asks(&[Permission::FILES_UPLOAD]);
    type Answer = FileAsset;
    type Error = FileError;

    async fn run(self, tx: &mut Transaction) -> Result<FileAsset, FileError> {
        let Self { file, contents } = self;
        let storage = tx.port::<dyn FileStorage>()?;
        let uploaded_by = uploader(tx, &file).await?;
        file.check()?;
        let file = FileAsset {
            id: contents.id,
            stamp: Stamp::new(tx.cx()),
            uploaded_by,
            owner_kind: file.owner.as_ref().map(|it| it.kind.clone()),
            owner_id: file.owner.as_ref().map(|it| it.id),
            filename: safe_filename(&file.original_filename),
            original_filename: file.original_filename,
            mime_type: file.mime_type.to_ascii_lowercase(),
            size_bytes: i64::try_from(contents.size_bytes).unwrap_or(i64::MAX),
            storage_provider: storage.provider(),
            storage_path: contents.key(tx.cx())?.as_str().to_owned(),
            url: None,
        };
        let limits = tx.part(LockLimits {}).await?;
        let mut meter = meter(tx).await?;
        let used = u64::try_from(meter.used_bytes).unwrap_or(0);
        limits.check(Resource::StorageBytes, used, contents.size_bytes)?;
        meter.used_bytes = meter.used_bytes.saturating_add(file.size_bytes);
        tx.update(&mut meter).await?;
        tx.insert(&file).await?;
        Ok(file)
    }
}

/// Who uploads the file, if the actor may upload it for them.
async fn uploader(tx: &mut Transaction, file: &NewFile) -> Result<Id<Membership>, FileError> {
    let uploader = match file.uploaded_by {
        Some(member) => member,
        None => acting_member(tx, Permission::FILES_UPLOAD).await?.id,
    };
    authorize_on(tx, Permission::FILES_UPLOAD, &Subject::of(uploader)).await?;
    Ok(tx.part(RequirePresent { member_id: uploader }).await??.id)
}
