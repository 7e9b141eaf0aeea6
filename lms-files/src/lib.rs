//! The bytes of files in a local folder or in a bucket: adapters for the library's storage port.
//!
//! [`FolderStorage`] stores them in a folder. Each tenant has a folder of its own under the root, and each file is kept there under its key. A
//! file appears whole or not at all, also when the machine stops in between, and never in the place
//! of another. Nothing outside the root is read or written: not by a key, and not through a link
//! that someone put into the folder.
#![cfg_attr(
    feature = "object-store",
    doc = "\n[`ObjectStorage`] stores them in a bucket of S3, Google Cloud Storage or Azure."
)]
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

mod folder;
#[cfg(feature = "object-store")]
mod object;

pub use folder::FolderStorage;
#[cfg(feature = "object-store")]
pub use object::ObjectStorage;
#[cfg(feature = "object-store")]
pub use object_store;
