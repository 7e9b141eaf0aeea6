//! Keeps the records of the `lms` library in one SQLite file: the durable embedded default.
//!
//! ```no_run
//! use lms_core::store::Store;
//! use lms_store_sqlite::SqliteStore;
//!
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Store::new(SqliteStore::open("school.db", &lms_core::record_types()).await?);
//! # let _ = store;
//! # Ok(())
//! # }
//! ```
//!
//! The file is made, or brought up to date, from the records that the host passes. What is
//! committed outlives the process and the machine's power. One transaction writes at a time;
//! readers never wait.
//!
//! Tenants are kept apart twice: a statement that names a table without its owner's condition is
//! refused before it is sent, and a row of another tenant is refused before it is handed out.
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

mod backup;
mod codec;
mod connect;
mod ddl;
mod error;
mod explain;
mod functions;
mod lease;
mod migrate;
#[cfg(test)]
mod plans;
mod registry;
mod scope;
mod session;
mod sql;
mod store;
mod transaction;
mod upsert;

pub use error::SetupError;
/// The driver, for SQL of the host's own.
pub use rusqlite;
pub use store::{Options, SqliteStore, Synchronous};
pub use transaction::SqliteTransaction;
