//! The whole conformance suite, the main journey and the races on a real cluster of Citus.
//!
//! They run where `LMS_CITUS_URL` names an empty database on a coordinator, as a superuser, with
//! `CREATE EXTENSION citus` done and the nodes added; elsewhere the program says that they were not
//! run. `tests/cluster_forms.rs` holds what can be held without a cluster.
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use libtest_mimic::{Arguments, Failed, Trial};
use lms_core::store::Store;
use lms_store_postgres::{
    PgStore,
    testing::{CLUSTER, TestServer},
};
use sqlx::ConnectOptions as _;
use tokio::runtime::Runtime;

const VARIABLE: &str = "LMS_CITUS_URL";

/// The programs that run races.
const RACES: [&str; 5] =
    ["races", "commerce_races", "people_races", "placement_races", "billing_races"];

fn main() {
    let arguments = Arguments::from_args();
    let trials = match env::var(VARIABLE) {
        Ok(url) if !url.is_empty() => on_a_cluster(url),
        _ => not_run(),
    };
    libtest_mimic::run(&arguments, trials).exit()
}

fn not_run() -> Vec<Trial> {
    eprintln!("NOTHING WAS RUN ON A CLUSTER: {VARIABLE} is not set.");
    let why = format!("{VARIABLE} is not set; name an empty database on a coordinator of Citus");
    let name = format!("NOT RUN, because {VARIABLE} is not set");
    vec![Trial::test(name, move || Err(Failed::from(why))).with_ignored_flag(true)]
}

fn on_a_cluster(url: String) -> Vec<Trial> {
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let database = runtime.block_on(TestServer::cluster(&url));
    let database = match database {
        Ok(database) => database,
        Err(error) => {
            let why = match std::error::Error::source(&error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            };
            return vec![Trial::test("a cluster that is distributed", || Err(Failed::from(why)))];
        }
    };
    let app = database.app_options().to_url_lossy().to_string();
    let _guard = runtime.enter();
    let store =
        PgStore::new(database.app_pool_of(40)).with_maintenance_pool(database.maintenance_pool());
    let store = Store::new(store);
    let mut trials: Vec<Trial> = lms_testkit::cases()
        .into_iter()
        .map(|case| {
            let (runtime, store) = (Arc::clone(&runtime), store.clone());
            Trial::test(case.name().to_owned(), move || {
                let run = runtime.spawn(async move { case.run(store).await });
                runtime.block_on(run).map_err(Failed::from)?.map_err(Failed::from)
            })
        })
        .collect();
    trials.push(Trial::test("the main journey tells the same", move || journey(&app)));
    trials.extend(RACES.map(|name| {
        let url = url.clone();
        Trial::test(format!("program::{name}"), move || {
            let program = newest(name)?;
            let done = Command::new(program).env(CLUSTER, &url).output().map_err(Failed::from)?;
            match done.status.success() {
                true => Ok(()),
                false => Err(String::from_utf8_lossy(&done.stdout).into_owned().into()),
            }
        })
    }));
    trials
}

/// The folder of the programs that `cargo test` builds.
fn folder() -> Result<PathBuf, Failed> {
    let own = env::current_exe().map_err(Failed::from)?;
    Ok(own.parent().map(Path::to_owned).unwrap_or_default())
}

/// The test program of that name that was built last.
fn newest(name: &str) -> Result<PathBuf, Failed> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder()?).map_err(Failed::from)? {
        let path = entry.map_err(Failed::from)?.path();
        let file = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        let is_it = file.rsplit_once('-').is_some_and(|(before, _)| before == name);
        if is_it && path.extension().is_none() {
            found.push((path.metadata().and_then(|it| it.modified()).map_err(Failed::from)?, path));
        }
    }
    let newest = found.into_iter().max().map(|(_, path)| path);
    newest.ok_or_else(|| format!("`{name}` was not built; run `cargo test`").into())
}

/// The report of the main journey, on the memory store and on the cluster.
fn journey(url: &str) -> Result<(), Failed> {
    let program = folder()?.join("../examples/placement_school");
    if !program.exists() {
        let build = "cargo build --example placement_school --features postgres";
        return Err(format!("the journey is not built; run `{build}`").into());
    }
    let run = |more: &[&str]| -> Result<Vec<u8>, Failed> {
        let work = env::temp_dir();
        let done = Command::new(&program).args(more).current_dir(work).output();
        let done = done.map_err(Failed::from)?;
        match done.status.success() {
            true => Ok(done.stdout),
            false => Err(String::from_utf8_lossy(&done.stderr).into_owned().into()),
        }
    };
    match run(&[])? == run(&["--database", url])? {
        true => Ok(()),
        false => {
            Err("the report on the cluster is another; is the database empty at first?".into())
        }
    }
}
