//! What the architecture promises and the compiler cannot check.
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The contexts in the order of their dependencies: each may use those before it.
const CONTEXTS: [&str; 12] = [
    "tenancy",
    "identity",
    "content",
    "delivery",
    "learning",
    "assessment",
    "commerce",
    "recognition",
    "engagement",
    "notification",
    "operations",
    "governance",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(under: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(under), &mut found);
    assert!(!found.is_empty(), "nothing under {under}");
    found
}

/// The code without comments and without the unit tests behind it.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

#[test]
fn a_context_uses_only_those_before_it() {
    let mut wrong = Vec::new();
    for (at, context) in CONTEXTS.iter().enumerate() {
        for (path, text) in sources(&format!("lms-core/src/{context}")) {
            let code = code(&text);
            for later in &CONTEXTS[at + 1..] {
                let used = code.contains(&format!("crate::{later}::"))
                    || code
                        .lines()
                        .any(|line| line.trim_start().starts_with(&format!("{later}::")));
                if used {
                    wrong.push(format!("{} uses {later}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_kernel_is_pure() {
    for (path, text) in sources("lms-core/src/kernel") {
        let code = code(&text);
        for word in ["async", "await", "Transaction", "Store", "f32", "f64"] {
            assert!(!words(&code).any(|it| it == word), "{} uses {word}", path.display());
        }
        assert!(!code.contains("crate::store"), "{} uses the store", path.display());
    }
}

#[test]
fn no_float_reaches_money_or_scores() {
    // Statistics of items and abilities are estimates, not scores; they alone use floats.
    let statistics = ["lms-core/src/assessment/analysis"];
    for (path, text) in sources("lms-core/src") {
        let shown = path.strip_prefix(root()).unwrap();
        if statistics.iter().any(|it| shown.starts_with(it)) {
            continue;
        }
        let code = code(&text);
        for word in ["f32", "f64"] {
            assert!(!words(&code).any(|it| it == word), "{} uses {word}", shown.display());
        }
    }
}

#[test]
fn a_backend_knows_no_context() {
    for backend in ["lms-store-memory/src", "lms-store-postgres/src"] {
        for (path, text) in sources(backend) {
            let code = code(&text);
            for context in CONTEXTS {
                let used = code.contains(&format!("lms_core::{context}"))
                    || code.lines().any(|it| it.trim_start().starts_with(&format!("{context}::")));
                assert!(!used, "{} knows {context}", path.display());
            }
        }
    }
}

#[test]
fn sql_text_is_vouched_for_in_few_places() {
    let mut places = Vec::new();
    for (path, text) in sources("lms-store-postgres/src") {
        if code(&text).contains("AssertSqlSafe(") {
            places.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    assert!(places.len() <= 3, "{places:?}");
}

#[test]
fn the_core_has_no_clock_and_no_randomness_of_its_own() {
    for (path, text) in sources("lms-core/src") {
        let code = code(&text);
        for call in
            ["SystemTime::now", "Instant::now", "Utc::now", "now_v7", "new_v4", "thread_rng"]
        {
            assert!(!code.contains(call), "{} calls {call}", path.display());
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    for folder in ["lms-core", "lms-store-memory", "lms-store-postgres", "lms-testkit", "examples"]
    {
        for (path, text) in sources(folder) {
            for mark in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")] {
                assert!(!text.contains(mark), "{} has a {mark}", path.display());
            }
        }
    }
}
