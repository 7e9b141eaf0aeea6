//! No service is left out of the table.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    commerce_table, content_table, delivery_table, identity_table, later_table, learning_table,
    tenancy_table,
};

/// Services that ask nobody, and why.
const ASK_NOBODY: [(&str, &str); 24] = [
    ("create_tenant", "its refusals have a test of their own: it opens a tenant that is not there"),
    ("sign_up", "everybody may ask to join; the sign-up mode decides"),
    ("sign_up_with_invite", "the invitation's token is the permission"),
    ("register_user", "a login is made before anybody has signed in"),
    ("sign_in", "the password is the permission"),
    ("sign_in_with", "the provider's word is the permission"),
    ("finish_login", "the checked password is the permission"),
    ("open_session", "the host has signed the user in"),
    ("refresh_session", "the token is the permission"),
    ("close_session", "the token is the permission"),
    ("start_verification", "only the owner of the address gets the secret"),
    ("verify_email", "the token is the permission"),
    ("verify_phone", "the code is the permission"),
    ("reset_password", "the token is the permission"),
    ("open_single_tenant", "the host's own start"),
    ("lock_limits", "a part of services that grow the tenant"),
    ("require_feature", "a part of services that belong to a feature"),
    ("refresh_course_stats", "a part of services that change a course"),
    ("reindex_course", "a part of services that change a course"),
    ("storage_used", "a figure for the host's usage snapshot"),
    ("count_learners", "a figure that the host brings up to date"),
    ("redeem_invite", "the invitation's token is the permission"),
    ("receive_webhook", "the gateway's signature is the permission"),
    ("next_number", "a part of services that give numbers"),
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

/// The names of all services of some contexts.
pub(crate) fn services_of(contexts: &[&str]) -> BTreeSet<String> {
    let mut texts = Vec::new();
    for context in contexts {
        sources(&folder(context), &mut texts);
    }
    texts
        .iter()
        .flat_map(|it| services(&it.replace("#[doc(hidden)]\npub async fn", "async fn")))
        .collect()
}

#[test]
fn every_service_has_a_row() {
    let written = services_of(&CONTEXTS);
    let tables = [
        tenancy_table::rows(),
        identity_table::rows(),
        content_table::rows(),
        delivery_table::rows(),
        learning_table::rows(),
        commerce_table::rows(),
    ];
    let listed = tables.iter().flatten().map(|it| it.name).chain(ASK_NOBODY.map(|it| it.0));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    let missing: Vec<_> = written.difference(&listed).collect();
    assert!(missing.is_empty(), "services without a row in the table: {missing:?}");
    let gone: Vec<_> = listed.difference(&written).collect();
    assert!(gone.is_empty(), "rows without a service: {gone:?}");
    for row in tables.iter().flatten() {
        assert!(!row.refused.is_empty(), "`{}` refuses nobody", row.name);
    }
}

/// Contexts whose refusals are shown by their own tests or by the table of later ones.
const LATER: [&str; 5] = ["assessment", "engagement", "notification", "operations", "recognition"];

/// Services of those that ask nobody, and why; or that ask as another one does.
const LATER_ASK_NOBODY: [(&str, &str); 4] = [
    ("check_certificate", "everybody may check a certificate, by the number that stands on it"),
    ("check_certificate_by_code", "everybody may, by the code that stands on it"),
    ("notify", "a part of services that tell somebody something"),
    ("place_learners", "it asks for each of the learners, as the service for one does"),
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
    let listed: BTreeSet<_> = later_table::rows().iter().map(|it| it.name).collect();
    let missing: Vec<_> = services_of(&LATER)
        .into_iter()
        .filter(|it| !refused.contains(&format!("{it}(")) && !listed.contains(it.as_str()))
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
