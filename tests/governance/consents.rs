//! Who agrees for whom, who takes it back, and who sees it.
use std::sync::LazyLock;

use chrono::TimeDelta;
use lms::{
    governance::{
        Consent, ConsentError, ConsentGiven, ConsentManner, ConsentWithdrawn, ErasePerson,
        ExportPerson, GiveConsent, ListConsents, WithdrawConsent, consented,
    },
    identity::{GuardianRelation, LearnerProfile, LinkGuardian, MembershipKind},
    kernel::{DomainError as _, ErrorKind, Slug},
    outbox::{DomainEvent as _, Message},
    store::{Query, Store},
    tenancy::ChangeSettings,
};
use lms_testkit::TestContext;

use super::{Place, others, start};
use crate::school::{Person, School, title};

fn photos() -> &'static Slug {
    static PHOTOS: LazyLock<Slug> = LazyLock::new(|| Slug::new("photos").unwrap());
    &PHOTOS
}

fn ask(person: &Person) -> GiveConsent {
    GiveConsent::new(person.member.id, photos().clone(), title("photo policy 1"))
}

/// A school where learners agree for themselves from 16 on, with a learner who was born on 3 March
/// 2012, her two guardians, and a learner whose birth nobody noted.
struct Family {
    school: School,
    child: Person,
    mother: Person,
    father: Person,
    unknown: Person,
}

impl Family {
    async fn open(store: &Store, test: &TestContext) -> Self {
        let school = School::open(store, test).await;
        let north = Some(school.north.id);
        let child = school.person("child@a.example", MembershipKind::Student, north).await;
        let mother = school.person("mother@a.example", MembershipKind::Guardian, None).await;
        let father = school.person("father@a.example", MembershipKind::Guardian, None).await;
        let unknown = school.person("unknown@a.example", MembershipKind::Student, north).await;
        for guardian in [&mother, &father] {
            run!(school, school.system, |tx| {
                let (guardian, child) = (guardian.member.id, child.member.id);
                tx.run(LinkGuardian {
                    guardian_id: guardian,
                    student_id: child,
                    relationship: GuardianRelation::Parent,
                })
            })
            .unwrap();
        }
        let mut profile = LearnerProfile::new(&school.system, child.member.id);
        profile.date_of_birth = "2012-03-03".parse().ok();
        let mut tx = store.begin(&school.system).await.unwrap();
        tx.insert(&profile).await.unwrap();
        tx.commit().await.unwrap();
        let change = ChangeSettings { age_of_consent: Some(16), ..ChangeSettings::default() };
        run!(school, school.system, |tx| tx.run(change)).unwrap();
        Self { school, child, mother, father, unknown }
    }
}

#[tokio::test]
async fn a_guardian_agrees_for_a_child_and_the_child_for_herself_when_she_is_old_enough() {
    let (store, test, _home) = start(Place::Memory, "consent of a child").await;
    let Family { school, child, mother, unknown, .. } = Family::open(&store, &test).await;
    let error = run!(school, child.cx, |tx| tx.run(ask(&child))).unwrap_err();
    assert!(matches!(error, ConsentError::GuardianNeeded { age: 16 }), "{error}");
    let error = run!(school, unknown.cx, |tx| tx.run(ask(&unknown))).unwrap_err();
    assert!(matches!(error, ConsentError::BirthUnknown), "{error}");
    let given = run!(school, mother.cx, |tx| tx.run(ask(&child))).unwrap();
    assert_eq!((given.given_by, given.how), (mother.member.id, ConsentManner::Online));
    let again = run!(school, mother.cx, |tx| tx.run(ask(&child))).unwrap();
    assert_eq!(again, given);
    let grown = child.cx.clone().at("2028-03-03T00:00:00Z".parse().unwrap());
    let next = GiveConsent { document_version: title("photo policy 2"), ..ask(&child) };
    let own = run!(school, grown, |tx| tx.run(next)).unwrap();
    assert_eq!(own.given_by, child.member.id);
    let all =
        run!(school, child.cx, |tx| tx.run(ListConsents { member_id: child.member.id })).unwrap();
    assert_eq!(all, [own, given]);
    let mut tx = store.begin(&school.system).await.unwrap();
    let told = Query::filter(Message::KIND.eq(ConsentGiven::KIND.to_owned()));
    assert_eq!(tx.count(told).await.unwrap(), 2);
}

#[tokio::test]
async fn nobody_agrees_for_somebody_they_are_not_responsible_for() {
    let (store, test, _home) = start(Place::Memory, "consent of others").await;
    let Family { school, child, mother, father, unknown } = Family::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let worker = school.person("worker@a.example", MembershipKind::Staff, None).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let id = child.member.id;
    refused!(school, [worker.cx, unknown.cx, student, south, stranger, nobody], |tx| {
        tx.run(ask(&child))
    });
    refused!(school, [worker.cx, unknown.cx, student, south, stranger, nobody], |tx| {
        tx.run(WithdrawConsent { member_id: id, purpose: photos().clone() })
    });
    refused!(school, [worker.cx, unknown.cx, student, south, stranger, nobody], |tx| {
        tx.run(ListConsents { member_id: id })
    });
    // A guardian's children are theirs, and nobody else's.
    refused!(school, [mother.cx], |tx| tx.run(ask(&unknown)));
    refused!(school, [mother.cx], |tx| tx.run(ListConsents { member_id: unknown.member.id }));
    // Nobody says that somebody else agreed, unless it is their work.
    let by = |who: &Person| GiveConsent { given_by: Some(who.member.id), ..ask(&child) };
    refused!(school, [mother.cx, child.cx], |tx| tx.run(by(&father)));
    refused!(school, [father.cx], |tx| tx.run(by(&child)));
    let error = run!(school, admin.cx, |tx| tx.run(by(&admin))).unwrap_err();
    assert!(matches!(error, ConsentError::NotResponsible), "{error}");
    let error = run!(school, school.system, |tx| tx.run(ask(&child)));
    assert!(matches!(error.unwrap_err(), ConsentError::GiverNeeded));
    let early = school.system.now().saturating_sub(TimeDelta::days(3));
    let paper = GiveConsent {
        how: ConsentManner::Paper,
        given_at: Some(early),
        evidence: Some(title("folder 7")),
        ..by(&father)
    };
    let given = run!(school, admin.cx, |tx| tx.run(paper.clone())).unwrap();
    assert_eq!((given.given_by, given.given_at), (father.member.id, early));
    let ahead = school.system.now().saturating_add(TimeDelta::seconds(1));
    let future = GiveConsent { given_at: Some(ahead), ..paper };
    let error = run!(school, admin.cx, |tx| tx.run(future)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn who_agreed_takes_it_back_and_so_does_the_person_themselves() {
    let (store, test, _home) = start(Place::Memory, "consent withdrawn").await;
    let Family { school, child, mother, father, .. } = Family::open(&store, &test).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let id = child.member.id;
    let grown = "2028-03-03T09:00:00Z".parse().unwrap();
    let take_back = async |who: &Person| {
        let cx = who.cx.clone().at(grown);
        run!(school, cx, |tx| tx.run(WithdrawConsent { member_id: id, purpose: photos().clone() }))
    };
    // What a guardian agreed to: either guardian, or the child, whatever her age.
    for who in [&mother, &father, &child, &admin] {
        run!(school, mother.cx, |tx| tx.run(ask(&child))).unwrap();
        let ended = take_back(who).await.unwrap();
        assert_eq!((ended.len(), ended[0].withdrawn_at), (1, Some(grown)));
        assert!(take_back(who).await.unwrap().is_empty());
    }
    // What she agreed to herself when she was old enough: no guardian.
    let own = child.cx.clone().at(grown);
    run!(school, own, |tx| tx.run(ask(&child))).unwrap();
    let late = mother.cx.clone().at(grown);
    refused!(school, [late], |tx| tx
        .run(WithdrawConsent { member_id: id, purpose: photos().clone() }));
    let ended = take_back(&child).await.unwrap();
    assert_eq!(ended.len(), 1);
    let all = run!(school, own, |tx| tx.run(ListConsents { member_id: id })).unwrap();
    assert_eq!(all.len(), 5, "what was withdrawn stays on record");
    assert!(!consented(&all, photos(), None, grown));
    let before = school.system.now();
    assert!(consented(&all, photos(), Some(&title("photo policy 1")), before));
    let mut tx = store.begin(&school.system).await.unwrap();
    let told = Query::filter(Message::KIND.eq(ConsentWithdrawn::KIND.to_owned()));
    assert_eq!(tx.count(told).await.unwrap(), 5);
}

#[tokio::test]
async fn a_clock_that_goes_back_ends_no_consent_before_it_began() {
    let (store, test, _home) = start(Place::Memory, "consent and clocks").await;
    let Family { school, child, mother, .. } = Family::open(&store, &test).await;
    let given = run!(school, mother.cx, |tx| tx.run(ask(&child))).unwrap();
    let back = mother.cx.clone().at(given.given_at.saturating_sub(TimeDelta::hours(1)));
    let id = child.member.id;
    let ended = run!(school, back, |tx| tx
        .run(WithdrawConsent { member_id: id, purpose: photos().clone() }))
    .unwrap();
    assert_eq!(ended[0].withdrawn_at, Some(given.given_at));
    assert!(!ended[0].holds(given.given_at));
}

#[tokio::test]
async fn consents_go_out_with_the_person_and_lose_their_evidence_with_them() {
    let (store, test, _home) = start(Place::Memory, "consent and erasure").await;
    let Family { school, child, mother, .. } = Family::open(&store, &test).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let command = GiveConsent { evidence: Some(title("Zebedee's folder")), ..ask(&child) };
    run!(school, mother.cx, |tx| tx.run(command)).unwrap();
    for person in [&child, &mother] {
        let id = person.member.id;
        let export = run!(school, person.cx, |tx| tx.run(ExportPerson { member_id: id })).unwrap();
        assert_eq!(export.records["consents"][0]["purpose"], "photos");
    }
    let id = child.member.id;
    run!(school, admin.cx, |tx| tx.run(ErasePerson { member_id: id })).unwrap();
    let mut tx = store.begin(&school.system).await.unwrap();
    let left = tx.first(Query::<Consent>::all()).await.unwrap().unwrap();
    assert_eq!((left.evidence, left.given_by), (None, mother.member.id));
}
