//! What a learner sees of a result, and when.
use lms::{
    assessment::{
        ResultPolicy,
        attempt::{
            ReplaceScore, release_score, release_scores, replace_score, view_result, withhold_score,
        },
    },
    store::PageSize,
};

use crate::exam::{Exam, later, points};

/// What would tell a learner a key, or a mark that is not shown.
const SECRETS: [&str; 5] = ["is_correct", "answer_key", "MODEL", "fraction", "metadata"];

#[tokio::test]
async fn a_learner_sees_what_the_policy_discloses_and_nothing_else() {
    let mut exam = Exam::open("result policies").await;
    let done = exam.take(&exam.ada.cx, [0, 1, 0], Some("An essay.")).await;
    let attempt = done.attempt.id;
    let closes = exam.now().saturating_add(chrono::TimeDelta::hours(1));
    for (policy, shown_now, shown_later) in [
        (ResultPolicy::Never, false, false),
        (ResultPolicy::AfterSubmit, true, true),
        (ResultPolicy::AfterClose, false, true),
        (ResultPolicy::AfterMarking, false, false),
        (ResultPolicy::WhenReleased, false, false),
    ] {
        exam.change(|it| {
            (it.result_policy, it.closes_at) = (policy, Some(closes));
        })
        .await;
        for (seconds, shown) in [(0, shown_now), (7_200, shown_later)] {
            let cx = later(&exam.ada.cx, seconds);
            let result = run!(exam.school, cx, |cx, tx| view_result(cx, tx, attempt)).unwrap();
            assert_eq!(result.score.is_some(), shown, "{policy} after {seconds} seconds");
            assert_eq!(result.questions.is_empty(), !shown);
            let text = serde_json::to_string(&result).unwrap();
            for secret in SECRETS {
                assert!(!text.contains(secret), "{policy}: {secret} in {text}");
            }
            assert_eq!(text.contains("EXPLAINED"), shown);
        }
    }
}

#[tokio::test]
async fn keys_and_marks_are_shown_only_where_the_review_says_so() {
    let mut exam = Exam::open("result review").await;
    let attempt = exam.take(&exam.ada.cx, [0, 1, 0], None).await.attempt.id;
    for flags in 0..16_u8 {
        let flag = |at: u8| flags >> at & 1 == 1;
        exam.change(|it| {
            let review = &mut it.attempt_rules.review;
            (review.answers, review.marks) = (flag(0), flag(1));
            (review.keys, review.feedback) = (flag(2), flag(3));
        })
        .await;
        let cx = exam.ada.cx.clone();
        let result = run!(exam.school, cx, |cx, tx| view_result(cx, tx, attempt)).unwrap();
        let text = serde_json::to_string(&result).unwrap();
        assert_eq!(text.contains("MODEL ANSWER"), flag(2), "{text}");
        assert_eq!(text.contains("WORDS ON IT"), flag(3), "{text}");
        let earned = result.questions.iter().filter(|it| it.earned.is_some()).count();
        assert_eq!(earned, if flag(1) { 4 } else { 0 });
        let right = exam.questions[1].options[0].id.to_string();
        assert_eq!(text.contains(&right), flag(2), "only a key shows the option not chosen");
        let chosen = exam.questions[1].options[1].id.to_string();
        assert_eq!(text.contains(&chosen), flag(0), "{text}");
    }
}

#[tokio::test]
async fn scores_are_released_withheld_and_replaced_by_those_who_may() {
    let exam = Exam::open_with("result release", |it| {
        it.result_policy = ResultPolicy::WhenReleased;
    })
    .await;
    let attempt = exam.take(&exam.ada.cx, [0, 0, 1], None).await.attempt.id;
    let (ada, admin) = (exam.ada.cx.clone(), exam.admin.cx.clone());
    let seen = async || {
        let result = run!(exam.school, ada, |cx, tx| view_result(cx, tx, attempt)).unwrap();
        result.score.map(|it| it.total)
    };
    assert_eq!(seen().await, None);
    run!(exam.school, admin, |cx, tx| release_score(cx, tx, attempt)).unwrap();
    assert_eq!(seen().await, Some(points("4")));
    run!(exam.school, admin, |cx, tx| withhold_score(cx, tx, attempt)).unwrap();
    assert_eq!(seen().await, None);
    let assessment = exam.assessment.id;
    let many =
        run!(exam.school, admin, |cx, tx| { release_scores(cx, tx, assessment, PageSize::MAX) });
    assert_eq!(many.unwrap(), 1);
    let replace = |total: Option<&str>, reason: &str| ReplaceScore {
        attempt_id: attempt,
        total: total.map(points),
        reason: reason.into(),
    };
    let silent = run!(exam.school, admin, |cx, tx| replace_score(cx, tx, replace(Some("5"), " ")));
    assert!(silent.is_err(), "a reason is asked for");
    let reason = "an appeal";
    run!(exam.school, admin, |cx, tx| replace_score(cx, tx, replace(Some("5"), reason))).unwrap();
    assert_eq!(seen().await, Some(points("5")));
    run!(exam.school, admin, |cx, tx| replace_score(cx, tx, replace(None, reason))).unwrap();
    assert_eq!(seen().await, Some(points("4")));

    let [ben, south, stranger, nobody] = exam.others();
    let school = &exam.school;
    refused!(school, [ada, ben, south, stranger, nobody], |cx, tx| {
        release_score(cx, tx, attempt)
    });
    refused!(school, [ada, ben, south, stranger, nobody], |cx, tx| {
        withhold_score(cx, tx, attempt)
    });
    refused!(school, [ada, ben, south, stranger, nobody], |cx, tx| {
        release_scores(cx, tx, assessment, PageSize::MAX)
    });
    refused!(school, [ada, ben, south, stranger, nobody], |cx, tx| {
        replace_score(cx, tx, replace(Some("10"), reason))
    });
    refused!(school, [ben, south, stranger, nobody], |cx, tx| view_result(cx, tx, attempt));
}
