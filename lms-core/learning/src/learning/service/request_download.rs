//! Taking a file away that a node shows.
use super::{
    open_node::{AccessRequest, CourseSales, check_access},
    study::StudyError,
};
use crate::content::{
    ActivityMaterial, Block, ContentNode, Download, DownloadError, FileAsset, FileStorage,
    MaterialContent, MediaRef, read_shown, start_download,
};
use lms_kernel::Id;
use lms_store::{StoreError, Transaction};

/// Grants a learner a time-limited download of a file in a node that they may open.
///
/// # Errors
/// [`DownloadError::NoAccess`] if the learner may not open the node.
#[doc(hidden)]
pub async fn request_download(
    tx: &mut Transaction,
    (request, file): (AccessRequest, Id<FileAsset>),
    sales: &impl CourseSales,
) -> Result<Download, DownloadError> {
    let node = openable(tx, request, sales).await?;
    start_download(tx, request.learner_id, (&node, file)).await
}

/// The bytes of a file that a node shows, itself or by a material, for those who may open the node.
///
/// # Permission
/// `lessons.study` for the learner, who may open the node.
///
/// # Errors
/// [`DownloadError::NoAccess`] if the learner may not open the node, [`DownloadError::NotInNode`]
/// if it does not show the file.
#[doc(hidden)]
pub async fn read_lesson_file(
    tx: &mut Transaction,
    storage: &dyn FileStorage,
    (request, file): (AccessRequest, Id<FileAsset>),
    sales: &impl CourseSales,
) -> Result<(FileAsset, Vec<u8>), DownloadError> {
    let node = openable(tx, request, sales).await?;
    if !shows(tx, &node, file).await? {
        return Err(DownloadError::NotInNode);
    }
    let file = tx.require(file).await?;
    Ok(read_shown(tx, storage, file).await?)
}

/// The node, if the learner may open it.
async fn openable(
    tx: &mut Transaction,
    request: AccessRequest,
    sales: &impl CourseSales,
) -> Result<ContentNode, DownloadError> {
    match check_access(tx, request, sales).await {
        Ok(access) if access.is_granted() => Ok(tx.require(request.node_id).await?),
        Ok(_) => Err(DownloadError::NoAccess),
        Err(StudyError::Authorization(error)) => Err(error.into()),
        Err(StudyError::Store(error)) => Err(error.into()),
        Err(_) => Err(DownloadError::NoAccess),
    }
}

/// Whether a node shows a file: in a block of its own, or in a material that it shows.
async fn shows(
    tx: &mut Transaction,
    node: &ContentNode,
    file: Id<FileAsset>,
) -> Result<bool, StoreError> {
    let wanted = MediaRef::File(file);
    if node.body.iter().any(|it| it.media() == Some(&wanted)) {
        return Ok(true);
    }
    let in_body = node.body.iter().filter_map(|it| match it {
        Block::Material { material_id } => Some(*material_id),
        _ => None,
    });
    let mut materials: Vec<_> = in_body.collect();
    materials.extend(tx.all(ActivityMaterial::of(node.id)).await?.iter().map(|it| it.material_id));
    let materials = tx.get_many(&materials).await?;
    Ok(materials.iter().any(|it| it.content == MaterialContent::Media(wanted.clone())))
}
