//! A throw-away PostgreSQL server for tests, with a migrated database for each of them.
//!
//! [`TestServer::shared`] starts one server per test program, or uses the one that the
//! environment variable `DATABASE_URL` names. [`TestServer::database`] copies the migrated
//! template, which has an ICU locale, so that rules about text order can fail; the copy is
//! dropped with the returned value.
mod binaries;
mod database;
mod recording;
mod server;
mod supervisor;

pub use database::TestDatabase;
pub use recording::{Recorded, Recording};
pub use server::{CLUSTER, TestServer};

use crate::SetupError;

/// Why there is no server to test against.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestServerError {
    /// No PostgreSQL server is installed where it was looked for.
    #[error(
        "no PostgreSQL server (`initdb`, `postgres`; version 15 or newer) was found in \
         LMS_POSTGRES_BIN, in PATH or in the usual folders; run `scripts/test`, which installs \
         one, or set DATABASE_URL to a server whose login may create databases and roles"
    )]
    NoServer,
    /// The server runs only as a user who is not root, and there is no other.
    #[error(
        "PostgreSQL does not run as root, and neither `postgres` nor `nobody` is a user of this \
         machine; run the tests as another user or set DATABASE_URL"
    )]
    NobodyToRunAs,
    /// A program of the server failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// Which program.
        program: &'static str,
        /// What it said last.
        output: String,
    },
    /// A file or process could not be handled.
    #[error("the test server's files or processes could not be handled")]
    Io(#[from] std::io::Error),
    /// The server refused.
    #[error("the test server refused")]
    Database(#[from] sqlx::Error),
    /// The template could not be migrated.
    #[error("the template could not be migrated")]
    Setup(#[from] SetupError),
}
