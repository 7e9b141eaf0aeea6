//! Managing the library of materials.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::content::{ActivityMaterial, BlockKind, Material, MaterialContent, NodeKind};
use lms_kernel::{Id, Title};
use lms_people::authorization::{AuthorizationError, Permission, TheTenant, authorize_on};
use lms_store::{Query, StoreError, Transaction};

/// Why something could not be done with a material.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum MaterialError {
    /// The sort and what it holds do not go together.
    #[error("a material of kind `{kind}` does not hold that; text goes with `text` only")]
    #[fault(invalid, field = "content")]
    WrongContent {
        /// The sort.
        kind: BlockKind,
    },
    /// Only activities show materials.
    #[error("only an activity shows materials, and this is a `{kind}`")]
    #[fault(invalid, field = "activity_id")]
    NotAnActivity {
        /// What it is.
        kind: NodeKind,
    },
    /// The activity shows the material already.
    #[error("the activity shows the material already")]
    #[fault(conflict, field = "material_id")]
    AlreadyAttached,
    /// The activity does not show the material.
    #[error("the activity does not show the material")]
    #[fault(not_found, field = "material_id")]
    NotAttached,
    /// Activities still show it.
    #[error("activities show the material; detach it first")]
    #[fault(conflict)]
    InUse,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Creates a material in the library.
///
/// # Errors
/// [`MaterialError`].
#[operation("content.create_material")]
pub struct CreateMaterial {
    /// The material's title.
    pub title: Title,
    /// The kind of block that shows it.
    pub kind: BlockKind,
    /// The content that is shown.
    pub content: MaterialContent,
}

impl Operation for CreateMaterial {
    const ACCESS: Access = Access::Asks(&[Permission::MATERIALS_MANAGE]);
    type Answer = Material;
    type Error = MaterialError;

    async fn run(self, tx: &mut Transaction) -> Result<Material, MaterialError> {
        let Self { title, kind, content } = self;
        authorize_on(tx, Permission::MATERIALS_MANAGE, &TheTenant).await?;
        check_content(kind, &content)?;
        let material = Material::new(tx.cx(), title, kind, content);
        tx.insert(&material).await?;
        Ok(material)
    }
}

/// Changes a material in every activity that shows it.
///
/// # Errors
/// [`MaterialError`].
#[operation("content.edit_material")]
pub struct EditMaterial {
    /// The material to change.
    pub material_id: Id<Material>,
    /// The new title.
    pub title: Title,
    /// The new content.
    pub content: MaterialContent,
}

impl Operation for EditMaterial {
    const ACCESS: Access = Access::Asks(&[Permission::MATERIALS_MANAGE]);
    type Answer = Material;
    type Error = MaterialError;

    async fn run(self, tx: &mut Transaction) -> Result<Material, MaterialError> {
        let Self { material_id: material, title, content } = self;
        authorize_on(tx, Permission::MATERIALS_MANAGE, &TheTenant).await?;
        let mut material = tx.require(material).await?;
        check_content(material.kind, &content)?;
        (material.title, material.content) = (title, content);
        tx.update(&mut material).await?;
        Ok(material)
    }
}

/// Deletes a material that is attached to no activity.
///
/// # Errors
/// [`MaterialError::InUse`].
#[operation("content.delete_material")]
pub struct DeleteMaterial {
    /// The material to delete.
    pub material_id: Id<Material>,
}

impl Operation for DeleteMaterial {
    const ACCESS: Access = Access::Asks(&[Permission::MATERIALS_MANAGE]);
    type Answer = ();
    type Error = MaterialError;

    async fn run(self, tx: &mut Transaction) -> Result<(), MaterialError> {
        let Self { material_id: material } = self;
        authorize_on(tx, Permission::MATERIALS_MANAGE, &TheTenant).await?;
        let mut material = tx.lock(material).await?;
        let shown = Query::filter(ActivityMaterial::MATERIAL_ID.eq(material.id));
        if tx.exists(shown).await? {
            return Err(MaterialError::InUse);
        }
        Ok(tx.delete(&mut material).await?)
    }
}

fn check_content(kind: BlockKind, content: &MaterialContent) -> Result<(), MaterialError> {
    let goes = match content {
        MaterialContent::Text(_) => kind == BlockKind::Text,
        MaterialContent::Media(_) => kind != BlockKind::Text,
    };
    if goes { Ok(()) } else { Err(MaterialError::WrongContent { kind }) }
}
