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
    assert!(error.contains(&format!("line {line}, field `students[1].branch`")), "{error}");
    assert!(error.contains("there is no `nowhere`; there are bandung, jakarta"), "{error}");

    let (error, line) = refused(bend(&|it| it["classes"][0]["mode"] = "nowhere".into()));
    assert!(error.contains(&format!("line {line}, field `classes[0].mode`")), "{error}");

    let (error, line) = refused(bend(&|it| it["students"][0]["answers"]["g01"] = "nowhere".into()));
    assert!(error.contains(&format!("line {line}, field `students[0].answers.g01`")), "{error}");
    assert!(error.contains("is not a choice of this question"), "{error}");
}

/// What is said of a file of those bytes; nothing was done with it.
fn refusal(folder: &Path, bytes: &[u8]) -> String {
    fs::write(folder.join("bad.json"), bytes).unwrap();
    let output = run(folder, &["--data", "bad.json", "--save", "kept.lms"]);
    let error = text(&output.stderr);
    assert!(!output.status.success() && output.stdout.is_empty(), "{error}");
    for file in ["kept.lms", "placement_report.html"] {
        assert!(!folder.join(file).exists(), "{file}: nothing is half-loaded");
    }
    assert!(!error.contains("panicked"), "{error}");
    error
}

/// One change to the shipped school each, the field that is named, and a part of the reason.
#[test]
fn whatever_is_wrong_is_named_before_anything_happens() {
    let folder = folder("placement_school_wrong");
    type Change = fn(&mut Value);
    let table: &[(Change, &str, &str)] = &[
        (
            |it| it["school"]["plan"]["max_students"] = "many".into(),
            "school.plan.max_students",
            "u32",
        ),
        (
            |it| it["school"]["plan"]["max_students"] = 2.into(),
            "school.plan.max_students",
            "room for 2",
        ),
        (|it| it["school"]["colour"] = "red".into(), "school.colour", "unknown field"),
        (|it| it["school"]["currency"] = "XYZ".into(), "school.currency", "ISO 4217"),
        (|it| it["package"]["price"] = "-1".into(), "package.price", "below zero"),
        (|it| it["package"]["price"] = "99999999999999999999".into(), "package.price", "large"),
        (|it| it["package"]["price"] = "1.005".into(), "package.price", "IDR"),
        (|it| it["starts_at"] = "yesterday".into(), "starts_at", ""),
        (|it| it["branches"] = Value::Array(vec![]), "branches", "at least one"),
        (|it| it["branches"][1]["id"] = "jakarta".into(), "branches[1].id", "twice"),
        (|it| it["branches"][0]["phone"] = "12".into(), "branches[0].phone", ""),
        (|it| it["branches"][0]["location"] = "".into(), "branches[0].location", ""),
        (|it| it["staff"] = Value::Array(vec![]), "staff", "role `admin`"),
        (|it| it["staff"][1]["email"] = it["staff"][0]["email"].clone(), "staff[1].email", "twice"),
        (|it| it["staff"][0]["role"] = "king".into(), "staff[0].role", "king"),
        (|it| it["test"]["sections"] = Value::Array(vec![]), "test.sections", "at least one"),
        (|it| it["test"]["sections"][1]["id"] = "grammar".into(), "test.sections[1].id", "twice"),
        (
            |it| it["test"]["sections"][0]["questions"][3]["id"] = "g01".into(),
            "test.sections[0].questions[3].id",
            "twice",
        ),
        (
            |it| it["test"]["sections"][0]["questions"][0]["points"] = "0".into(),
            "test.sections[0].questions[0].points",
            "more than nothing",
        ),
        (
            |it| it["test"]["sections"][0]["questions"][0]["points"] = 1e30.into(),
            "test.sections[0].questions[0].points",
            "",
        ),
        (
            |it| it["test"]["sections"][0]["questions"][0]["correct"] = vec!["z"].into(),
            "test.sections[0].questions[0].correct",
            "`z` is not one of the choices",
        ),
        (
            |it| it["test"]["sections"][0]["questions"][0]["choices"][1]["id"] = "a".into(),
            "test.sections[0].questions[0].choices",
            "same `id`",
        ),
        (
            |it| it["test"]["sections"][0]["conversion"][7]["scaled"] = 0.into(),
            "test.sections[0].conversion",
            "less than",
        ),
        (
            |it| drop(it["test"]["sections"][0]["conversion"].as_array_mut().unwrap().pop()),
            "test.sections[0].conversion",
            "outside the table",
        ),
        (
            |it| it["test"]["sections"][0]["conversion"] = Value::Array(vec![]),
            "test.sections[0].conversion",
            "no rows",
        ),
        (|it| it["levels"][0]["code"] = "B1".into(), "levels", "twice"),
        (|it| it["classes"][2]["level"] = "Z9".into(), "classes[2].level", "there is no `Z9`"),
        (|it| it["classes"][2]["capacity"] = 0.into(), "classes[2].capacity", "seat"),
        (|it| it["classes"][2]["capacity"] = (-3).into(), "classes[2].capacity", "u32"),
        (
            |it| it["classes"][2]["capacity"] = 5_000_000_000_u64.into(),
            "classes[2].capacity",
            "u32",
        ),
        (|it| it["classes"][2]["band"]["min"] = "999".into(), "classes[2].band", "below its `max`"),
        (
            |it| it["classes"][2]["schedule"]["ends_on"] = "1999-01-01".into(),
            "classes[2].schedule",
            "",
        ),
        (
            |it| it["classes"][2]["schedule"]["from"] = "25:00".into(),
            "classes[2].schedule.from",
            "HH:MM",
        ),
        (
            |it| {
                it["classes"][2]["mode"] = "online".into();
                it["classes"][2]["meeting_link"] = Value::Null;
            },
            "classes[2].mode",
            "needs a meeting link",
        ),
        (|it| it["students"][1]["email"] = "not an address".into(), "students[1].email", ""),
        (
            |it| it["students"][1]["email"] = it["students"][0]["email"].clone(),
            "students[1].email",
            "twice",
        ),
        (
            |it| it["students"][1]["email"] = it["staff"][0]["email"].clone(),
            "students[1].email",
            "member of the staff",
        ),
        (
            |it| it["students"][2]["answers"]["q99"] = "a".into(),
            "students[2].answers.q99",
            "no question",
        ),
        (
            |it| it["students"][2]["answers"]["g01"] = 7.into(),
            "students[2].answers.g01",
            "a text, or a list",
        ),
        (
            |it| it["students"][2]["answers"]["g01"] = vec!["a", "b"].into(),
            "students[2].answers.g01",
            "one answer",
        ),
        (
            |it| drop(it["students"][2].as_object_mut().unwrap().remove("phone")),
            "students[2]",
            "phone",
        ),
        (|it| it["students"] = "all".into(), "students", "sequence"),
    ];
    for (change, field, reason) in table {
        let mut school = small_school(3);
        change(&mut school);
        let error = refusal(&folder, serde_json::to_string_pretty(&school).unwrap().as_bytes());
        assert!(error.contains("bad.json: line "), "{error}");
        assert!(error.contains(&format!("field `{field}")), "{field}: {error}");
        assert!(error.contains(reason), "{reason}: {error}");
    }
}

#[test]
fn files_that_are_no_json_or_not_whole_are_refused_with_their_line() {
    let folder = folder("placement_school_broken");
    let whole = serde_json::to_string_pretty(&small_school(2)).unwrap();
    let cut = &whole[..whole.len() / 2];
    let lines = cut.lines().count();
    let error = refusal(&folder, cut.as_bytes());
    assert!(error.contains(&format!("line {lines}, ")) && error.contains("EOF"), "{error}");
    assert!(refusal(&folder, b"").contains("line 1"));
    assert!(refusal(&folder, b"[]").contains("line 1"));
    assert!(refusal(&folder, b"{\"school\": {},}").contains("line 1"));
    let more = format!("{whole}\n{{}}");
    let last = more.lines().count();
    assert!(refusal(&folder, more.as_bytes()).contains(&format!("line {last}, ")));
    let mut latin = whole.clone().into_bytes();
    let at = whole.find("Cakrawala").unwrap();
    latin[at] = 0xe9;
    assert!(refusal(&folder, &latin).contains("not UTF-8"));
    let twice = whole.replacen("\"g01\": ", "\"g02\": \"a\",\n\"g01\": ", 1);
    let error = refusal(&folder, twice.as_bytes());
    assert!(error.contains("`g02` is answered twice"), "{error}");
    let error =
        refusal(&folder, whole.replacen("\"slug\"", "\"title\": \"B\", \"slug\"", 1).as_bytes());
    assert!(error.contains("duplicate field `title`"), "{error}");
}

/// Windows editors begin a file with a byte order mark and end its lines with two characters.
#[test]
fn a_byte_order_mark_and_other_line_ends_do_no_harm() {
    let folder = folder("placement_school_windows");
    let plain = serde_json::to_string_pretty(&small_school(2)).unwrap();
    fs::write(folder.join("plain.json"), &plain).unwrap();
    let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    fs::write(folder.join("windows.json"), windows).unwrap();
    let [plain, windows] =
        ["plain.json", "windows.json"].map(|it| printed(&run(&folder, &["--data", it])));
    assert_eq!(plain, windows);
}

/// Choices may have any names, in any order: an answer means the choice that it names.
#[test]
fn answers_name_choices_by_their_ids() {
    let folder = folder("placement_school_choices");
    let data = write(&folder, "letters.json", &small_school(4));
    let letters = printed(&run(&folder, &["--data", &data]));
    let renamed = |id: &str| format!("choice {id} of them");
    let mut school = small_school(4);
    for section in school["test"]["sections"].as_array_mut().unwrap() {
        for question in section["questions"].as_array_mut().unwrap() {
            let Some(choices) = question.get_mut("choices") else { continue };
            for choice in choices.as_array_mut().unwrap() {
                choice["id"] = renamed(choice["id"].as_str().unwrap()).into();
            }
            for right in question["correct"].as_array_mut().unwrap() {
                *right = renamed(right.as_str().unwrap()).into();
            }
        }
    }
    let kinds: std::collections::HashMap<String, bool> = school["test"]["sections"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|it| it["questions"].as_array().unwrap())
        .map(|it| (it["id"].as_str().unwrap().to_owned(), it.get("choices").is_some()))
        .collect();
    for student in school["students"].as_array_mut().unwrap() {
        let Some(answers) = student.get_mut("answers") else { continue };
        for (question, answer) in answers.as_object_mut().unwrap() {
            if !kinds[question] {
                continue;
            }
            match answer {
                Value::String(it) => *it = renamed(it),
                Value::Array(them) => {
                    them.iter_mut().for_each(|it| *it = renamed(it.as_str().unwrap()).into())
                }
                other => panic!("{other}"),
            }
        }
    }
    let data = write(&folder, "names.json", &school);
    assert_eq!(printed(&run(&folder, &["--data", &data])), letters);
}

#[cfg(feature = "sqlite")]
#[test]
fn in_a_file_it_gives_the_same_report_and_goes_on_from_it() {
    let folder = folder("placement_school_file");
    let data = write(&folder, "school.json", &small_school(60));
    let on_memory = printed(&run(&folder, &["--data", &data, "--report", "report.html"]));
    let html = fs::read(folder.join("report.html")).unwrap();
    let arguments = ["--data", &data, "--report", "report.html", "--database", "school.db"];
    assert_eq!(printed(&run(&folder, &arguments)), on_memory);
    assert!(fs::read(folder.join("report.html")).unwrap() == html, "the HTML differs");
    // A second run finds everybody in the file.
    printed(&run(&folder, &arguments));
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
        server.unmigrated_database().await.expect("an empty database")
    });
    let url = database.owner_options().to_url_lossy().to_string();
    let arguments = ["--data", &data, "--report", "report.html", "--database", &url];
    let on_postgres = printed(&run(&folder, &arguments));
    assert_eq!(on_postgres, on_memory);
    assert!(fs::read(folder.join("report.html")).unwrap() == html, "the HTML differs");
    runtime.block_on(async move { drop(database) });
}
