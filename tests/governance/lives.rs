//! The table of the guide that says what deletion, archive, departure and erasure do to each
//! record: it is written from the registry, so that a new record cannot be forgotten.
use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use lms::{
    governance::{
        Belonging, Fate, PersonalTable, fate, kept_because, personal_tables, restored_by,
    },
    record_types,
    store::Privacy,
};

/// What archiving or closing a record does, where it can be archived.
const ARCHIVED: [(&str, &str); 5] = [
    ("courses", "closed to newcomers; learners keep their access"),
    ("content_nodes", "hidden from learners; no rule waits for it"),
    ("class_groups", "takes no one; its members stay"),
    ("assessments", "starts no attempt; those that run end"),
    ("badges", "earned by no one; those who have it keep it"),
];

/// What it does to a record that the person it is about leaves the tenant.
const LEFT: [(&str, &str); 6] = [
    ("memberships", "left; may be invited again or readmitted"),
    ("enrollments", "dropped, completed ones closed; the seat goes to the waitlist"),
    ("enrollment_rights", "those of classes end; purchases and grants wait for a return"),
    ("class_members", "left; the seat goes to the waitlist"),
    ("notification_deliveries", "cancelled when they are due"),
    ("role_assignments", "without effect; removed on a return by invitation"),
];

fn deletion(table: &PersonalTable) -> &'static str {
    match fate(table.schema()) {
        Fate::PurgedWhenDue if restored_by(table.schema().table).is_some() => {
            "hidden, can be restored, purged when due"
        }
        Fate::PurgedWhenDue => "hidden, purged when due",
        Fate::GoesWithWhole => "goes with what it belongs to",
        Fate::Stays => "not deleted",
    }
}

fn erasure(table: &PersonalTable) -> String {
    let schema = table.schema();
    let personal = schema.columns.iter().filter(|it| it.privacy != Privacy::Open);
    let (mut kept, mut erased) = (false, false);
    for column in personal {
        match kept_because(schema.table, column.name) {
            Some(_) => kept = true,
            None => erased = true,
        }
    }
    let what = match (erased, kept) {
        (true, true) => "personal data removed, grades and money kept",
        (true, false) => "personal data removed",
        (false, true) => "grades and money kept",
        (false, false) => "kept, naming no one",
    };
    match &table.belonging {
        Belonging::Itself => "personal data removed, left, without a login".to_owned(),
        Belonging::Named(_) => what.to_owned(),
        Belonging::PartOf { table, .. } => format!("{what}, with `{table}`"),
        Belonging::Nobodys => "about no one".to_owned(),
    }
}

fn special(of: &[(&'static str, &'static str)], table: &str) -> &'static str {
    of.iter().find(|it| it.0 == table).map_or("–", |it| it.1)
}

/// The table as the registry has it.
fn table() -> String {
    let mut text = String::from(
        "| record | deleted | archived or retired | the person leaves | the person is erased |\n\
         |---|---|---|---|---|\n",
    );
    let mut tables = personal_tables(&record_types());
    tables.sort_by_key(|it| it.schema().table);
    for of in &tables {
        let name = of.schema().table;
        let (archived, left) = (special(&ARCHIVED, name), special(&LEFT, name));
        let (deleted, erased) = (deletion(of), erasure(of));
        writeln!(text, "| `{name}` | {deleted} | {archived} | {left} | {erased} |").unwrap();
    }
    text
}

#[test]
fn the_guide_says_what_becomes_of_every_record() {
    let known: BTreeSet<_> = record_types().iter().map(|it| it.schema().table).collect();
    for (name, _) in ARCHIVED.iter().chain(&LEFT) {
        assert!(known.contains(name), "there is no record `{name}`");
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/lives.md");
    let guide = fs::read_to_string(&file).unwrap();
    let start = guide.find("| record |").unwrap_or(guide.len());
    let wanted = format!("{}{}", &guide[..start], table());
    if std::env::var_os("LMS_UPDATE").is_some() {
        fs::write(&file, &wanted).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap();
    assert!(written == wanted, "run with LMS_UPDATE=1 and look at what changed in {file:?}");
}
