//! Opening lessons by purchases: rights and offers are found in the store.
//!
//! Grants become enrollments when they are given. What a grant includes only later (a course that
//! was added to a program, package or plan, or was published after it was sold) is found here when
//! the learner opens it, and becomes a grant and an enrollment of its own then.
mod include;
mod offers;
mod open;
mod sold;

pub use open::{CheckAccess, OpenNode, ReadLessonFile, RequestDownload};
