//! Writes the migrations from the registry.
use std::fmt::Write as _;

use crate::{
    ddl::{self, APP_ROLE, MAINTENANCE_ROLE, SCHEMA},
    registry::Registry,
};

/// The text of every generated migration by its file name, in order.
///
/// Until the first release they are written anew whenever the records change (`cargo run -p
/// lms-store-postgres --example migrations`). From then on they are frozen, and a change is a new
/// file: first what the new version needs beside what the old one uses, later the removal of what
/// no one uses any more.
pub fn generated_migrations() -> Vec<(String, String)> {
    let mut files = vec![("0001_foundation.sql".to_owned(), foundation())];
    let mut made = Vec::new();
    for (at, context) in Registry::library().contexts.iter().enumerate() {
        let statements = ddl::context(&context.tables, &made);
        made.extend(&context.tables);
        if statements.is_empty() {
            continue;
        }
        let mut text = format!("-- The tables of the context `{}`.\n", context.name);
        for statement in statements {
            let _ = writeln!(text, "\n{statement};");
        }
        files.push((format!("{:04}_{}.sql", at + 2, context.name), text));
    }
    files
}

/// Roles belong to the whole server, so they may be there already, or be made at this very
/// moment by a migration of another database.
fn foundation() -> String {
    let create = |role: &str| {
        format!(
            "DO $$\nBEGIN\n    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN\n        \
             CREATE ROLE {role} NOLOGIN;\n    END IF;\nEXCEPTION\n    \
             WHEN duplicate_object OR unique_violation THEN NULL;\nEND\n$$;\n"
        )
    };
    format!(
        "-- The roles that the library's logins are granted.\n\n{}\n{}\n\
         GRANT USAGE ON SCHEMA {SCHEMA} TO {APP_ROLE}, {MAINTENANCE_ROLE};\n\
         GRANT SELECT ON {SCHEMA}.schema_migrations TO {APP_ROLE}, {MAINTENANCE_ROLE};\n",
        create(APP_ROLE),
        create(MAINTENANCE_ROLE),
    )
}
