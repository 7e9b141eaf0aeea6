//! The table of built-in roles and permissions, compared with the reviewed file.
use super::{BuiltinRole, Effect, Permission, Reach};

/// The table as text: a row for each permission, a column for each role. `A` means everyone's
/// things, `L` what the person leads, `O` their own, `W` their wards'.
fn table() -> String {
    let mut text = format!("{:<28}", "");
    for role in BuiltinRole::ALL {
        text.push_str(&format!(" {:<14}", role.as_str()));
    }
    let mut text = text.trim_end().to_owned();
    for entry in Permission::CATALOGUE {
        let mut row = format!("{:<28}", entry.permission.as_str());
        for role in BuiltinRole::ALL {
            row.push_str(&format!(" {:<14}", cell(*role, &entry.permission)));
        }
        text.push('\n');
        text.push_str(row.trim_end());
    }
    text.push('\n');
    text
}

fn cell(role: BuiltinRole, permission: &Permission) -> String {
    let lines = role.lines();
    let reaches = |reach| {
        lines.iter().any(|it| {
            it.effect == Effect::Allow && it.reach == reach && it.pattern.matches(permission)
        })
    };
    let mut cell = String::new();
    for (reach, letter) in
        [(Reach::All, 'A'), (Reach::Led, 'L'), (Reach::Own, 'O'), (Reach::Wards, 'W')]
    {
        if reaches(reach) {
            cell.push(letter);
        }
    }
    if cell.is_empty() { "-".to_owned() } else { cell }
}

#[test]
fn the_table_is_the_one_that_was_reviewed() {
    let reviewed = include_str!("role_table.txt");
    let table = table();
    for (now, before) in table.lines().zip(reviewed.lines()) {
        assert_eq!(now, before, "a role changed: review it, then change role_table.txt");
    }
    assert_eq!(table.lines().count(), reviewed.lines().count(), "the whole table:\n{table}");
}

#[test]
fn every_permission_is_somebodys() {
    for entry in Permission::CATALOGUE {
        let somebody = BuiltinRole::ALL.iter().any(|it| cell(*it, &entry.permission) != "-");
        assert!(somebody, "{}", entry.permission);
    }
}
