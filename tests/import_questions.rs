//! The example that moves questions in and out: what it prints, and that its file is read again.
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

const PRINTED: &str = include_str!("../examples/import_questions/output.txt");
const GUIDE: &str = include_str!("../docs/guide/formats.md");

/// The example, which `cargo test` builds beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(Path::parent).unwrap().join("examples");
    folder.join("import_questions")
}

fn run(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn what_came_and_what_did_not_is_printed() {
    assert_eq!(printed(&run(&[])), PRINTED);
}

#[test]
fn the_file_that_is_written_is_read_again() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported.gift");
    let path = file.to_str().unwrap();
    assert!(printed(&run(&["--export", path])).contains("; findings: 0"));
    let again = printed(&run(&[path]));
    let added = |text: &str| text.split("findings").next().map(|it| it.lines().count());
    assert_eq!(added(&again), added(PRINTED));
    assert!(again.contains("findings: 0"), "{again}");
}

#[test]
fn another_format_is_found_by_its_content() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported.xml");
    let path = file.to_str().unwrap();
    assert!(printed(&run(&["--export", path])).contains("; findings: 0"));
    assert!(std::fs::read_to_string(&file).unwrap().contains("<quiz>"));
    let again = printed(&run(&[path]));
    assert!(again.starts_with("format: Moodle XML\n"), "{again}");
    let added = |text: &str| text.lines().filter(|it| it.starts_with("  ")).count();
    assert!(added(&again) > 3, "{again}");
}

#[test]
fn what_is_no_text_is_refused() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken.gift");
    std::fs::write(&file, b"a \xff").unwrap();
    let refused = run(&[file.to_str().unwrap()]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("byte 2"), "{refused:?}");
}

/// Every code that reading or writing can find is in the guide.
#[test]
fn the_guide_lists_every_finding() {
    let mut seen = 0;
    for (folder, concern) in [("gift", "gift"), ("moodle_xml", "moodle")] {
        for file in std::fs::read_dir(format!("lms-interop/src/{folder}")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for rest in text.split(&format!("\"{concern}.")).skip(1) {
                let code = format!("`{concern}.{}`", rest.split('"').next().unwrap());
                assert!(GUIDE.contains(&code), "{code}");
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
}
