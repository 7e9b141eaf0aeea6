//! What a learner sees of a result, and when.
use lms::{
    assessment::{
        ResultPolicy,
        attempt::{
            Allowance, AttemptGraded, Closing, ExplainResult, GrantAllowance, MarkAnswer,
            OverrideFor, ReleaseScore, ReleaseScores, ReplaceScore, ViewResult, WithholdScore,
        },
        grading::ManualMark,
    },
    governance::ExportPerson,
    outbox::{DomainEvent, Message},
    store::{PageSize, Query},
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
            let result =
                run!(exam.school, cx, |tx| tx.run(ViewResult { attempt_id: attempt })).unwrap();
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
        let result =
            run!(exam.school, cx, |tx| tx.run(ViewResult { attempt_id: attempt })).unwrap();
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
        let result =
            run!(exam.school, ada, |tx| tx.run(ViewResult { attempt_id: attempt })).unwrap();
        result.score.map(|it| it.total)
    };
    assert_eq!(seen().await, None);
    run!(exam.school, admin, |tx| tx.run(ReleaseScore { attempt_id: attempt })).unwrap();
    assert_eq!(seen().await, Some(points("4")));
    run!(exam.school, admin, |tx| tx.run(WithholdScore { attempt_id: attempt })).unwrap();
    assert_eq!(seen().await, None);
    let assessment = exam.assessment.id;
    let many = run!(exam.school, admin, |tx| {
        tx.run(ReleaseScores { assessment_id: assessment, limit: PageSize::MAX })
    });
    assert_eq!(many.unwrap(), 1);
    let replace = |total: Option<&str>, reason: &str| ReplaceScore {
        attempt_id: attempt,
        total: total.map(points),
        reason: reason.into(),
    };
    let silent = run!(exam.school, admin, |tx| tx.run(replace(Some("5"), " ")));
    assert!(silent.is_err(), "a reason is asked for");
    let reason = "an appeal";
    run!(exam.school, admin, |tx| tx.run(replace(Some("5"), reason))).unwrap();
    assert_eq!(seen().await, Some(points("5")));
    run!(exam.school, admin, |tx| tx.run(replace(None, reason))).unwrap();
    assert_eq!(seen().await, Some(points("4")));

    let [ben, south, stranger, nobody] = exam.others();
    let school = &exam.school;
    refused!(school, [ada, ben, south, stranger, nobody], |tx| {
        tx.run(ReleaseScore { attempt_id: attempt })
    });
    refused!(school, [ada, ben, south, stranger, nobody], |tx| {
        tx.run(WithholdScore { attempt_id: attempt })
    });
    refused!(school, [ada, ben, south, stranger, nobody], |tx| {
        tx.run(ReleaseScores { assessment_id: assessment, limit: PageSize::MAX })
    });
    refused!(school, [ada, ben, south, stranger, nobody], |tx| {
        tx.run(replace(Some("10"), reason))
    });
    refused!(school, [ben, south, stranger, nobody], |tx| tx
        .run(ViewResult { attempt_id: attempt }));
}

/// The assessment closes after an hour; Ada was given two.
#[tokio::test]
async fn who_has_longer_sees_the_keys_when_their_own_time_is_over() {
    let mut exam = Exam::open_with("result longer", |it| {
        it.result_policy = ResultPolicy::AfterClose;
        it.attempt_rules.review.keys = true;
    })
    .await;
    let closes = |hours| exam.now().saturating_add(chrono::TimeDelta::hours(hours));
    let (general, own) = (closes(1), closes(2));
    exam.change(|it| it.closes_at = Some(general)).await;
    let grant = GrantAllowance {
        assessment_id: exam.assessment.id,
        to: OverrideFor::Learner(exam.ada.member.id),
        allowance: Allowance { closes_at: Some(Closing::At(own)), ..Allowance::default() },
        reason: None,
    };
    let admin = exam.admin.cx.clone();
    run!(exam.school, admin, |tx| tx.run(grant)).unwrap();
    for (person, shown) in [(&exam.ada, [false, false, true]), (&exam.ben, [false, true, true])] {
        let attempt = exam.take(&person.cx, [0, 0, 0], None).await.attempt.id;
        for (seconds, shown) in [3_600, 3_601, 7_201].into_iter().zip(shown) {
            let cx = later(&person.cx, seconds);
            let result =
                run!(exam.school, cx, |tx| tx.run(ViewResult { attempt_id: attempt })).unwrap();
            assert_eq!(result.disclosure.keys, shown, "{:?} {seconds}", person.member.id);
        }
    }
}

#[tokio::test]
async fn those_who_may_see_a_score_before_its_release() {
    let exam = Exam::open_with("result unreleased", |it| {
        it.result_policy = ResultPolicy::WhenReleased;
    })
    .await;
    let attempt = exam.take(&exam.ada.cx, [0, 0, 1], None).await.attempt.id;
    for (cx, sees) in [(&exam.ada.cx, false), (&exam.assessor.cx, true), (&exam.admin.cx, true)] {
        let result =
            run!(exam.school, *cx, |tx| tx.run(ViewResult { attempt_id: attempt })).unwrap();
        assert_eq!(result.score.map(|it| it.total), sees.then(|| points("4")));
        assert!(result.questions.iter().all(|it| it.key.is_some()));
        assert_eq!(result.questions.len(), if sees { 4 } else { 0 });
    }
}

/// What is announced reaches hosts, webhooks and notices: it does not tell what was earned.
#[tokio::test]
async fn events_do_not_tell_a_score() {
    let exam = Exam::open_with("result events", |it| {
        it.result_policy = ResultPolicy::WhenReleased;
    })
    .await;
    let attempt = exam.take(&exam.ada.cx, [0, 0, 1], None).await.attempt.id;
    let admin = exam.admin.cx.clone();
    let command =
        ReplaceScore { attempt_id: attempt, total: Some(points("5")), reason: "so".into() };
    run!(exam.school, admin, |tx| tx.run(command)).unwrap();
    let shown = async || {
        let result =
            run!(exam.school, exam.ada.cx, |tx| tx.run(ViewResult { attempt_id: attempt }));
        result.unwrap().score.is_some()
    };
    assert!(!shown().await);
    run!(exam.school, admin, |tx| tx.run(ReleaseScore { attempt_id: attempt })).unwrap();
    assert!(shown().await);
    let told: Vec<Message> = exam.all(Query::all()).await;
    let graded = told.iter().filter(|it| it.kind.as_str() == AttemptGraded::KIND);
    assert_eq!(graded.count(), 2, "when it was handed in, and when it was replaced");
    for it in told.iter().filter(|it| it.kind.as_str().starts_with("assessment.")) {
        let payload = it.payload.as_object().unwrap();
        let tells = |key: &&str| payload.contains_key(*key);
        let secrets = ["total", "raw", "scaled", "passed", "score", "earned"];
        assert_eq!(secrets.iter().find(|it| tells(it)), None, "{} {payload:?}", it.kind.as_str());
    }
}

/// What a learner takes away of their own data holds no result that is not released, nor what it
/// was made from.
#[tokio::test]
async fn an_export_of_ones_own_data_tells_no_score_before_its_release() {
    let exam = Exam::open_with("result export", |it| {
        it.result_policy = ResultPolicy::WhenReleased;
    })
    .await;
    let attempt = exam.take(&exam.ada.cx, [0, 0, 1], Some("An essay.")).await.attempt.id;
    let export = async |cx: &lms::kernel::Context| {
        let ada = exam.ada.member.id;
        run!(exam.school, *cx, |tx| tx.run(ExportPerson { member_id: ada })).unwrap()
    };
    let own = export(&exam.ada.cx).await;
    for table in ["scores", "score_traces", "section_scores"] {
        assert!(own.records.get(table).is_none_or(Vec::is_empty), "{table}");
    }
    assert!(!own.records["attempts"][0].contains_key("score"));
    assert_eq!(own.records["attempt_answers"].len(), 4, "the answers are hers");
    assert_eq!(own.unreleased, ["attempts", "answer_sheets", "scores", "score_traces"]);
    let whole = export(&exam.admin.cx).await;
    assert_eq!((whole.records["scores"].len(), whole.unreleased.len()), (1, 0));
    let mark = MarkAnswer {
        attempt_id: attempt,
        question_id: exam.questions[3].id,
        mark: Some(ManualMark::new(points("3"))),
    };
    let admin = exam.admin.cx.clone();
    run!(exam.school, admin, |tx| tx.run(mark)).unwrap();
    run!(exam.school, admin, |tx| tx.run(ReleaseScore { attempt_id: attempt })).unwrap();
    let own = export(&exam.ada.cx).await;
    assert_eq!((own.records["scores"].len(), own.unreleased.len()), (1, 0));
}

#[tokio::test]
async fn an_explanation_tells_what_the_review_discloses() {
    let mut exam = Exam::open("result explained").await;
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
        let found =
            run!(exam.school, cx, |tx| tx.run(ExplainResult { attempt_id: attempt })).unwrap();
        assert_eq!(found.is_some(), flag(0) && flag(1));
        let Some(found) = found else { continue };
        let text = found.to_string();
        assert!(text.contains("no"), "the option that was chosen: {text}");
        assert_eq!(text.contains("WORDS ON IT"), flag(3), "{text}");
        assert_eq!(text.contains("MODEL ANSWER"), flag(2), "{text}");
    }
    exam.change(|it| it.result_policy = ResultPolicy::WhenReleased).await;
    let (cx, school) = (exam.ada.cx.clone(), &exam.school);
    let hidden = run!(exam.school, cx, |tx| tx.run(ExplainResult { attempt_id: attempt })).unwrap();
    assert_eq!(hidden, None);
    let cx = exam.assessor.cx.clone();
    let whole = run!(exam.school, cx, |tx| tx.run(ExplainResult { attempt_id: attempt })).unwrap();
    assert!(whole.unwrap().to_string().contains("MODEL ANSWER"));
    let [ben, south, stranger, nobody] = exam.others();
    refused!(school, [ben, south, stranger, nobody], |tx| tx
        .run(ExplainResult { attempt_id: attempt }));
}
