//! The results of reading and writing, with what is not carried.
use std::fmt;

use lms_core::{
    assessment::{
        authoring::{NewQuestion, QuestionProblem, check_question},
        question::Question,
    },
    kernel::{Context, DomainError},
};
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
    /// Words by which it is found.
    pub tags: Vec<String>,
    /// The question.
    pub question: NewQuestion,
    /// The line where it begins, from 1; 0 for one that was not read from a file.
    pub line: u32,
}

impl Item {
    /// A question without a name and a category.
    pub const fn new(question: NewQuestion) -> Self {
        Self { title: None, category: Vec::new(), tags: Vec::new(), question, line: 0 }
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
    /// It is not XML.
    #[error("line {line} is not XML as it should be; export the file again")]
    NotXml {
        /// The line, from 1.
        line: u32,
    },
    /// Its elements are too deep or too many.
    #[error("the question around line {line} has too many elements or too deep ones; split it")]
    TooDeep {
        /// The line, from 1.
        line: u32,
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
            Self::NotXml { .. } => "read.not_xml",
            Self::TooDeep { .. } => "read.too_deep",
            Self::NotUtf8 { .. } => "read.not_utf8",
        }
    }

    fn kind(&self) -> lms_core::kernel::ErrorKind {
        lms_core::kernel::ErrorKind::Invalid
    }

    fn params(&self) -> Vec<(&'static str, serde_json::Value)> {
        match *self {
            Self::TooLarge { most } | Self::TooMany { most } => vec![("most", most.into())],
            Self::NotXml { line } | Self::TooDeep { line } => vec![("line", line.into())],
            Self::NotUtf8 { at } => vec![("at", at.into())],
        }
    }
}

/// The names of a category's path: `/` separates them, and `//` is a slash.
pub(crate) fn category_of(path: &str) -> Vec<String> {
    let path = path.trim().replace("//", "\u{0}");
    let mut names: Vec<_> = path.split('/').collect();
    // Moodle's own names of the place where the categories are, such as `$course$/top`.
    let is_place = |it: &&str| it.len() > 1 && it.starts_with('$') && it.ends_with('$');
    if names.first().is_some_and(is_place) {
        names.remove(0);
        if names.first() == Some(&"top") {
            names.remove(0);
        }
    }
    let names = names.into_iter().map(|it| it.replace('\u{0}', "/").trim().to_owned());
    names.filter(|it| !it.is_empty()).collect()
}

/// Whether the question can be asked and graded.
pub(crate) fn check(cx: &Context, question: &NewQuestion) -> Result<(), QuestionProblem> {
    let content = &question.content;
    let mut record = Question::new(cx, content.kind, &content.prompt, content.answer_key.clone());
    record.options.clone_from(&content.options);
    record.score = content.score;
    check_question(&record)
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
