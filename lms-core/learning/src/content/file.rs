//! Files that people upload, and downloads of them.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use lms_kernel::{EntityKind, EntityRef, Id, Link};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp};

/// The storage of a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum StorageProvider {
    /// A folder of the host.
    Local,
    /// A store with the interface of Amazon S3.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
    /// Elsewhere; the host knows.
    Other,
}

/// A file that someone uploaded, and what it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "file_assets",
    unique(storage_provider, storage_path),
    index(owner_kind, owner_id),
    index(uploaded_by)
)]
pub struct FileAsset {
    /// The file's id.
    pub id: Id<FileAsset>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who uploaded it.
    pub uploaded_by: Id<Membership>,
    /// The kind of record it belongs to, such as `course` or `assignment`.
    pub owner_kind: Option<EntityKind>,
    /// The record it belongs to.
    pub owner_id: Option<Uuid>,
    /// The name it is served under, safe in a path and a header.
    pub filename: String,
    /// The name it had where it came from.
    #[record(personal)]
    pub original_filename: String,
    /// The kind of its contents, such as `application/pdf`.
    pub mime_type: String,
    /// How large it is.
    pub size_bytes: i64,
    /// Where its bytes are kept.
    pub storage_provider: StorageProvider,
    /// The key under which the provider keeps them.
    pub storage_path: String,
    /// Where it can be fetched, if it can be without asking.
    pub url: Option<Link>,
}

impl FileAsset {
    /// The record that the file belongs to.
    pub fn owner(&self) -> Option<EntityRef> {
        Some(EntityRef::new(self.owner_kind.clone()?, self.owner_id?))
    }

    /// The files that belong to a record.
    pub fn of(owner: &EntityRef) -> Query<Self> {
        Query::filter(Self::OWNER_KIND.is(owner.kind.clone()).and(Self::OWNER_ID.is(owner.id)))
    }
}
