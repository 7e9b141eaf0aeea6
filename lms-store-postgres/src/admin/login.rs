//! The logins that work with the library's tables.
use std::fmt;

use crate::ddl::{APP_ROLE, MAINTENANCE_ROLE};

/// A login of the database, and the role of the library that it works in.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    name: String,
    password: Option<String>,
    role: &'static str,
}

impl Login {
    /// The login of the application: it works in `lms_app`, which row-level security binds to one
    /// tenant at a time.
    pub fn application(name: impl Into<String>) -> Self {
        Self { name: name.into(), password: None, role: APP_ROLE }
    }

    /// The login for work on all tenants: it works in `lms_maintenance`. See
    /// [`PgStore::with_maintenance_pool`](crate::PgStore::with_maintenance_pool).
    pub fn maintenance(name: impl Into<String>) -> Self {
        Self { name: name.into(), password: None, role: MAINTENANCE_ROLE }
    }

    /// The same login, made with that password where it does not exist yet. One that exists keeps
    /// its own.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role of the library that it is granted: `lms_app` or `lms_maintenance`.
    pub fn role(&self) -> &'static str {
        self.role
    }

    pub(crate) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }
}

impl fmt::Debug for Login {
    /// Everything but the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
