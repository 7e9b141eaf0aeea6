//! Checking access to lessons and opening them.
use lms_kernel::{Id, Permission, TimeZone};
use lms_learning::{
    content::{Download, DownloadError, FileAsset, OpenedFile},
    learning::{
        Access, AccessRequest, CheckAccessBy, NodeProgress, OpenNodeBy, ReadShownFile, Reason,
        StartDownload, StudyError,
    },
};
use lms_store::Transaction;
use lms_store::operation::{self, Operation, operation};

use crate::{
    Grant, Item, ItemKind, PaymentError,
    grants::sync_enrollments,
    lessons::sold::{Sold, without_own_grant},
};

/// Checks whether a learner may open a node: answers the right that allows it, or what the learner
/// can do to get one. Rights and offers come from the store: enrollments, purchases, the price
/// list, packages and plans. Only [`OpenNode`] finds out whether a full course has a seat for a
/// right that is not an enrollment yet.
///
/// # Errors
/// [`StudyError`].
#[operation("learning.check_access")]
#[derive(Copy, PartialEq, Eq)]
pub struct CheckAccess {
    /// The learner and the node.
    pub request: AccessRequest,
}

impl Operation for CheckAccess {
    const ACCESS: operation::Access =
        operation::Access::Asks(&[Permission::LESSONS_STUDY, Permission::COURSES_VIEW_DRAFTS]);
    type Answer = Access;
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<Access, StudyError> {
        tx.part(CheckAccessBy { request: self.request, sales: &Sold }).await
    }
}

/// Opens a node for a learner who may: records the visit, the place to resume, and the day for the
/// streak. Otherwise answers the reason or the offers.
///
/// A right that is no enrollment yet, such as a plan to which the course was added after it was
/// bought, needs a place for progress:
///
/// | the learner's enrollment | what happens to it |
/// |---|---|
/// | none, dropped, expired | the right enrolls the learner, for as long as it lasts |
/// | active or completed, its time over | the right renews it, for as long as it lasts |
/// | pending | the right activates it, for as long as it lasts |
/// | waitlisted, or a seat is missing | it stays; the answer says that the learner waits |
/// | suspended in what the right is of | it stays; the learner is kept out |
/// | suspended otherwise | it stays; the node opens, and nothing is noted |
///
/// # Locks
/// The enrollment's row is locked while progress is written.
///
/// # Errors
/// [`StudyError`].
#[operation("learning.open_node")]
#[derive(Copy, PartialEq, Eq)]
pub struct OpenNode {
    /// The learner and the node.
    pub request: AccessRequest,
    /// The time zone that decides which day counts for the streak; `None` uses the one the learner
    /// used last.
    pub time_zone: Option<TimeZone>,
}

impl Operation for OpenNode {
    const ACCESS: operation::Access =
        operation::Access::Asks(&[Permission::LESSONS_STUDY, Permission::COURSES_VIEW_DRAFTS]);
    type Answer = (Access, Option<NodeProgress>);
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<Self::Answer, StudyError> {
        let Self { request, time_zone } = self;
        let access = tx.part(CheckAccessBy { request, sales: &Sold }).await?;
        if let Access::Granted { reason: Reason::Entitlement { .. } } = access {
            take_up(tx, request).await?;
        }
        tx.part(OpenNodeBy { request, time_zone, sales: &Sold }).await
    }
}

/// Gives a learner grants of their own to a course that what they have bought includes by now, so
/// that they rest and end with it.
async fn take_up(tx: &mut Transaction, request: AccessRequest) -> Result<(), StudyError> {
    let learner = request.learner_id;
    let course = tx.require(request.node_id).await?.course_id;
    let target = Item::of(ItemKind::Course, course);
    let wholes = without_own_grant(tx, learner, target).await?;
    if wholes.is_empty() {
        return Ok(());
    }
    let parts: Vec<Grant> = wholes
        .iter()
        .map(|it| Grant::new(tx.cx(), learner, target, it.source).part_of(it))
        .collect();
    tx.insert_all(&parts).await?;
    match sync_enrollments(tx, learner, &[target]).await {
        Ok(()) => Ok(()),
        Err(PaymentError::Store(error)) => Err(error.into()),
        Err(PaymentError::Enroll(error)) => Err(error.into()),
        // Opening the node says what is wrong.
        Err(_) => Ok(()),
    }
}

/// Grants a learner a time-limited download of a file in a node that they may open.
///
/// # Errors
/// [`DownloadError::NoAccess`] if the learner may not open the node.
#[operation("learning.request_download")]
#[derive(Copy, PartialEq, Eq)]
pub struct RequestDownload {
    /// The learner and the node.
    pub request: AccessRequest,
    /// The file, which the node must show.
    pub file_id: Id<FileAsset>,
}

impl Operation for RequestDownload {
    const ACCESS: operation::Access = operation::Access::Asks(&[Permission::DOWNLOADS_REQUEST]);
    type Answer = Download;
    type Error = DownloadError;

    async fn run(self, tx: &mut Transaction) -> Result<Download, DownloadError> {
        let Self { request, file_id } = self;
        tx.part(StartDownload { request, file_id, sales: &Sold }).await
    }
}

/// Opens a file that a node shows, itself or by a material.
///
/// # Permission
/// `lessons.study` for the learner, who may open the node.
///
/// # Errors
/// [`DownloadError::NoAccess`] if the learner may not open the node, [`DownloadError::NotInNode`]
/// if it does not show the file.
#[operation("learning.read_lesson_file")]
#[derive(Copy, PartialEq, Eq)]
pub struct ReadLessonFile {
    /// The learner and the node.
    pub request: AccessRequest,
    /// The file, which the node must show.
    pub file_id: Id<FileAsset>,
}

impl Operation for ReadLessonFile {
    const ACCESS: operation::Access =
        operation::Access::Asks(&[Permission::LESSONS_STUDY, Permission::COURSES_VIEW_DRAFTS]);
    const EFFECT: operation::Effect = operation::Effect::Reads;
    type Answer = OpenedFile;
    type Error = DownloadError;

    async fn run(self, tx: &mut Transaction) -> Result<OpenedFile, DownloadError> {
        let Self { request, file_id } = self;
        tx.part(ReadShownFile { request, file_id, sales: &Sold }).await
    }
}
