//! The story of a bank transfer, run as a newcomer runs it, and what it prints.
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The example, which `cargo test` builds beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(Path::parent).unwrap();
    let program = folder.join("examples/bank_transfer_review");
    assert!(
        program.exists(),
        "{} is missing; run `cargo build --all-features --examples` or all tests",
        program.display()
    );
    program
}

const STORY: &str = "\
Ada orders Italian A1 for 150.00 EUR and pays by bank transfer.
Ada sends a proof.
Ada approves her own proof: refused (authorization.not_permitted).
Dana looks at it: rejected.
Eli approves what Dana rejected: refused (proof.already_decided).
Ada sends a better one; Dana looks at it: approved.
  order pending, payment confirmed, taken 0.00 EUR, access: no
Dana takes her own approval back: refused (proof.same_reviewer).
Eli sees that the amount is wrong: revoked.
  order failed, payment failed, taken 0.00 EUR, access: no
Ada starts again. The proof looks like an earlier one: true.
Eli looks at it: approved.
Dana finds the money on the bank statement.
  order completed, payment completed, taken 150.00 EUR, access: yes
The books:
  payment        150.00 EUR  balances
  sale           150.00 EUR  balances
  left on the order's account: 0
Attempts that were refused and noted: 1
";

fn story(arguments: &[&str]) -> String {
    let output = Command::new(program()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_story_ends_well_in_memory() {
    assert_eq!(story(&[]), STORY);
}

#[cfg(feature = "sqlite")]
#[test]
fn the_story_ends_the_same_in_a_file() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("bank_transfer_review.db");
    let _ = std::fs::remove_file(&file);
    assert_eq!(story(&["--database", file.to_str().unwrap()]), STORY);
}

#[cfg(feature = "postgres")]
#[test]
fn the_story_ends_the_same_on_postgres() {
    use lms::postgres::testing::TestServer;
    use sqlx::ConnectOptions as _;

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let database = runtime.block_on(async {
        let server = TestServer::shared().await.expect("a PostgreSQL server");
        server.unmigrated_database().await.expect("an empty database")
    });
    let url = database.owner_options().to_url_lossy().to_string();
    assert_eq!(story(&["--database", &url]), STORY);
    runtime.block_on(async move { drop(database) });
}

#[test]
fn an_unknown_option_is_named() {
    let output = Command::new(program()).arg("--help-me").output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--database URL"));
}
