//! A language school sells a placement package; its students pay, sit the placement test, are
//! graded, converted and placed into classes. Run it with `cargo run --example placement_school`.
//!
//! ```text
//! --data FILE       a data file of your own instead of the one that ships with the example
//! --report FILE     where the HTML report goes (placement_report.html)
//! --save FILE       keeps the store in a file
//! --open FILE       goes on from a kept store: who is known already is not asked again
//! --database URL    runs on PostgreSQL instead of the memory store (feature `postgres`)
//! ```
use std::{path::PathBuf, process::ExitCode};

use indicatif::{ProgressBar, ProgressStyle};
use lms::{
    kernel::TenantId,
    memory::MemoryStore,
    record_types,
    store::{RecordType, Store},
};

mod check;
mod conversion;
mod data;
#[path = "../support/database.rs"]
mod database;
mod desk;
mod html;
mod load;
mod placing;
mod report;
mod results;
mod setup;
mod students;
mod world;

use database::open_database;
use desk::{Desk, Failure};

#[derive(Debug, Default)]
struct Arguments {
    data: Option<PathBuf>,
    report: Option<PathBuf>,
    save: Option<PathBuf>,
    open: Option<PathBuf>,
    database: Option<String>,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut read = Self::default();
        while let Some(word) = words.next() {
            let mut value =
                || words.next().ok_or_else(|| format!("`{word}` needs a value behind it"));
            match word.as_str() {
                "--data" => read.data = Some(value()?.into()),
                "--report" => read.report = Some(value()?.into()),
                "--save" => read.save = Some(value()?.into()),
                "--open" => read.open = Some(value()?.into()),
                "--database" => read.database = Some(value()?),
                other => {
                    let known = "--data, --report, --save, --open, --database";
                    return Err(format!("`{other}` is not known; there are {known}").into());
                }
            }
        }
        if read.database.is_some() && (read.save.is_some() || read.open.is_some()) {
            return Err("`--save` and `--open` are for the memory store".into());
        }
        Ok(read)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => run(arguments).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("placement_school: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    // The whole file is read and checked before anything happens.
    let file = match &arguments.data {
        Some(path) => load::read(path)?,
        None => load::parse(load::SHIPPED)?,
    };
    let (store, memory) = open_store(&arguments).await?;
    let (runs, latest) = results::earlier_runs(&store).await?;
    let start = latest.map_or(file.starts_at, |it| it.max(file.starts_at));
    let desk = Desk::new(store, TenantId::SINGLE, start, runs);
    if runs == 0 {
        setup::open_school(&desk, &file).await?;
    }
    let world = world::World::read(&desk).await?;

    let bar = ProgressBar::new(file.students.len() as u64);
    let style = ProgressStyle::with_template("{msg:<12} [{bar:40}] {pos}/{len}")?;
    bar.set_style(style.progress_chars("=> "));
    bar.set_message("students");
    for student in &file.students {
        if !students::is_known(&desk, student).await? {
            placing::take_in(&desk, &world, student).await.map_err(|error| {
                format!("student `{}`: {error}; those before are stored", student.name)
            })?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();

    let report = results::read(&desk, &world).await?;
    print!("{}", report.text()?);
    let path = arguments.report.unwrap_or_else(|| "placement_report.html".into());
    std::fs::write(&path, html::page(&report)?)
        .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    println!("\nThe report for the registrar is in {}.", path.display());
    if let (Some(path), Some(memory)) = (arguments.save, memory) {
        memory.save_to(&path)?;
        println!("The store is kept in {}.", path.display());
    }
    Ok(())
}

/// The store, and the memory store behind it where it is one.
async fn open_store(arguments: &Arguments) -> Result<(Store, Option<MemoryStore>), Failure> {
    if let Some(url) = &arguments.database {
        return Ok((open_database(url).await?, None));
    }
    let memory = match &arguments.open {
        Some(path) => MemoryStore::open(path, record_types().iter().map(RecordType::schema))?,
        None => MemoryStore::default(),
    };
    Ok((Store::new(memory.clone()), Some(memory)))
}
