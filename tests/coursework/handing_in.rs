//! Coursework: handed in, late, again, marked, given back.
use lms::{
    assessment::{
        assignment::{
            Assignment, AssignmentChange, CourseworkError, EditAssignment, ExtendDeadline,
            GradeSubmission, HandInWork, ListSubmissionsToMark, ReturnSubmission, SetAssignment,
            Submission, SubmissionStatus, ViewSubmission,
        },
        gradebook::LatePolicy,
    },
    content::{FileAsset, StorageProvider},
    kernel::{DomainError, ErrorKind, Id},
    store::{Stamp, Store},
};

use crate::school::{Person, School, at, points};

fn essay(school: &School) -> SetAssignment {
    SetAssignment {
        course_id: school.course,
        title: "Essay".parse().unwrap(),
        description: Some("300 words".into()),
        node_id: None,
        due_at: Some(at("2026-03-09T12:00:00Z")),
        points: Some(points("80")),
        late_policy: LatePolicy::Flat { percent: "10".parse().unwrap() },
        max_submissions: None,
    }
}

async fn set(school: &School, command: SetAssignment) -> Assignment {
    let cx = school.cx_of(&school.teacher);
    run!(school, cx, |tx| tx.run(command)).unwrap()
}

fn text(assignment: &Assignment, learner: &Person, content: &str) -> HandInWork {
    HandInWork {
        assignment_id: assignment.id,
        learner_id: learner.id,
        content: Some(content.to_owned()),
        file_id: None,
        file_url: None,
    }
}

async fn hand_in(
    school: &School,
    learner: &Person,
    command: HandInWork,
) -> Result<Submission, CourseworkError> {
    let cx = school.cx_of(learner);
    run!(school, cx, |tx| tx.run(command))
}

async fn mark(school: &School, submission: Id<Submission>, earned: &str) -> Submission {
    let (cx, earned) = (school.cx_of(&school.teacher), points(earned));
    let feedback = Some("Good structure".to_owned());
    let command = GradeSubmission { submission_id: submission, earned, feedback };
    run!(school, cx, |tx| tx.run(command)).unwrap()
}

async fn seen(school: &School, by: &Person, work: &Submission) -> Submission {
    let (cx, assignment, learner) = (school.cx_of(by), work.assignment_id, work.learner_id);
    let found = run!(school, cx, |tx| tx
        .run(ViewSubmission { assignment_id: assignment, learner_id: learner }));
    found.unwrap().unwrap()
}

#[tokio::test]
async fn handed_in_marked_given_back_and_handed_in_again() {
    let school = School::open().await;
    let essay = set(&school, essay(&school)).await;
    let first = hand_in(&school, &school.ada, text(&essay, &school.ada, "Once")).await.unwrap();
    assert_eq!((first.status, first.number), (SubmissionStatus::Submitted, 1));
    let cx = school.cx_of(&school.teacher);
    let id = essay.id;
    let queue = run!(school, cx, |tx| tx.run(ListSubmissionsToMark { assignment_id: id })).unwrap();
    assert_eq!(queue.iter().map(|it| it.id).collect::<Vec<_>>(), [first.id]);

    let marked = mark(&school, first.id, "60").await;
    assert_eq!((marked.grade, marked.graded_by), (Some(points("60")), Some(school.teacher.id)));
    // Before it is given back, the learner sees neither mark nor feedback, nor that it is marked.
    let shown = seen(&school, &school.ada, &marked).await;
    assert_eq!((shown.status, shown.grade), (SubmissionStatus::Submitted, None));
    assert_eq!((shown.feedback, shown.earned, shown.graded_by), (None, None, None));
    assert_eq!(seen(&school, &school.teacher, &marked).await.grade, Some(points("60")));

    run!(school, cx, |tx| tx.run(ReturnSubmission { submission_id: first.id })).unwrap();
    let shown = seen(&school, &school.ada, &marked).await;
    assert_eq!((shown.status, shown.grade), (SubmissionStatus::Returned, Some(points("60"))));
    assert_eq!(shown.feedback.as_deref(), Some("Good structure"));

    // A resubmission, a day late: it replaces the first, which is kept, and a tenth is taken off.
    let school = school.at("2026-03-10T12:00:00Z");
    let again = hand_in(&school, &school.ada, text(&essay, &school.ada, "Twice")).await.unwrap();
    assert_eq!((again.number, again.late_seconds), (2, 86_400));
    let all = school.all(Submission::of(essay.id, school.ada.id)).await;
    let stand: Vec<_> = all.iter().map(|it| it.status).collect();
    assert_eq!(stand, [SubmissionStatus::Submitted, SubmissionStatus::Superseded]);
    let marked = mark(&school, again.id, "70").await;
    assert_eq!((marked.earned, marked.grade), (Some(points("70")), Some(points("63"))));
    // The one that was replaced is marked no more.
    let command = GradeSubmission { submission_id: first.id, earned: points("1"), feedback: None };
    let error = run!(school, cx, |tx| tx.run(command)).unwrap_err();
    assert!(matches!(error, CourseworkError::Status(_)), "{error}");
}

#[tokio::test]
async fn late_work_is_refused_where_the_policy_says_so() {
    let school = School::open().await;
    let strict = SetAssignment { late_policy: LatePolicy::Refused, ..essay(&school) };
    let strict = set(&school, strict).await;
    let command = || text(&strict, &school.ada, "Work");
    let school = school.at("2026-03-09T12:00:01Z");
    let error = hand_in(&school, &school.ada, command()).await.unwrap_err();
    assert!(matches!(error, CourseworkError::TooLate { .. }), "{error}");
    // The due instant is still in time.
    let school = school.at("2026-03-09T12:00:00Z");
    hand_in(&school, &school.ada, command()).await.unwrap();
}

#[tokio::test]
async fn only_so_many_resubmissions_and_never_nothing() {
    let school = School::open().await;
    let essay = set(&school, SetAssignment { max_submissions: Some(2), ..essay(&school) }).await;
    let blank = hand_in(&school, &school.ada, text(&essay, &school.ada, "  ")).await.unwrap_err();
    assert!(matches!(blank, CourseworkError::Empty));
    for _ in 0..2 {
        hand_in(&school, &school.ada, text(&essay, &school.ada, "Work")).await.unwrap();
    }
    let error = hand_in(&school, &school.ada, text(&essay, &school.ada, "Work")).await.unwrap_err();
    assert!(matches!(error, CourseworkError::NoSubmissionsLeft { most: 2 }), "{error}");
    let cx = school.cx_of(&school.teacher);
    let latest = school.all(Submission::of(essay.id, school.ada.id)).await[0].id;
    for earned in ["-1", "80.0001"] {
        let command =
            GradeSubmission { submission_id: latest, earned: points(earned), feedback: None };
        let error = run!(school, cx, |tx| tx.run(command)).unwrap_err();
        assert!(matches!(error, CourseworkError::OutOfRange { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_handed_in_is_the_learners_own() {
    let school = School::open().await;
    let essay = set(&school, essay(&school)).await;
    let file = |by: &Person| FileAsset {
        id: school.system.id(),
        stamp: Stamp::new(&school.system),
        uploaded_by: by.id,
        owner_kind: None,
        owner_id: None,
        filename: "essay.pdf".into(),
        original_filename: "My essay.pdf".into(),
        mime_type: "application/pdf".into(),
        size_bytes: 1_024,
        storage_provider: StorageProvider::Local,
        storage_path: format!("essays/{}", by.id),
        url: None,
    };
    let (own, foreign) = (file(&school.ada), file(&school.ben));
    school.save(&own).await;
    school.save(&foreign).await;
    let with = |file: &FileAsset| HandInWork {
        content: None,
        file_id: Some(file.id),
        ..text(&essay, &school.ada, "")
    };
    let error = hand_in(&school, &school.ada, with(&foreign)).await.unwrap_err();
    assert!(matches!(error, CourseworkError::ForeignFile), "{error}");
    let work = hand_in(&school, &school.ada, with(&own)).await.unwrap();
    assert_eq!(work.file_id, Some(own.id));
}

#[tokio::test]
async fn who_may_not_is_refused_and_it_is_noted() {
    let school = School::open().await;
    let assignment = set(&school, essay(&school)).await;
    refused!(school, [colleague, head, ada, finance], |tx| { tx.run(essay(&school)) });
    refused!(school, [ben, colleague, head], |tx| {
        tx.run(text(&assignment, &school.ada, "For Ada"))
    });
    let work = hand_in(&school, &school.ada, text(&assignment, &school.ada, "A")).await.unwrap();
    let command =
        || GradeSubmission { submission_id: work.id, earned: points("80"), feedback: None };
    refused!(school, [ada, ben, colleague, head, finance], |tx| { tx.run(command()) });
    refused!(school, [ada, colleague], |tx| tx.run(ReturnSubmission { submission_id: work.id }));
    refused!(school, [ben, colleague, other_head, finance], |tx| {
        tx.run(ViewSubmission { assignment_id: assignment.id, learner_id: school.ada.id })
    });
    refused!(school, [ada, colleague], |tx| tx
        .run(ListSubmissionsToMark { assignment_id: assignment.id }));
    // Who teaches elsewhere hands work in here like everybody, and does not mark it.
    let staff =
        run!(school, school.system, |tx| { tx.run(text(&assignment, &school.colleague, "B")) });
    let own = GradeSubmission { submission_id: staff.unwrap().id, ..command() };
    refused!(school, [colleague], |tx| tx.run(own.clone()));
    // Nobody from outside the course hands anything in.
    let finance = text(&assignment, &school.finance, "C");
    let outside = run!(school, school.system, |tx| tx.run(finance));
    assert!(matches!(outside, Err(CourseworkError::NotEnrolled)));
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_there() {
    let store = Store::new(lms::memory::MemoryStore::new());
    let (one, other) = (School::open_on(store.clone()).await, School::open_on(store).await);
    let assignment = set(&one, essay(&one)).await;
    let command = text(&assignment, &other.ada, "Work");
    let error = hand_in(&other, &other.ada, command).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

async fn change(school: &School, of: &Assignment, changes: Vec<AssignmentChange>) -> Assignment {
    let cx = school.cx_of(&school.teacher);
    let command = EditAssignment { assignment_id: of.id, changes };
    run!(school, cx, |tx| tx.run(command)).unwrap()
}

async fn extend(
    school: &School,
    by: &Person,
    (of, due): (&Assignment, &str),
) -> Result<(), CourseworkError> {
    let (cx, due_at) = (school.cx_of(by), at(due));
    let reason = Some("was ill".to_owned());
    let (assignment_id, learner_id) = (of.id, school.ada.id);
    run!(school, cx, |tx| tx.run(ExtendDeadline { assignment_id, learner_id, due_at, reason }))
        .map(drop)
}

#[tokio::test]
async fn lateness_is_decided_by_the_date_that_holds_now() {
    let school = School::open().await;
    let essay = set(&school, essay(&school)).await;
    let late = school.at("2026-03-10T12:00:00Z");
    let work = hand_in(&late, &late.ada, text(&essay, &late.ada, "Late")).await.unwrap();
    let marked = mark(&late, work.id, "80").await;
    assert_eq!((marked.grade, marked.late_seconds), (Some(points("72")), 86_400));
    // The date is moved for everyone: the work was in time all along.
    let due = Some(at("2026-03-11T12:00:00Z"));
    change(&late, &essay, vec![AssignmentChange::DueAt(due)]).await;
    let now = late.all(Submission::of(essay.id, late.ada.id)).await.remove(0);
    assert_eq!((now.grade, now.late_seconds), (Some(points("80")), 0));
    // Marked again, it stays so; moved back, it is late again.
    assert_eq!(mark(&late, work.id, "80").await.grade, Some(points("80")));
    let due = Some(at("2026-03-09T12:00:00Z"));
    change(&late, &essay, vec![AssignmentChange::DueAt(due)]).await;
    let now = late.all(Submission::of(essay.id, late.ada.id)).await.remove(0);
    assert_eq!(now.grade, Some(points("72")));
    // What was earned cannot be worth less than it is.
    let cx = late.cx_of(&late.teacher);
    let less = vec![AssignmentChange::Points(points("79"))];
    let command = EditAssignment { assignment_id: essay.id, changes: less };
    let error = run!(late, cx, |tx| tx.run(command)).unwrap_err();
    assert!(matches!(error, CourseworkError::OutOfRange { .. }), "{error}");
}

#[tokio::test]
async fn one_learner_is_given_longer() {
    let school = School::open().await;
    let strict = SetAssignment { late_policy: LatePolicy::Refused, ..essay(&school) };
    let strict = set(&school, strict).await;
    let late = school.at("2026-03-10T12:00:00Z");
    for learner in [&late.ada, &late.ben] {
        hand_in(&late, learner, text(&strict, learner, "Late")).await.unwrap_err();
    }
    extend(&late, &late.ada, (&strict, "2026-03-12T12:00:00Z")).await.unwrap_err();
    extend(&late, &late.teacher, (&strict, "2026-03-12T12:00:00Z")).await.unwrap();
    let work = hand_in(&late, &late.ada, text(&strict, &late.ada, "Late")).await.unwrap();
    assert_eq!(work.late_seconds, 0);
    hand_in(&late, &late.ben, text(&strict, &late.ben, "Late")).await.unwrap_err();
    // Work that is marked is worth at once what it is worth by the learner's own date.
    let soft = set(&late, essay(&late)).await;
    let work = hand_in(&late, &late.ada, text(&soft, &late.ada, "Late")).await.unwrap();
    assert_eq!(mark(&late, work.id, "80").await.grade, Some(points("72")));
    extend(&late, &late.teacher, (&soft, "2026-03-12T12:00:00Z")).await.unwrap();
    let now = late.all(Submission::of(soft.id, late.ada.id)).await.remove(0);
    assert_eq!(now.grade, Some(points("80")));
}
