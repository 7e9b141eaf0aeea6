//! GIFT, the text format of Moodle's questions.
//!
//! ```
//! use lms_interop::gift;
//! # let cx = lms_testkit::TestContext::new("gift").build();
//!
//! let file = "::Capital:: Which is the capital of Uzbekistan? { =Tashkent ~Samarkand ~Bukhara }";
//! let read = gift::read(&cx, file.as_bytes())?;
//! assert_eq!(read.items[0].title.as_deref(), Some("Capital"));
//! assert_eq!(read.items[0].question.content.options.len(), 3);
//! assert!(gift::write(&read.items).text.contains("=Tashkent"));
//! # Ok::<(), lms_interop::ReadError>(())
//! ```
//!
//! # Source
//! Moodle documentation, "GIFT format", <https://docs.moodle.org/en/GIFT_format>: questions are
//! separated by blank lines; answers are in braces; `\` before one of `: ~ = # { } \` makes it a
//! plain character, and `\n` is the end of a line.
mod answers;
mod glyphs;
mod read;
mod write;

pub use read::read;
pub use write::write;
