//! Refreshing a tenant's read models.
use lms_core::{
    kernel::{Scope, TenantId, Timestamp},
    store::{Backend as _, StoreError},
};

use crate::{PgStore, connection::OpenConnection, error::connection_error};

/// How each table is emptied for a tenant and filled again.
const STEPS: [&str; 9] = [
    "DELETE FROM lms.student_progress WHERE tenant_id = $1",
    include_str!("../../queries/refresh/student_progress.sql"),
    "DELETE FROM lms.tutor_classes WHERE tenant_id = $1",
    include_str!("../../queries/refresh/tutor_classes.sql"),
    include_str!("../../queries/refresh/tutor_totals.sql"),
    "DELETE FROM lms.tutor_sessions WHERE tenant_id = $1",
    include_str!("../../queries/refresh/tutor_sessions.sql"),
    "DELETE FROM lms.centre_financials WHERE tenant_id = $1",
    include_str!("../../queries/refresh/centre_financials.sql"),
];

impl PgStore {
    /// The same store, answering the reports on students' progress, tutors' load and units'
    /// finances from what the tenant's last [refresh](Self::refresh_read_models) kept: fast, and
    /// as old as that. A tenant that was never refreshed, and a time that does not consist of
    /// whole days (UTC), is read from the records.
    #[must_use]
    pub fn with_read_models(mut self) -> Self {
        self.reads_kept = true;
        self
    }

    /// Recomputes a tenant's read models at `now`. Others read the earlier figures until it is
    /// done; two that refresh one tenant take turns.
    ///
    /// # Errors
    /// [`StoreError`]; the earlier figures stay then.
    pub async fn refresh_read_models(
        &self,
        tenant: TenantId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut open = self.begin_for(tenant).await?;
        let Some(db) = open.get() else { return Err(crate::connection::gone()) };
        let claim = include_str!("../../queries/refresh/claim.sql");
        sqlx::query(claim)
            .bind(tenant.uuid())
            .bind(now.utc())
            .execute(&mut *db)
            .await
            .map_err(connection_error)?;
        for step in STEPS {
            let done = sqlx::query(step).bind(tenant.uuid()).execute(&mut *db).await;
            done.map_err(connection_error)?;
        }
        sqlx::raw_sql("COMMIT").execute(db).await.map_err(crate::error::commit_error)?;
        open.ended();
        tracing::debug!(backend = self.name(), %tenant, "read models refreshed");
        Ok(())
    }

    async fn begin_for(&self, tenant: TenantId) -> Result<OpenConnection, StoreError> {
        let server = self.ready().await?;
        let scope = Scope::Tenant(tenant);
        OpenConnection::begin(self.pool(), None, (scope, server), self.patience).await
    }

    /// When the tenant's read models were last refreshed; nothing if they never were.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_models_refreshed_at(
        &self,
        tenant: TenantId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut open = self.begin_for(tenant).await?;
        let Some(db) = open.get() else { return Err(crate::connection::gone()) };
        let found: Option<chrono::DateTime<chrono::Utc>> =
            sqlx::query_scalar("SELECT refreshed_at FROM lms.read_models WHERE tenant_id = $1")
                .bind(tenant.uuid())
                .fetch_optional(db)
                .await
                .map_err(connection_error)?;
        Ok(found.map(Timestamp::from_utc))
    }
}
