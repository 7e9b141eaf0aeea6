//! Regrading 100,000 stored attempts on PostgreSQL, after the key of one question was corrected.
//!
//! `benches/regrade/run` starts a server of its own, stores the attempts, and prints for each
//! policy how long the regrading took from the first read to the last commit, and the most
//! memory that this program had meanwhile. ATTEMPTS changes how many there are.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
mod school;

use std::{env, error::Error, fs, ops::ControlFlow, time::Instant};

use lms::{
    assessment::{
        bank::{QuestionContent, ReviseQuestion},
        regrade::{RegradePolicy, Ruling, StartRegrade, run_regrade},
    },
    postgres::testing::TestServer,
    store::{PageSize, Store},
};

use school::School;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Outcome {
    let attempts = env::var("ATTEMPTS").ok().and_then(|it| it.parse().ok()).unwrap_or(100_000);
    let server = TestServer::start(true).await?;
    let database = server.database().await?;
    let store = Store::new(database.store());
    let begun = Instant::now();
    let school = School::found(&store, attempts).await?;
    let pool = database.admin_pool();
    sqlx::raw_sql("VACUUM ANALYZE").execute(&pool).await?;
    pool.close().await;
    println!(
        "{attempts} attempts of {} questions stored in {:.0} s\n",
        school::QUESTIONS,
        begun.elapsed().as_secs_f64()
    );
    println!("| policy | scores changed | seconds | attempts /s | peak MB |");
    println!("|---|---|---|---|---|");
    for policy in [RegradePolicy::CurrentAndPreviousCorrect, RegradePolicy::CurrentOnly] {
        println!("{}", regrade(&store, &school, policy).await?);
    }
    Ok(())
}

/// Corrects the key of the first question and regrades; a row of the table.
async fn regrade(store: &Store, school: &School, policy: RegradePolicy) -> Outcome<String> {
    let cx = school.cx();
    let mut tx = store.begin(&cx).await?;
    let question = tx.require(school.question).await?;
    let mut content = QuestionContent::of(&question);
    // The right option moves on to the next.
    let right = content.options.iter().position(|it| it.is_correct).unwrap_or(0);
    let next = (right + 1) % content.options.len();
    for (at, option) in content.options.iter_mut().enumerate() {
        option.is_correct = at == next;
    }
    let edition = question.edition;
    let revise = ReviseQuestion { question: question.id, edition, content };
    tx.run(revise).await?;
    let rulings = vec![Ruling { question: question.id, policy }];
    let command = StartRegrade { assessment_id: school.assessment, rulings, reason: None };
    let started = tx.run(command).await?;
    tx.commit().await?;

    forget_peak();
    let begun = Instant::now();
    let mut changed = 0;
    let done = run_regrade(store, &cx, started.id, PageSize::MAX, |step| {
        changed += step.deltas.len();
        ControlFlow::Continue(())
    });
    let done = done.await?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(format!(
        "| {policy} | {changed} | {seconds:.1} | {:.0} | {} |",
        done.tally.attempts as f64 / seconds,
        peak_megabytes().map_or("?".to_owned(), |it| it.to_string()),
    ))
}

/// Lets the system forget how much memory was used before (Linux: `proc(5)`, `clear_refs`).
fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory since then.
fn peak_megabytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|it| it.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}
