//! The field's formats: bytes in, values and a report out; values in, text and a report out.
//!
//! Reading is tolerant: what deviates or cannot be said here is reported at its line, and the rest
//! is read. Writing is strict: it writes what the format's documentation allows, and reports what
//! of a question the format cannot carry. Nothing here knows a store; a host adds the questions to
//! a bank with [`AddToBank`](lms_core::assessment::bank::AddToBank), in one transaction.
//!
//! | format | questions |
//! |---|---|
//! | [`moodle_xml`] | the same, and orders, texts with blanks, tags, scores |
//! | [`gift`] | choices, true or false, short answers, numbers, matching, essays, information |
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout,
        clippy::float_arithmetic
    )
)]

mod format;
pub mod gift;
pub mod moodle_xml;
mod report;
mod share;
mod words;

pub use format::Format;
pub use report::{Exported, Finding, Imported, Item, MAX_BYTES, MAX_ITEMS, ReadError};
