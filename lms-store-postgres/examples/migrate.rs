//! Prepares a database, which may be empty, for an application:
//!
//! ```text
//! cargo run -p lms-store-postgres --example migrate -- \
//!     --owner-url postgres://owner@localhost/school --login school
//!
//! --owner-url URL           the login that owns the library's tables, or is to own them
//! --login NAME              makes the application's login where it is missing, and grants it what
//!                           it needs; its password comes from LMS_LOGIN_PASSWORD, if it is to
//!                           have one
//! --maintenance-login NAME  the same for work on all tenants; its password comes from
//!                           LMS_MAINTENANCE_PASSWORD
//! --status                  only says what is applied
//! --plan                    only prints the statements that migrating this database would run
//! --print                   only prints all statements, for tools of your own; needs no database
//! ```
//!
//! It may run at each deployment: existing roles, tables and grants are left as they are.
use std::{env, process::ExitCode};

use lms_store_postgres::{Login, PgStore, SetupError, migrate, migration_sql, prepare, status};

type Failure = Box<dyn std::error::Error>;

#[derive(Debug, Default)]
struct Arguments {
    owner_url: Option<String>,
    logins: Vec<Login>,
    status: bool,
    plan: bool,
    print: bool,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut read = Self::default();
        while let Some(word) = words.next() {
            let mut value =
                || words.next().ok_or_else(|| format!("`{word}` needs a value behind it"));
            match word.as_str() {
                "--owner-url" => read.owner_url = Some(value()?),
                "--login" => {
                    let login = Login::application(value()?);
                    read.logins.push(with_password(login, "LMS_LOGIN_PASSWORD"));
                }
                "--maintenance-login" => {
                    let login = Login::maintenance(value()?);
                    read.logins.push(with_password(login, "LMS_MAINTENANCE_PASSWORD"));
                }
                "--status" => read.status = true,
                "--plan" => read.plan = true,
                "--print" => read.print = true,
                other => {
                    let known = "--owner-url, --login, --maintenance-login, --status, --plan, \
                                 --print";
                    return Err(format!("`{other}` is not known; there are {known}").into());
                }
            }
        }
        Ok(read)
    }
}

fn with_password(login: Login, variable: &str) -> Login {
    match env::var(variable) {
        Ok(password) if !password.is_empty() => login.with_password(password),
        _ => login,
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::read(env::args().skip(1)) {
        Ok(arguments) => run(arguments).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("migrate: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    if arguments.print {
        print!("{}", migration_sql());
        return Ok(());
    }
    let url = arguments.owner_url.ok_or(
        "`--owner-url` is missing: the URL of the login that owns the library's tables, such as \
         postgres://owner@localhost/school",
    )?;
    let owner =
        PgStore::pool_options().max_connections(2).connect(&url).await.map_err(SetupError::from)?;
    if arguments.status {
        for it in status(&owner).await? {
            let mark = if it.applied { "applied" } else { "missing" };
            println!("{:04} {:<16} {mark}", it.migration.version, it.migration.name);
        }
        return Ok(());
    }
    if arguments.plan {
        for it in status(&owner).await?.iter().filter(|it| !it.applied) {
            println!("-- Migration {}, in one transaction.\n", it.migration.version);
            println!("{}", it.migration.sql);
        }
        return Ok(());
    }
    let mut applied = migrate(&owner).await?.len();
    for login in &arguments.logins {
        applied += prepare(&owner, login).await?.len();
        println!("The login `{}` may work in `{}`.", login.name(), login.role());
    }
    println!("{applied} migrations were applied; the database is at this build's schema.");
    if arguments.logins.is_empty() {
        println!("No login was prepared; name the application's with `--login NAME`.");
    }
    Ok(())
}
