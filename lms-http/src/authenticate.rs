//! Who acts: what a host gives to the interface.
use async_trait::async_trait;
use axum::http::request::Parts;
use lms_core::kernel::{Context, TenantId};

use crate::Problem;

/// Makes the contexts of requests.
///
/// Implement it over the host's own login, or use [`Sessions`](crate::Sessions), which issue tokens
/// for the library's logins.
#[async_trait]
pub trait Authenticate: Send + Sync + 'static {
    /// Makes the context of a request from its head: its tenant, its actor and its time.
    ///
    /// A request without credentials is one of
    /// [`Actor::Anonymous`](lms_core::kernel::Actor::Anonymous), which may do what is open to
    /// everyone.
    ///
    /// # Errors
    /// [`Problem::unauthenticated`] for credentials that are not accepted.
    async fn context(&self, parts: &Parts) -> Result<Context, Problem>;

    /// Makes a context in which the system acts for a tenant, for webhooks and readiness.
    fn system_context(&self, tenant: TenantId) -> Context;
}
