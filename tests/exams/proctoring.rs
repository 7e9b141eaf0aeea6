//! Watching an attempt, and what a person makes of it.
use lms::assessment::{
    attempt::Attempt,
    proctoring::{
        EndProctoring, ProctoringError, ProctoringStatus, ProctoringViolation, RecordViolation,
        ReviewProctoring, StartProctoring, Verdict, ViolationKind,
    },
};

use crate::exam::{Exam, later, points};

#[tokio::test]
async fn what_is_seen_changes_no_score_and_a_person_judges_it() {
    let exam = Exam::open("proctoring").await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    let session =
        run!(exam.school, cx, |tx| tx.run(StartProctoring { attempt_id: attempt.id })).unwrap();
    let same =
        run!(exam.school, cx, |tx| tx.run(StartProctoring { attempt_id: attempt.id })).unwrap();
    assert_eq!(same.id, session.id, "one session for an attempt");
    let seen = |kind, seconds: i64| RecordViolation {
        session_id: session.id,
        kind,
        happened_at: Some(exam.now().saturating_add(chrono::TimeDelta::seconds(seconds))),
        confidence: None,
        evidence: None,
        note: None,
    };
    let minute = later(&cx, 60);
    for kind in ViolationKind::ALL {
        run!(exam.school, minute, |tx| tx.run(seen(*kind, 30))).unwrap();
    }
    // A clock that runs ahead is not believed.
    let ahead = run!(exam.school, minute, |tx| { tx.run(seen(ViolationKind::Other, 9_999)) });
    assert_eq!(ahead.unwrap().happened_at, minute.now());
    let known = exam.all(ProctoringViolation::of(session.id)).await;
    assert_eq!(known.len(), ViolationKind::ALL.len() + 1);

    exam.save(&cx, &attempt, 0, exam.answer(0, 0)).await;
    assert_eq!(exam.submit(&minute, &attempt).await.score.raw, points("2"));
    let early = ReviewProctoring {
        session_id: session.id,
        verdict: Verdict::Breach,
        note: Some("a phone".into()),
    };
    let assessor = exam.assessor.cx.clone();
    let review = async || run!(exam.school, assessor, |tx| tx.run(early.clone()));
    assert!(matches!(review().await, Err(ProctoringError::Status(_))), "it still watches");
    let picture = vec!["https://files.example.org/1.png".to_owned().try_into().unwrap()];
    let program = exam.system(60);
    let ended = run!(exam.school, program, |tx| {
        tx.run(EndProctoring {
            session_id: session.id,
            screenshots: picture,
            analysis: Some(serde_json::json!({"faces": 2})),
        })
    })
    .unwrap();
    assert_eq!((ended.status, ended.screenshots.len()), (ProctoringStatus::Ended, 1));
    let late = run!(exam.school, minute, |tx| { tx.run(seen(ViolationKind::TabSwitch, 61)) });
    assert!(matches!(late, Err(ProctoringError::Over)));
    let reviewed = review().await.unwrap();
    assert_eq!(reviewed.verdict, Some(Verdict::Breach));
    assert_eq!(reviewed.reviewer_id, Some(exam.assessor.member.id));
    assert_eq!(exam.score(attempt.id).await.raw, points("2"), "what follows is for people");
}

#[tokio::test]
async fn only_the_learner_is_watched_and_only_reviewers_judge() {
    let exam = Exam::open("proctoring refusals").await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    let session =
        run!(exam.school, cx, |tx| tx.run(StartProctoring { attempt_id: attempt.id })).unwrap();
    let [ben, south, stranger, nobody] = exam.others();
    let school = &exam.school;
    refused!(school, [ben, south, stranger, nobody], |tx| {
        tx.run(StartProctoring { attempt_id: attempt.id })
    });
    let seen = RecordViolation {
        session_id: session.id,
        kind: ViolationKind::TabSwitch,
        happened_at: None,
        confidence: None,
        evidence: None,
        note: None,
    };
    refused!(school, [ben, south, stranger, nobody], |tx| { tx.run(seen.clone()) });
    refused!(school, [ben, south, stranger, nobody], |tx| {
        tx.run(EndProctoring { session_id: session.id, screenshots: Vec::new(), analysis: None })
    });
    let review = ReviewProctoring { session_id: session.id, verdict: Verdict::Clear, note: None };
    refused!(school, [cx, ben, south, stranger, nobody], |tx| { tx.run(review.clone()) });
    // What does not run is not watched.
    let ben = exam.ben.cx.clone();
    let over: Attempt = exam.start(&ben).await;
    exam.submit(&ben, &over).await;
    let refused = run!(exam.school, ben, |tx| tx.run(StartProctoring { attempt_id: over.id }));
    assert!(matches!(refused, Err(ProctoringError::NotRunning { .. })));
}
