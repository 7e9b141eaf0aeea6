//! No service of these contexts is without a test of its refusals.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The contexts whose refusals are tested here and in `tests/community`.
const CONTEXTS: [&str; 5] =
    ["recognition", "engagement", "notification", "operations", "governance"];

fn texts(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// The names of public async functions that take a transaction.
fn services(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in text.split("pub async fn ").skip(1) {
        let signature = part.split('{').next().unwrap();
        if signature.contains("tx: &mut Transaction") {
            let name = signature.split(['(', '<']).next().unwrap();
            // A part of services that reads: it asks nobody.
            if name != "points_of" {
                found.push(name.to_owned());
            }
        }
    }
    found
}

/// Functions that read or write as a part of operations.
const PARTS: [&str; 3] = ["achievements_of", "all_achievements_of", "notify"];

/// The name of the struct of an operation.
fn camel(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// Where a context stands: a crate of its own, or a module of its district's.
fn folder(context: &str) -> PathBuf {
    let core = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("lms-core");
    ["store", "people", "learning", "community"]
        .iter()
        .map(|district| core.join(district).join("src").join(context))
        .find(|it| it.exists())
        .unwrap_or_else(|| core.join(context).join("src"))
}

#[test]
fn every_service_is_refused_to_somebody() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for context in CONTEXTS {
        texts(&folder(context), &mut sources);
    }
    let mut tests = Vec::new();
    for folder in ["tests/governance", "tests/community"] {
        texts(&root.join(folder), &mut tests);
    }
    // What stands in a `refused!( … )`, up to the next statement.
    let refusals: String = tests
        .iter()
        .flat_map(|it| it.split("refused!(").skip(1))
        .map(|it| it.split(");\n").next().unwrap())
        .collect();
    // An operation may be made before it is refused.
    let named: String = tests.iter().filter(|it| it.contains("refused!(")).cloned().collect();
    let all = lms::operations();
    let asking = all.iter().filter(|it| !it.access.permissions().is_empty());
    let operations = asking.filter_map(|it| {
        let (context, name) = it.name.split_once('.')?;
        let context = if context == "service_desk" { "operations" } else { context };
        CONTEXTS.contains(&context).then(|| name.to_owned())
    });
    let functions = sources.iter().flat_map(|it| services(it));
    let written: BTreeSet<String> = operations.chain(functions).collect();
    assert!(written.len() > 20, "{written:?}");
    let missing: Vec<_> = written
        .iter()
        .filter(|it| !PARTS.contains(&it.as_str()))
        .filter(|it| !refusals.contains(&format!("{it}(")) && !named.contains(&camel(it)))
        .collect();
    assert!(missing.is_empty(), "services whose refusals are not tested: {missing:?}");
}
