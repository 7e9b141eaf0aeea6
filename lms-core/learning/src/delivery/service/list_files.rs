//! Files, as far as the reader may open them.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::content::FileAsset;
use lms_kernel::{EntityKind, Id, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which files to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct FileFilter {
    /// Those that this person uploaded.
    pub uploaded_by: Option<Id<Membership>>,
    /// Those of this record, such as a course, a node or a class.
    pub owner_id: Option<Uuid>,
}

/// A file, as a list shows it. Where it is stored is not told: it is opened through the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileView {
    /// The file's id.
    pub id: Id<FileAsset>,
    /// What it was called when it was uploaded.
    pub filename: String,
    /// Its media type.
    pub mime_type: String,
    /// How large it is, in bytes.
    pub size_bytes: i64,
    /// Who uploaded it.
    pub uploaded_by: Named<Membership>,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
    /// The kind of record that it belongs to.
    pub owner_kind: Option<EntityKind>,
    /// The record that it belongs to.
    pub owner_id: Option<Uuid>,
}

/// Lists files, the latest first: everyone sees what they uploaded, teachers the files of their
/// courses and classes, administrators all.
///
/// # Permission
/// `files.view`; the list holds the files on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("content.list_files")]
pub struct ListFiles {
    /// Which files.
    pub filter: FileFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListFiles {
    const ACCESS: Access = Access::Asks(&[Permission::FILES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<FileView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<FileView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<FileAsset>(tx, Permission::FILES_VIEW)
            .await?
            .and_some(filter.uploaded_by, |person| FileAsset::UPLOADED_BY.eq(person))
            .and_some(filter.owner_id, |owner| FileAsset::OWNER_ID.is(owner));
        let query = query.order_by(FileAsset::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let people = items.iter().map(|it| it.uploaded_by);
        let people = Names::read(tx, people, Membership::name).await?;
        let views = items.into_iter().map(|it| FileView {
            id: it.id,
            filename: it.original_filename,
            mime_type: it.mime_type,
            size_bytes: it.size_bytes,
            uploaded_by: people.of(it.uploaded_by),
            uploaded_at: it.stamp.created_at,
            owner_kind: it.owner_kind,
            owner_id: it.owner_id,
        });
        Ok(Page { items: views.collect(), next })
    }
}
