//! The examples that print the same in every run and on every store, run as a newcomer runs them.
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The example, which `cargo test` builds beside the tests.
fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(Path::parent).unwrap().join("examples");
    let program = folder.join(name);
    assert!(program.exists(), "{} is missing; run the tests with `cargo test`", program.display());
    program
}

fn run(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(program(name)).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Each example, and what it prints.
const JOURNEYS: [(&str, &str); 6] = [
    ("exam_day", include_str!("../examples/exam_day/output.txt")),
    ("score_conversion", include_str!("../examples/score_conversion/output.txt")),
    ("b2c_marketplace", include_str!("../examples/b2c_marketplace/output.txt")),
    ("b2b_internal", include_str!("../examples/b2b_internal/output.txt")),
    ("invite_only", include_str!("../examples/invite_only/output.txt")),
    ("tutoring_centre", include_str!("../examples/tutoring_centre/output.txt")),
];

#[test]
fn each_journey_goes_as_it_is_told() {
    for (name, expected) in JOURNEYS {
        assert_eq!(run(name, &[]), expected, "{name}");
    }
}

/// One span names the operation, the tenant, the actor, the request, the attempts and the outcome;
/// below it are its statements.
#[test]
fn an_operation_says_what_it_did_in_one_span() {
    assert_eq!(run("traced", &[]), include_str!("../examples/traced/output.txt"));
}

#[test]
fn another_argument_is_refused() {
    for (name, _) in JOURNEYS {
        let output = Command::new(program(name)).arg("--fast").output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{name}");
        let said = String::from_utf8(output.stderr).unwrap();
        let tells = said.contains("`--fast` is not known") || said.contains("nothing else");
        assert!(tells, "{name}: {said}");
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn in_a_file_each_journey_goes_the_same_and_leaves_the_file() {
    use std::fs;

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("journeys");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, expected) in JOURNEYS {
        let file = folder.join(name);
        assert_eq!(run(name, &["--database", file.to_str().unwrap()]), expected, "{name}");
        assert!(fs::metadata(&file).unwrap().len() > 0, "{name}");
    }
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgresql_each_journey_goes_the_same() {
    use lms::postgres::testing::TestServer;
    use sqlx::ConnectOptions as _;

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (name, expected) in JOURNEYS {
        let database = runtime.block_on(async {
            let server = TestServer::shared().await.expect("a PostgreSQL server");
            server.unmigrated_database().await.expect("an empty database")
        });
        let url = database.owner_options().to_url_lossy().to_string();
        assert_eq!(run(name, &["--database", &url]), expected, "{name}");
        runtime.block_on(async move { drop(database) });
    }
}
