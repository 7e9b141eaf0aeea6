//! One test's database.
use std::sync::atomic::{AtomicBool, Ordering};

use lms_core::kernel::{Scope, TenantId};
use lms_core::store::{BackendTransaction, StoreError};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, PgConnection, PgPool,
    postgres::PgConnectOptions,
};

use super::{
    TestServerError,
    server::{APP, MAINTENANCE, OWNER, PASSWORD, new_name},
};
use crate::{PgStore, PgTransaction, connection::OpenConnection, sql::vouched, transaction::Link};

/// One test's database. It is dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    admin: PgConnectOptions,
    kept: AtomicBool,
}

impl TestDatabase {
    pub(super) fn new(name: String, admin: PgConnectOptions) -> Self {
        Self { name, admin, kept: AtomicBool::new(false) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Another database with the same contents, for as long as no one is connected to this one.
    pub async fn copy(&self) -> Result<Self, TestServerError> {
        let name = new_name();
        let mut db = self.admin.connect().await?;
        let create = format!("CREATE DATABASE {name} TEMPLATE {} OWNER {OWNER}", self.name);
        db.execute(sqlx::raw_sql(vouched(create))).await?;
        db.close().await?;
        Ok(Self::new(name, self.admin.clone()))
    }

    /// Ends every session of this database.
    pub async fn disconnect(&self) -> Result<(), TestServerError> {
        let mut db = self.admin.connect().await?;
        let end =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1";
        sqlx::query(end).bind(&self.name).execute(&mut db).await?;
        Ok(db.close().await?)
    }

    /// A store as the application's login, which row-level security binds, with all scopes.
    pub fn store(&self) -> PgStore {
        PgStore::new(self.app_pool()).with_maintenance_pool(self.maintenance_pool())
    }

    /// A pool of the application's login.
    pub fn app_pool(&self) -> PgPool {
        self.pool(APP, 10)
    }

    /// The same with that many connections.
    pub fn app_pool_of(&self, connections: u32) -> PgPool {
        self.pool(APP, connections)
    }

    /// A pool of the login for all tenants.
    pub fn maintenance_pool(&self) -> PgPool {
        self.pool(MAINTENANCE, 4)
    }

    /// A pool of the login that owns the tables.
    pub fn owner_pool(&self) -> PgPool {
        self.pool(OWNER, 4)
    }

    /// A pool of the login that may do everything: row-level security does not bind it.
    pub fn admin_pool(&self) -> PgPool {
        PgStore::pool_options().connect_lazy_with(self.admin.clone().database(&self.name))
    }

    /// How to connect as the application's login.
    pub fn app_options(&self) -> PgConnectOptions {
        self.options(APP)
    }

    /// How to connect as the login that owns the tables, or is to own them.
    pub fn owner_options(&self) -> PgConnectOptions {
        self.options(OWNER)
    }

    /// A transaction whose statements say nothing about tenants, so that row-level security
    /// alone keeps them apart.
    pub async fn begin_without_conditions(
        &self,
        store: &PgStore,
        tenant: TenantId,
    ) -> Result<Box<dyn BackendTransaction>, StoreError> {
        let server = store.ready().await?;
        let scope = (Scope::Tenant(tenant), server);
        let open = OpenConnection::begin(store.pool(), None, scope, store.patience).await?;
        let tx = PgTransaction::new(store, Link::Own(open), Scope::AllTenants, server);
        Ok(Box::new(tx))
    }

    /// Makes the database look like one on a coordinator of Citus, so that the library sends it
    /// what it would send there. The calls that move tables refuse what Citus refuses and move
    /// nothing; `public.pg_dist_partition` says where each table would lie. A row in
    /// `public.troubles` has the move of a table fail, or passed over silently.
    pub async fn pretend_cluster(&self) -> Result<(), TestServerError> {
        let pool = self.admin_pool();
        sqlx::raw_sql(include_str!("pretend_cluster.sql")).execute(&pool).await?;
        pool.close().await;
        Ok(())
    }

    pub(super) fn keep(&self) {
        self.kept.store(true, Ordering::SeqCst);
    }

    fn options(&self, login: &str) -> PgConnectOptions {
        let options = self.admin.clone().database(&self.name);
        options
            .username(login)
            .password(PASSWORD)
            .statement_cache_capacity(PgStore::STATEMENT_CACHE)
    }

    fn pool(&self, login: &str, connections: u32) -> PgPool {
        let options = PgStore::pool_options().max_connections(connections);
        options.connect_lazy_with(self.options(login))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.kept.load(Ordering::SeqCst) {
            return;
        }
        let (admin, name) = (self.admin.clone(), self.name.clone());
        // The test's runtime may be about to end, so the work has a thread of its own.
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut db = PgConnection::connect_with(&admin).await?;
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                db.execute(sqlx::raw_sql(vouched(drop))).await?;
                db.close().await
            })
        });
        if let Ok(Err(error)) = work.join() {
            tracing::warn!(%error, database = self.name, "a test database was not dropped");
        }
    }
}
