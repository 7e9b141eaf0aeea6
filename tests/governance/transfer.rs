//! A tenant goes out as a file and comes in again as it was, or not at all.
use lms::{
    audit::AuditEntry,
    governance::{ExportTenant, ExportedPage, ImportTenant, TransferError},
    identity::{AuthMethod, AuthMethodKind, MembershipKind, UserProfile},
    kernel::{Actor, Context, DomainError as _, ErrorKind, Scope},
    outbox::Message,
    store::{PageSize, Query, Record as _, Store},
};

use super::{Place, one_of_each::*, others, start};
use crate::school::{School, name};

async fn export(store: &Store, cx: &Context, chunk: u32) -> Vec<String> {
    let (mut lines, mut from) = (Vec::new(), None);
    loop {
        let scope = Scope::TenantAndPlatform(cx.tenant());
        let mut tx = store.begin_in(cx, scope).await.unwrap();
        let ExportedPage { lines: page, next } =
            tx.run(ExportTenant { from, chunk: PageSize::new(chunk) }).await.unwrap();
        // The note of the export itself is not part of what is compared.
        tx.rollback().await.unwrap();
        lines.extend(page);
        from = next;
        if from.is_none() {
            return lines;
        }
    }
}

async fn import(store: &Store, cx: &Context, lines: &[String]) -> Result<u64, TransferError> {
    let scope = Scope::TenantAndPlatform(cx.tenant());
    let mut tx = store.begin_in(cx, scope).await.unwrap();
    let done = tx.run(ImportTenant { lines: lines.to_vec().into() }).await;
    match done {
        Ok(report) => tx.commit().await.map(|()| report.added.values().sum()).map_err(Into::into),
        Err(error) => {
            tx.rollback().await.unwrap();
            Err(error)
        }
    }
}

async fn every_record_comes_in_as_it_went_out(place: Place) {
    let (store, test, _home) = start(place, "transfer").await;
    let cx = test.build().with_actor(Actor::system("transfer"));
    let (samples, _) = one_of_each(&cx);
    store_all(&store, &samples).await;
    let lines = export(&store, &cx, 200).await;
    for chunk in [1, 13] {
        assert_eq!(export(&store, &cx, chunk).await, lines, "pages of {chunk}");
    }
    let (other, _other_home) = place.store().await;
    let added = import(&other, &cx, &lines).await.unwrap();
    assert_eq!(lines.len() as u64, added + 2);
    for sample in &samples {
        let table = sample.schema.table;
        let stays = ["refresh_tokens", "verifications", "platform_assignments"].contains(&table);
        let mut found = rows(&other, &cx, sample.schema).await;
        if [AuditEntry::TABLE, Message::TABLE].contains(&table) {
            found.retain(|it| it.id() == sample.id());
        }
        let wanted = if stays { Vec::new() } else { vec![sample.row.clone()] };
        assert_eq!(found, wanted, "{table}");
    }
    let again = import(&other, &cx, &lines).await.unwrap_err();
    assert!(matches!(again, TransferError::TenantExists));
}

async fn a_damaged_file_is_refused_and_nothing_of_it_is_stored(place: Place) {
    let (store, test, _home) = start(place, "damaged transfer").await;
    let cx = test.build().with_actor(Actor::system("transfer"));
    let (samples, _) = one_of_each(&cx);
    store_all(&store, &samples).await;
    let lines = export(&store, &cx, 200).await;
    let last = lines.len() - 1;
    let cut = lines[..last].to_vec();
    let less: Vec<_> =
        lines.iter().enumerate().filter(|(at, _)| *at != last - 1).map(|it| it.1.clone()).collect();
    let changed = |at: usize, from: &str, to: &str| {
        let mut lines = lines.clone();
        assert!(lines[at].contains(from), "{}", lines[at]);
        lines[at] = lines[at].replace(from, to);
        lines
    };
    let row_of = |table: &str| {
        let start = format!(r#"{{"table":"{table}""#);
        lines
            .iter()
            .position(|it| it.contains(&start) || it.contains(&format!(r#""table":"{table}""#)))
            .unwrap()
    };
    let course = row_of("courses");
    let tenant = cx.tenant().uuid().to_string();
    let elsewhere = test.build().tenant().uuid().to_string();
    let mut swapped = lines.clone();
    swapped.swap(course, row_of("enrollments"));
    let mut after_end = lines.clone();
    after_end.push(lines[course].clone());
    let cases: Vec<(&str, Vec<String>, ErrorKind)> = vec![
        ("empty", Vec::new(), ErrorKind::Invalid),
        ("cut off", cut, ErrorKind::Invalid),
        ("a row less", less, ErrorKind::Invalid),
        ("no head", lines[1..].to_vec(), ErrorKind::Invalid),
        ("a newer version", changed(0, r#""version":1"#, r#""version":2"#), ErrorKind::Invalid),
        ("another format", changed(0, "lms-tenant", "zip"), ErrorKind::Invalid),
        ("another tenant's file", changed(0, &tenant, &elsewhere), ErrorKind::Forbidden),
        ("another tenant's row", changed(course, &tenant, &elsewhere), ErrorKind::Forbidden),
        ("an unknown table", changed(course, r#""courses""#, r#""curses""#), ErrorKind::Invalid),
        (
            "an unknown status",
            changed(course, r#""status":""#, r#""status":"x"#),
            ErrorKind::Invalid,
        ),
        ("a missing column", changed(course, r#""slug""#, r#""slugs""#), ErrorKind::Invalid),
        ("the wrong order", swapped, ErrorKind::Invalid),
        ("a row after the end", after_end, ErrorKind::Invalid),
        ("a line of nonsense", changed(course, "{", "["), ErrorKind::Invalid),
    ];
    for (what, lines, kind) in cases {
        let (other, _other_home) = place.store().await;
        let error = import(&other, &cx, &lines).await.expect_err(what);
        assert_eq!(error.kind(), kind, "{what}: {error}");
        for sample in &samples {
            let found = rows(&other, &cx, sample.schema).await;
            assert_eq!(found.len(), 0, "{what} leaves {}", sample.schema.table);
        }
    }
}

async fn only_the_platform_moves_tenants_and_a_login_that_is_there_stays(place: Place) {
    let (store, test, _home) = start(place, "transfer of logins").await;
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    refused!(school, [admin.cx, student, south, stranger, nobody], |tx| {
        tx.run(ExportTenant { from: None, chunk: PageSize::MAX })
    });
    refused!(school, [admin.cx, student, south, stranger, nobody], |tx| {
        tx.run(ImportTenant { lines: Vec::new().into() })
    });
    let lines = export(&store, &school.system, 50).await;
    let logins = lines.iter().filter(|it| it.contains(r#""table":"users""#)).count();
    assert_eq!(logins, 3, "the logins of members, and not those of other tenants");
    let (other, _other_home) = place.store().await;
    let scope = Scope::TenantAndPlatform(school.system.tenant());
    let mut tx = other.begin_in(&school.system, scope).await.unwrap();
    tx.insert(&admin.user).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = other.begin_in(&school.system, scope).await.unwrap();
    let report = tx.run(ImportTenant { lines: lines.clone().into() }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((report.logins_kept, report.added["users"]), (1, 2));
    // Whoever could sign in before can act here too.
    let moved = School { store: other, ..school };
    let nobody = moved.system.clone().with_actor(Actor::Anonymous);
    let id = admin.member.id;
    refused!(moved, [nobody], |tx| tx.run(lms::governance::ExportPerson { member_id: id }));
    run!(moved, admin.cx, |tx| tx.run(lms::governance::ExportPerson { member_id: id })).unwrap();
}

/// A file takes along the logins of its own people. A line more gives nobody a way to sign in as
/// a person that the file does not have.
async fn no_file_hands_over_the_login_of_somebody_else(place: Place) {
    let (store, test, _home) = start(place, "transfer of foreign logins").await;
    let school = School::open(&store, &test).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let method =
        AuthMethod::new(&school.system, admin.user.id, AuthMethodKind::Google, "mine".into());
    let profile = UserProfile::new(&school.system, admin.user.id, &name("Admin"));
    let scope = Scope::TenantAndPlatform(school.system.tenant());
    let mut tx = store.begin_in(&school.system, scope).await.unwrap();
    tx.insert(&method).await.unwrap();
    tx.insert(&profile).await.unwrap();
    tx.commit().await.unwrap();
    let lines = export(&store, &school.system, 50).await;
    let (other, _other_home) = place.store().await;
    let elsewhere = School::open(&other, &test).await;
    let root = elsewhere.user("root@b.example").await;
    let count = async |cx: &Context| {
        let mut tx = other.begin_in(cx, Scope::TenantAndPlatform(cx.tenant())).await.unwrap();
        let methods = tx.count(AuthMethod::of_user(root.id)).await.unwrap();
        methods + tx.count(Query::filter(UserProfile::USER_ID.eq(root.id))).await.unwrap()
    };
    let own = admin.user.id.uuid().to_string();
    let theirs = root.id.uuid().to_string();
    for table in ["auth_methods", "user_profiles", "memberships"] {
        let mut lines = lines.clone();
        let of_table = format!(r#""table":"{table}""#);
        let at = lines.iter().position(|it| it.contains(&of_table) && it.contains(&own)).unwrap();
        lines[at] = lines[at].replace(&own, &theirs);
        let error = import(&other, &school.system, &lines).await.unwrap_err();
        assert!(matches!(error, TransferError::BadLine { .. }), "{table}: {error}");
        assert_eq!(count(&school.system).await, 0, "{table}");
    }
    import(&other, &school.system, &lines).await.unwrap();
}

on_both! {
    every_record_comes_in_as_it_went_out,
    a_damaged_file_is_refused_and_nothing_of_it_is_stored,
    only_the_platform_moves_tenants_and_a_login_that_is_there_stays,
    no_file_hands_over_the_login_of_somebody_else,
}
