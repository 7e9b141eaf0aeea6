//! Keeps records in memory: the embedded default, good enough to run a small school.
//!
//! [`MemoryStore`] has snapshot isolation, the same rules and errors as the other backends, an
//! index for every key, unique, reference and declared index, and can be saved to one file.
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

// The derives write `::lms_core`.
extern crate lms_store as lms_core;

mod checks;
mod claims;
mod commit;
mod contents;
mod eval;
mod file;
mod key;
mod own;
mod plan;
mod select;
mod shape;
mod store;
#[cfg(test)]
mod tests;
mod transaction;
mod tree;
mod upsert;
mod view;

pub use file::{FileError, Place};
pub use store::MemoryStore;
