//! The day of an exam: a timed test with extra time for one learner, supervision, an attempt that
//! runs out of time, and a key that turns out to be wrong in the evening. Run it with
//! `cargo run --example exam_day`.
//!
//! ```text
//! --database URL    runs on PostgreSQL instead of the memory store (feature `postgres`)
//! ```
use std::process::ExitCode;

use lms::{memory::MemoryStore, store::Store};

mod day;
mod evening;
mod school;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("exam_day: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let store = match words.next().as_deref() {
        None => Store::new(MemoryStore::new()),
        Some("--database") => {
            open_database(&words.next().ok_or("`--database` needs a URL behind it")?).await?
        }
        Some(other) => return Err(format!("`{other}` is not known; there is --database").into()),
    };
    let school = school::School::open(store).await?;
    day::run(&school).await?;
    evening::run(&school).await
}

#[cfg(feature = "postgres")]
async fn open_database(url: &str) -> Result<Store, Failure> {
    use lms::postgres::{PgStore, migrate, status};
    let store = PgStore::connect(url).await?;
    if status(store.pool()).await?.iter().any(|it| !it.applied) {
        migrate(store.pool()).await?;
    }
    store.verify().await?;
    Ok(Store::new(store))
}

#[cfg(not(feature = "postgres"))]
async fn open_database(_: &str) -> Result<Store, Failure> {
    Err("`--database` needs the feature: cargo run --features postgres --example exam_day".into())
}
