//! From a new server without any role or table of the library to an application at work.
use std::process::Command;

use lms_core::{
    kernel::{Context, Scope},
    store::{Backend as _, IdempotencyRecord, LogStamp, Query, Store},
};
use lms_store_postgres::{
    Login, PgStore, SetupError, migrate, migrations, prepare, status, testing::TestServer,
};
use lms_testkit::TestContext;
use sqlx::{ConnectOptions as _, PgPool};

/// A server on which nothing is prepared, with an empty database of that owner.
async fn new_server(owner: &str) -> TestServer {
    let server = TestServer::start(false).await.unwrap();
    let admin = as_login(&server, "postgres", "postgres");
    if owner != "postgres" {
        execute(&admin, &format!("CREATE ROLE {owner} LOGIN CREATEROLE")).await;
    }
    execute(&admin, &format!("CREATE DATABASE school OWNER {owner}")).await;
    let roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'lms%'";
    let roles: i64 = sqlx::query_scalar(roles).fetch_one(&admin).await.unwrap();
    assert_eq!(roles, 0);
    server
}

fn as_login(server: &TestServer, login: &str, database: &str) -> PgPool {
    PgStore::pool_options().connect_lazy_with(server.admin(database).username(login))
}

fn url(server: &TestServer, login: &str) -> String {
    server.admin("school").username(login).to_url_lossy().to_string()
}

async fn execute(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(pool).await.unwrap();
}

/// Writes a record in that store and reads it back; another tenant sees nothing of it.
async fn works(store: PgStore) {
    store.verify().await.unwrap();
    let store = Store::new(store);
    let test = TestContext::new("prepared");
    let (cx, other): (Context, Context) = (test.build(), test.build());
    let mut tx = store.begin(&cx).await.unwrap();
    let record = IdempotencyRecord {
        id: cx.id(),
        stamp: LogStamp::new(&cx),
        key: "k".to_owned(),
        fingerprint: "f".to_owned(),
        answer: None,
        expires_at: cx.now(),
    };
    tx.insert(&record).await.unwrap();
    tx.commit().await.unwrap();
    for (cx, expected) in [(&cx, 1), (&other, 0)] {
        let mut tx = store.begin(cx).await.unwrap();
        assert_eq!(tx.count(Query::<IdempotencyRecord>::all()).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn an_empty_database_is_prepared_by_its_owner_or_a_superuser() {
    for owner in ["postgres", "school_owner"] {
        let server = new_server(owner).await;
        let pool = as_login(&server, owner, "school");
        let login = Login::application("school").with_password("it's a 'long' one\\");
        assert_eq!(prepare(&pool, &login).await.unwrap(), migrations());
        // Again, as each deployment does.
        assert_eq!(prepare(&pool, &login).await.unwrap(), []);
        works(PgStore::connect(&url(&server, "school")).await.unwrap()).await;

        let jobs = Login::maintenance("school_jobs");
        assert_eq!(prepare(&pool, &jobs).await.unwrap(), []);
        let all = as_login(&server, "school_jobs", "school");
        let app = as_login(&server, "school", "school");
        let store = PgStore::new(app.clone()).with_maintenance_pool(all);
        assert!(store.begin(Scope::AllTenants).await.is_ok());
        // The application works there and owns nothing.
        let error = migrate(&app).await.unwrap_err();
        let SetupError::NotOwner { login, owner: found } = &error else { panic!("{error:?}") };
        assert_eq!((login.as_str(), found.as_str()), ("school", owner));
    }
}

#[tokio::test]
async fn the_owners_url_alone_suffices_on_an_empty_database() {
    for owner in ["postgres", "school_owner"] {
        let server = new_server(owner).await;
        for _ in 0..2 {
            works(PgStore::connect_as_owner(&url(&server, owner)).await.unwrap()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_who_prepare_at_once_take_turns() {
    let server = new_server("school_owner").await;
    let all = (0..4).map(|_| {
        let pool = as_login(&server, "school_owner", "school");
        tokio::spawn(async move { prepare(&pool, &Login::application("school")).await })
    });
    let mut applied = 0;
    for one in all.collect::<Vec<_>>() {
        applied += one.await.unwrap().unwrap().len();
    }
    assert_eq!(applied, migrations().len());
    works(PgStore::connect(&url(&server, "school")).await.unwrap()).await;
}

/// The statement between the backticks behind that word.
fn remedy<'m>(message: &'m str, word: &str) -> &'m str {
    let from = message.find(&format!("`{word}")).unwrap_or_else(|| panic!("{message}"));
    message[from + 1..].split('`').next().unwrap()
}

#[tokio::test]
async fn what_a_login_lacks_is_said_with_the_statement_that_gives_it() {
    let server = TestServer::start(false).await.unwrap();
    let admin = as_login(&server, "postgres", "postgres");
    execute(&admin, "CREATE ROLE plain LOGIN; CREATE ROLE bypass LOGIN BYPASSRLS").await;
    execute(&admin, "CREATE DATABASE school").await;
    let (plain, login) = (as_login(&server, "plain", "school"), Login::application("school"));

    let error = prepare(&plain, &login).await.unwrap_err().to_string();
    execute(&admin, remedy(&error, "GRANT CREATE")).await;
    for role in ["lms_app", "lms_maintenance", "school"] {
        let error = prepare(&plain, &login).await.unwrap_err();
        assert!(matches!(error, SetupError::CannotCreateRole { .. }), "{error:?}");
        assert!(status(&plain).await.unwrap().iter().all(|it| !it.applied), "{error}");
        let statement = remedy(&error.to_string(), "CREATE ROLE").to_owned();
        assert_eq!(statement, format!("CREATE ROLE {role}"));
        execute(&admin, &format!("{statement} LOGIN")).await;
    }
    let error = prepare(&plain, &login).await.unwrap_err();
    assert!(matches!(error, SetupError::CannotGrant { .. }), "{error:?}");
    execute(&admin, remedy(&error.to_string(), "GRANT lms_app")).await;
    prepare(&plain, &login).await.unwrap();
    works(PgStore::connect(&url(&server, "school")).await.unwrap()).await;

    let owner = as_login(&server, "postgres", "school");
    for (name, reason) in [
        ("postgres", "it is a superuser"),
        ("bypass", "it has BYPASSRLS"),
        ("plain", "it owns the library's tables"),
        ("", "it is empty"),
        ("pg_school", "the server's own"),
        ("a_name_of_far_more_letters_than_the_server_keeps_of_any_role_of_it", "longer than 63"),
        ("lms_app", "means something else"),
    ] {
        let error = prepare(&owner, &Login::application(name)).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_login_that_may_not_connect_may_afterwards() {
    let server = new_server("school_owner").await;
    let admin = as_login(&server, "postgres", "postgres");
    execute(&admin, "REVOKE CONNECT ON DATABASE school FROM PUBLIC").await;
    let pool = as_login(&server, "school_owner", "school");
    prepare(&pool, &Login::application("a school's \"login\"")).await.unwrap();
    let store = PgStore::new(as_login(&server, "a school's \"login\"", "school"));
    works(store).await;
}

#[test]
fn a_password_is_not_shown() {
    let login = Login::application("school").with_password("secret");
    assert!(!format!("{login:?}").contains("secret"));
}

/// Runs the program that operators run.
fn run(arguments: &[&str]) -> Result<String, String> {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("examples/migrate");
    assert!(program.exists(), "{} is missing; run `cargo test`", program.display());
    let output = Command::new(program).args(arguments).output().unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_prepares_an_empty_database() {
    let server = new_server("school_owner").await;
    let owner = url(&server, "school_owner");
    let found = run(&["--owner-url", &owner, "--status"]).unwrap();
    assert_eq!(found.lines().filter(|it| it.ends_with("missing")).count(), migrations().len());
    let plan = run(&["--owner-url", &owner, "--plan"]).unwrap();
    assert_eq!(plan.matches("-- Migration ").count(), migrations().len());
    let arguments = ["--owner-url", &owner, "--login", "school", "--maintenance-login", "jobs"];
    let done = run(&arguments).unwrap();
    assert!(done.contains("`school` may work in `lms_app`"), "{done}");
    assert!(done.contains(&format!("{} migrations were applied", migrations().len())), "{done}");
    works(PgStore::connect(&url(&server, "school")).await.unwrap()).await;
    assert!(run(&arguments).unwrap().contains("0 migrations were applied"));
    assert_eq!(run(&["--owner-url", &owner, "--plan"]).unwrap(), "");
    assert!(run(&["--print"]).unwrap().contains("CREATE TABLE lms.courses"));

    for (arguments, said) in [
        (vec![], "`--owner-url` is missing"),
        (vec!["--fast"], "`--fast` is not known"),
        (vec!["--owner-url"], "needs a value"),
        (vec!["--owner-url", "postgres://x@localhost:1/school"], "cannot be reached"),
        (vec!["--owner-url", &url(&server, "school")], "does not own the schema `lms`"),
    ] {
        let error = run(&arguments).unwrap_err();
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
