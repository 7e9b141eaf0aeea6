//! Every operation is in the matrix of who may do what, and the matrix says something of each.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use lms::{
    memory::MemoryStore,
    store::{Store, operation::Access},
};

use crate::{
    authority::{file, tables, with_room},
    community_table, exam_table, governance_table, placement_table, sittings_table,
    table::check_at,
    world::World,
};

/// Operations that ask for no permission, and why.
const OPEN: [(&str, &str); 19] = [
    ("commerce.receive_webhook", "the signature of the gateway is the permission"),
    ("identity.look_up_login", "the answer does not say whether there is such a login"),
    ("identity.open_session", "the host has let the login in"),
    ("identity.refresh_session", "the token of the session is the permission"),
    ("identity.sign_in", "the password is the permission"),
    ("identity.start_verification", "only the owner of the address gets the secret"),
    ("identity.close_session", "the session's token is the permission"),
    ("identity.finish_login", "the password that was checked is the permission"),
    ("identity.redeem_invite", "the invitation's token is the permission"),
    ("identity.register_user", "a login is made before anyone has signed in"),
    ("identity.reset_password", "the token that was sent to the address is the permission"),
    ("identity.sign_in_with", "the provider's word is the permission"),
    ("identity.sign_up", "everyone may ask to join; the sign-up mode decides"),
    ("identity.sign_up_with_invite", "the invitation's token is the permission"),
    ("identity.verify_email", "the token that was sent to the address is the permission"),
    ("identity.verify_phone", "the code that was sent to the number is the permission"),
    ("recognition.check_certificate", "an employer without a login checks a certificate"),
    ("recognition.check_certificate_by_code", "an employer without a login checks a certificate"),
    ("tenancy.open_single_tenant", "the host opens its one tenant before anyone is in it"),
];

/// Operations that ask and have no row, and why.
const ELSEWHERE: [(&str, &str); 1] =
    [("import_tenant", "its input is a whole tenant: tests/governance/transfer.rs refuses it")];

/// Rows in which nobody is let, or nobody refused, and why.
const ONE_ANSWER: [(&str, &str); 0] = [];

fn counted(names: impl IntoIterator<Item = &'static str>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// The name of an operation in its context.
fn short(name: &'static str) -> &'static str {
    name.split_once('.').map_or(name, |it| it.1)
}

#[test]
fn every_operation_that_asks_has_a_row_and_every_row_an_operation() {
    let all = lms::operations();
    let asking = all.iter().filter(|it| !it.access.permissions().is_empty());
    let asking = counted(asking.map(|it| short(it.name)));
    let rows = counted(tables().iter().flat_map(|it| &it.1).map(|it| it.name));
    // Two contexts may have an operation of the same name: then there are two rows.
    let missing: Vec<_> = asking
        .iter()
        .filter(|(name, _)| ELSEWHERE.iter().all(|it| it.0 != **name))
        .filter(|(name, count)| rows.get(*name).is_none_or(|rows| rows < *count))
        .collect();
    assert!(missing.is_empty(), "operations without a row in the matrix: {missing:?}");
    let gone: Vec<_> = rows.keys().filter(|it| !asking.contains_key(*it)).collect();
    assert!(gone.is_empty(), "rows without an operation: {gone:?}");
}

#[test]
fn operations_that_ask_for_nothing_are_few_and_known() {
    let all = lms::operations();
    let open: BTreeSet<_> = all
        .iter()
        .filter(|it| !matches!(it.access, Access::Asks(asked) if !asked.is_empty()))
        .map(|it| it.name)
        .collect();
    let known: BTreeSet<_> = OPEN.iter().map(|it| it.0).collect();
    assert_eq!(open, known, "an operation without a permission needs a reason");
}

/// A row that refuses all, or lets all, proves nothing of who may.
#[test]
fn every_row_lets_some_and_refuses_some() {
    let reviewed = fs::read_to_string(file()).unwrap();
    let rows = reviewed.lines().skip_while(|it| !it.starts_with(' ')).skip(1);
    let mut seen = 0;
    let mut with_one_answer = BTreeSet::new();
    for row in rows.filter(|it| !it.starts_with('[')) {
        let mut cells = row.split_whitespace();
        let name = cells.next().unwrap();
        let cells: Vec<_> = cells.collect();
        seen += 1;
        if !cells.contains(&"yes") || !cells.contains(&".") {
            with_one_answer.insert(name);
        }
    }
    assert_eq!(seen, tables().iter().map(|it| it.1.len()).sum::<usize>());
    let known: BTreeSet<_> = ONE_ANSWER.iter().map(|it| it.0).collect();
    assert_eq!(with_one_answer, known, "rows in which all are let, or none");
}

/// The refused are refused and noted, another tenant finds nothing, and whoever may can.
#[test]
fn what_needs_a_whole_school_is_refused_and_noted_too() {
    with_room(async || {
        let rows = [
            exam_table::rows(),
            sittings_table::rows(),
            placement_table::rows(),
            community_table::rows(),
            governance_table::rows(),
        ];
        let world = World::whole(Store::new(MemoryStore::new())).await;
        check_at(rows.into_iter().flatten().collect(), &world).await;
    });
}
