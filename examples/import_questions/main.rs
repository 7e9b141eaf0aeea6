//! Moves questions into a question bank and out again. Run it with
//! `cargo run --example import_questions --features interop -- FILE`; without a file it takes one
//! of its own. The format is found by the content: GIFT or Moodle XML. `--export FILE` writes the
//! bank again, in the format of the name's ending (`.gift`, `.xml`), and `--store school.db` keeps it in that
//! SQLite file (feature `sqlite`). It prints what came, and what did not at its line.
use std::{collections::BTreeMap, error::Error, path::Path, process::ExitCode};

use lms::{
    assessment::bank::{AddToBank, CreateQuestionBank},
    host::Host,
    interop::{Format, Imported},
    kernel::{Actor, Slug, TenantId},
    memory::MemoryStore,
    store::Store,
    tenancy::{CreateTenant, OpenSingleTenant},
};

#[path = "../support/database.rs"]
mod database;

type Failure = Box<dyn Error>;

const OWN: &[u8] = include_bytes!("geography.gift");

/// What the command line asks for.
#[derive(Default)]
struct Asked {
    file: Option<String>,
    export: Option<String>,
    store: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("import_questions: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let asked = asked(std::env::args().skip(1))?;
    let store = match &asked.store {
        Some(path) => database::open_database(path).await?,
        None => Store::new(MemoryStore::new()),
    };
    let bytes = match &asked.file {
        Some(path) => std::fs::read(path)?,
        None => OWN.to_vec(),
    };
    let cx = Host::default().context(TenantId::SINGLE, Actor::system("import"));
    let tenant = CreateTenant::new("Open School".parse()?, "open-school".parse()?, "en".parse()?);
    store.run(&cx, OpenSingleTenant { tenant }).await?;

    let format = Format::detect(&bytes).ok_or("the file has no format that is known")?;
    let imported = format.read(&cx, &bytes)?;
    let bank = CreateQuestionBank { title: "Imported".parse()?, course_id: None };
    let bank = store.run(&cx, bank).await?;
    // One transaction: all questions are added, or none.
    let mut tx = store.begin(&cx).await?;
    for item in &imported.items {
        let question = item.question.clone();
        let tags = item.tags.iter().map(|it| Slug::from_title(it)).collect();
        tx.run(AddToBank { bank_id: bank.id, question, tags }).await?;
    }
    tx.commit().await?;

    println!("format: {format}");
    print(&imported);
    if let Some(path) = &asked.export {
        let extension = Path::new(path).extension().and_then(|it| it.to_str());
        let format = extension.and_then(Format::of_extension).unwrap_or(Format::Gift);
        let exported = format.write(&imported.items);
        std::fs::write(path, &exported.text)?;
        println!("\nwritten to {path}; findings: {}", exported.findings.len());
        exported.findings.iter().for_each(|it| println!("  question {it}"));
    }
    Ok(())
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked, Failure> {
    let mut asked = Asked::default();
    while let Some(word) = words.next() {
        let value = match word.as_str() {
            "--export" => &mut asked.export,
            "--store" => &mut asked.store,
            _ if word.starts_with('-') => return Err(format!("`{word}` is not known").into()),
            _ => {
                asked.file = Some(word);
                continue;
            }
        };
        *value = Some(words.next().ok_or_else(|| format!("`{word}` needs a file"))?);
    }
    Ok(asked)
}

fn print(imported: &Imported) {
    let mut kinds: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for item in &imported.items {
        let category = item.category.join(" / ");
        *kinds.entry((category, item.question.content.kind.as_str())).or_default() += 1;
    }
    println!("questions added: {}", imported.items.len());
    for ((category, kind), count) in kinds {
        println!("  {count:>3}  {kind:<16} {category}");
    }
    println!("findings: {}", imported.findings.len());
    for finding in &imported.findings {
        let outcome = if finding.left_out { "left out" } else { "read" };
        println!("  line {finding}: {outcome}");
    }
}
