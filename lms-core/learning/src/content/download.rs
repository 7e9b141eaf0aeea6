//! Files that learners download for use without a connection.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::content::FileAsset;
use lms_kernel::{Context, EntityKind, Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp};

/// The kind of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum DownloadKind {
    /// A film.
    Video,
    /// A PDF.
    Pdf,
    /// A recording.
    Audio,
    /// A document of another format.
    Document,
}

impl DownloadKind {
    /// The sort that a file's contents suggest, such as `video/mp4`.
    pub fn of_mime_type(mime_type: &str) -> Self {
        match mime_type.split('/').next() {
            Some("video") => Self::Video,
            Some("audio") => Self::Audio,
            _ if mime_type == "application/pdf" => Self::Pdf,
            _ => Self::Document,
        }
    }
}

/// The status of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum DownloadStatus {
    /// Asked for.
    Pending,
    /// Under way.
    Downloading,
    /// On the learner's device.
    Completed,
    /// It broke off; it may be tried again.
    Failed,
    /// Its time is over; the device must not show it any more.
    Expired,
}

/// An event in the lifecycle of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum DownloadEvent {
    /// It starts.
    Start,
    /// It is done.
    Complete,
    /// It breaks off.
    Fail,
    /// It is tried again.
    Retry,
    /// Its time is over.
    Expire,
}

lms_kernel::machine! {
    "download": DownloadStatus x DownloadEvent {
                     [Start        Complete   Fail    Retry    Expire ]
        Pending:     [Downloading  -          -       -        Expired]
        Downloading: [-            Completed  Failed  -        Expired]
        Completed:   [-            -          -       -        Expired]
        Failed:      [-            -          -       Pending  Expired]
        Expired:     [-            -          -       -        -      ]
    }
}

/// A learner's download of a file, with its time limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "downloads", index(learner_id, status), index(file_id), index(status, expires_at))]
pub struct Download {
    /// The download's id.
    pub id: Id<Download>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who takes it away.
    pub learner_id: Id<Membership>,
    /// The file.
    pub file_id: Id<FileAsset>,
    /// Its sort.
    pub kind: DownloadKind,
    /// Its status.
    pub status: DownloadStatus,
    /// From when on it may not be used.
    pub expires_at: Timestamp,
}

impl Download {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("download");
    /// How many days a download may be used.
    pub const VALID_DAYS: i64 = 30;

    /// A download that was asked for now.
    pub fn new(
        cx: &Context,
        learner: Id<Membership>,
        file: &FileAsset,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            learner_id: learner,
            file_id: file.id,
            kind: DownloadKind::of_mime_type(&file.mime_type),
            status: DownloadStatus::Pending,
            expires_at,
        }
    }

    /// The downloads whose time is over at `now` and that do not say so yet.
    pub fn overdue(now: Timestamp) -> Query<Self> {
        let open = DownloadStatus::ALL.iter().copied().filter(|it| *it != DownloadStatus::Expired);
        Query::filter(Self::STATUS.is_in(open).and(Self::EXPIRES_AT.le(now)))
    }

    /// The downloads of a learner.
    pub fn of(learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sort_follows_from_the_contents() {
        for (mime_type, kind) in [
            ("video/mp4", DownloadKind::Video),
            ("audio/ogg", DownloadKind::Audio),
            ("application/pdf", DownloadKind::Pdf),
            ("application/zip", DownloadKind::Document),
            ("", DownloadKind::Document),
        ] {
            assert_eq!(DownloadKind::of_mime_type(mime_type), kind, "{mime_type}");
        }
    }
}
