//! The examples of subscriptions and bills, run as a newcomer runs them, and what they print.
use std::{path::Path, process::Command};

fn printed(name: &str, arguments: &[&str]) -> String {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(program.exists(), "{} is missing; run the tests with `cargo test`", program.display());
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn check(out: &str, wanted: &[&str]) {
    let mut rest = out;
    for line in wanted {
        let at = rest.find(line);
        let at = at.unwrap_or_else(|| panic!("`{line}` is missing, in that order, in\n{out}"));
        rest = &rest[at..];
    }
}
