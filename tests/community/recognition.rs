//! Certificates, badges and points.

use super::{course, others, start};
use crate::school::{School, title};
use lms::{
    identity::MembershipKind,
    kernel::{DomainError as _, ErrorKind, Percent, Slug},
    learning::{Enrollment, EnrollmentStatus},
    recognition::{
        Achievements, AwardBadge, AwardEarnedBadges, AwardPoints, BadgeAward, BadgeCategory,
        CertificateNumber, CertificateStanding, CheckCertificate, CheckCertificateByCode,
        CreateBadge, Criteria, IssueCertificate, KeepBadge, RetireBadge, RevokeCertificate,
        TakeBadgeBack, TotalPoints, VerificationCode, ViewStudies,
    },
};

#[tokio::test]
async fn a_certificate_is_earned_once_revoked_once_and_issued_again() {
    let (store, test) = start("certificates");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let bob = school.person("bob@a.example", MembershipKind::Student, None).await;
    let owner = school.person("owner@a.example", MembershipKind::Admin, None).await;
    let (course, enrollments) = course(&school, owner.member.id, &[ada.member.id]).await;
    let (ada_id, bob_id) = (ada.member.id, bob.member.id);
    assert_eq!(ada.member.user_id, Some(ada.user.id));
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(IssueCertificate { learner_id: ada_id, course_id: course.id, score: None })
    });
    let early = run!(school, owner.cx, |tx| {
        tx.run(IssueCertificate { learner_id: ada_id, course_id: course.id, score: None })
    });
    assert_eq!(early.unwrap_err().code(), "certificate.not_earned");
    let never = run!(school, owner.cx, |tx| {
        tx.run(IssueCertificate { learner_id: bob_id, course_id: course.id, score: None })
    });
    assert_eq!(never.unwrap_err().code(), "certificate.not_enrolled");

    let mut done: Enrollment = enrollments[0].clone();
    done.progress = Percent::HUNDRED;
    done.status = EnrollmentStatus::Completed;
    let mut tx = school.store.begin(&school.system).await.unwrap();
    tx.update(&mut done).await.unwrap();
    tx.commit().await.unwrap();
    let issue = || async {
        run!(school, owner.cx, |tx| tx.run(IssueCertificate {
            learner_id: ada_id,
            course_id: course.id,
            score: None
        }))
    };
    let first = issue().await.unwrap();
    assert_eq!(first, issue().await.unwrap());
    assert_eq!(first.number, CertificateNumber::nth(1));
    let seen = async |number: CertificateNumber| {
        run!(school, nobody.clone(), |tx| tx.run(CheckCertificate { number: number.clone() }))
            .unwrap()
    };
    assert_eq!(seen(first.number.clone()).await, Some(CertificateStanding::Valid));
    assert_eq!(seen(CertificateNumber::nth(2)).await, None);
    let code: VerificationCode = VerificationCode::of(first.id).to_string().parse().unwrap();
    let by_code = run!(school, nobody.clone(), |tx| tx.run(CheckCertificateByCode { code }));
    assert_eq!(by_code.unwrap(), Some(CertificateStanding::Valid));
    let other = VerificationCode::of(school.system.id());
    let by_code = run!(school, nobody.clone(), |tx| tx.run(CheckCertificateByCode { code: other }));
    assert_eq!(by_code.unwrap(), None);
    let end = first.expires_at.unwrap();
    assert_eq!(first.standing(end), CertificateStanding::Valid);
    let later = end.saturating_add(chrono::TimeDelta::microseconds(1));
    assert_eq!(first.standing(later), CertificateStanding::Expired(end));

    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(RevokeCertificate { certificate_id: first.id, reason: title("Copied") })
    });
    let revoke = || async {
        run!(school, owner.cx, |tx| tx
            .run(RevokeCertificate { certificate_id: first.id, reason: title("Copied") }))
    };
    revoke().await.unwrap();
    assert_eq!(revoke().await.unwrap_err().kind(), ErrorKind::Conflict);
    let standing = seen(first.number.clone()).await;
    assert!(matches!(standing, Some(CertificateStanding::Revoked(_))));
    assert_eq!(issue().await.unwrap().number, CertificateNumber::nth(2));
}

#[tokio::test]
async fn badges_are_given_once_by_hand_or_by_what_was_done() {
    let (store, test) = start("badges");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let north = school.north.id;
    let head = school.supervisor("north@a.example", north).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, Some(north)).await;
    let learner = ada.member.id;
    let command = |slug: &str, criteria| KeepBadge {
        name: title(slug),
        slug: Slug::new(slug).unwrap(),
        description: None,
        icon_url: None,
        category: BadgeCategory::Progress,
        criteria,
    };
    let manual = || command("kind", Criteria::Manual);
    refused!(school, [ada.cx, head.cx, student, south, stranger, nobody], |tx| {
        tx.run(CreateBadge { badge: manual() })
    });
    let kind = run!(school, admin.cx, |tx| tx.run(CreateBadge { badge: manual() })).unwrap().id;
    let first = command("first", Criteria::LessonsCompleted { count: 1 });
    run!(school, admin.cx, |tx| tx.run(CreateBadge { badge: first })).unwrap();
    let deep = (0..Criteria::MAX_DEPTH)
        .fold(Criteria::Manual, |inner, _| Criteria::Any { of: vec![inner] });
    let error = run!(school, admin.cx, |tx| tx.run(CreateBadge { badge: command("deep", deep) }));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Invalid);

    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(AwardBadge { learner_id: learner, badge_id: kind })
    });
    for _ in 0..2 {
        run!(school, head.cx, |tx| tx.run(AwardBadge { learner_id: learner, badge_id: kind }))
            .unwrap();
    }
    refused!(school, [student, south, stranger, nobody], |tx| {
        tx.run(ViewStudies { learner_id: learner })
    });
    let so_far = run!(school, head.cx, |tx| tx.run(ViewStudies { learner_id: learner })).unwrap();
    assert_eq!(so_far.lessons_completed, 0);
    let done = Achievements { lessons_completed: 1, ..so_far };
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(AwardEarnedBadges { learner_id: learner, done: done.clone() })
    });
    for earned in [1, 0] {
        let awards = run!(school, head.cx, |tx| tx
            .run(AwardEarnedBadges { learner_id: learner, done: done.clone() }));
        assert_eq!(awards.unwrap().len(), earned);
    }
    let held = || async {
        let mut tx = school.store.begin(&school.system).await.unwrap();
        tx.count(BadgeAward::of_learner(learner)).await.unwrap()
    };
    assert_eq!(held().await, 2);

    refused!(school, [head.cx, student, south, stranger, nobody], |tx| {
        tx.run(RetireBadge { badge_id: kind })
    });
    run!(school, admin.cx, |tx| tx.run(RetireBadge { badge_id: kind })).unwrap();
    let error = run!(school, head.cx, |tx| tx
        .run(AwardBadge { learner_id: learner, badge_id: kind }))
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(TakeBadgeBack { learner_id: learner, badge_id: kind })
    });
    run!(school, head.cx, |tx| tx.run(TakeBadgeBack { learner_id: learner, badge_id: kind }))
        .unwrap();
    let error =
        run!(school, head.cx, |tx| tx.run(TakeBadgeBack { learner_id: learner, badge_id: kind }));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(held().await, 1);
}

#[tokio::test]
async fn points_are_entries_that_add_up() {
    let (store, test) = start("points");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let north = school.north.id;
    let head = school.supervisor("north@a.example", north).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, Some(north)).await;
    let learner = ada.member.id;
    refused!(school, [ada.cx, student, south, stranger, nobody], |tx| {
        tx.run(AwardPoints { learner_id: learner, points: 10, reason: None })
    });
    for points in [10, 25, -5] {
        let reason = Some(title("Homework"));
        run!(school, head.cx, |tx| tx.run(AwardPoints { learner_id: learner, points, reason }))
            .unwrap();
    }
    let none = run!(school, head.cx, |tx| tx.run(AwardPoints {
        learner_id: learner,
        points: 0,
        reason: None
    }));
    assert_eq!(none.unwrap_err().kind(), ErrorKind::Invalid);
    let mut tx = school.store.begin(&school.system).await.unwrap();
    assert_eq!(tx.part(TotalPoints { learner_id: learner }).await.unwrap(), 30);
}
