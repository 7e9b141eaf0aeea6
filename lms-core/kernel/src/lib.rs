//! Values that every context shares: ids, time, money, marks, checked text, and who is acting.
//!
//! Nothing here reads a clock, draws randomness, waits or knows a store. Time, ids and entropy
//! reach the library through the ports [`Clock`], [`IdGenerator`] and [`Entropy`], and one
//! operation carries one time in its [`Context`]. Money and marks are exact: integers at a fixed
//! scale, decimals or fractions, rounded once, by a [`Rounding`] that the caller names.
//!
//! A value that exists is valid: constructors check, fields are private, and reading a value with
//! serde runs the same checks. Their errors name what is wrong and what to write instead, and do
//! not repeat the text they refuse.
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
// The derives name this crate as the core does.
#[doc(hidden)]
pub extern crate self as kernel;

mod actor;
mod allocate;
mod big_ratio;
mod context;
mod currency;
mod entity_ref;
mod error;
mod fixed;
mod id;
mod local_date;
pub mod machine;
mod metadata;
mod money;
mod money_error;
#[doc(hidden)]
pub mod params;
mod percent;
mod permission;
mod points;
mod ports;
mod ratio;
mod rounding;
#[cfg(feature = "schema")]
mod schema;
mod scope;
mod secret;
mod serde_text;
mod text;
mod time;
mod time_range;
mod wide;

pub use actor::{Actor, ActorId};
pub use big_ratio::BigRatio;
pub use context::{Client, Context};
pub use currency::Currency;
pub use entity_ref::{EntityKind, EntityRef};
pub use error::{DomainError, ErrorKind};
pub use fixed::NumberError;
pub use id::{Id, TenantId, Version, uuid_v7};
pub use local_date::{LocalDate, LocalDateTime};
pub use machine::{Machine, Rejected};
pub use metadata::{Metadata, MetadataError};
pub use money::Money;
pub use money_error::MoneyError;
pub use percent::Percent;
pub use permission::{Access, CataloguedPermission, Permission, PermissionPattern};
pub use points::Points;
pub use ports::{
    Clock, Entropy, FixedClock, IdGenerator, SeededEntropy, SequentialIds, TimeOrderedIds,
};
pub use ratio::Ratio;
pub use rounding::Rounding;
#[cfg(feature = "schema")]
#[doc(hidden)]
pub use schemars;
pub use scope::Scope;
pub use secret::{Secret, SecretText};
pub use text::{
    EmailAddress, LanguageTag, Link, PhoneNumber, RequestId, Slug, TextError, TimeZone, Title,
};
#[doc(hidden)]
pub use text::{any_char, is_longer};
pub use time::Timestamp;
pub use time_range::{TimeRange, TimeRangeError};
#[doc(hidden)]
pub use wide::compare_products;
