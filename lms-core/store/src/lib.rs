//! The storage port: what a backend must do, and the typed API built on it.
//!
//! A backend implements [`Backend`] and [`BackendTransaction`] over [`Schema`], [`Row`] and
//! [`Value`]; nothing in it grows with the number of records. Everyone else uses [`Store`] and
//! [`Transaction`], which infer the record type, and asks questions that are values
//! ([`Query`], [`Filter`]) named on the records.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout
    )
)]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

extern crate self as lms_core;

// The derives write `::lms_core::kernel` and `::lms_core::store`.
#[doc(hidden)]
pub extern crate self as store;
#[doc(hidden)]
pub use lms_kernel as kernel;

mod attempts;
pub mod audit;
mod backend;
mod check;
mod due;
mod error;
mod field;
mod idempotency;
pub mod job;
mod json;
pub mod json_match;
mod money_field;
mod named;
pub mod operation;
pub mod outbox;
mod page;
mod permission_field;
mod ports;
mod query;
mod record;
mod report;
mod repository;
#[cfg(feature = "schema")]
mod schema;
mod stamp;
pub mod testing;
mod transact;
mod transaction;
mod upsert;

pub use attempts::{AfterFailure, Attempts, Waits};
pub use backend::{Backend, BackendTransaction, Writers};
pub use due::DueRows;
pub use error::StoreError;
pub use field::{Field, FieldError, Privacy, Type, Value, json_from_value, json_to_value};
pub use idempotency::{Applied, IdempotencyError, IdempotencyKey, IdempotencyRecord};
pub use json::JsonText;
pub use lms_derive::Record;
pub use named::{Named, Names};
pub use page::{Cursor, Page, PageSize};
pub use ports::{Port, Ports};
pub use query::{
    Col, Deleted, Direction, Expr, Filter, Lock, Op, Order, Query, Related, Select, Sortable,
};
pub use record::{
    Column, Condition, Fields, Index, OptionalFields, Ownership, Record, RecordType, Row, Schema,
    SchemaBuilder, Unique, Values,
};
pub use report::Report;
pub use repository::Repository;
pub use stamp::{LogStamp, PlatformStamp, RecordStamp, Stamp};
pub use transact::{RetryPolicy, Store, Work};
pub use transaction::{Framed, Transaction};
pub use upsert::{ParentGuard, Upsert, UpsertRows, Upserted};
