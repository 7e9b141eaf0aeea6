//! From an empty database to one that an application works in.
use sqlx::{PgConnection, PgPool, Row as _};

use super::{Login, rights::Rights};
use crate::{
    ddl::{MAINTENANCE_ROLE, SCHEMA},
    error::SetupError,
    migrate::{Migration, migrate},
    sql::vouched,
};

/// Prepares a database for an application: creates the library's roles, schema and tables, the
/// login, and the login's grants, where they are missing. Returns the migrations that were applied
/// now. Existing objects are left as they are, so it may run at each deployment.
///
/// `owner` is a pool of the login that owns the schema `lms`, or is to own it. On an empty
/// database it needs the right to create schemas there (`GRANT CREATE ON DATABASE`, or to own the
/// database) and to create roles (`CREATEROLE`), both of which a superuser has.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use lms_store_postgres::{Login, PgStore, prepare};
///
/// let owner = sqlx::PgPool::connect("postgres://owner@db/school").await?;
/// prepare(&owner, &Login::application("school").with_password("a long one")).await?;
/// let store = PgStore::connect("postgres://school:a%20long%20one@db/school").await?;
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`SetupError`] with the statement to run where a right is missing. Applied migrations stay.
pub async fn prepare(owner: &PgPool, login: &Login) -> Result<Vec<Migration>, SetupError> {
    let mut db = owner.acquire().await?;
    require_name(login)?;
    let rights = Rights::read(&mut db).await?;
    rights.require_owner()?;
    let found = Found::read(&mut db, login).await?;
    match &found {
        None => rights.require_role_making(login.name())?,
        Some(found) => found.require_bound(login)?,
    }
    drop(db);
    let applied = migrate(owner).await?;
    let mut db = owner.acquire().await?;
    if found.is_none() {
        create(&mut db, login).await?;
    }
    let found = Found::read(&mut db, login).await?.unwrap_or_default();
    if !found.may_connect {
        let grant = "SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), $1)";
        granted(&mut db, grant, login, "CONNECT").await?;
    }
    if !found.has_role {
        let grant = format!("SELECT format('GRANT {} TO %I', $1)", login.role());
        granted(&mut db, vouched(grant), login, login.role()).await?;
    }
    Ok(applied)
}

/// Grants `lms_app` to the login of the connection, so that it may work in that role.
pub(crate) async fn let_work_as_application(db: &mut PgConnection) -> Result<(), SetupError> {
    let rights = Rights::read(db).await?;
    let own = Login::application(rights.login.clone());
    let found = Found::read(db, &own).await?.unwrap_or_default();
    if rights.is_superuser || found.has_role {
        return Ok(());
    }
    granted(db, "SELECT format('GRANT lms_app TO %I', $1)", &own, own.role()).await
}

/// What is known of a login that exists.
#[derive(Debug, Default)]
struct Found {
    unbound: Option<&'static str>,
    has_role: bool,
    may_connect: bool,
}

impl Found {
    async fn read(db: &mut PgConnection, login: &Login) -> Result<Option<Self>, SetupError> {
        let row = sqlx::query(
            "SELECT r.rolsuper, r.rolbypassrls, r.rolcanlogin, \
                    coalesce(pg_has_role(r.oid, n.nspowner, 'USAGE'), false), \
                    coalesce(pg_has_role(r.oid, m.oid, 'USAGE'), false), \
                    coalesce(pg_has_role(r.oid, w.oid, 'USAGE'), false), \
                    has_database_privilege(r.oid, current_database(), 'CONNECT') \
             FROM pg_roles r \
             LEFT JOIN pg_namespace n ON n.nspname = $2 \
             LEFT JOIN pg_roles m ON m.rolname = $3 \
             LEFT JOIN pg_roles w ON w.rolname = $4 \
             WHERE r.rolname = $1",
        )
        .bind(login.name())
        .bind(SCHEMA)
        .bind(MAINTENANCE_ROLE)
        .bind(login.role())
        .fetch_optional(db)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let is_maintenance = login.role() == MAINTENANCE_ROLE;
        let unbound = [
            (row.try_get(0)?, "it is a superuser"),
            (row.try_get(1)?, "it has BYPASSRLS"),
            (!row.try_get::<bool, _>(2)?, "it is a role that cannot log in"),
            (row.try_get(3)?, "it owns the library's tables"),
            (row.try_get::<bool, _>(4)? && !is_maintenance, "it is a member of `lms_maintenance`"),
        ];
        Ok(Some(Self {
            unbound: unbound.into_iter().find(|(is_so, _)| *is_so).map(|(_, reason)| reason),
            has_role: row.try_get(5)?,
            may_connect: row.try_get(6)?,
        }))
    }

    fn require_bound(&self, login: &Login) -> Result<(), SetupError> {
        match self.unbound {
            None => Ok(()),
            Some(reason) => Err(SetupError::UnboundRole { role: login.name().to_owned(), reason }),
        }
    }
}

/// The server cuts longer names off, and then finds none of that name.
fn require_name(login: &Login) -> Result<(), SetupError> {
    const LONGEST: usize = 63;
    let name = login.name();
    let reason = match () {
        () if name.is_empty() => "it is empty",
        () if name.len() > LONGEST => "it is longer than 63 bytes",
        () if name.contains('\0') => "it holds a NUL character",
        () if name.starts_with("pg_") => "names that begin with `pg_` are the server's own",
        () if matches!(name, "public" | "none" | "lms_app" | "lms_maintenance") => {
            "that word means something else to the server or to the library"
        }
        () => return Ok(()),
    };
    Err(SetupError::BadLogin { name: name.to_owned(), reason })
}

/// Another run may make the same login at this very moment.
async fn create(db: &mut PgConnection, login: &Login) -> Result<(), SetupError> {
    // The server itself quotes the name and the password, by its own settings.
    let statement: String = sqlx::query_scalar(
        "SELECT CASE WHEN $2::text IS NULL THEN format('CREATE ROLE %I LOGIN', $1::text) \
                     ELSE format('CREATE ROLE %I LOGIN PASSWORD %L', $1::text, $2::text) END",
    )
    .bind(login.name())
    .bind(login.password())
    .fetch_one(&mut *db)
    .await?;
    match sqlx::raw_sql(vouched(statement)).execute(db).await {
        Err(error) if matches!(code(&error).as_deref(), Some("42710" | "23505")) => Ok(()),
        done => Ok(done.map(|_| ())?),
    }
}

/// Runs the grant that `statement` writes for the login's name.
async fn granted(
    db: &mut PgConnection,
    statement: impl sqlx::SqlSafeStr,
    login: &Login,
    right: &'static str,
) -> Result<(), SetupError> {
    const TIMES: u32 = 5;
    let grant: String =
        sqlx::query_scalar(statement).bind(login.name()).fetch_one(&mut *db).await?;
    let mut left = TIMES;
    loop {
        left -= 1;
        let done = sqlx::raw_sql(vouched(grant.clone())).execute(&mut *db).await;
        return match done {
            Ok(_) => Ok(()),
            // Two who grant the same at once: the server refuses one of them.
            Err(error) if code(&error).as_deref() == Some("XX000") && left > 0 => continue,
            Err(error) if code(&error).as_deref() == Some("42501") => {
                let owner: String =
                    sqlx::query_scalar("SELECT current_user::text").fetch_one(db).await?;
                Err(SetupError::CannotGrant { login: owner, right, grant })
            }
            Err(error) => Err(error.into()),
        };
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}
