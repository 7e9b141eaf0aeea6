// The README links to files; here the same labels lead to modules, because the first definition of
// a label counts.
#![doc = "[operations]: operations()"]
#![doc = "[first hour]: guide::first_hour"]
#![doc = "[hosting]: guide::hosting"]
#![doc = "[commerce]: guide::commerce"]
#![doc = "[http]: guide::http"]
#![doc = "[formats]: guide::formats"]
#![doc = "[privacy]: guide::privacy"]
#![doc = "[durability]: guide::durability"]
#![doc = "[postgres]: guide::postgres"]
#![doc = "[citus]: guide::citus"]
#![doc = "[writing a store]: guide::writing_a_store"]
#![doc = "[stability]: guide::stability"]
#![doc = "[benchmarks]: guide::benchmarks"]
#![doc = ""]
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
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
#[cfg_attr(docsrs, doc(cfg(feature = "memory")))]
pub use lms_store_memory as memory;

/// The PostgreSQL backend.
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub use lms_store_postgres as postgres;

/// The SQLite backend: one file, the durable embedded default.
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use lms_store_sqlite as sqlite;

/// Files in a local folder.
#[cfg(feature = "files")]
#[cfg_attr(docsrs, doc(cfg(feature = "files")))]
pub use lms_files as files;

/// Payment gateways.
#[cfg(feature = "gateways")]
#[cfg_attr(docsrs, doc(cfg(feature = "gateways")))]
pub use lms_gateways as gateways;

/// Operations over HTTP.
#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
pub use lms_http as http;

/// The field's formats.
#[cfg(feature = "interop")]
#[cfg_attr(docsrs, doc(cfg(feature = "interop")))]
pub use lms_interop as interop;

/// Password hashing with Argon2id.
#[cfg(feature = "password")]
#[cfg_attr(docsrs, doc(cfg(feature = "password")))]
pub use lms_password as password;

#[cfg(doc)]
pub mod guide;
