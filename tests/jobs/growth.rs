//! What strangers and time leave behind stays bounded.
use std::collections::BTreeSet;

use lms::{
    audit::AuditEntry,
    commerce::{OrderItem, Seat},
    governance::ExportPerson,
    identity::{ChangePassword, MembershipKind, PasswordHash, RefreshToken, SessionPolicy, Token},
    kernel::{Actor, Id, Scope, SeededEntropy},
    store::{Query, Store, testing::Counting},
};
use lms_testkit::TestContext;

use crate::{open, school::School};

#[tokio::test]
async fn strangers_never_fill_the_trail() {
    let school = open("strangers fill").await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let bob = school.person("bob@a.example", MembershipKind::Student, None).await;
    let nobody = school.system.clone().with_actor(Actor::Anonymous);
    let member_id = ada.member.id;
    for _ in 0..AuditEntry::MOST_DENIALS_OF_STRANGERS + 50 {
        run!(school, nobody, |tx| tx.run(ExportPerson { member_id })).unwrap_err();
    }
    assert_eq!(school.denials().await, AuditEntry::MOST_DENIALS_OF_STRANGERS);
    // People who have signed in are noted all the same, and strangers are again in the next hour.
    refused!(school, [bob.cx], |tx| tx.run(ExportPerson { member_id }));
    let later = nobody.clone().at(nobody.now().saturating_add(chrono::TimeDelta::minutes(61)));
    refused!(school, [later], |tx| tx.run(ExportPerson { member_id }));
}

#[tokio::test]
async fn a_new_password_ends_thousands_of_sessions_at_once() {
    let (backend, counts) = Counting::new(lms::memory::MemoryStore::new());
    let store = Store::new(backend);
    let school = School::open(&store, &TestContext::new("sessions")).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let ben = school.person("ben@a.example", MembershipKind::Student, None).await;
    let entropy = SeededEntropy::new(3);
    let tokens = |user, count: usize| -> Vec<RefreshToken> {
        let token = |_| {
            let hash = Token::new(&entropy).hash();
            RefreshToken::first(&school.system, user, hash, &SessionPolicy::default())
        };
        (0..count).map(token).collect()
    };
    let scope = Scope::TenantAndPlatform(school.system.tenant());
    let mut tx = store.begin_in(&school.system, scope).await.unwrap();
    tx.insert_all(&tokens(ada.user.id, 4_001)).await.unwrap();
    tx.insert_all(&tokens(ben.user.id, 3)).await.unwrap();
    tx.commit().await.unwrap();
    let before = counts.reads() + counts.writes();
    let password_hash = PasswordHash::new("new".to_owned());
    store.run(&ada.cx, ChangePassword { user_id: ada.user.id, password_hash }).await.unwrap();
    let calls = counts.reads() + counts.writes() - before;
    assert!(calls < 30, "{calls} calls, whatever the number of sessions");
    let mut tx = store.begin_in(&school.system, scope).await.unwrap();
    let left = tx.all(Query::<RefreshToken>::all()).await.unwrap();
    assert_eq!(left.len(), 3, "those of others stay");
    assert!(left.iter().all(|it| it.user_id == ben.user.id));
}

#[test]
fn no_code_of_a_seat_follows_from_another_or_from_its_id() {
    let cx = TestContext::new("seats").build();
    let item: Id<OrderItem> = cx.id();
    let seats: Vec<_> = (0..200).map(|_| Seat::new(&cx, item, None)).collect();
    let codes: BTreeSet<_> = seats.iter().map(|it| it.code.to_string()).collect();
    assert_eq!(codes.len(), seats.len());
    for seat in &seats {
        let letters: String = seat.code.as_str().chars().filter(|it| *it != '-').collect();
        assert_eq!(letters.len(), 15, "75 bits");
    }
    // Ids that count up make codes that share no beginning and no end.
    let ends: BTreeSet<_> = codes.iter().map(|it| it[it.len() - 5..].to_owned()).collect();
    let starts: BTreeSet<_> = codes.iter().map(|it| it[..5].to_owned()).collect();
    assert!(ends.len() > 190 && starts.len() > 190);
}
