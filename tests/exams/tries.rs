//! Several tries at one question within an attempt, through saving, trying and grading.
use lms::{
    assessment::{
        attempt::{Attempt, HandedInSheet, SaveAnswer, SubmitTry, Tried, TryError},
        grading::Completeness,
        question::{Answer, MarkedBy, QuestionRules},
        scoring::{Certainty, ChargedTries, TryRule},
    },
    kernel::{Context, Ratio},
};

use crate::exam::{Exam, points};

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

async fn try_it(
    exam: &Exam,
    cx: &Context,
    attempt: &Attempt,
    sequence: i64,
    answer: Answer,
) -> Result<Tried, TryError> {
    let command = SubmitTry {
        attempt_id: attempt.id,
        question_id: exam.questions[0].id,
        sequence,
        answer,
        certainty: Certainty::Low,
    };
    run!(exam.school, *cx, |tx| tx.run(command))
}

/// Wrong, then right: what the tries earn on the way and at the end, of two points.
async fn wrong_then_right(name: &str, rule: TryRule) -> (Ratio, Ratio, String) {
    let exam = Exam::open_with(name, |it| it.rules.tries = rule.clone()).await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    let wrong = try_it(&exam, &cx, &attempt, 1, exam.answer(0, 1)).await.unwrap();
    assert_eq!((wrong.tries, wrong.is_right), (1, false));
    let late = try_it(&exam, &cx, &attempt, 1, exam.answer(0, 0)).await.unwrap();
    assert_eq!(late, wrong, "a late duplicate is no try");
    let same = try_it(&exam, &cx, &attempt, 2, exam.answer(0, 1)).await.unwrap();
    assert_eq!(same, wrong, "the same answer again is no try");
    let right = try_it(&exam, &cx, &attempt, 3, exam.answer(0, 0)).await.unwrap();
    assert_eq!((right.tries, right.is_right, right.share), (2, true, Ratio::ONE));
    let more = try_it(&exam, &cx, &attempt, 4, exam.answer(0, 1)).await;
    assert!(matches!(more, Err(TryError::IsRight)));
    let done = exam.submit(&cx, &attempt).await;
    let sheet = exam.all(HandedInSheet::of(attempt.id)).await.pop().unwrap().sheet().unwrap();
    assert_eq!(sheet.entries[0].earlier, [exam.answer(0, 1)]);
    assert_eq!(exam.traces_replay().await, 1);
    (wrong.earned, right.earned, done.score.raw.to_string())
}

#[tokio::test]
async fn each_rule_pays_a_second_try_as_it_says() {
    let penalty = ratio("1/4");
    let adaptive = wrong_then_right("tries adaptive", TryRule::Adaptive { penalty }).await;
    assert_eq!(adaptive, (ratio("0"), ratio("3/4"), "1.5".into()));
    let interactive = wrong_then_right("tries interactive", TryRule::Interactive { penalty }).await;
    assert_eq!(interactive, (ratio("0"), ratio("3/4"), "1.5".into()));
    let countback = wrong_then_right("tries countback", TryRule::Countback { penalty }).await;
    assert_eq!(countback, (ratio("0"), ratio("3/4"), "1.5".into()));
    let points = vec![ratio("1"), ratio("1/2")];
    let list = wrong_then_right("tries list", TryRule::PointsList { points }).await;
    assert_eq!(list, (ratio("0"), ratio("1/2"), "1".into()));
}

/// Moodle's numeric question: what is not gradable is handed back and is no try.
#[tokio::test]
async fn what_cannot_be_graded_costs_no_try() {
    let rule = TryRule::Adaptive { penalty: ratio("1/3") };
    let exam = Exam::open_with("tries handed back", |it| it.rules.tries = rule.clone()).await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    let mut sequence = 0;
    for answer in [Answer::Blank, Answer::text(""), Answer::text("Pi"), Answer::Choices(vec![])] {
        sequence += 1;
        let back = try_it(&exam, &cx, &attempt, sequence, answer.clone()).await.unwrap();
        assert_eq!((back.tries, back.is_right, back.earned), (0, false, ratio("0")), "{answer:?}");
        assert_ne!(back.completeness, Completeness::Gradable);
    }
    let right = try_it(&exam, &cx, &attempt, 9, exam.answer(0, 0)).await.unwrap();
    assert_eq!((right.tries, right.earned), (1, Ratio::ONE));
    assert_eq!(right.completeness, Completeness::Gradable);
    assert_eq!(exam.submit(&cx, &attempt).await.score.raw, points("2"));
    let every = Exam::open_with("tries all charged", |it| {
        it.rules.tries = rule.clone();
        it.rules.charged_tries = ChargedTries::Every;
    })
    .await;
    let cx = every.ada.cx.clone();
    let attempt = every.start(&cx).await;
    let blank = try_it(&every, &cx, &attempt, 1, Answer::Blank).await.unwrap();
    assert_eq!((blank.tries, blank.completeness), (1, Completeness::Blank));
    let right = try_it(&every, &cx, &attempt, 2, every.answer(0, 0)).await.unwrap();
    assert_eq!((right.tries, right.earned), (2, ratio("2/3")));
}

/// Changes the rules of the first question.
async fn with_rules(name: &str, tries: TryRule, rules: QuestionRules) -> Exam {
    let exam = Exam::open_with(name, |it| it.rules.tries = tries.clone()).await;
    let mut question = exam.questions[0].clone();
    question.rules = rules;
    let mut tx = exam.school.store.begin(&exam.school.system).await.unwrap();
    tx.update(&mut question).await.unwrap();
    tx.commit().await.unwrap();
    exam
}

/// Moodle's "immediate feedback": the answer is told at once, and is final.
#[tokio::test]
async fn a_question_may_tell_at_once() {
    let rules = QuestionRules { at_once: true, ..QuestionRules::default() };
    let exam = with_rules("tries at once", TryRule::Deferred, rules).await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    let wrong = try_it(&exam, &cx, &attempt, 1, exam.answer(0, 1)).await.unwrap();
    assert_eq!((wrong.tries, wrong.is_right, wrong.earned), (1, false, Ratio::ZERO));
    let again = try_it(&exam, &cx, &attempt, 2, exam.answer(0, 0)).await;
    assert!(matches!(again, Err(TryError::TooMany { most: 1 })));
    let draft = SaveAnswer::new(attempt.id, exam.questions[0].id, 3, exam.answer(0, 0));
    run!(exam.school, cx, |tx| tx.run(draft.clone())).unwrap();
    assert_eq!(exam.submit(&cx, &attempt).await.score.raw, points("0"));
}

#[tokio::test]
async fn a_question_may_have_its_own_penalty_and_limit() {
    let rules = QuestionRules {
        tries: Some(TryRule::Adaptive { penalty: ratio("1/2") }),
        most_tries: Some(2),
        ..QuestionRules::default()
    };
    let exam = with_rules("tries of its own", TryRule::Deferred, rules).await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    try_it(&exam, &cx, &attempt, 1, exam.answer(0, 1)).await.unwrap();
    let right = try_it(&exam, &cx, &attempt, 2, exam.answer(0, 0)).await.unwrap();
    assert_eq!((right.tries, right.is_right, right.earned), (2, true, ratio("1/2")));
    assert_eq!(exam.submit(&cx, &attempt).await.score.raw, points("1"));
    let person = QuestionRules { marked_by: MarkedBy::Person, ..QuestionRules::default() };
    let rule = TryRule::Adaptive { penalty: ratio("1/2") };
    let exam = with_rules("tries of a person", rule, person).await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    let refused = try_it(&exam, &cx, &attempt, 1, exam.answer(0, 0)).await;
    assert!(matches!(refused, Err(TryError::NotOffered)));
}

#[tokio::test]
async fn what_was_typed_after_the_last_try_is_the_last_try() {
    let rule = TryRule::Adaptive { penalty: ratio("1/4") };
    let exam = Exam::open_with("tries draft", |it| it.rules.tries = rule.clone()).await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    try_it(&exam, &cx, &attempt, 1, exam.answer(0, 1)).await.unwrap();
    let draft = SaveAnswer::new(attempt.id, exam.questions[0].id, 2, exam.answer(0, 0));
    run!(exam.school, cx, |tx| tx.run(draft)).unwrap();
    assert_eq!(exam.submit(&cx, &attempt).await.score.raw, points("1.5"));
}

#[tokio::test]
async fn certainty_multiplies_and_tells_nothing_before_the_end() {
    let exam = Exam::open_with("tries certainty", |it| {
        it.rules.tries = TryRule::Certainty;
        it.rules.question_clamp = lms::assessment::scoring::Clamp::FREE;
        it.rules.section_clamp = lms::assessment::scoring::Clamp::FREE;
        it.rules.test_clamp = lms::assessment::scoring::Clamp::FREE;
    })
    .await;
    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    let refused = try_it(&exam, &cx, &attempt, 1, exam.answer(0, 0)).await;
    assert!(matches!(refused, Err(TryError::NotOffered)));
    for (at, option, certainty) in
        [(0, 0, Certainty::High), (1, 1, Certainty::Mid), (2, 1, Certainty::Low)]
    {
        let mut save =
            SaveAnswer::new(attempt.id, exam.questions[at].id, 1, exam.answer(at, option));
        save.certainty = certainty;
        run!(exam.school, cx, |tx| tx.run(save)).unwrap();
    }
    // 2 × 3, 2 × −2, 2 × 0.
    assert_eq!(exam.submit(&cx, &attempt).await.score.raw, points("2"));
    let plain = Exam::open("tries deferred").await;
    let cx = plain.ada.cx.clone();
    let attempt = plain.start(&cx).await;
    let refused = try_it(&plain, &cx, &attempt, 1, plain.answer(0, 0)).await;
    assert!(matches!(refused, Err(TryError::NotOffered)));
}

#[tokio::test]
async fn nobody_else_may_try() {
    let rule = TryRule::Adaptive { penalty: ratio("1/4") };
    let exam = Exam::open_with("tries refusals", |it| it.rules.tries = rule.clone()).await;
    let attempt = exam.start(&exam.ada.cx).await;
    let [ben, south, stranger, nobody] = exam.others();
    let command = SubmitTry {
        attempt_id: attempt.id,
        question_id: exam.questions[0].id,
        sequence: 1,
        answer: exam.answer(0, 0),
        certainty: Certainty::Low,
    };
    let school = &exam.school;
    refused!(school, [ben, south, stranger, nobody], |tx| { tx.run(command.clone()) });
}
