//! The formats by name and by content.
use std::fmt;

use lms_core::kernel::Context;

use crate::{Exported, Imported, Item, ReadError, gift, moodle_xml};

/// A format of questions.
///
/// ```
/// use lms_interop::Format;
///
/// assert_eq!(Format::detect(b"<?xml version=\"1.0\"?><quiz></quiz>"), Some(Format::MoodleXml));
/// assert_eq!(Format::detect(b"Sun rises. {T}"), Some(Format::Gift));
/// assert_eq!(Format::detect(b"PK\x03\x04"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Moodle's text format.
    Gift,
    /// Moodle's export of question banks.
    MoodleXml,
}

impl Format {
    /// The format of a file, by its content and not by its name; `None` where it is none of these.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let start = bytes.get(..4_096).unwrap_or(bytes);
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
        let has = |word: &[u8]| start.windows(word.len()).any(|it| it == word);
        match start.first()? {
            b'<' => has(b"<quiz").then_some(Self::MoodleXml),
            // Archives and other files that are no text have such bytes at their start.
            _ if start.iter().any(|it| *it < b' ' && !it.is_ascii_whitespace()) => None,
            _ => Some(Self::Gift),
        }
    }

    /// The format whose files have names with that ending, such as `xml`.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "gift" | "txt" => Some(Self::Gift),
            "xml" => Some(Self::MoodleXml),
            _ => None,
        }
    }

    /// Reads questions. The context makes their ids.
    ///
    /// # Errors
    /// [`ReadError`] for a file that is not read at all; everything else is a finding.
    pub fn read(self, cx: &Context, bytes: &[u8]) -> Result<Imported, ReadError> {
        match self {
            Self::Gift => gift::read(cx, bytes),
            Self::MoodleXml => moodle_xml::read(cx, bytes),
        }
    }

    /// Writes questions.
    pub fn write(self, items: &[Item]) -> Exported {
        match self {
            Self::Gift => gift::write(items),
            Self::MoodleXml => moodle_xml::write(items),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gift => "GIFT",
            Self::MoodleXml => "Moodle XML",
        })
    }
}
