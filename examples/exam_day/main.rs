//! The day of an exam: a timed test with extra time for one learner, supervision, an attempt that
//! runs out of time, and a key that turns out to be wrong in the evening. Run it with
//! `cargo run --example exam_day`.
//!
//! ```text
//! --database URL    runs on PostgreSQL instead of the memory store (feature `postgres`)
//! ```
use std::process::ExitCode;

mod day;
mod evening;
mod school;
#[path = "../support/store.rs"]
mod store;

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
    let store = store::named_by_arguments().await?;
    let school = school::School::open(store).await?;
    day::run(&school).await?;
    evening::run(&school).await
}
