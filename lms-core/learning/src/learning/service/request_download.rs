//! Taking a file away that a node shows.
use super::{
    open_node::{AccessRequest, check_access},
    study::StudyError,
};
use crate::content::{Download, DownloadError, FileAsset, start_download};
use lms_kernel::Id;
use lms_store::Transaction;

/// Lets a learner who may open a node take away a file that it shows, for a while.
///
/// # Errors
/// [`DownloadError::NoAccess`] if the learner may not open the node.
pub async fn request_download(
    tx: &mut Transaction,
    request: &AccessRequest,
    file: Id<FileAsset>,
) -> Result<Download, DownloadError> {
    let node = tx.require(request.node_id).await?;
    let access = match check_access(tx, request).await {
        Ok(access) => access,
        Err(StudyError::Authorization(error)) => return Err(error.into()),
        Err(StudyError::Store(error)) => return Err(error.into()),
        Err(_) => return Err(DownloadError::NoAccess),
    };
    if !access.is_granted() {
        return Err(DownloadError::NoAccess);
    }
    start_download(tx, request.learner_id, (&node, file)).await
}
