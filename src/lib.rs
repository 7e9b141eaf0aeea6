#![doc = include_str!("../README.md")]
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

pub use lms_core::*;

pub mod host;

/// The in-memory backend, the embedded default.
#[cfg(feature = "memory")]
pub use lms_store_memory as memory;

/// The PostgreSQL backend.
#[cfg(feature = "postgres")]
pub use lms_store_postgres as postgres;

/// The SQLite backend: one file, the durable embedded default.
#[cfg(feature = "sqlite")]
pub use lms_store_sqlite as sqlite;

/// Files in a local folder.
#[cfg(feature = "files")]
pub use lms_files as files;

/// Payment gateways.
#[cfg(feature = "gateways")]
pub use lms_gateways as gateways;

/// Password hashing with Argon2id.
#[cfg(feature = "password")]
pub use lms_password as password;

/// The host's guide, so that its examples compile.
#[cfg(all(doctest, feature = "memory"))]
mod guide {
    #![doc = include_str!("../docs/guide/hosting.md")]
}

/// The guide to privacy, so that its examples compile.
#[cfg(all(doctest, feature = "memory"))]
mod privacy {
    #![doc = include_str!("../docs/guide/privacy.md")]
}
