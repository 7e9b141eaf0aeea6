//! What a login may do in a database, asked before anything is changed there.
use sqlx::{PgConnection, Row as _};

use crate::{
    ddl::{APP_ROLE, MAINTENANCE_ROLE, SCHEMA},
    error::SetupError,
};

/// What the login of a connection may do towards the library's tables.
#[derive(Debug)]
pub(crate) struct Rights {
    pub(crate) login: String,
    pub(crate) is_superuser: bool,
    makes_roles: bool,
    database: String,
    makes_schemas: bool,
    /// Who owns the library's schema, where there is one.
    owner: Option<String>,
    owns: bool,
    missing_roles: Vec<String>,
}

impl Rights {
    pub(crate) async fn read(db: &mut PgConnection) -> Result<Self, SetupError> {
        let row = sqlx::query(
            "SELECT r.rolname::text, r.rolsuper, r.rolcreaterole, current_database()::text, \
                    has_database_privilege(current_database(), 'CREATE'), \
                    o.rolname::text, coalesce(pg_has_role(n.nspowner, 'USAGE'), false), \
                    ARRAY(SELECT w FROM unnest($2::text[]) AS w \
                          WHERE NOT EXISTS (SELECT FROM pg_roles a WHERE a.rolname = w)) \
             FROM pg_roles r \
             LEFT JOIN pg_namespace n ON n.nspname = $1 \
             LEFT JOIN pg_roles o ON o.oid = n.nspowner \
             WHERE r.rolname = current_user",
        )
        .bind(SCHEMA)
        .bind([APP_ROLE, MAINTENANCE_ROLE].as_slice())
        .fetch_one(db)
        .await?;
        Ok(Self {
            login: row.try_get(0)?,
            is_superuser: row.try_get(1)?,
            makes_roles: row.try_get(2)?,
            database: row.try_get(3)?,
            makes_schemas: row.try_get(4)?,
            owner: row.try_get(5)?,
            owns: row.try_get(6)?,
            missing_roles: row.try_get(7)?,
        })
    }

    /// Refuses a login that cannot make the library's tables, and says what it lacks.
    pub(crate) fn require_owner(&self) -> Result<(), SetupError> {
        let login = || self.login.clone();
        match &self.owner {
            Some(owner) if !self.owns => {
                return Err(SetupError::NotOwner { login: login(), owner: owner.clone() });
            }
            None if !self.makes_schemas => {
                let database = self.database.clone();
                return Err(SetupError::CannotCreateSchema { login: login(), database });
            }
            _ => {}
        }
        match self.missing_roles.first() {
            Some(role) => self.require_role_making(role),
            None => Ok(()),
        }
    }

    /// Refuses a login that cannot make the role, which does not exist yet.
    pub(crate) fn require_role_making(&self, role: &str) -> Result<(), SetupError> {
        if self.is_superuser || self.makes_roles {
            return Ok(());
        }
        Err(SetupError::CannotCreateRole { login: self.login.clone(), role: role.to_owned() })
    }
}
