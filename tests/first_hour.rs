//! The first hour of a host: what the example prints, and that the guide shows its code.
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

const PRINTED: &str = include_str!("../examples/first_hour/output.txt");
const PROGRAM: &str = include_str!("../examples/first_hour/main.rs");
const GUIDE: &str = include_str!("../docs/guide/first-hour.md");

/// The example, which `cargo test` builds beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(Path::parent).unwrap().join("examples");
    let program = folder.join("first_hour");
    assert!(program.exists(), "{} is missing; run the tests with `cargo test`", program.display());
    program
}

fn run(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).output().unwrap()
}

fn lines(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_first_hour_prints_each_step() {
    assert_eq!(lines(&run(&[])), PRINTED);
}

#[cfg(feature = "sqlite")]
#[test]
fn in_a_file_the_first_hour_goes_the_same_and_stays() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("first_hour.db");
    let _ = std::fs::remove_file(&file);
    let name = file.to_str().unwrap();
    assert_eq!(lines(&run(&["--store", name])), PRINTED);
    let again = run(&["--store", name]);
    assert!(!again.status.success(), "the people of the first run are still there");
}

#[test]
fn another_argument_is_refused() {
    let output = run(&["--fast"]);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--store PATH"));
}

/// The code of the guide, block by block.
fn shown(fence: &'static str) -> Vec<&'static str> {
    let blocks = GUIDE.split(fence).skip(1);
    blocks.map(|it| it.split("\n```").next().unwrap().trim_start_matches('\n')).collect()
}

#[test]
fn the_guide_shows_the_program() {
    let blocks = shown("```rust,ignore");
    assert!(blocks.len() >= 10, "{}", blocks.len());
    for block in &blocks {
        assert!(PROGRAM.contains(block), "the program has not:\n{block}");
    }
    let steps = PROGRAM.matches("\nasync fn ").count() - 1;
    let shown_steps: usize = blocks.iter().map(|it| it.matches("async fn ").count()).sum();
    assert_eq!(shown_steps, steps, "each step of the program is in the guide");
    assert_eq!(shown("```text"), [PRINTED.trim_end()]);
}

#[test]
fn the_first_hour_needs_no_transaction_of_its_own() {
    for word in ["Box::pin", ".clone()).await", "transact", "begin", "Scope", "macro_rules"] {
        assert!(!PROGRAM.contains(word), "{word}");
    }
    assert!(PROGRAM.matches("store.run").count() >= 25);
}
