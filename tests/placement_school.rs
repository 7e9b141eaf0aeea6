//! The main journey, run as a newcomer runs it, and what it prints.
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

const SHIPPED: &str = include_str!("../examples/placement_school/school.json");

/// The example, which `cargo test` builds beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().and_then(Path::parent).unwrap().join("examples/placement_school");
    assert!(program.exists(), "{} is missing; run the tests with `cargo test`", program.display());
    program
}

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program()).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The shipped school with its first students only.
fn small_school(students: usize) -> Value {
    let mut school: Value = serde_json::from_str(SHIPPED).unwrap();
    school["students"].as_array_mut().unwrap().truncate(students);
    school
}

fn write(folder: &Path, name: &str, school: &Value) -> String {
    let path = folder.join(name);
    fs::write(&path, serde_json::to_string_pretty(school).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn two_hundred_students_are_placed_and_nobody_sits_without_a_seat() {
    let folder = folder("placement_school_whole");
    let out = printed(&run(&folder, &[]));
    assert!(out.contains("Placements (200 students)"), "{out}");
    let seats: Vec<(u64, u64)> = out
        .lines()
        .filter_map(|line| {
            let (before, _) = line.split_once(" seats taken")?;
            let (before, capacity) = before.rsplit_once(" of ")?;
            let seated = before.rsplit(' ').next()?;
            Some((seated.parse().ok()?, capacity.trim().parse().ok()?))
        })
        .collect();
    assert_eq!(seats.len(), 12, "{out}");
    assert!(seats.iter().all(|(seated, capacity)| seated <= capacity), "{seats:?}");
    assert!(seats.iter().any(|(seated, capacity)| seated == capacity), "one class fills up");
    for wanted in [
        "orders: 193 completed, 7 pending",
        "Revenue by branch",
        "Why this score",
        "Why this class",
        "193 × assessment.attempt_graded",
        "193 × commerce.order_completed",
    ] {
        assert!(out.contains(wanted), "{wanted} is missing in\n{out}");
    }
    let html = fs::read_to_string(folder.join("placement_report.html")).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("<script"));
    assert_eq!(html.matches("<tr><td>").count(), 212, "12 classes and 200 students");
}

#[test]
fn the_same_file_gives_the_same_report() {
    let folder = folder("placement_school_same");
    let data = write(&folder, "school.json", &small_school(12));
    let runs = ["a.html", "b.html"].map(|report| {
        let out = printed(&run(&folder, &["--data", &data, "--report", report]));
        (out.replace(report, ""), fs::read(folder.join(report)).unwrap())
    });
    assert!(runs[0] == runs[1], "two runs differ");
}

#[test]
fn a_kept_store_is_gone_on_from() {
    let folder = folder("placement_school_kept");
    let first = write(&folder, "first.json", &small_school(6));
    let more = write(&folder, "more.json", &small_school(10));
    let out = printed(&run(&folder, &["--data", &first, "--save", "kept.lms"]));
    assert!(out.contains("Placements (6 students)"), "{out}");
    let go_on = ["--data", &more, "--open", "kept.lms", "--save", "kept.lms"];
    let out = printed(&run(&folder, &go_on));
    assert!(out.contains("Placements (10 students)"), "{out}");
    let again = printed(&run(&folder, &go_on));
    let report = |out: &str| out.split("\nThe report").next().unwrap().to_owned();
    assert_eq!(report(&again), report(&out), "who is known already is not asked again");
}

#[test]
fn a_damaged_kept_store_is_refused() {
    let folder = folder("placement_school_damaged");
    let data = write(&folder, "school.json", &small_school(1));
    printed(&run(&folder, &["--data", &data, "--save", "kept.lms"]));
    let path = folder.join("kept.lms");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let refused = run(&folder, &["--data", &data, "--open", "kept.lms"]);
    assert!(!refused.status.success());
    assert!(refused.stdout.is_empty(), "nothing is half-loaded");
}

#[test]
fn a_bad_file_is_refused_with_line_field_and_reason() {
    let folder = folder("placement_school_bad");
    let refused = |school: Value| {
        let data = write(&folder, "bad.json", &school);
        let output = run(&folder, &["--data", &data, "--save", "kept.lms"]);
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(!folder.join("kept.lms").exists(), "nothing is half-loaded");
        let line_of = |needle: &str| {
            let text = fs::read_to_string(&data).unwrap();
            1 + text.lines().position(|line| line.contains(needle)).unwrap()
        };
        (text(&output.stderr), line_of("\"nowhere\""))
    };
    let bend = |change: &dyn Fn(&mut Value)| {
        let mut school = small_school(3);
        change(&mut school);
        school
    };
    let (error, line) = refused(bend(&|it| it["students"][1]["branch"] = "nowhere".into()));
    assert!(error.contains(&format!("line {line}, field `students.[1].branch`")), "{error}");
    assert!(error.contains("there is no `nowhere`; there are bandung, jakarta"), "{error}");

    let (error, line) = refused(bend(&|it| it["classes"][0]["mode"] = "nowhere".into()));
    assert!(error.contains(&format!("line {line}, field `classes[0].mode`")), "{error}");

    let (error, line) = refused(bend(&|it| it["students"][0]["answers"]["g01"] = "nowhere".into()));
    assert!(error.contains(&format!("line {line}, field `students.[0].answers.g01`")), "{error}");
    assert!(error.contains("is not a choice of this question"), "{error}");
}

#[test]
fn a_table_that_falls_is_refused_with_its_raw_scores() {
    let folder = folder("placement_school_table");
    let mut school = small_school(1);
    school["test"]["sections"][0]["conversion"][7]["scaled"] = 0.into();
    let data = write(&folder, "table.json", &school);
    let output = run(&folder, &["--data", &data]);
    let error = text(&output.stderr);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(error.contains("section `grammar`"), "{error}");
    assert!(error.contains('6') && error.contains('7'), "{error}");
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgresql_it_gives_the_same_report_byte_for_byte() {
    use lms::postgres::testing::TestServer;
    use sqlx::ConnectOptions as _;

    let folder = folder("placement_school_postgres");
    let data = write(&folder, "school.json", &small_school(200));
    let on_memory = printed(&run(&folder, &["--data", &data, "--report", "report.html"]));
    let html = fs::read(folder.join("report.html")).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let database = runtime.block_on(async {
        let server = TestServer::shared().await.expect("a PostgreSQL server");
        server.database().await.expect("a migrated database")
    });
    let url = database.app_options().to_url_lossy().to_string();
    let arguments = ["--data", &data, "--report", "report.html", "--database", &url];
    let on_postgres = printed(&run(&folder, &arguments));
    assert_eq!(on_postgres, on_memory);
    assert!(fs::read(folder.join("report.html")).unwrap() == html, "the HTML differs");
    runtime.block_on(async move { drop(database) });
}
