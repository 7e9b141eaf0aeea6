//! Whether a comment is shown.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

/// Whether a comment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum CommentStatus {
    /// Everybody who may see comments sees it.
    Visible,
    /// A moderator hides it; it can be shown again.
    Hidden,
    /// Its words are gone, only its place is left.
    Removed,
}

/// What can happen to a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CommentEvent {
    /// A moderator hides it.
    Hide,
    /// A moderator shows it again.
    Show,
    /// Its author, or a moderator, removes it for good.
    Remove,
}

impl CommentEvent {
    /// Every event, in the order of the table.
    pub const ALL: [Self; 3] = [Self::Hide, Self::Show, Self::Remove];

    /// Its name in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hide => "hide",
            Self::Show => "show",
            Self::Remove => "remove",
        }
    }
}

impl CommentStatus {
    /// The status after `event`.
    ///
    /// # Errors
    /// [`CommentStatusError`] where the table has no such step.
    pub fn apply(self, event: CommentEvent) -> Result<Self, CommentStatusError> {
        use CommentEvent as E;
        use CommentStatus as S;
        match (self, event) {
            (S::Visible, E::Hide) => Ok(S::Hidden),
            (S::Hidden, E::Show) => Ok(S::Visible),
            (S::Visible | S::Hidden, E::Remove) => Ok(S::Removed),
            (S::Visible, E::Show)
            | (S::Hidden, E::Hide)
            | (S::Removed, E::Hide | E::Show | E::Remove) => {
                Err(CommentStatusError::NotPossible { status: self, event: event.as_str() })
            }
        }
    }
}

/// Why a comment did not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CommentStatusError {
    /// The table has no such step.
    #[error("cannot `{event}` a comment that is `{status}`")]
    #[fault(conflict, field = "status")]
    NotPossible {
        /// Where it stands.
        status: CommentStatus,
        /// What was asked.
        event: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<String> = CommentStatus::ALL
            .iter()
            .map(|status| {
                let cells = CommentEvent::ALL
                    .map(|event| status.apply(event).map_or("-", CommentStatus::as_str));
                format!("{status}: {}", cells.join(" "))
            })
            .collect();
        // Columns: hide, show, remove.
        assert_eq!(
            rows,
            ["visible: hidden - removed", "hidden: - visible removed", "removed: - - -"]
        );
    }
}
