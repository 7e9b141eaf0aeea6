//! The item analysis as a teacher runs it: on the shipped file, on their own, and on faulty ones.
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The example, which `cargo test` builds beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().and_then(Path::parent).unwrap().join("examples/item_analysis");
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

/// What a file of that content prints, and its report.
fn analysed(name: &str, content: &str) -> (String, String) {
    let folder = folder(name);
    fs::write(folder.join("test.csv"), content).unwrap();
    let output = run(&folder, &["test.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report = fs::read_to_string(folder.join("item_analysis.html")).unwrap();
    (text(&output.stdout), report)
}

/// What is said about a file that cannot be analysed.
fn refused(name: &str, content: &[u8]) -> String {
    let folder = folder(name);
    fs::write(folder.join("test.csv"), content).unwrap();
    let output = run(&folder, &["test.csv"]);
    assert!(!output.status.success(), "{}", text(&output.stdout));
    assert!(!folder.join("item_analysis.html").exists());
    text(&output.stderr)
}

/// The figures of a question, as printed.
fn line<'o>(out: &'o str, question: &str) -> Vec<&'o str> {
    let found = out.lines().find(|it| it.split_whitespace().next() == Some(question));
    found.unwrap_or_else(|| panic!("no {question} in {out}")).split_whitespace().collect()
}

#[test]
fn the_shipped_file_shows_the_wrong_key() {
    let folder = folder("item_analysis_shipped");
    let output = run(&folder, &[]);
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(out.starts_with("60 candidates, 12 questions\n"), "{out}");
    assert!(out.contains("Q7        the better candidates miss it: check the key"), "{out}");
    assert!(out.contains("Q5        hardly anybody chooses D"), "{out}");
    let report = fs::read_to_string(folder.join("item_analysis.html")).unwrap();
    for part in ["<!doctype html>", "<svg", "Q7", "</html>"] {
        assert!(report.contains(part), "{part}");
    }
    for outside in ["http://", "https://", "<script", "src="] {
        assert!(!report.contains(outside), "{outside}");
    }
}

/// The ladder that is worked by hand beside the rule: totals 3, 2, 1, 0.
const LADDER: &str = "who,Q1,Q2,Q3\nkey,A,B,C\nann,A,B,C\nben,A,B,A\ncle,A,A,\ndan,B,C,-\n";

#[test]
fn a_teachers_own_file_gives_the_figures_worked_by_hand() {
    let (out, _) = analysed("item_analysis_own", LADDER);
    assert!(out.contains("alpha                  0.750\n"), "{out}");
    // Facility, deviation, discrimination, corrected, top 27 %, efficiency.
    assert_eq!(line(&out, "Q2")[1..7], ["0.500", "0.577", "0.894", "0.707", "1.000", "1.000"]);
}

#[test]
fn spreadsheets_write_it_in_other_ways() {
    let ways = [
        ("semicolons", LADDER.replace(',', ";")),
        ("tabs", LADDER.replace(',', "\t")),
        ("quotes", LADDER.replace("ann", "\"Ann, \"\"A\"\" \nSmith\"")),
        ("macintosh", LADDER.replace('\n', "\r")),
        ("windows", format!("\u{feff}{}", LADDER.replace('\n', "\r\n"))),
        ("lower_case", LADDER.replace(",B", ",b")),
        ("blank_lines", LADDER.replace("ben", "\n\nben")),
    ];
    let expected = analysed("item_analysis_plain", LADDER).0;
    for (name, content) in ways {
        let (out, _) = analysed(&format!("item_analysis_{name}"), &content);
        assert_eq!(out, expected, "{name}");
    }
}

#[test]
fn the_key_may_be_in_a_file_of_its_own_and_options_may_have_names() {
    let folder = folder("item_analysis_key");
    fs::write(folder.join("key.csv"), "key,yes,no|maybe\noptions,yes|no,yes|no|maybe\n").unwrap();
    fs::write(folder.join("test.csv"), "who,Q1,Q2\nann,yes,maybe\nben,no,yes\n").unwrap();
    let output = run(&folder, &["test.csv", "--key", "key.csv", "--report", "out.html"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(line(&text(&output.stdout), "Q2")[1], "0.500");
    assert!(folder.join("out.html").exists());
}

#[test]
fn names_are_not_taken_for_markup() {
    let content = LADDER.replace("Q1", "<b>&Q1");
    let (_, report) = analysed("item_analysis_markup", &content);
    assert!(report.contains("&lt;b&gt;&amp;Q1") && !report.contains("<b>&Q1"));
}

#[test]
fn every_problem_is_named_with_its_line_and_column() {
    let content = "who,Q1,Q2\nkey,A,B\nann,A\nben,A,B,C\ncle,F,B\nann,A,B\n,A,B\n";
    let told = refused("item_analysis_faults", content.as_bytes());
    for problem in [
        "line 3: the header has 2 questions, and this row 1 answers",
        "line 4: the header has 2 questions, and this row 3 answers",
        "line 5, column 2 (Q1): `F` is not one of A, B, C, D, E",
        "line 6: `ann` is on line 3 already",
        "line 7, column 1: the candidate has no name",
    ] {
        assert!(told.contains(problem), "{problem}\n{told}");
    }
}

#[test]
fn a_faulty_key_or_file_is_named_too() {
    for (name, content, problem) in [
        ("no_key", "who,Q1\nann,A\n", "line 1: there is no key; add a row `key`"),
        (
            "two_keys",
            "who,Q1\nkey,A\nkey,B\nann,A\n",
            "line 2 and line 3: there are two rows `key`",
        ),
        ("bad_key", "who,Q1\nkey,Z\nann,A\n", "line 2, column 2 (Q1): `Z` is not one of"),
        ("empty_key", "who,Q1,Q2\nkey,,A\nann,A,A\n", "line 2, column 2 (Q1): no key"),
        ("twice", "who,Q1,Q1\nkey,A,A\nann,A,A\n", "line 1, column 3: `Q1` is in column 2 already"),
        ("nobody", "who,Q1\nkey,A\n", "there is no candidate"),
        ("empty", "", "line 1: the file is empty"),
        ("quote", "who,Q1\nkey,A\n\"ann,A\n", "line 3: a quote is opened and never closed"),
        ("behind", "who,Q1\nkey,A\n\"ann\"a,A\n", "line 3: text follows a closing quote"),
        (
            "options",
            "who,Q1\nkey,A\noptions,ABA\nann,A\n",
            "line 3, column 2 (Q1): option 3 is `A`",
        ),
        (
            "no_option",
            "who,Q1\nkey,A\noptions,A||B\nann,A\n",
            "(Q1): option 2 is ``, empty or twice",
        ),
        (
            "truncated",
            "who,Q1,Q2\nkey,A,B\nann,A,B\nben,",
            "line 4: the header has 2 questions, and",
        ),
        ("utf16", "w\0h\0o\0,\0Q\0a\0", "line 1: there is no key"),
    ] {
        let told = refused(&format!("item_analysis_{name}"), content.as_bytes());
        assert!(told.contains(problem), "{problem}\n{told}");
    }
    let told = refused("item_analysis_latin1", b"who,Q1\nkey,A\nJos\xe9,A\n");
    assert!(told.contains("test.csv, line 3: save the file as UTF-8"), "{told}");
    let missing = run(&folder("item_analysis_missing"), &["nowhere.csv"]);
    assert!(text(&missing.stderr).contains("nowhere.csv: "), "{}", text(&missing.stderr));
}

#[test]
fn a_second_file_is_named_and_no_file_is_written_over() {
    let folder = folder("item_analysis_two_files");
    fs::write(folder.join("key.csv"), "key,A,Z\n").unwrap();
    fs::write(folder.join("test.csv"), "who,Q1,Q2\nann,A,B\n").unwrap();
    let told = text(&run(&folder, &["test.csv", "--key", "key.csv"]).stderr);
    assert!(told.contains("key.csv, line 1, column 3 (Q2): `Z` is not one of"), "{told}");
    fs::write(folder.join("key.csv"), "key,A,B\n").unwrap();
    for report in ["test.csv", "./key.csv"] {
        let output = run(&folder, &["test.csv", "--key", "key.csv", "--report", report]);
        let told = text(&output.stderr);
        assert!(!output.status.success() && told.contains("would take the place of"), "{told}");
    }
    assert_eq!(fs::read_to_string(folder.join("key.csv")).unwrap(), "key,A,B\n");
}
