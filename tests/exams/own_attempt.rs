//! Nobody judges their own attempt or gives themselves more, and whoever teaches the course judges
//! those of its learners.
use lms::{
    assessment::{
        attempt::{
            AbandonAttempt, Allowance, AllowanceError, AttemptAllowance, ExplainResult,
            GradeAttempt, GrantAllowance, MarkAnswer, OverrideFor, ReleaseScore, ReleaseScores,
            ReopenAttempt, ReplaceScore, ViewMarkingQueue, ViewResult,
        },
        grading::ManualMark,
        placement::{ExemptLearner, Exemption, PlacementPolicy},
        proctoring::{EndProctoring, ProctoringError, ProctoringStatus, StartProctoring},
    },
    content::{AuthorRole, AuthoredKind, ContentAuthor, Course},
    delivery::{ClassGroup, ClassMember, ClassMode, MemberStatus},
    governance::ExportPerson,
    identity::{AssignmentScope, MembershipKind},
    kernel::{DomainError as _, ErrorKind, Slug},
    learning::{Enrollment, GrantSource},
    recognition::{AwardPoints, IssueCertificate},
    store::{PageSize, Store},
};
use lms_store_postgres::testing::TestServer;

use crate::{
    exam::{Exam, later, points},
    school::{Person, School, title},
};

/// The exam in a course of a colleague, in which an instructor of the whole school learns too.
struct Colleague {
    exam: Exam,
    course: Course,
    /// Owns the course.
    owner: Person,
    /// Teaches the class that takes the course.
    teacher: Person,
    /// Teaches elsewhere.
    other: Person,
    /// Teaches elsewhere, and learns here.
    both: Person,
    /// The class of the course, and a class of another course that `both` teaches.
    class: ClassGroup,
    foreign: ClassGroup,
}

async fn person(school: &School, name: &str, kind: MembershipKind, role: &str) -> Person {
    let host = school.system.tenant().uuid().simple();
    let person = school.person(&format!("{name}@{host}.example"), kind, None).await;
    school.give(&person, role, AssignmentScope::Tenant, None).await;
    person
}

fn course(exam: &Exam, slug: &str, owner: &Person) -> Course {
    Course::new(&exam.school.system, title(slug), Slug::new(slug).unwrap(), owner.member.id)
}

impl Colleague {
    async fn open(store: Store, name: &str) -> Self {
        let mut exam = Exam::open_on(store, name, |_| {}).await;
        let (staff, student) = (MembershipKind::Staff, MembershipKind::Student);
        let owner = person(&exam.school, "owner", staff, "instructor").await;
        let teacher = person(&exam.school, "teacher", staff, "instructor").await;
        let other = person(&exam.school, "elsewhere", staff, "instructor").await;
        let both = person(&exam.school, "both", student, "instructor").await;
        let cx = exam.school.system.clone();
        let (ours, theirs) = (course(&exam, "ours", &owner), course(&exam, "theirs", &both));
        let class_of = |course: &Course, teacher: &Person| {
            let mut class = ClassGroup::new(&cx, course.id, title("Class"), ClassMode::Online);
            class.teacher_id = Some(teacher.member.id);
            class
        };
        let (class, foreign) = (class_of(&ours, &teacher), class_of(&theirs, &both));
        let mut tx = exam.school.store.begin(&cx).await.unwrap();
        tx.insert_all(&[ours.clone(), theirs]).await.unwrap();
        tx.insert_all(&[class.clone(), foreign.clone()]).await.unwrap();
        for (at, learner) in (1..).zip([&both, &exam.ada]) {
            let id = learner.member.id;
            tx.insert(&Enrollment::new(&cx, id, ours.id, GrantSource::Manual)).await.unwrap();
            let seat = ClassMember::new(&cx, class.id, id, MemberStatus::Active, at);
            tx.insert(&seat).await.unwrap();
        }
        tx.commit().await.unwrap();
        exam.change(|it| it.course_id = Some(ours.id)).await;
        Self { exam, course: ours, owner, teacher, other, both, class, foreign }
    }
}

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
    an_instructor_who_learns_here_judges_nothing_of_their_own,
    whoever_teaches_judges_the_attempts_of_their_learners_and_nobody_elses,
    an_assessor_never_marks_their_own_essay,
    no_allowance_reaches_another_course_or_oneself,
    nobody_sees_their_own_scores_before_release_in_an_export,
    a_learner_never_ends_their_own_supervision_while_the_attempt_runs,
    nobody_decides_on_their_own_placement,
}

async fn an_instructor_who_learns_here_judges_nothing_of_their_own(store: Store) {
    let Colleague { exam, course, both, other, .. } = Colleague::open(store, "own attempt").await;
    let attempt_id = exam.take(&both.cx, [1, 1, 1], Some("An essay.")).await.attempt.id;
    let (me, question_id) = (both.member.id, exam.questions[3].id);
    let mark = MarkAnswer { attempt_id, question_id, mark: Some(ManualMark::new(points("4"))) };
    let replace =
        ReplaceScore { attempt_id, total: Some(points("10")), reason: "I know it.".into() };
    let reopen = ReopenAttempt { attempt_id, reason: "Once more.".into(), until: None };
    let more = GrantAllowance {
        assessment_id: exam.assessment.id,
        to: OverrideFor::Learner(me),
        allowance: Allowance {
            attempts: Some(AttemptAllowance::Extra { attempts: 5 }),
            ..Allowance::default()
        },
        reason: None,
    };
    let school = &exam.school;
    for who in [&both, &other] {
        refused!(school, [who.cx], |tx| tx.run(mark.clone()));
        refused!(school, [who.cx], |tx| tx.run(replace.clone()));
        refused!(school, [who.cx], |tx| tx.run(ReleaseScore { attempt_id }));
        refused!(school, [who.cx], |tx| tx.run(GradeAttempt { attempt_id }));
        refused!(school, [who.cx], |tx| tx.run(reopen.clone()));
        refused!(school, [who.cx], |tx| tx.run(more.clone()));
        refused!(school, [who.cx], |tx| tx.run(AwardPoints {
            learner_id: me,
            points: 1_000_000,
            reason: None
        }));
        refused!(school, [who.cx], |tx| tx.run(IssueCertificate {
            learner_id: me,
            course_id: course.id,
            score: None
        }));
    }
    // They see of it what any learner sees: with a manual release, nothing before it.
    let mut exam = exam;
    exam.change(|it| it.result_policy = lms::assessment::ResultPolicy::WhenReleased).await;
    let seen = run!(exam.school, both.cx, |tx| tx.run(ViewResult { attempt_id })).unwrap();
    assert!(seen.score.is_none(), "{seen:?}");
    let why = run!(exam.school, both.cx, |tx| tx.run(ExplainResult { attempt_id })).unwrap();
    assert!(why.is_none());
    assert_eq!(exam.score(attempt_id).await.total, points("0"));
}

async fn whoever_teaches_judges_the_attempts_of_their_learners_and_nobody_elses(store: Store) {
    let world = Colleague::open(store, "own learners").await;
    let exam = &world.exam;
    let ada = exam.ada.cx.clone();
    let attempt_id = exam.take(&ada, [0, 1, 1], Some("An essay.")).await.attempt.id;
    let question_id = exam.questions[3].id;
    let mark = |given: &str| MarkAnswer {
        attempt_id,
        question_id,
        mark: Some(ManualMark::new(points(given))),
    };
    let school = &exam.school;
    refused!(school, [world.other.cx], |tx| tx.run(ViewResult { attempt_id }));
    refused!(school, [world.both.cx], |tx| tx.run(mark("4")));
    let learner = exam.ada.member.id;
    for (who, given) in [(&world.owner, "3"), (&world.teacher, "2")] {
        let seen = run!(school, who.cx, |tx| tx.run(ViewResult { attempt_id })).unwrap();
        assert!(seen.score.is_some());
        run!(school, who.cx, |tx| tx.run(mark(given))).unwrap();
        run!(school, who.cx, |tx| tx.run(AwardPoints {
            learner_id: learner,
            points: 5,
            reason: None
        }))
        .unwrap();
    }
    run!(school, world.teacher.cx, |tx| tx.run(ReleaseScore { attempt_id })).unwrap();
    assert_eq!(exam.score(attempt_id).await.total, points("4"));
    // Whoever writes the course with its owner leads it too; whoever reviews it does not.
    for (role, may) in [(AuthorRole::Reviewer, false), (AuthorRole::Editor, true)] {
        let target = (AuthoredKind::Course, world.course.id.uuid());
        let part = ContentAuthor::new(&school.system, world.other.member.id, target, role);
        let mut tx = school.store.begin(&school.system).await.unwrap();
        tx.insert(&part).await.unwrap();
        tx.commit().await.unwrap();
        let seen = run!(school, world.other.cx, |tx| tx.run(ViewResult { attempt_id }));
        assert_eq!(seen.is_ok(), may, "{role}");
        let mut tx = school.store.begin(&school.system).await.unwrap();
        tx.purge(&part).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn an_assessor_never_marks_their_own_essay(store: Store) {
    let exam = Exam::open_on(store, "own essay", |_| {}).await;
    let me = person(&exam.school, "marks.and.learns", MembershipKind::Student, "assessor").await;
    let own = exam.take(&me.cx, [1, 1, 1], Some("Mine.")).await.attempt.id;
    let ada = exam.take(&exam.ada.cx, [1, 1, 1], Some("Hers.")).await.attempt.id;
    let question_id = exam.questions[3].id;
    let mark = |attempt_id| MarkAnswer {
        attempt_id,
        question_id,
        mark: Some(ManualMark::new(points("4"))),
    };
    let error = run!(exam.school, me.cx, |tx| tx.run(mark(own))).unwrap_err();
    assert_eq!(error.code(), "authorization.own_thing");
    let all = PageSize::MAX;
    let queue = run!(exam.school, me.cx, |tx| tx.run(ViewMarkingQueue {
        assessment_id: exam.assessment.id,
        limit: all,
        after: None
    }));
    let waiting: Vec<_> = queue.unwrap().items.iter().map(|it| it.attempt_id).collect();
    assert_eq!(waiting, [ada], "their own is not offered");
    run!(exam.school, me.cx, |tx| tx.run(mark(ada))).unwrap();
    let system = exam.school.system.clone();
    run!(exam.school, system, |tx| tx.run(mark(own))).unwrap();
    // An administrator who learns releases everybody's score but their own.
    let boss = person(&exam.school, "runs.and.learns", MembershipKind::Admin, "student").await;
    let bosses = exam.take(&boss.cx, [0, 0, 0], None).await.attempt.id;
    exam.take(&exam.ben.cx, [0, 0, 0], None).await;
    let released = run!(exam.school, boss.cx, |tx| tx
        .run(ReleaseScores { assessment_id: exam.assessment.id, limit: all }));
    assert_eq!(released.unwrap(), 3);
    assert_eq!(exam.score(bosses).await.released_at, None);
}

async fn no_allowance_reaches_another_course_or_oneself(store: Store) {
    let world = Colleague::open(store, "allowances").await;
    let (exam, school) = (&world.exam, &world.exam.school);
    let give = |to| GrantAllowance {
        assessment_id: exam.assessment.id,
        to,
        allowance: Allowance {
            attempts: Some(AttemptAllowance::Extra { attempts: 2 }),
            ..Allowance::default()
        },
        reason: None,
    };
    let (ours, foreign) =
        (OverrideFor::Class(world.class.id), OverrideFor::Class(world.foreign.id));
    // Their own class of another course is no way in, and neither is the class they learn in.
    refused!(school, [world.both.cx], |tx| tx.run(give(foreign)));
    refused!(school, [world.both.cx, world.other.cx], |tx| tx.run(give(ours)));
    let wrong = run!(school, world.owner.cx, |tx| tx.run(give(foreign)));
    assert!(matches!(wrong, Err(AllowanceError::OtherCourse)), "{wrong:?}");
    for who in [&world.owner, &world.teacher] {
        run!(school, who.cx, |tx| tx.run(give(ours))).unwrap();
        let learner = OverrideFor::Learner(exam.ada.member.id);
        run!(school, who.cx, |tx| tx.run(give(learner))).unwrap();
    }
    // An administrator who learns in the class is no exception.
    let boss = person(school, "boss", MembershipKind::Admin, "student").await;
    let seat =
        ClassMember::new(&school.system, world.class.id, boss.member.id, MemberStatus::Active, 9);
    let mut tx = school.store.begin(&school.system).await.unwrap();
    tx.insert(&seat).await.unwrap();
    tx.commit().await.unwrap();
    refused!(school, [boss.cx], |tx| tx.run(give(ours)));
}

async fn nobody_sees_their_own_scores_before_release_in_an_export(store: Store) {
    let world = Colleague::open(store, "own export").await;
    let mut exam = world.exam;
    exam.change(|it| it.result_policy = lms::assessment::ResultPolicy::WhenReleased).await;
    exam.take(&world.both.cx, [0, 0, 0], None).await;
    let me = world.both.member.id;
    let export =
        run!(exam.school, world.both.cx, |tx| tx.run(ExportPerson { member_id: me })).unwrap();
    assert!(export.unreleased.iter().any(|it| it == "scores"), "{:?}", export.unreleased);
}

async fn a_learner_never_ends_their_own_supervision_while_the_attempt_runs(store: Store) {
    let exam = Exam::open_on(store, "own supervision", |_| {}).await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    let session =
        run!(exam.school, cx, |tx| tx.run(StartProctoring { attempt_id: attempt.id })).unwrap().id;
    let clean = || Some(serde_json::json!({"violations": 0}));
    let early = run!(exam.school, cx, |tx| tx.run(EndProctoring {
        session_id: session,
        screenshots: Vec::new(),
        analysis: None
    }));
    assert!(matches!(early, Err(ProctoringError::StillRuns)), "{early:?}");
    exam.submit(&later(&cx, 60), &attempt).await;
    let own = run!(exam.school, cx, |tx| tx.run(EndProctoring {
        session_id: session,
        screenshots: Vec::new(),
        analysis: clean()
    }));
    assert!(matches!(own, Err(ProctoringError::AnalysisByLearner)), "{own:?}");
    let ended = run!(exam.school, cx, |tx| tx.run(EndProctoring {
        session_id: session,
        screenshots: Vec::new(),
        analysis: None
    }))
    .unwrap();
    assert_eq!((ended.status, ended.analysis), (ProctoringStatus::Ended, None));
    // Giving the attempt up is the learner's; that a member of the staff did it is not said.
    let both = person(&exam.school, "both", MembershipKind::Student, "instructor").await;
    let other = exam.start(&both.cx).await;
    let ended =
        run!(exam.school, both.cx, |tx| tx.run(AbandonAttempt { attempt_id: other.id })).unwrap();
    assert_eq!(ended.ended_by, Some(lms::assessment::attempt::EndedBy::Learner));
}

async fn nobody_decides_on_their_own_placement(store: Store) {
    let exam = Exam::open_on(store, "own placement", |_| {}).await;
    let boss = person(&exam.school, "boss", MembershipKind::Admin, "student").await;
    let command = ExemptLearner {
        learner_id: boss.member.id,
        group: Slug::new("group").unwrap(),
        exemption: Exemption::FromClasses { reason: "I am the boss.".into() },
        measure: Slug::new("score").unwrap(),
        policy: PlacementPolicy::default(),
    };
    let error = run!(exam.school, boss.cx, |tx| tx.run(command.clone())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Forbidden, "authorization.own_thing"));
}
