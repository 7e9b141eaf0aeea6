//! Keeps the records of the `lms` library in PostgreSQL: one table each, behind row-level
//! security.
//!
//! The host owns the pools, the library owns the database schema `lms`:
//!
//! ```no_run
//! use lms_core::store::Store;
//! use lms_store_postgres::{Login, PgStore, prepare};
//!
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! // Once per deployment, as the login that owns the schema, on a database that may be empty:
//! let owner = sqlx::PgPool::connect("postgres://owner@db/school").await?;
//! prepare(&owner, &Login::application("school")).await?;
//! // In the application, as that plain login:
//! let store = Store::new(PgStore::connect("postgres://school@db/school").await?);
//! # let _ = store;
//! # Ok(())
//! # }
//! ```
//!
//! Tenants are kept apart twice: every statement names the tenant, and every table has a forced
//! policy that compares the row's tenant with a setting local to the transaction. Either alone
//! suffices, and tests take each away in turn.
//!
//! The tables follow the rules of Citus: each key, unique and reference of a tenant's table begins
//! with `tenant_id`, so the schema can be distributed unchanged.
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

mod admin;
mod codec;
mod connection;
mod ddl;
mod error;
mod idle;
mod join;
mod migrate;
mod registry;
mod reports;
mod sql;
mod store;
#[cfg(feature = "test-server")]
pub mod testing;
mod transaction;
mod upserted;

pub use admin::{
    LEARNER_SETTING, Login, Partitioning, bind_rows_to_learners, distribute, distribution_sql,
    maintain, partition, prepare,
};
pub use ddl::{APP_ROLE, MAINTENANCE_ROLE, SCHEMA};
pub use error::{SetupError, store_error};
pub use migrate::{
    Migration, MigrationStatus, generated_migrations, migrate, migration_sql, migrations, status,
};
pub use store::PgStore;
pub use transaction::PgTransaction;

/// The pages for operators, so that their examples are compiled.
#[cfg(doctest)]
mod guide {
    #![doc = include_str!("../../docs/guide/postgres.md")]
    #![doc = include_str!("../../docs/guide/citus.md")]
}
