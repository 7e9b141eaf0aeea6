//! How a course or a part of it becomes visible, and stops to be.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

/// Whether learners may see a course or a part of it.
///
/// The aliases read what other schemas say: an `active` chapter is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum PublicationStatus {
    /// Its authors work on it.
    Draft,
    /// Its authors are done, and a reviewer has not decided yet.
    UnderReview,
    /// Learners may see it.
    #[text("published", "active")]
    Published,
    /// It was published and is no longer; those who learn in it keep what they did.
    #[text("archived", "inactive")]
    Archived,
}

/// What can happen to a course or a part of it on its way to learners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PublicationEvent {
    /// Its authors ask for a review.
    Submit,
    /// A reviewer lets it pass.
    Approve,
    /// A reviewer gives it back.
    Reject,
    /// It is published without a review.
    Publish,
    /// It is withdrawn.
    Archive,
    /// It is taken up again, as a draft.
    Restore,
}

impl PublicationEvent {
    /// Every event, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::Submit, Self::Approve, Self::Reject, Self::Publish, Self::Archive, Self::Restore];

    /// Its name in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Publish => "publish",
            Self::Archive => "archive",
            Self::Restore => "restore",
        }
    }
}

impl PublicationStatus {
    /// The status after `event`.
    ///
    /// # Errors
    /// [`PublicationError`] where the table has no such step.
    pub fn apply(self, event: PublicationEvent) -> Result<Self, PublicationError> {
        use PublicationEvent as E;
        use PublicationStatus as S;
        match (self, event) {
            (S::Draft, E::Submit) => Ok(S::UnderReview),
            (S::Draft, E::Publish) | (S::UnderReview, E::Approve) => Ok(S::Published),
            (S::UnderReview, E::Reject) | (S::Archived, E::Restore) => Ok(S::Draft),
            (S::Published, E::Archive) => Ok(S::Archived),
            (S::Draft, E::Approve | E::Reject | E::Archive | E::Restore)
            | (S::UnderReview, E::Submit | E::Publish | E::Archive | E::Restore)
            | (S::Published, E::Submit | E::Approve | E::Reject | E::Publish | E::Restore)
            | (S::Archived, E::Submit | E::Approve | E::Reject | E::Publish | E::Archive) => {
                Err(PublicationError::NotPossible { status: self, event: event.as_str() })
            }
        }
    }
}

/// Why a step towards learners, or back, is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PublicationError {
    /// The table has no such step.
    #[error("cannot `{event}` what is `{status}`")]
    #[fault(conflict, field = "status")]
    NotPossible {
        /// Where it stands.
        status: PublicationStatus,
        /// What was asked.
        event: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<String> = PublicationStatus::ALL
            .iter()
            .map(|status| {
                let cells = PublicationEvent::ALL
                    .map(|event| status.apply(event).map_or("-", PublicationStatus::as_str));
                format!("{status}: {}", cells.join(" "))
            })
            .collect();
        // Columns: submit, approve, reject, publish, archive, restore.
        assert_eq!(
            rows,
            [
                "draft: under_review - - published - -",
                "under_review: - published draft - - -",
                "published: - - - - archived -",
                "archived: - - - - - draft",
            ]
        );
    }

    #[test]
    fn the_refusal_names_the_status_and_the_step() {
        let error = PublicationStatus::Archived.apply(PublicationEvent::Approve).unwrap_err();
        assert_eq!(error.to_string(), "cannot `approve` what is `archived`");
    }
}
