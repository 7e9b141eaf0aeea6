//! Marking by people: the queue, rubrics, two markers, and what a pending mark means.
use lms::{
    assessment::{
        attempt::{
            Attempt, AttemptStatus, GradeAttempt, GradingError, MarkAnswer, MarkingRound, Score,
            ScoreStatus, SecondMarking, ViewMarkingQueue,
        },
        grading::ManualMark,
    },
    kernel::{Context, DomainError as _, ErrorKind, Id},
    store::PageSize,
};

use crate::exam::{Exam, points};

async fn mark(
    exam: &Exam,
    cx: &Context,
    attempt: Id<Attempt>,
    given: Option<&str>,
) -> Result<Score, GradingError> {
    let command = MarkAnswer {
        attempt_id: attempt,
        question_id: exam.questions[3].id,
        mark: given
            .map(|it| ManualMark { comment: Some("said".into()), ..ManualMark::new(points(it)) }),
    };
    run!(exam.school, *cx, |tx| tx.run(command))
}

/// What waits for somebody: the round, for each answer.
async fn queue(exam: &Exam, cx: &Context) -> Vec<MarkingRound> {
    let assessment = exam.assessment.id;
    let page = run!(exam.school, *cx, |tx| {
        tx.run(ViewMarkingQueue { assessment_id: assessment, limit: PageSize::MAX, after: None })
    })
    .unwrap();
    assert!(page.items.iter().all(|it| it.question_id == exam.questions[3].id));
    page.items.iter().map(|it| it.round).collect()
}

#[tokio::test]
async fn an_essay_waits_for_a_person_and_a_mark_settles_it() {
    let exam = Exam::open("marking one").await;
    let done = exam.take(&exam.ada.cx, [0, 0, 0], Some("An essay.")).await;
    let attempt = done.attempt.id;
    assert_eq!((done.score.status, done.score.pending), (ScoreStatus::Pending, 1));
    assert_eq!((done.score.raw, done.attempt.status), (points("6"), AttemptStatus::Submitted));
    let admin = &exam.admin.cx;
    assert_eq!(queue(&exam, admin).await, [MarkingRound::First]);
    let assessor = &exam.assessor.cx;
    let score = mark(&exam, assessor, attempt, Some("3.5")).await.unwrap();
    assert_eq!((score.status, score.raw), (ScoreStatus::Graded, points("9.5")));
    assert!(queue(&exam, admin).await.is_empty());
    // Grading again keeps the mark; taking it back makes the score pending again.
    let again =
        run!(exam.school, *assessor, |tx| tx.run(GradeAttempt { attempt_id: attempt })).unwrap();
    assert_eq!((again.raw, again.gradings), (points("9.5"), 3));
    let back = mark(&exam, assessor, attempt, None).await.unwrap();
    assert_eq!((back.status, back.raw), (ScoreStatus::Pending, points("6")));
    assert_eq!(exam.get::<Attempt>(attempt).await.status, AttemptStatus::Submitted);
    assert_eq!(exam.traces_replay().await, 1);
}

#[tokio::test]
async fn two_markers_settle_an_answer_and_a_third_decides() {
    let rule = SecondMarking { tolerance: points("1") };
    let exam =
        Exam::open_with("marking two", |it| it.attempt_rules.second_marking = Some(rule)).await;
    let attempt = exam.take(&exam.ada.cx, [0, 0, 0], Some("An essay.")).await.attempt.id;
    let (one, two, three) = (&exam.assessor.cx, &exam.second.cx, &exam.third.cx);
    let first = mark(&exam, one, attempt, Some("1")).await.unwrap();
    assert_eq!((first.status, first.raw), (ScoreStatus::Pending, points("6")));
    // The first may think again, but is not the second.
    assert_eq!(mark(&exam, one, attempt, Some("2")).await.unwrap().pending, 1);
    let admin = &exam.admin.cx;
    assert_eq!(queue(&exam, admin).await, [MarkingRound::Second]);
    let far = mark(&exam, two, attempt, Some("3.5")).await.unwrap();
    assert_eq!(far.status, ScoreStatus::Pending, "1.5 apart");
    let late = mark(&exam, one, attempt, Some("3.5")).await;
    assert!(matches!(late, Err(GradingError::SameMarker)), "the second has marked by now");
    assert_eq!(queue(&exam, admin).await, [MarkingRound::Decision]);
    let close = mark(&exam, two, attempt, Some("2.5")).await.unwrap();
    assert_eq!((close.status, close.raw), (ScoreStatus::Graded, points("8.25")), "the mean");
    let decided = mark(&exam, three, attempt, Some("4")).await.unwrap();
    assert_eq!(decided.raw, points("10"));
    assert_eq!(mark(&exam, three, attempt, None).await.unwrap().pending, 1);
    assert_eq!(queue(&exam, admin).await, [MarkingRound::First]);
}

#[tokio::test]
async fn only_those_who_mark_there_may() {
    let exam = Exam::open("marking refusals").await;
    let attempt = exam.take(&exam.ada.cx, [0, 0, 0], Some("An essay.")).await.attempt.id;
    let [ben, south, stranger, nobody] = exam.others();
    let (school, own) = (&exam.school, exam.ada.cx.clone());
    let command = MarkAnswer {
        attempt_id: attempt,
        question_id: exam.questions[3].id,
        mark: Some(ManualMark::new(points("4"))),
    };
    refused!(school, [own, ben, south, stranger, nobody], |tx| { tx.run(command.clone()) });
    refused!(school, [own, ben, south, stranger, nobody], |tx| {
        tx.run(GradeAttempt { attempt_id: attempt })
    });
    let assessment = exam.assessment.id;
    refused!(school, [own, ben, south, stranger, nobody], |tx| {
        tx.run(ViewMarkingQueue { assessment_id: assessment, limit: PageSize::MAX, after: None })
    });
    // A question of another test is none of this attempt.
    let other = crate::exam::choice(&exam.school.system, "Elsewhere?");
    let command = MarkAnswer { question_id: other.id, ..command };
    let cx = exam.assessor.cx.clone();
    let refused = run!(exam.school, cx, |tx| tx.run(command)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
}
