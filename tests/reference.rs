//! The reference of operations is made from the operations, and is never behind them.
use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::PathBuf};

use lms::operation::{Access, Effect, OperationType, Within};

fn who_may(access: Access) -> String {
    match access {
        Access::Asks(permissions) => {
            permissions.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(" or ")
        }
        Access::Credential(which) => format!("the bearer of {which}"),
        Access::Public(why) => format!("everyone: {why}"),
    }
}

fn page(all: &[OperationType]) -> String {
    let mut text = "# Operations\n\nMade from the operations themselves by `LMS_UPDATE=1 cargo test \
                    --test reference`; the test fails when this page is behind them.\n\n\
                    The fields are those of the input. *Platform* says that the operation needs \
                    the platform's rows beside the tenant's; *typed* that its input or answer holds \
                    a secret or has no JSON form, so that it is run with its type only.\n"
        .to_owned();
    let mut context = "";
    for it in all {
        let own = it.name.split('.').next().unwrap();
        if own != context {
            context = own;
            write!(text, "\n## {context}\n\n| operation | what it does | who may | effect | fields |\n|---|---|---|---|---|\n").unwrap();
        }
        let mut effect = match it.effect {
            Effect::Reads => "reads".to_owned(),
            Effect::Writes => "writes".to_owned(),
        };
        if it.within == Within::TenantAndPlatform {
            effect.push_str(", platform");
        }
        if !it.takes_json() {
            effect.push_str(", typed");
        }
        let fields: Vec<_> = it.fields.iter().map(|it| format!("`{}`", it.name)).collect();
        let name = it.name.split('.').nth(1).unwrap();
        let summary = it.doc.split("\n\n").next().unwrap().replace('\n', " ").replace('|', "\\|");
        let who = who_may(it.access);
        writeln!(text, "| `{name}` | {summary} | {who} | {effect} | {} |", fields.join(", "))
            .unwrap();
    }
    text
}

#[test]
fn the_reference_of_operations_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    let made = page(&lms::operations());
    if env::var_os("LMS_UPDATE").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == made,
        "run `LMS_UPDATE=1 cargo test --test reference` and review the change"
    );
}

fn list_of_events() -> String {
    let mut text =
        "# Events\n\nMade from the events themselves by `LMS_UPDATE=1 cargo test --test \
                    reference`; the test fails when this page is behind them.\n\n\
                    An event is announced in the transaction that makes it true, and handed over \
                    at least once. A receiver reads it by its type: \
                    `message.read::<OrderCompleted>()`. Fields may be added; none changes its \
                    meaning.\n"
            .to_owned();
    let mut context = "";
    for it in lms::events() {
        let own = it.kind.split('.').next().unwrap();
        if own != context {
            context = own;
            write!(text, "\n## {context}\n\n| event | what happened | fields |\n|---|---|---|\n")
                .unwrap();
        }
        let what = it.doc.split("\n\n").next().unwrap().replace('\n', " ").replace('|', "\\|");
        let fields: Vec<_> = it.fields.iter().map(|it| format!("`{}`", it.name)).collect();
        writeln!(text, "| `{}` | {what} | {} |", it.kind, fields.join(", ")).unwrap();
    }
    text
}

#[test]
fn the_list_of_events_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/events.md");
    let made = list_of_events();
    if env::var_os("LMS_UPDATE").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == made,
        "run `LMS_UPDATE=1 cargo test --test reference` and review the change"
    );
}

/// Every type that is announced is in the list, and none is announced in another way.
#[test]
fn every_event_of_the_source_is_listed() {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("lms-core")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let kinds = text.lines().filter_map(|it| it.strip_prefix("#[event(\""));
                found.extend(kinds.map(|it| it.split('"').next().unwrap().to_owned()));
                assert!(!text.contains("impl DomainEvent for"), "derive it: {}", path.display());
            }
        }
    }
    let listed: BTreeSet<_> = lms::events().iter().map(|it| it.kind.to_owned()).collect();
    // A line that is too long starts with the kind on a line of its own.
    let missing: Vec<_> = found.difference(&listed).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(listed.len(), lms::events().len(), "a kind is given once");
    assert!(listed.len() >= 101, "{}", listed.len());
    for it in lms::events() {
        assert!(it.fields.iter().all(|field| !field.doc.is_empty()), "{}", it.kind);
    }
}

#[test]
fn every_operation_has_one_name_and_a_documentation() {
    let all = lms::operations();
    let names: BTreeSet<_> = all.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), all.len(), "a name is given once");
    assert!(all.len() > 300, "{}", all.len());
    for it in &all {
        assert!(it.summary().ends_with(['.', ',']) || it.doc.lines().count() > 1, "{}", it.name);
        assert!(it.fields.iter().all(|field| !field.doc.is_empty()), "{}", it.name);
    }
}
