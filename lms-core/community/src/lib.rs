//! Recognition, engagement, notification and operations.
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
use {lms_kernel as kernel, lms_store as store};

pub mod engagement;
mod listed;
pub mod notification;
pub mod operations;
mod protected;
pub mod recognition;
#[cfg(feature = "schema")]
mod schema;
