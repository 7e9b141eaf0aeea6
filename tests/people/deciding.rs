//! A tenant with one member of staff may let that person decide on what is their own; then the
//! trail says so.
use lms::{
    audit::{Action, AuditEntry},
    authorization::{AuthorizationError, Permission, Subject, authorize_on, is_permitted_on},
    identity::MembershipKind,
    kernel::Context,
    memory::MemoryStore,
    store::{Query, Store},
    tenancy::ChangeSettings,
};
use lms_testkit::TestContext;

use crate::school::{Person, School};

async fn decide(school: &School, boss: &Person) -> Result<(), AuthorizationError> {
    let own = Subject::of(boss.member.id);
    run!(school, boss.cx, |tx| authorize_on(tx, Permission::PAYMENTS_REFUND, &own)).map(drop)
}

async fn noted(school: &School, cx: &Context) -> usize {
    let mut tx = school.store.begin(cx).await.unwrap();
    let updates = Query::filter(AuditEntry::ACTION.eq(Action::Update));
    let entries = tx.all(updates).await.unwrap();
    let own = |it: &&AuditEntry| it.changes.get("decided_on_own").is_some();
    entries.iter().filter(own).count()
}

#[tokio::test]
async fn an_administrator_does_not_decide_on_their_own_unless_they_work_alone() {
    let school = School::open(&Store::new(MemoryStore::new()), &TestContext::new("alone")).await;
    let boss = school.person("boss@a.example", MembershipKind::Admin, None).await;
    assert!(matches!(decide(&school, &boss).await, Err(AuthorizationError::OwnThing { .. })));
    let alone = ChangeSettings { decides_alone: Some(true), ..ChangeSettings::default() };
    run!(school, boss.cx, |tx| tx.run(alone)).unwrap();
    decide(&school, &boss).await.unwrap();
    assert_eq!(noted(&school, &school.system).await, 1);
    // Looking whether one may is no decision.
    let mut tx = school.store.begin(&boss.cx).await.unwrap();
    let own = Subject::of(boss.member.id);
    assert!(is_permitted_on(&mut tx, Permission::PAYMENTS_REFUND, &own).await.unwrap());
    drop(tx);
    assert_eq!(noted(&school, &school.system).await, 1);
    // What a student pays for is decided without a note, and with a colleague the colleague decides.
    school.person("ada@a.example", MembershipKind::Student, None).await;
    decide(&school, &boss).await.unwrap();
    school.person("clerk@a.example", MembershipKind::Staff, None).await;
    assert!(matches!(decide(&school, &boss).await, Err(AuthorizationError::OwnThing { .. })));
    assert_eq!(noted(&school, &school.system).await, 2);
}
