//! An HTTP interface of the library's operations: a router of axum made from their registry.
//!
//! [`Api`] gives every operation that has a JSON form a route, with errors as problem details,
//! idempotency keys, conditional reads and an OpenAPI document; [`Sessions`] let the library's
//! logins in. The operations themselves decide who may do what.
//!
//! ```
//! use std::sync::Arc;
//!
//! use lms_core::{identity::PasswordHasher, kernel::{Actor, Context, TenantId}, store::Store};
//! use lms_http::{Api, Sessions, SigningKey};
//!
//! fn routes(
//!     store: Store,
//!     hasher: Arc<dyn PasswordHasher>,
//!     key: SigningKey,
//!     make_context: fn(TenantId, Actor) -> Context,
//! ) -> axum::Router {
//!     let sessions = Sessions::new(store.clone(), hasher, key, make_context);
//!     let routes = sessions.routes();
//!     Api::new(store, Arc::new(sessions)).router().merge(routes)
//! }
//! ```
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

mod access_token;
mod api;
mod authenticate;
mod conditional;
mod files;
mod openapi;
mod problem;
mod request;
mod sessions;

pub use access_token::{AccessClaims, ShortKey, SigningKey};
pub use api::Api;
pub use authenticate::Authenticate;
pub use problem::{PROBLEM_JSON, Problem, status_of};
pub use sessions::{SecondFactor, Sessions, TokenPair};
