//! Requesting a file of a node for download.
use super::{
    open_node::{AccessRequest, CourseSales, check_access},
    study::StudyError,
};
use crate::content::{
    ActivityMaterial, Block, ContentNode, Download, DownloadError, FileAsset, MaterialContent,
    MediaRef, OpenedFile, open_shown, start_download,
};
use lms_kernel::Id;
use lms_people::identity::RequirePresent;
use lms_store::{
    StoreError, Transaction,
    operation::{Effect, Part},
};

/// Grants a learner a time-limited download of a file in a node that they may open.
///
/// # Errors
/// [`DownloadError::NoAccess`] if the learner may not open the node.
#[derive(Clone, Copy, Debug)]
pub struct StartDownload<'s, S> {
    /// The learner and the node.
    pub request: AccessRequest,
    /// The file, which the node must show.
    pub file_id: Id<FileAsset>,
    /// The rights and offers that sales know.
    pub sales: &'s S,
}

impl<S: CourseSales> Part for StartDownload<'_, S> {
    const NAME: &'static str = "learning.start_download";
    const EFFECT: Effect = Effect::Writes;
    type Answer = Download;
    type Error = DownloadError;

    async fn run(self, tx: &mut Transaction) -> Result<Download, DownloadError> {
        tx.part(RequirePresent { member_id: self.request.learner_id }).await??;
        let node = openable(tx, self.request, self.sales).await?;
        start_download(tx, self.request.learner_id, (&node, self.file_id)).await
    }
}

/// Opens a file that a node shows, itself or by a material, for those who may open the node.
///
/// # Errors
/// [`DownloadError::NoAccess`] if the learner may not open the node, [`DownloadError::NotInNode`]
/// if it does not show the file.
#[derive(Clone, Copy, Debug)]
pub struct ReadShownFile<'s, S> {
    /// The learner and the node.
    pub request: AccessRequest,
    /// The file, which the node must show.
    pub file_id: Id<FileAsset>,
    /// The rights and offers that sales know.
    pub sales: &'s S,
}

impl<S: CourseSales> Part for ReadShownFile<'_, S> {
    const NAME: &'static str = "learning.open_shown_file";
    const EFFECT: Effect = Effect::Reads;
    type Answer = OpenedFile;
    type Error = DownloadError;

    async fn run(self, tx: &mut Transaction) -> Result<OpenedFile, DownloadError> {
        let node = openable(tx, self.request, self.sales).await?;
        if !shows(tx, &node, self.file_id).await? {
            return Err(DownloadError::NotInNode);
        }
        let file = tx.require(self.file_id).await?;
        Ok(open_shown(tx, file)?)
    }
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
