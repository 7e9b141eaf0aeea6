//! The results of reading and writing, with what is not carried.
use std::fmt;

use lms_core::{assessment::authoring::NewQuestion, kernel::DomainError};
use serde::Serialize;

/// The most bytes of a file of questions.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The most questions of a file.
pub const MAX_ITEMS: usize = 10_000;

/// A question with what formats keep beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its name in lists of questions, which learners do not see.
    pub title: Option<String>,
    /// The categories that it is in, from the outermost; empty for none.
    pub category: Vec<String>,
    /// The question.
    pub question: NewQuestion,
    /// The line where it begins, from 1; 0 for one that was not read from a file.
    pub line: u32,
}

impl Item {
    /// A question without a name and a category.
    pub const fn new(question: NewQuestion) -> Self {
        Self { title: None, category: Vec::new(), question, line: 0 }
    }
}

/// What a format or a file says that is not carried, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The line of the file, from 1; when writing, the number of the question, from 1.
    pub at: u32,
    /// A stable code, such as `gift.unclosed`.
    pub code: &'static str,
    /// A message for the person: the deviation and its outcome.
    pub detail: String,
    /// Whether the question was left out because of it.
    pub left_out: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.at, self.detail, self.code)
    }
}

/// The questions of a file, and what of it was not carried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// The questions, in the order of the file.
    pub items: Vec<Item>,
    /// The findings, by line.
    pub findings: Vec<Finding>,
}

/// A file that was written, and what of the questions it does not carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub text: String,
    /// The findings, by question.
    pub findings: Vec<Finding>,
}

/// Why a file was not read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is too large.
    #[error("the file has more than {most} bytes; split it")]
    TooLarge {
        /// The most bytes.
        most: usize,
    },
    /// It has too many questions.
    #[error("the file has more than {most} questions; split it")]
    TooMany {
        /// The most questions.
        most: usize,
    },
    /// It is not text in UTF-8.
    #[error("byte {at} is not UTF-8; save the file in that encoding")]
    NotUtf8 {
        /// The first byte that is not, from 0.
        at: usize,
    },
}

impl DomainError for ReadError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "read.too_large",
            Self::TooMany { .. } => "read.too_many",
            Self::NotUtf8 { .. } => "read.not_utf8",
        }
    }

    fn kind(&self) -> lms_core::kernel::ErrorKind {
        lms_core::kernel::ErrorKind::Invalid
    }

    fn params(&self) -> Vec<(&'static str, serde_json::Value)> {
        match *self {
            Self::TooLarge { most } | Self::TooMany { most } => vec![("most", most.into())],
            Self::NotUtf8 { at } => vec![("at", at.into())],
        }
    }
}

/// The text of a file within the limits, without a byte order mark.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::TooLarge { most: MAX_BYTES });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ReadError::NotUtf8 { at: error.valid_up_to() })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
