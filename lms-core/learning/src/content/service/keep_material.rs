//! Keeping the library of materials.
use lms_derive::DomainError;

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

/// Adds a material to the library.
///
/// # Errors
/// [`MaterialError`].
pub async fn create_material(
    tx: &mut Transaction,
    title: Title,
    (kind, content): (BlockKind, MaterialContent),
) -> Result<Material, MaterialError> {
    authorize_on(tx, Permission::MATERIALS_MANAGE, &TheTenant).await?;
    check_content(kind, &content)?;
    let material = Material::new(tx.cx(), title, kind, content);
    tx.insert(&material).await?;
    Ok(material)
}

/// Changes a material, and so what every activity shows that shows it.
///
/// # Errors
/// [`MaterialError`].
pub async fn edit_material(
    tx: &mut Transaction,
    material: Id<Material>,
    (title, content): (Title, MaterialContent),
) -> Result<Material, MaterialError> {
    authorize_on(tx, Permission::MATERIALS_MANAGE, &TheTenant).await?;
    let mut material = tx.require(material).await?;
    check_content(material.kind, &content)?;
    (material.title, material.content) = (title, content);
    tx.update(&mut material).await?;
    Ok(material)
}

/// Deletes a material that no activity shows.
///
/// # Errors
/// [`MaterialError::InUse`].
pub async fn delete_material(
    tx: &mut Transaction,
    material: Id<Material>,
) -> Result<(), MaterialError> {
    authorize_on(tx, Permission::MATERIALS_MANAGE, &TheTenant).await?;
    let mut material = tx.lock(material).await?;
    let shown = Query::filter(ActivityMaterial::MATERIAL_ID.eq(material.id));
    if tx.exists(shown).await? {
        return Err(MaterialError::InUse);
    }
    Ok(tx.delete(&mut material).await?)
}

fn check_content(kind: BlockKind, content: &MaterialContent) -> Result<(), MaterialError> {
    let goes = match content {
        MaterialContent::Text(_) => kind == BlockKind::Text,
        MaterialContent::Media(_) => kind != BlockKind::Text,
    };
    if goes { Ok(()) } else { Err(MaterialError::WrongContent { kind }) }
}
