//! How the questions of a multiple-choice test performed, from a file of responses. Run it with
//! `cargo run --example item_analysis`, or on a file of your own:
//!
//! ```text
//! item_analysis [FILE] [--key FILE] [--options LETTERS] [--report FILE]
//!
//! FILE              responses as CSV: a header with the names of the questions, a row `key` with
//!                   the right options, then a row for each candidate; an empty cell is a blank
//! --key FILE        the row `key` (and `options`) in a file of its own
//! --options ABCDE   the options of questions without a row `options`
//! --report FILE     where the HTML report goes (item_analysis.html)
//! ```
//!
//! Commas, semicolons and tabs separate cells. `A|C` as a key takes either option.
use std::{fs, path::PathBuf, process::ExitCode};

use lms::assessment::analysis::TestStatistics;

mod advice;
mod csv;
mod html;
mod responses;
mod table;

use responses::Responses;

/// The file that ships with the example.
const SHIPPED: &str = include_str!("responses.csv");

#[derive(Debug)]
struct Arguments {
    file: Option<PathBuf>,
    key: Option<PathBuf>,
    options: String,
    report: PathBuf,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let report = "item_analysis.html".into();
        let mut read = Self { file: None, key: None, options: "ABCDE".into(), report };
        while let Some(word) = words.next() {
            let mut value =
                || words.next().ok_or_else(|| format!("`{word}` needs a value behind it"));
            match word.as_str() {
                "--key" => read.key = Some(value()?.into()),
                "--options" => read.options = value()?,
                "--report" => read.report = value()?.into(),
                other if other.starts_with("--") => {
                    return Err(format!(
                        "`{other}` is not known; there are --key, --options, --report"
                    ));
                }
                other if read.file.is_none() => read.file = Some(other.into()),
                other => return Err(format!("one file at a time; `{other}` is a second one")),
            }
        }
        Ok(read)
    }
}

fn text(path: &PathBuf) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    String::from_utf8(bytes).map_err(|error| {
        let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = read.iter().filter(|it| **it == b'\n').count() + 1;
        format!("{}, line {line}: save the file as UTF-8", path.display())
    })
}

/// Refuses to write the report over a file that is read.
fn check_report(arguments: &Arguments) -> Result<(), String> {
    let Ok(report) = fs::canonicalize(&arguments.report) else { return Ok(()) };
    for file in [&arguments.file, &arguments.key].into_iter().flatten() {
        if fs::canonicalize(file).is_ok_and(|it| it == report) {
            let file = file.display();
            return Err(format!("the report would take the place of {file}; name another file"));
        }
    }
    Ok(())
}

fn run(arguments: &Arguments) -> Result<(), String> {
    check_report(arguments)?;
    let name =
        arguments.file.as_ref().map_or("responses.csv".into(), |it| it.display().to_string());
    let responses = match &arguments.file {
        Some(file) => text(file)?,
        None => SHIPPED.to_owned(),
    };
    let key = match &arguments.key {
        Some(file) => Some((file.display().to_string(), text(file)?)),
        None => None,
    };
    let key = key.as_ref().map(|(file, text)| (file.as_str(), text.as_str()));
    let responses = Responses::read(&responses, key, &arguments.options)
        .map_err(|problems| format!("{name} cannot be analysed\n{problems}"))?;
    let statistics: TestStatistics = responses.analyse()?;
    print!("{}", table::table(&responses, &statistics));
    let page = html::page(&name, &responses, &statistics);
    fs::write(&arguments.report, page)
        .map_err(|error| format!("{}: {error}", arguments.report.display()))?;
    println!("\nThe report with charts is in {}", arguments.report.display());
    Ok(())
}

fn main() -> ExitCode {
    match Arguments::read(std::env::args().skip(1)).and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("item_analysis: {error}");
            ExitCode::FAILURE
        }
    }
}
