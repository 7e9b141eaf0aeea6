//! Moodle XML, the format in which Moodle exports its question banks.
//!
//! Carried in both directions: choices, true or false, short answers, numbers with tolerances,
//! matching, ordering, texts with blanks (`cloze`), essays and information, with names, categories,
//! tags, scores, shares and feedback. Texts keep their markup as it is written. What is not carried,
//! such as units, hints and embedded files, is a finding.
//!
//! A file is read as it is: it opens no other file, and no entity of its own is expanded.
//!
//! ```
//! use lms_interop::moodle_xml;
//! # let cx = lms_testkit::TestContext::new("doc").build();
//!
//! let file = br#"<quiz><question type="truefalse">
//!     <name><text>Sun</text></name>
//!     <questiontext format="plain_text"><text>The sun rises.</text></questiontext>
//!     <answer fraction="100"><text>true</text></answer>
//!     <answer fraction="0"><text>false</text></answer>
//! </question></quiz>"#;
//! let imported = moodle_xml::read(&cx, file)?;
//! assert_eq!(imported.items[0].question.content.prompt, "The sun rises.");
//! let exported = moodle_xml::write(&imported.items);
//! assert_eq!(exported.findings, []);
//! # Ok::<(), lms_interop::ReadError>(())
//! ```
//!
//! # Source
//! MoodleDocs, "Moodle XML format" and "Embedded Answers (Cloze) question type"; the elements of
//! ordering as Moodle 4.5 writes them.
mod cloze;
mod read;
mod tree;
mod write;

pub use cloze::MAX_BLANKS;
pub use read::read;
pub use tree::{MAX_DEPTH, MAX_ELEMENTS};
pub use write::write;
