//! The backend.
use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use lms_core::{
    kernel::Scope,
    store::{Backend, BackendTransaction, RetryPolicy, StoreError},
};
use sqlx::{
    PgPool, Row as _,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
};
use tokio::sync::OnceCell;

use crate::{
    admin::{let_work_as_application, require_cluster_ready},
    connection::OpenConnection,
    ddl::{APP_ROLE, MAINTENANCE_ROLE},
    error::{BACKEND, SetupError, silent},
    idle::Idle,
    join::setup_error,
    migrate::{migrate, require_current},
    sql::{Server, Shapes},
    transaction::{Link, PgTransaction},
};

/// A backend on connection pools that the host owns. Cheap to clone.
///
/// Before its first transaction it checks that the database is at this build's schema, and that
/// its login is bound by row-level security; [`verify`](Self::verify) does so at start-up.
#[derive(Clone, Debug)]
pub struct PgStore {
    pool: PgPool,
    maintenance: Option<PgPool>,
    unbound_role_allowed: bool,
    retry_policy: RetryPolicy,
    pub(crate) reads_kept: bool,
    pub(crate) patience: Duration,
    shapes: Arc<Shapes>,
    idle: Idle,
    verified: Arc<OnceCell<Server>>,
}

impl PgStore {
    /// How many statements a connection keeps prepared: a few for each table.
    pub const STATEMENT_CACHE: usize = 512;

    /// How long a server may take for one statement, unless the store was made with another
    /// [patience](Self::with_patience): a minute.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// A store on that pool, whose login is granted the role `lms_app`.
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            maintenance: None,
            unbound_role_allowed: false,
            retry_policy: RetryPolicy::attempts(10),
            reads_kept: false,
            patience: Self::PATIENCE,
            shapes: Arc::default(),
            idle: Idle::default(),
            verified: Arc::default(),
        }
    }

    /// A store on a pool of its own, verified.
    pub async fn connect(url: &str) -> Result<Self, SetupError> {
        let options: PgConnectOptions = url.parse().map_err(SetupError::Database)?;
        let options = options.statement_cache_capacity(Self::STATEMENT_CACHE);
        let store = Self::new(Self::pool_options().connect_with(options).await?);
        store.verify().await?;
        Ok(store)
    }

    /// A store for development, examples and tests on a database that may be empty: prepares it as
    /// the login that owns the schema, or is to own it, and works there as `lms_app`, the role
    /// that row-level security binds.
    ///
    /// In production the application has a login of its own, which cannot lift the policies; see
    /// [`prepare`](crate::prepare) and [`connect`](Self::connect).
    ///
    /// # Errors
    /// [`SetupError`], with the statement to run where the login lacks a right.
    pub async fn connect_as_owner(url: &str) -> Result<Self, SetupError> {
        let options: PgConnectOptions = url.parse().map_err(SetupError::Database)?;
        let options = options.statement_cache_capacity(Self::STATEMENT_CACHE);
        let owner = Self::pool_options().max_connections(1).connect_with(options.clone()).await?;
        migrate(&owner).await?;
        let_work_as_application(&mut *owner.acquire().await?).await?;
        owner.close().await;
        let pool = Self::pool_options().after_connect(|db, _| {
            Box::pin(async move { sqlx::raw_sql("SET ROLE lms_app").execute(db).await.map(|_| ()) })
        });
        let store = Self::new(pool.connect_with(options).await?);
        store.verify().await?;
        Ok(store)
    }

    /// Options for a pool that this store uses. It replaces broken connections itself, so the pool
    /// need not spend a round trip on asking whether each is alive; a caller that finds no free
    /// connection within five seconds, or no server, gets an error instead of waiting longer.
    pub fn pool_options() -> PgPoolOptions {
        const PATIENCE: Duration = Duration::from_secs(5);
        PgPoolOptions::new().test_before_acquire(false).acquire_timeout(PATIENCE)
    }

    /// The same store, offering [`Scope::AllTenants`] on a pool whose login is granted the role
    /// `lms_maintenance`.
    #[must_use]
    pub fn with_maintenance_pool(mut self, pool: PgPool) -> Self {
        self.maintenance = Some(pool);
        self
    }

    /// The same store, repeating work that lost a race as often as that. By default ten times.
    #[must_use]
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// The same store, waiting so long for the answer to one statement. A server that falls silent,
    /// as behind a network that lost it, then is [`StoreError::Unavailable`], and the connection
    /// is given up; what the server itself should stop earlier is its `statement_timeout`.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same store, accepting a login that row-level security does not bind. The condition
    /// that every statement carries then is all that keeps tenants apart.
    #[must_use]
    pub fn allow_unbound_role(mut self) -> Self {
        tracing::warn!("row-level security is not required of the database login");
        self.unbound_role_allowed = true;
        self
    }

    /// The pool.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Checks that the database is at this build's schema and that the login is bound by
    /// row-level security and has the library's rights. In a cluster of Citus also that every table
    /// is distributed, and that the tenant's setting reaches the nodes.
    pub async fn verify(&self) -> Result<(), SetupError> {
        self.look().await.map(|_| ())
    }

    /// Verifies the database, and says what kind of server it is on.
    async fn look(&self) -> Result<Server, SetupError> {
        let mut db = self.pool.acquire().await?;
        let role = sqlx::query(
            "SELECT rolname::text, rolsuper, rolbypassrls, \
                    EXISTS (SELECT FROM pg_roles m WHERE m.rolname = $1 \
                            AND pg_has_role(r.oid, m.oid, 'USAGE')), \
                    EXISTS (SELECT FROM pg_roles a WHERE a.rolname = $2 \
                            AND pg_has_role(r.oid, a.oid, 'USAGE')) \
             FROM pg_roles r WHERE rolname = current_user",
        )
        .bind(MAINTENANCE_ROLE)
        .bind(APP_ROLE)
        .fetch_one(&mut *db)
        .await?;
        self.require_bound(&role, 0)?;
        let name: String = role.try_get(0)?;
        let (on_all_tenants, on_tables): (bool, bool) = (role.try_get(3)?, role.try_get(4)?);
        if on_all_tenants && !self.unbound_role_allowed {
            let reason = "it is a member of `lms_maintenance`";
            return Err(SetupError::UnboundRole { role: name, reason });
        }
        if !on_tables {
            return Err(SetupError::MissingRights { role: name });
        }
        require_current(&mut db).await?;
        require_cluster_ready(&mut db).await
    }

    /// Refuses a role that policies do not bind; `first` is the position in the row of its name,
    /// followed by `rolsuper` and `rolbypassrls`.
    pub(crate) fn require_bound(&self, role: &PgRow, first: usize) -> Result<(), SetupError> {
        let name: String = role.try_get(first)?;
        let reason = match (role.try_get(first + 1)?, role.try_get(first + 2)?) {
            (true, _) => "it is a superuser",
            (false, true) => "it has BYPASSRLS",
            (false, false) => return Ok(()),
        };
        if self.unbound_role_allowed {
            return Ok(());
        }
        Err(SetupError::UnboundRole { role: name, reason })
    }

    /// Verifies the database once, before it is first used.
    pub(crate) async fn ready(&self) -> Result<Server, StoreError> {
        let verify = || async {
            match tokio::time::timeout(self.patience, self.look()).await {
                Ok(done) => done,
                Err(_) => Err(silent(self.patience).into()),
            }
        };
        self.verified.get_or_try_init(verify).await.map_err(setup_error).copied()
    }

    pub(crate) fn shapes(&self) -> Arc<Shapes> {
        Arc::clone(&self.shapes)
    }

    /// The same store on the same pools, noting every statement that it sends.
    #[cfg(feature = "test-server")]
    #[must_use]
    pub fn recording(&self) -> (Self, crate::testing::Recording) {
        let recording = crate::testing::Recording::default();
        let mut shapes = Shapes::default();
        shapes.recording = Some(recording.clone());
        (Self { shapes: Arc::new(shapes), ..self.clone() }, recording)
    }

    fn pool_for(&self, scope: Scope) -> Result<&PgPool, StoreError> {
        match scope {
            Scope::AllTenants => self.maintenance.as_ref().ok_or(StoreError::ScopeNotOffered {
                backend: BACKEND,
                scope: "all tenants",
                remedy: "give the store a pool for it with `with_maintenance_pool`",
            }),
            Scope::Tenant(_) | Scope::Platform | Scope::TenantAndPlatform(_) => Ok(&self.pool),
        }
    }
}

#[async_trait]
impl Backend for PgStore {
    fn name(&self) -> &'static str {
        BACKEND
    }

    async fn begin(&self, scope: Scope) -> Result<Box<dyn BackendTransaction>, StoreError> {
        let pool = self.pool_for(scope)?;
        let server = self.ready().await?;
        let idle = (scope != Scope::AllTenants).then_some(&self.idle);
        let open = OpenConnection::begin(pool, idle, (scope, server), self.patience).await?;
        Ok(Box::new(PgTransaction::new(self, Link::Own(open), scope, server)))
    }

    fn retry_policy(&self) -> RetryPolicy {
        self.retry_policy
    }

    /// Waits 4 ms before the second attempt and twice as long before each further one, up to
    /// 256 ms, plus or minus half, so that those who lost together do not meet again.
    async fn pause(&self, attempt: u32) {
        let whole_micros = 4_000_u64 << attempt.saturating_sub(2).min(6);
        // Differs between calls and processes; nothing depends on its quality.
        let jitter = RandomState::new().build_hasher().finish() % whole_micros;
        tokio::time::sleep(Duration::from_micros(whole_micros / 2 + jitter)).await;
    }
}
