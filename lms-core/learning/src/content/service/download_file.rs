//! Downloading files for use without a connection.
use chrono::TimeDelta;
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::content::{Block, ContentNode, Download, DownloadEvent, FileAsset, FileError, MediaRef};
use lms_kernel::{Id, Rejected};
use lms_people::{
    authorization::{
        AuthorizationError, Permission, Protected, Subject, TheTenant, authorize_on, get_authorized,
    },
    identity::{Absence, Membership},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{DueRows, StoreError, Transaction};

/// Why something could not be done with a download.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum DownloadError {
    /// What the node shows may not be taken away.
    #[error("the lesson's files cannot be downloaded; view them in the lesson")]
    #[fault(forbidden, field = "node_id")]
    NotDownloadable,
    /// The node does not show the file.
    #[error("the file is not part of the lesson; choose one that is")]
    #[fault(invalid, field = "file_id")]
    NotInNode,
    /// The learner may not open the node.
    #[error("the learner has no access to the lesson and cannot download its files")]
    #[fault(forbidden, field = "node_id")]
    NoAccess,
    /// The time to use it is over.
    #[error("the download has expired; ask for it again")]
    #[fault(conflict)]
    Expired,
    /// The download cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant has no downloads.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The file could not be read.
    #[error(transparent)]
    #[fault(transparent)]
    File(#[from] FileError),
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Lets a learner take away a file that a node shows. Anyone who calls it has seen to it that the
/// learner may open the node.
pub(crate) async fn start_download(
    tx: &mut Transaction,
    learner: Id<Membership>,
    (node, file): (&ContentNode, Id<FileAsset>),
) -> Result<Download, DownloadError> {
    require_feature(tx, Feature::Downloads).await?;
    authorize_on(tx, Permission::DOWNLOADS_REQUEST, &Subject::of(learner)).await?;
    if !node.downloadable {
        return Err(DownloadError::NotDownloadable);
    }
    let shows = |it: &Block| it.media() == Some(&MediaRef::File(file));
    if !node.body.iter().any(shows) {
        return Err(DownloadError::NotInNode);
    }
    let file = tx.require(file).await?;
    let expires_at = tx.now().saturating_add(TimeDelta::days(Download::VALID_DAYS));
    let download = Download::new(tx.cx(), learner, &file, expires_at);
    tx.insert(&download).await?;
    Ok(download)
}

/// Changes the status of a learner's download, as their device reports it.
///
/// # Errors
/// [`DownloadError::Expired`] when its time is over; [`DownloadError::Status`] where the table
/// has no such step.
#[operation("content.advance_download")]
pub struct AdvanceDownload {
    /// The download to change.
    pub download_id: Id<Download>,
    /// The transition to apply.
    pub event: DownloadEvent,
}

impl Operation for AdvanceDownload {
    const ACCESS: Access = Access::Asks(&[Permission::DOWNLOADS_REQUEST]);
    type Answer = Download;
    type Error = DownloadError;

    async fn run(self, tx: &mut Transaction) -> Result<Download, DownloadError> {
        let Self { download_id: download, event } = self;
        let mut download = get_authorized(tx, Permission::DOWNLOADS_REQUEST, download).await?;
        if download.expires_at <= tx.now() && event != DownloadEvent::Expire {
            return Err(DownloadError::Expired);
        }
        download.status = download.status.apply(event)?;
        tx.update(&mut download).await?;
        Ok(download)
    }
}

/// Expires downloads that are past their time, and answers how many. Run it from a job.
///
/// # Errors
/// [`DownloadError`].
#[operation("content.expire_downloads")]
pub struct ExpireDownloads {
    /// Which of the rows that are due: the first ones, or those with given ids.
    pub due: DueRows,
}

impl Operation for ExpireDownloads {
    const ACCESS: Access = Access::Asks(&[Permission::FILES_MANAGE]);
    type Answer = usize;
    type Error = DownloadError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, DownloadError> {
        authorize_on(tx, Permission::FILES_MANAGE, &TheTenant).await?;
        let mut overdue = tx.page(self.due.of(Download::overdue(tx.now()))).await?.items;
        for download in &mut overdue {
            download.status = download.status.apply(DownloadEvent::Expire)?;
        }
        tx.update_all(&mut overdue).await?;
        Ok(overdue.len())
    }
}

impl Protected for Download {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.learner_id))
    }
}
