//! No service is left out of the table.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{authority::tables, exam_table, later_table, reading_table};

/// Functions beside the operations: they take a port, or are a part of operations.
const FUNCTIONS: [(&str, &str); 14] = [
    ("sign_in", "the password is the permission"),
    ("open_session", "the host has signed the user in"),
    ("refresh_session", "the token is the permission"),
    ("start_verification", "only the owner of the address gets the secret"),
    ("lock_limits", "a part of operations that grow the tenant"),
    ("require_feature", "a part of operations that belong to a feature"),
    ("create_tenant", "its refusals have a test of their own: it opens a tenant that is not there"),
    ("refresh_course_stats", "a part of operations that change a course"),
    ("reindex_course", "a part of operations that change a course"),
    ("storage_used", "a figure for the host's usage snapshot"),
    ("count_learners", "a figure that the host brings up to date"),
    ("clone_rules", "a part of cloning a course"),
    ("receive_webhook", "the gateway's signature is the permission"),
    ("next_number", "a part of operations that give numbers"),
];

/// What services read with: they ask nobody, and write nothing.
const PARTS: [&str; 20] = [
    "balance_of",
    "draw_questions",
    "gradebook_plan",
    "learner_limits",
    "line_of",
    "load",
    "load_conversions",
    "load_drawn",
    "load_form",
    "load_tree",
    "look_up_login",
    "offer_of",
    "points_of",
    "seats_left",
    "subject_of_class",
    "subject_of_course",
    "subject_of_learner",
    "subject_of_learning",
    "trace",
    "unchanged",
];

const CONTEXTS: [&str; 6] = ["tenancy", "identity", "content", "delivery", "learning", "commerce"];

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
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
            if !PARTS.contains(&name) {
                found.push(name.to_owned());
            }
        }
    }
    found
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

/// A source without what is hidden from the reference: parts of operations in other crates.
fn visible(text: &str) -> String {
    let hidden = "#[doc(hidden)]\npub async fn";
    text.replace("#[doc(hidden)]\n    pub async fn", hidden).replace(hidden, "async fn")
}

/// The operations of some contexts that ask for a permission, and the functions beside them.
pub(crate) fn services_of(contexts: &[&str]) -> BTreeSet<String> {
    let mut texts = Vec::new();
    for context in contexts {
        sources(&folder(context), &mut texts);
    }
    let functions = texts.iter().flat_map(|it| services(&visible(it)));
    let all = lms::operations();
    let asking = all.iter().filter(|it| !it.access.permissions().is_empty());
    let operations = asking.filter_map(|it| {
        let (context, name) = it.name.split_once('.')?;
        let context = if context == "service_desk" { "operations" } else { context };
        contexts.contains(&context).then(|| name.to_owned())
    });
    operations.chain(functions).collect()
}

/// The name of the struct of an operation.
fn camel(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

#[test]
fn every_service_has_a_row() {
    let written = services_of(&CONTEXTS);
    let is_asked = |it: &str| CONTEXTS.contains(&it) || it == "lists and views";
    let tables: Vec<_> = tables().into_iter().filter(|it| is_asked(it.0)).collect();
    let rows = || tables.iter().flat_map(|it| &it.1);
    let listed = rows().map(|it| it.name).chain(FUNCTIONS.map(|it| it.0));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    let missing: Vec<_> = written.difference(&listed).collect();
    assert!(missing.is_empty(), "services without a row in the table: {missing:?}");
    let open = lms::operations().into_iter().filter_map(|it| it.name.split_once('.'));
    let known: BTreeSet<_> = open.map(|it| it.1.to_owned()).chain(written).collect();
    let gone: Vec<_> = listed.difference(&known).collect();
    assert!(gone.is_empty(), "rows without a service: {gone:?}");
    for row in rows() {
        assert!(!row.refused.is_empty(), "`{}` refuses nobody", row.name);
    }
}

/// Contexts whose refusals are shown by their own tests or by the table of later ones.
const LATER: [&str; 5] = ["assessment", "engagement", "notification", "operations", "recognition"];

/// Services of those that are shown otherwise, and why.
const LATER_ASK_NOBODY: [(&str, &str); 2] = [
    ("notify", "a part of operations that notify a person"),
    ("place_learners", "it asks for each of the learners, as the operation for one does"),
];

/// The arguments of `refused!(…)` in a text.
fn refusals(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for part in text.split("refused!(").skip(1) {
        let mut depth = 1_usize;
        let end = part.char_indices().find(|(_, sign)| {
            match sign {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        found.push(end.map_or(part, |(at, _)| &part[..at]));
    }
    found
}

#[test]
fn services_of_later_contexts_are_refused_somewhere() {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut texts = Vec::new();
    for folder in ["community", "coursework", "exams"] {
        sources(&tests.join(folder), &mut texts);
    }
    let refused: String = texts.iter().flat_map(|it| refusals(it)).collect();
    // An operation may be made before it is refused.
    let named: String = texts.iter().filter(|it| it.contains("refused!(")).cloned().collect();
    let rows = later_table::rows().into_iter().chain(exam_table::rows());
    let rows = rows.chain(reading_table::rows());
    let listed: BTreeSet<_> = rows.map(|it| it.name).collect();
    let missing: Vec<_> = services_of(&LATER)
        .into_iter()
        .filter(|it| !refused.contains(&format!("{it}(")) && !named.contains(&camel(it)))
        .filter(|it| !listed.contains(it.as_str()))
        .filter(|it| LATER_ASK_NOBODY.iter().all(|(name, _)| name != it))
        .collect();
    assert!(missing.is_empty(), "no test of a refusal calls {missing:?}");
}

#[test]
fn a_service_is_found_by_what_it_takes() {
    let text = "pub async fn one(tx: &mut Transaction) -> u8 { }
        pub async fn two(store: &Store) { }
        async fn three(tx: &mut Transaction) { }";
    assert_eq!(services(text), ["one"]);
}
