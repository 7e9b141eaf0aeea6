//! The server that tests use.
use std::{
    env,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions,
};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{TestDatabase, TestServerError, binaries, supervisor::Supervisor};
use crate::{
    APP_ROLE, Login, MAINTENANCE_ROLE, distribute, migrate,
    migrate::{checksum, migration_sql},
    prepare,
    sql::vouched,
};

/// A PostgreSQL server for tests.
#[derive(Debug)]
pub struct TestServer {
    supervisor: Option<Mutex<Supervisor>>,
    admin: PgConnectOptions,
    template: OnceCell<String>,
    shared_database: OnceCell<TestDatabase>,
}

/// The logins that the tests use, beside the one that may do everything.
pub(super) const OWNER: &str = "lms_test_owner";
pub(super) const APP: &str = "lms_test_app";
pub(super) const MAINTENANCE: &str = "lms_test_maintenance";
/// Their password, which matters only on a server that asks for one.
pub(super) const PASSWORD: &str = "lms-test-only";

/// The environment variable that sends a test program to the cluster at that URL; `tests/cluster.rs`
/// sets it for the programs that it runs.
pub const CLUSTER: &str = "LMS_TEST_CLUSTER";

/// Keeps those who make roles or the template at the same time apart.
const LOCK: i64 = 0x6c6d_7374_6573_7400;

impl TestServer {
    /// The server of this test program: started by the first who asks, stopped when the program
    /// ends. With `DATABASE_URL` set it is that one.
    pub async fn shared() -> Result<&'static Self, TestServerError> {
        static SHARED: OnceCell<TestServer> = OnceCell::const_new();
        SHARED
            .get_or_try_init(|| async {
                match env::var("DATABASE_URL") {
                    Ok(url) => Self::at(&url),
                    Err(_) => Self::start(false).await,
                }
            })
            .await
    }

    /// A server of one's own. `durable` waits for the disk at each commit, as a production
    /// server does.
    pub async fn start(durable: bool) -> Result<Self, TestServerError> {
        let supervisor = Supervisor::start(durable)?;
        let admin = PgConnectOptions::new_without_pgpass()
            .socket(supervisor.socket())
            .port(5432)
            .username("postgres")
            .database("postgres");
        let server = Self {
            supervisor: Some(Mutex::new(supervisor)),
            admin: quiet(admin),
            template: OnceCell::new(),
            shared_database: OnceCell::new(),
        };
        server.ready().await?;
        Ok(server)
    }

    /// The server at that URL, whose login may create databases and roles.
    pub fn at(url: &str) -> Result<Self, TestServerError> {
        let admin = quiet(url.parse()?);
        let (template, shared_database) = (OnceCell::new(), OnceCell::new());
        Ok(Self { supervisor: None, admin, template, shared_database })
    }

    /// How to connect as the login that may do everything, to a database of that name.
    pub fn admin(&self, database: &str) -> PgConnectOptions {
        self.admin.clone().database(database)
    }

    /// The folder with the server's programs.
    pub fn programs(&self) -> Result<PathBuf, TestServerError> {
        binaries::folder()
    }

    /// The folder with the server's socket, of a server that was [started](Self::start).
    pub fn socket(&self) -> Option<PathBuf> {
        let supervisor = self.supervisor.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(supervisor.socket().to_owned())
    }

    /// The database at that URL of a superuser, on a coordinator of Citus: migrated and
    /// distributed, with the logins that tests use. It stays.
    pub async fn cluster(url: &str) -> Result<TestDatabase, TestServerError> {
        let database = in_cluster(url)?;
        let admin = database.admin_pool();
        for login in [Login::application(APP), Login::maintenance(MAINTENANCE)] {
            prepare(&admin, &login.with_password(PASSWORD)).await?;
        }
        distribute(&admin).await?;
        admin.close().await;
        Ok(database)
    }

    /// A migrated, empty database of one's own; in a program that [`CLUSTER`] sends to a cluster,
    /// the one there, which all share.
    pub async fn database(&self) -> Result<TestDatabase, TestServerError> {
        if let Ok(url) = env::var(CLUSTER) {
            return in_cluster(&url);
        }
        let template = self.template.get_or_try_init(|| self.make_template()).await?;
        self.copy_of(template).await
    }

    /// A migrated database that all tests of a program share, each with tenants of its own. On a
    /// server that stays, it stays too.
    pub async fn shared_database(&self) -> Result<&TestDatabase, TestServerError> {
        let make = || async {
            let template = self.template.get_or_try_init(|| self.make_template()).await?;
            let name = template.replace("template", "shared");
            let mut db = self.admin.connect().await?;
            sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut db).await?;
            let stands = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
            if !sqlx::query_scalar::<_, bool>(stands).bind(&name).fetch_one(&mut db).await? {
                let create = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}");
                db.execute(sqlx::raw_sql(vouched(create))).await?;
            }
            db.close().await?;
            let database = TestDatabase::new(name, self.admin.clone());
            database.keep();
            Ok(database)
        };
        self.shared_database.get_or_try_init(make).await
    }

    /// An empty database without the library's tables.
    pub async fn unmigrated_database(&self) -> Result<TestDatabase, TestServerError> {
        let mut db = self.admin.connect().await?;
        self.make_roles(&mut db).await?;
        let name = new_name();
        create_icu(&mut db, &name).await?;
        Ok(TestDatabase::new(name, self.admin.clone()))
    }

    /// Ends the server at once, as a crash would. Only for one that was [started](Self::start).
    pub fn kill(&self) -> Result<(), TestServerError> {
        self.supervised(Supervisor::kill)
    }

    /// Starts the server again after [`kill`](Self::kill) and waits until it answers.
    ///
    /// The processes of the former server end a moment after it; until they have, a new one
    /// refuses to start and is started once more.
    pub async fn start_again(&self) -> Result<(), TestServerError> {
        const TIMES: u32 = 20;
        for _ in 0..TIMES {
            self.supervised(Supervisor::start_again)?;
            if self.answers_within(Duration::from_secs(2)).await {
                return Ok(());
            }
        }
        self.ready().await
    }

    fn supervised(
        &self,
        work: impl FnOnce(&mut Supervisor) -> Result<(), TestServerError>,
    ) -> Result<(), TestServerError> {
        match &self.supervisor {
            None => Ok(()),
            Some(it) => work(&mut it.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    async fn answers_within(&self, patience: Duration) -> bool {
        const EVERY: Duration = Duration::from_millis(20);
        let trying = async {
            loop {
                if let Ok(db) = self.admin.connect().await {
                    return db.close().await.is_ok();
                }
                tokio::time::sleep(EVERY).await;
            }
        };
        tokio::time::timeout(patience, trying).await.unwrap_or(false)
    }

    async fn ready(&self) -> Result<(), TestServerError> {
        if self.answers_within(Duration::from_secs(60)).await {
            return Ok(());
        }
        let log = |it: &Mutex<Supervisor>| it.lock().unwrap_or_else(PoisonError::into_inner).log();
        let output = self.supervisor.as_ref().map(log).unwrap_or_default();
        Err(TestServerError::Failed { program: "postgres", output })
    }

    /// A copy of that database of this server.
    async fn copy_of(&self, template: &str) -> Result<TestDatabase, TestServerError> {
        let mut db = self.admin.connect().await?;
        let name = new_name();
        let create = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}");
        db.execute(sqlx::raw_sql(vouched(create))).await?;
        db.close().await?;
        Ok(TestDatabase::new(name, self.admin.clone()))
    }

    /// The migrated database that tests copy. On a server that stays, it stays too: its name
    /// tells for which migrations it was made.
    async fn make_template(&self) -> Result<String, TestServerError> {
        let name = format!("lms_template_{}", checksum(&migration_sql()));
        let mut db = self.admin.connect().await?;
        self.make_roles(&mut db).await?;
        sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut db).await?;
        let ready = "SELECT EXISTS (SELECT FROM pg_database d JOIN pg_shdescription s \
                     ON s.objoid = d.oid AND s.description = 'ready' WHERE datname = $1)";
        if sqlx::query_scalar::<_, bool>(ready).bind(&name).fetch_one(&mut db).await? {
            return Ok(name);
        }
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        db.execute(sqlx::raw_sql(vouched(drop))).await?;
        create_icu(&mut db, &name).await?;
        let own = TestDatabase::new(name.clone(), self.admin.clone());
        let pool = own.owner_pool();
        migrate(&pool).await?;
        pool.close().await;
        own.keep();
        let done = format!(
            "GRANT {APP_ROLE} TO {APP}; GRANT {MAINTENANCE_ROLE} TO {MAINTENANCE}; \
             COMMENT ON DATABASE {name} IS 'ready'"
        );
        db.execute(sqlx::raw_sql(vouched(done))).await?;
        // Closing the connection releases the lock.
        db.close().await?;
        Ok(name)
    }

    async fn make_roles(&self, db: &mut PgConnection) -> Result<(), TestServerError> {
        for (role, attributes) in [(OWNER, "CREATEROLE"), (APP, ""), (MAINTENANCE, "")] {
            let create = format!(
                "DO $$ BEGIN CREATE ROLE {role} LOGIN {attributes} PASSWORD '{PASSWORD}'; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            );
            db.execute(sqlx::raw_sql(vouched(create))).await?;
        }
        // Whoever is no superuser must be a member of a role to give it a database.
        let admin: String =
            sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *db).await?;
        let superuser: bool =
            sqlx::query_scalar("SELECT rolsuper FROM pg_roles WHERE rolname = $1")
                .bind(&admin)
                .fetch_one(&mut *db)
                .await?;
        if !superuser {
            let grant = format!("GRANT {OWNER} TO CURRENT_USER");
            db.execute(sqlx::raw_sql(vouched(grant))).await?;
        }
        Ok(())
    }
}

fn in_cluster(url: &str) -> Result<TestDatabase, TestServerError> {
    let admin: PgConnectOptions = url.parse()?;
    let name = admin.get_database().unwrap_or("postgres").to_owned();
    let database = TestDatabase::new(name, quiet(admin));
    database.keep();
    Ok(database)
}

async fn create_icu(db: &mut PgConnection, name: &str) -> Result<(), TestServerError> {
    let create = format!(
        "CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' \
         LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'"
    );
    db.execute(sqlx::raw_sql(vouched(create))).await?;
    Ok(())
}

/// Notices about roles that exist are not worth a line in a test's output.
fn quiet(options: PgConnectOptions) -> PgConnectOptions {
    options.options([("client_min_messages", "error")])
}

pub(super) fn new_name() -> String {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    let random = || RandomState::new().build_hasher().finish();
    format!("lms_test_{}", Uuid::from_u64_pair(random(), random()).simple())
}
