//! Working inside a transaction that a host began.
use lms_core::{
    kernel::{Context, Scope},
    store::{StoreError, Transaction},
};
use sqlx::{PgConnection, Row as _};

use crate::{
    PgStore, SetupError,
    connection::send,
    error::{BACKEND, connection_error, within},
    sql::{self, Server},
    transaction::{HostTransaction, Link, PgTransaction},
};

/// A host's transaction, and what its settings were.
#[derive(Debug)]
pub(crate) struct Lent {
    inner: HostTransaction,
    tenant: String,
    platform: String,
}

impl Lent {
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    pub(crate) fn into_inner(self) -> HostTransaction {
        self.inner
    }
}

impl PgStore {
    /// Works inside a transaction that the host began, so that the host's rows and the
    /// library's are committed together.
    ///
    /// Get it back with [`Transaction::into_backend`] and [`PgTransaction::release`], which
    /// restores the settings it came with, and commit it. Dropping the returned transaction
    /// rolls everything back, the host's work included.
    ///
    /// ```no_run
    /// # use lms_core::{kernel::{Context, Scope}, store::StoreError};
    /// # use lms_store_postgres::{PgStore, PgTransaction};
    /// # async fn example(
    /// #     store: &PgStore,
    /// #     cx: &Context,
    /// #     own: sqlx::Transaction<'static, sqlx::Postgres>,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let tx = store.join(own, cx, Scope::Tenant(cx.tenant())).await?;
    /// // … services of the library on `tx` …
    /// let own = tx.into_backend::<PgTransaction>().await?.release().await?;
    /// own.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn join(
        &self,
        mut inner: HostTransaction,
        cx: &Context,
        scope: Scope,
    ) -> Result<Transaction, StoreError> {
        if scope == Scope::AllTenants {
            return Err(StoreError::ScopeNotOffered {
                backend: BACKEND,
                scope: "all tenants",
                remedy: "open it from the store, which has a role of its own for it",
            });
        }
        let asked = sqlx::query(
            "SELECT coalesce(current_setting('lms.tenant_id', true), ''), \
                    coalesce(current_setting('lms.platform', true), ''), \
                    rolname::text, rolsuper, rolbypassrls, \
                    EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') \
             FROM pg_roles WHERE rolname = current_user",
        )
        .fetch_one(&mut *inner);
        let found = within(self.patience, asked).await.map_err(connection_error)?;
        self.require_bound(&found, 2).map_err(setup_error)?;
        let read = |at: usize| found.try_get::<String, _>(at).map_err(connection_error);
        let (tenant, platform) = (read(0)?, read(1)?);
        let is_cluster: bool = found.try_get(5).map_err(connection_error)?;
        let server = if is_cluster { Server::Cluster } else { Server::Single };
        let settings = send(&mut inner, sql::enter(scope, server));
        within(self.patience, settings).await.map_err(connection_error)?;
        let lent = Link::Lent(Lent { inner, tenant, platform });
        let joined = PgTransaction::new(self, lent, scope, server);
        Ok(Transaction::from_backend(Box::new(joined), cx, scope))
    }
}

/// The port's error for a database that cannot be used: one that cannot be reached may be later.
pub(crate) fn setup_error(error: SetupError) -> StoreError {
    match error {
        SetupError::Database(error) => connection_error(error),
        error => StoreError::Backend { backend: BACKEND, source: error.into() },
    }
}

impl PgTransaction {
    /// Gives the host's transaction back, with the settings it came with.
    ///
    /// Fails, and rolls back, when a statement had failed or when the store began the
    /// transaction itself.
    pub async fn release(mut self) -> Result<HostTransaction, StoreError> {
        if !self.is_live() {
            return Err(StoreError::Poisoned);
        }
        let Link::Lent(mut lent) = std::mem::replace(&mut self.link, Link::Ended) else {
            return Err(StoreError::InvalidQuery {
                table: "transaction",
                reason: "the store began it; commit it instead",
            });
        };
        // Bound, because the host's former settings are not ours to vouch for.
        let (tenant, platform) = (lent.tenant.clone(), lent.platform.clone());
        let restore = sqlx::query(
            "SELECT set_config('lms.tenant_id', $1, true), set_config('lms.platform', $2, true)",
        )
        .bind(tenant)
        .bind(platform)
        .execute(lent.connection());
        within(self.patience, restore).await.map_err(connection_error)?;
        Ok(lent.into_inner())
    }
}
