//! The visibility of a comment.
use lms_derive::TextEnum;

/// Whether a comment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum CommentStatus {
    /// Everyone who may see comments sees it.
    Visible,
    /// A moderator hides it; it can be shown again.
    Hidden,
    /// Its words are gone, only its place is left.
    Removed,
}

/// An event in the lifecycle of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum CommentEvent {
    /// A moderator hides it.
    Hide,
    /// A moderator shows it again.
    Show,
    /// Its author, or a moderator, removes it for good.
    Remove,
}

lms_kernel::machine! {
    "comment": CommentStatus x CommentEvent {
                 [Hide    Show     Remove ]
        Visible: [Hidden  -        Removed]
        Hidden:  [-       Visible  Removed]
        Removed: [-       -        -      ]
    }
}
