//! Nobody rewards themselves, teachers reward and look at their own learners, and what is had once
//! is had once.
use lms::{
    content::{ContentNode, NodeKind, Prose},
    delivery::{ClassGroup, ClassMember, ClassMode, MemberStatus},
    engagement::{
        CommentEvent, CommentOn, EditComment, ModerateComment, PostComment, React, ReactionKind,
    },
    governance::ViewStudentHistory,
    identity::{AssignmentScope, LearnerProfile, MembershipKind},
    kernel::{Id, Percent, Slug, TimeZone},
    learning::{Enrollment, EnrollmentStatus, LearnerStats, NodeProgress, ProgressStatus},
    recognition::{
        Achievements, AwardBadge, AwardEarnedBadges, AwardPoints, BadgeCategory, Certificate,
        CertificateNumber, CertificateStanding, CheckCertificate, CreateBadge, Criteria,
        IssueCertificate, KeepBadge, TakeBadgeBack, ViewStudies,
    },
    store::Store,
};
use lms_store_postgres::testing::TestServer;
use lms_testkit::TestContext;

use super::course;
use crate::school::{Person, School, title};

/// Makes two tests of each scenario, one for each backend.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $scenario() {
                let store = lms::store::Store::new(lms::memory::MemoryStore::new());
                super::$scenario(store).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $scenario() {
                let server = super::TestServer::shared().await.unwrap();
                let database = server.database().await.unwrap();
                super::$scenario(lms::store::Store::new(database.store())).await;
            })+
        }
    };
}

on_both! {
    nobody_rewards_themselves_and_teachers_reward_their_own_learners,
    whoever_does_not_learn_now_neither_comments_nor_reacts,
    nobody_moderates_their_own_comment,
    certificates_asked_for_at_the_same_time_are_one,
    an_expired_certificate_is_renewed_and_keeps_its_past,
    a_badge_taken_back_stays_taken_and_a_lesson_counts_once,
}

async fn person(school: &School, name: &str, kind: MembershipKind, role: &str) -> Person {
    let host = school.system.tenant().uuid().simple();
    let person = school.person(&format!("{name}@{host}.example"), kind, None).await;
    // Each kind of member has a role from the start.
    if role != kind.first_role().as_str() {
        school.give(&person, role, AssignmentScope::Tenant, None).await;
    }
    person
}

async fn school(store: &Store, name: &str) -> School {
    School::open(store, &TestContext::new(name)).await
}

fn badge(slug: &str, criteria: Criteria) -> KeepBadge {
    KeepBadge {
        name: title(slug),
        slug: Slug::new(slug).unwrap(),
        description: None,
        icon_url: None,
        category: BadgeCategory::Progress,
        criteria,
    }
}

async fn nobody_rewards_themselves_and_teachers_reward_their_own_learners(store: Store) {
    let school = school(&store, "rewards").await;
    let (staff, student) = (MembershipKind::Staff, MembershipKind::Student);
    let owner = person(&school, "owner", staff, "instructor").await;
    let tutor = person(&school, "tutor", staff, "instructor").await;
    let teacher = person(&school, "teacher", staff, "instructor").await;
    let other = person(&school, "elsewhere", staff, "instructor").await;
    let both = person(&school, "both", student, "instructor").await;
    let admin = person(&school, "admin", MembershipKind::Admin, "student").await;
    let ada = person(&school, "ada", student, "student").await;
    let (course, _) = course(&school, owner.member.id, &[ada.member.id, both.member.id]).await;
    let mut class = ClassGroup::new(&school.system, course.id, title("Class"), ClassMode::Online);
    class.teacher_id = Some(teacher.member.id);
    let learner = ada.member.id;
    let seat = ClassMember::new(&school.system, class.id, learner, MemberStatus::Active, 1);
    let mut profile = LearnerProfile::new(&school.system, learner);
    profile.assigned_tutor_id = Some(tutor.member.id);
    let mut tx = store.begin(&school.system).await.unwrap();
    tx.insert(&class).await.unwrap();
    tx.insert(&seat).await.unwrap();
    tx.insert(&profile).await.unwrap();
    tx.commit().await.unwrap();
    let kind =
        run!(school, admin.cx, |tx| tx.run(CreateBadge { badge: badge("kind", Criteria::Manual) }));
    let kind = kind.unwrap().id;
    for who in [&owner, &tutor, &teacher] {
        run!(school, who.cx, |tx| tx.run(AwardPoints {
            learner_id: learner,
            points: 10,
            reason: None
        }))
        .unwrap();
        run!(school, who.cx, |tx| tx.run(AwardBadge { learner_id: learner, badge_id: kind }))
            .unwrap();
        run!(school, who.cx, |tx| tx.run(ViewStudies { learner_id: learner })).unwrap();
        run!(school, who.cx, |tx| tx.run(ViewStudentHistory { learner_id: learner })).unwrap();
    }
    refused!(school, [other.cx, both.cx], |tx| tx.run(AwardPoints {
        learner_id: learner,
        points: 10,
        reason: None
    }));
    refused!(school, [other.cx, both.cx], |tx| tx
        .run(AwardBadge { learner_id: learner, badge_id: kind }));
    refused!(school, [other.cx, both.cx], |tx| tx.run(ViewStudies { learner_id: learner }));
    refused!(school, [other.cx, both.cx], |tx| tx.run(ViewStudentHistory { learner_id: learner }));
    for me in [&both, &admin] {
        let id = me.member.id;
        let done = Achievements { lessons_completed: 99, ..Achievements::default() };
        refused!(school, [me.cx], |tx| tx.run(AwardPoints {
            learner_id: id,
            points: 1_000_000,
            reason: None
        }));
        refused!(school, [me.cx], |tx| tx.run(AwardBadge { learner_id: id, badge_id: kind }));
        refused!(school, [me.cx], |tx| tx
            .run(AwardEarnedBadges { learner_id: id, done: done.clone() }));
        refused!(school, [me.cx], |tx| tx.run(IssueCertificate {
            learner_id: id,
            course_id: course.id,
            score: None
        }));
    }
}

async fn whoever_does_not_learn_now_neither_comments_nor_reacts(store: Store) {
    let school = school(&store, "not learning").await;
    let (admin, student) = (MembershipKind::Admin, MembershipKind::Student);
    let owner = person(&school, "owner", admin, "student").await;
    let ada = person(&school, "ada", student, "student").await;
    let eve = person(&school, "eve", student, "student").await;
    let (course, enrollments) =
        course(&school, owner.member.id, &[ada.member.id, eve.member.id]).await;
    let say = |on| PostComment { on, content: Prose::new("Hello.").unwrap() };
    let on = CommentOn::Course(course.id);
    let first = run!(school, ada.cx, |tx| tx.run(say(on))).unwrap().id;
    let own = run!(school, eve.cx, |tx| tx.run(say(on))).unwrap().id;
    let mut eves: Enrollment = enrollments[1].clone();
    let all = [
        EnrollmentStatus::Pending,
        EnrollmentStatus::Waitlisted,
        EnrollmentStatus::Suspended,
        EnrollmentStatus::Dropped,
        EnrollmentStatus::Expired,
    ];
    let set = async |eves: &mut Enrollment| {
        let mut tx = store.begin(&school.system).await.unwrap();
        tx.update(eves).await.unwrap();
        tx.commit().await.unwrap();
    };
    for status in all {
        eves.status = status;
        set(&mut eves).await;
        refused!(school, [eve.cx], |tx| tx.run(say(on)));
        refused!(school, [eve.cx], |tx| tx.run(say(CommentOn::Comment(first))));
        refused!(school, [eve.cx], |tx| tx
            .run(React { comment_id: first, kind: ReactionKind::Helpful }));
        refused!(school, [eve.cx], |tx| tx
            .run(EditComment { comment_id: own, content: Prose::new("No.").unwrap() }));
    }
    for status in [EnrollmentStatus::Active, EnrollmentStatus::Completed] {
        eves.status = status;
        set(&mut eves).await;
        run!(school, eve.cx, |tx| tx.run(say(on))).unwrap();
        run!(school, eve.cx, |tx| tx.run(React { comment_id: first, kind: ReactionKind::Helpful }))
            .unwrap();
    }
    let stranger = person(&school, "elsewhere", student, "student").await;
    refused!(school, [stranger.cx], |tx| tx
        .run(React { comment_id: first, kind: ReactionKind::Helpful }));
}

async fn nobody_moderates_their_own_comment(store: Store) {
    let school = school(&store, "own comment").await;
    let owner = person(&school, "owner", MembershipKind::Staff, "instructor").await;
    let boss = person(&school, "boss", MembershipKind::Admin, "student").await;
    let (course, _) = course(&school, owner.member.id, &[]).await;
    let say = PostComment {
        on: CommentOn::Course(course.id),
        content: Prose::new("Buy my book.").unwrap(),
    };
    let own = run!(school, owner.cx, |tx| tx.run(say)).unwrap().id;
    run!(school, boss.cx, |tx| tx
        .run(ModerateComment { comment_id: own, event: CommentEvent::Hide }))
    .unwrap();
    refused!(school, [owner.cx], |tx| tx
        .run(ModerateComment { comment_id: own, event: CommentEvent::Show }));
}

async fn completed(school: &School, enrollment: &Enrollment) {
    let mut done = enrollment.clone();
    (done.progress, done.status) = (Percent::HUNDRED, EnrollmentStatus::Completed);
    let mut tx = school.store.begin(&school.system).await.unwrap();
    tx.update(&mut done).await.unwrap();
    tx.commit().await.unwrap();
}

async fn certificates_asked_for_at_the_same_time_are_one(store: Store) {
    let school = school(&store, "one certificate").await;
    let boss = person(&school, "boss", MembershipKind::Admin, "student").await;
    let ada = person(&school, "ada", MembershipKind::Student, "student").await;
    let (course, enrollments) = course(&school, boss.member.id, &[ada.member.id]).await;
    completed(&school, &enrollments[0]).await;
    let (learner, course) = (ada.member.id, course.id);
    let kind =
        run!(school, boss.cx, |tx| tx.run(CreateBadge { badge: badge("kind", Criteria::Manual) }));
    let kind = kind.unwrap().id;
    let issued: Vec<_> = (0..12)
        .map(|_| {
            let (store, cx) = (store.clone(), boss.cx.clone());
            tokio::spawn(async move {
                let certificate = store
                    .transact(&cx, |tx| {
                        Box::pin(tx.run(IssueCertificate {
                            learner_id: learner,
                            course_id: course,
                            score: None,
                        }))
                    })
                    .await
                    .map(|it: Certificate| it.number);
                let badge = store
                    .transact(&cx, |tx| {
                        Box::pin(tx.run(AwardBadge { learner_id: learner, badge_id: kind }))
                    })
                    .await
                    .map(|it| it.id);
                (certificate.unwrap(), badge.unwrap())
            })
        })
        .collect();
    let mut found = Vec::new();
    for it in issued {
        found.push(it.await.unwrap());
    }
    found.dedup();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, CertificateNumber::nth(1));
}

async fn an_expired_certificate_is_renewed_and_keeps_its_past(store: Store) {
    let school = school(&store, "renewal").await;
    let boss = person(&school, "boss", MembershipKind::Admin, "student").await;
    let ada = person(&school, "ada", MembershipKind::Student, "student").await;
    let (course, enrollments) = course(&school, boss.member.id, &[ada.member.id]).await;
    completed(&school, &enrollments[0]).await;
    let issue = async |cx| {
        run!(school, cx, |tx| tx.run(IssueCertificate {
            learner_id: ada.member.id,
            course_id: course.id,
            score: None
        }))
    };
    let first = issue(boss.cx.clone()).await.unwrap();
    let end = first.expires_at.unwrap();
    let same = issue(boss.cx.clone().at(end)).await.unwrap();
    assert_eq!(same.number, first.number, "it still holds");
    let later = boss.cx.clone().at(end.saturating_add(chrono::TimeDelta::days(30)));
    let second = issue(later.clone()).await.unwrap();
    assert_eq!(second.number, CertificateNumber::nth(2));
    assert!(second.expires_at.unwrap() > later.now());
    assert_eq!(issue(later.clone()).await.unwrap().number, second.number);
    for (number, standing) in [
        (&first.number, CertificateStanding::Expired(end)),
        (&second.number, CertificateStanding::Valid),
    ] {
        let seen =
            run!(school, later, |tx| tx.run(CheckCertificate { number: number.clone() })).unwrap();
        assert_eq!(seen, Some(standing));
    }
}

async fn a_badge_taken_back_stays_taken_and_a_lesson_counts_once(store: Store) {
    let school = school(&store, "taken back").await;
    let boss = person(&school, "boss", MembershipKind::Admin, "student").await;
    let ada = person(&school, "ada", MembershipKind::Student, "student").await;
    let (course, enrollments) = course(&school, boss.member.id, &[ada.member.id]).await;
    let learner = ada.member.id;
    let lesson = ContentNode::top(
        &school.system,
        course.id,
        NodeKind::Lesson,
        title("Lesson"),
        Slug::new("lesson").unwrap(),
    );
    let mut progress = NodeProgress::opened(&school.system, &enrollments[0], lesson.id);
    progress.status = ProgressStatus::Completed;
    let mut stats = LearnerStats::new(&school.system, learner, TimeZone::UTC);
    // Done three times after new editions.
    stats.lessons_completed = 3;
    let mut tx = store.begin(&school.system).await.unwrap();
    tx.insert(&lesson).await.unwrap();
    tx.insert(&progress).await.unwrap();
    tx.insert(&stats).await.unwrap();
    tx.commit().await.unwrap();
    let done = run!(school, boss.cx, |tx| tx.run(ViewStudies { learner_id: learner })).unwrap();
    assert_eq!(done.lessons_completed, 1);

    let first = badge("first", Criteria::LessonsCompleted { count: 1 });
    let first: Id<_> = run!(school, boss.cx, |tx| tx.run(CreateBadge { badge: first })).unwrap().id;
    let earn = async || {
        run!(school, boss.cx, |tx| tx
            .run(AwardEarnedBadges { learner_id: learner, done: done.clone() }))
        .unwrap()
    };
    assert_eq!(earn().await.len(), 1);
    run!(school, boss.cx, |tx| tx.run(TakeBadgeBack { learner_id: learner, badge_id: first }))
        .unwrap();
    assert_eq!(earn().await.len(), 0, "only a person gives it again");
    run!(school, boss.cx, |tx| tx.run(AwardBadge { learner_id: learner, badge_id: first }))
        .unwrap();
}
