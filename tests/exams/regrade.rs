//! Grading again after a key was corrected, on both backends.
use std::ops::ControlFlow;

use lms::{
    assessment::{
        attempt::{Attempt, MarkAnswer, ReplaceScore, Score, ViewResult},
        bank::{QuestionContent, ReviseQuestion},
        grading::ManualMark,
        question::Question,
        regrade::{
            ContinueRegrade, PreviewRegrade, Regrade, RegradeDelta, RegradeError, RegradePolicy,
            RegradeStatus, RegradeTally, Ruling, StartRegrade, run_regrade,
        },
    },
    kernel::{Id, Points},
    memory::MemoryStore,
    store::{PageSize, Query, Store},
};

use crate::exam::{Exam, points};

const ALL: PageSize = PageSize::MAX;

/// The second option of the first question is right from now on.
async fn correct_the_key(exam: &Exam) {
    let question: Question = exam.get(exam.questions[0].id).await;
    let mut content = QuestionContent::of(&question);
    for option in &mut content.options {
        option.is_correct = !option.is_correct;
    }
    let edition = question.edition;
    let command = ReviseQuestion { question: question.id, edition, content };
    let admin = exam.admin.cx.clone();
    run!(exam.school, admin, |tx| tx.run(command)).unwrap();
}

fn rulings(exam: &Exam, policy: RegradePolicy) -> Vec<Ruling> {
    vec![Ruling { question: exam.questions[0].id, policy }]
}

async fn start(exam: &Exam, policy: RegradePolicy) -> Result<Regrade, RegradeError> {
    let command = StartRegrade {
        assessment_id: exam.assessment.id,
        rulings: rulings(exam, policy),
        reason: Some("the key was wrong".into()),
    };
    let admin = exam.admin.cx.clone();
    run!(exam.school, admin, |tx| tx.run(command))
}

/// Runs it to its end in one go; what changed, and the tally.
async fn finish(exam: &Exam, regrade: &Regrade) -> (Vec<RegradeDelta>, RegradeTally) {
    let mut deltas = Vec::new();
    let done = run_regrade(&exam.school.store, &exam.admin.cx, regrade.id, ALL, |step| {
        deltas.extend_from_slice(&step.deltas);
        ControlFlow::Continue(())
    });
    let done = done.await.unwrap();
    assert_eq!(done.status, RegradeStatus::Completed);
    (deltas, done.tally)
}

async fn preview(exam: &Exam, policy: RegradePolicy) -> (Vec<RegradeDelta>, RegradeTally) {
    let (mut deltas, mut tally, mut after) = (Vec::new(), RegradeTally::default(), None);
    loop {
        let command = PreviewRegrade {
            assessment_id: exam.assessment.id,
            rulings: rulings(exam, policy),
            after,
            limit: PageSize::new(3),
        };
        let admin = exam.admin.cx.clone();
        let page = run!(exam.school, admin, |tx| tx.run(command)).unwrap();
        deltas.extend(page.deltas);
        tally = tally.and(page.tally).unwrap();
        after = page.next;
        if after.is_none() {
            return (deltas, tally);
        }
    }
}

/// What each attempt has, in the order of their ids: comparable between two schools.
async fn standing(exam: &Exam) -> Vec<(Points, Points, Option<bool>, String)> {
    let mut scores = exam.all(Query::<Score>::all()).await;
    scores.sort_by_key(|it| it.attempt_id);
    scores.into_iter().map(|it| (it.raw, it.total, it.passed, it.status.to_string())).collect()
}

/// Attempts with every combination of the three questions, twice, some with an essay that is
/// marked and some with one that waits.
async fn sit(exam: &Exam) -> Vec<Id<Attempt>> {
    let mut attempts = Vec::new();
    for number in 0..16_usize {
        let chosen = [number & 1, number >> 1 & 1, number >> 2 & 1];
        let essay = (number % 3 > 0).then_some("An essay.");
        let attempt = exam.take(&exam.ada.cx, chosen, essay).await.attempt.id;
        if number % 3 == 1 {
            let mark = Some(ManualMark::new(points("3.25")));
            let command =
                MarkAnswer { attempt_id: attempt, question_id: exam.questions[3].id, mark };
            let assessor = exam.assessor.cx.clone();
            run!(exam.school, assessor, |tx| tx.run(command)).unwrap();
        }
        attempts.push(attempt);
    }
    attempts
}

async fn exam_on(store: Store, name: &str) -> Exam {
    Exam::open_on(store, name, |it| it.max_attempts = None).await
}

async fn exam(name: &str) -> Exam {
    exam_on(Store::new(MemoryStore::new()), name).await
}

/// Each policy: what it does to who chose the old right answer and to who chose the new one, and
/// everything that holds for all of them.
async fn every_policy(store: Store, name: &str) {
    for (policy, old, new) in [
        (RegradePolicy::FullCredit, "2", "2"),
        (RegradePolicy::CurrentAndPreviousCorrect, "2", "2"),
        (RegradePolicy::CurrentOnly, "0", "2"),
        (RegradePolicy::None, "2", "0"),
    ] {
        let exam = exam_on(store.clone(), &format!("{name} {policy}")).await;
        let attempts = sit(&exam).await;
        correct_the_key(&exam).await;
        let before = standing(&exam).await;
        let (shown, expected) = preview(&exam, policy).await;
        assert_eq!(standing(&exam).await, before, "a preview changes nothing");
        let regrade = start(&exam, policy).await.unwrap();
        assert_eq!(standing(&exam).await, before, "nor does deciding");
        let (mut deltas, tally) = finish(&exam, &regrade).await;
        let mut shown = shown;
        shown.sort_by_key(|it| it.attempt_id);
        deltas.sort_by_key(|it| it.attempt_id);
        assert_eq!(deltas, shown, "{policy}: what was shown is what happened");
        assert_eq!(tally, expected);

        let after = standing(&exam).await;
        let rest = |(at, row): (usize, &(Points, Points, Option<bool>, String))| {
            let earned = if at & 1 == 0 { old } else { new };
            let was = if at & 1 == 0 { points("2") } else { Points::ZERO };
            let expected = before[at].0.sub(was).unwrap().add(points(earned)).unwrap();
            assert_eq!(row.0, expected, "{policy}, attempt {at}");
            assert_eq!(row.3, before[at].3, "{policy}: what waits for a mark still does");
        };
        after.iter().enumerate().for_each(rest);
        if !matches!(policy, RegradePolicy::CurrentOnly) {
            assert_eq!(tally.lowered, 0, "{policy} never lowers");
            assert!(after.iter().zip(&before).all(|(now, then)| now.0 >= then.0));
        }
        assert_eq!((tally.attempts, tally.unchanged()), (16, 16 - deltas.len() as u64));

        // Once is enough: neither running it again nor deciding the same again changes a row.
        let versions = versions(&exam).await;
        assert_eq!(finish(&exam, &regrade).await.0, []);
        let again = start(&exam, policy).await.unwrap();
        assert_eq!(finish(&exam, &again).await.0, []);
        assert_eq!(self::versions(&exam).await, versions);

        // A mark by a person later goes by the same ruling, and so does what the learner sees.
        let waits = attempts[2];
        let command = MarkAnswer {
            attempt_id: waits,
            question_id: exam.questions[3].id,
            mark: Some(ManualMark::new(points("1"))),
        };
        let assessor = exam.assessor.cx.clone();
        let marked = run!(exam.school, assessor, |tx| tx.run(command)).unwrap();
        assert_eq!(marked.raw, after[2].0.add(points("1")).unwrap());
        let ada = exam.ada.cx.clone();
        for (at, attempt) in attempts.iter().enumerate() {
            let result =
                run!(exam.school, ada, |tx| tx.run(ViewResult { attempt_id: *attempt })).unwrap();
            let first = result.questions.iter().find(|it| it.question == exam.questions[0].id);
            let earned = if at & 1 == 0 { old } else { new };
            assert_eq!(first.unwrap().earned, Some(earned.parse().unwrap()), "{policy}, {at}");
        }
        assert!(exam.traces_replay().await > 0);

        // Whoever starts now is asked the corrected question.
        let fresh = exam.take(&exam.ben.cx, [1, 0, 0], None).await;
        assert_eq!(fresh.score.raw, points("6"));
    }
}

async fn versions(exam: &Exam) -> Vec<i64> {
    let mut scores = exam.all(Query::<Score>::all()).await;
    scores.sort_by_key(|it| it.id);
    scores.iter().map(|it| it.stamp.version.get()).collect()
}

#[tokio::test]
async fn each_policy_does_what_it_says() {
    every_policy(Store::new(MemoryStore::new()), "regrade").await;
}

/// Broken off after every step, with a mark given in between, it ends where one run ends.
async fn resumed(store: Store, name: &str) {
    let (whole, parts) =
        (exam_on(store.clone(), &format!("{name} whole")).await, exam_on(store, name).await);
    let mut ends = Vec::new();
    for (exam, in_parts) in [(&whole, false), (&parts, true)] {
        let attempts = sit(exam).await;
        correct_the_key(exam).await;
        let regrade = start(exam, RegradePolicy::CurrentOnly).await.unwrap();
        let mark = async || {
            let mark = Some(ManualMark::new(points("2")));
            let command =
                MarkAnswer { attempt_id: attempts[14], question_id: exam.questions[3].id, mark };
            let cx = exam.assessor.cx.clone();
            run!(exam.school, cx, |tx| tx.run(command)).unwrap();
        };
        let mut steps = 0;
        if in_parts {
            loop {
                let limit = PageSize::new(3);
                let done =
                    run_regrade(&exam.school.store, &exam.admin.cx, regrade.id, limit, |_| {
                        ControlFlow::Break(())
                    });
                let done = done.await.unwrap();
                steps += 1;
                if steps == 2 {
                    mark().await;
                }
                if done.status == RegradeStatus::Completed {
                    break;
                }
                let kept: Regrade = exam.get(regrade.id).await;
                assert_eq!(kept.tally.attempts, steps * 3, "it knows how far it came");
            }
            assert_eq!(steps, 6);
        } else {
            finish(exam, &regrade).await;
            mark().await;
        }
        let kept: Regrade = exam.get(regrade.id).await;
        assert_eq!((kept.status, kept.tally.attempts), (RegradeStatus::Completed, 16));
        ends.push(standing(exam).await);
    }
    assert_eq!(ends[0], ends[1]);
}

#[tokio::test]
async fn interrupted_and_resumed_is_one_run() {
    resumed(Store::new(MemoryStore::new()), "regrade resumed").await;
}

/// A mark that is given while a step runs is neither lost nor left out.
async fn marked_meanwhile(store: Store, name: &str) {
    let exam = exam_on(store, name).await;
    let attempts = sit(&exam).await;
    correct_the_key(&exam).await;
    let regrade = start(&exam, RegradePolicy::CurrentOnly).await.unwrap();
    let (store, cx) = (exam.school.store.clone(), exam.assessor.cx.clone());
    let mark = Some(ManualMark::new(points("2.5")));
    let command = MarkAnswer { attempt_id: attempts[14], question_id: exam.questions[3].id, mark };
    let mut marking = store.begin(&cx).await.unwrap();
    marking.run(command.clone()).await.unwrap();
    let admin = exam.admin.cx.clone();
    let running = tokio::spawn(async move {
        run_regrade(&store, &admin, regrade.id, ALL, |_| ControlFlow::Continue(())).await
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    // On a store whose writers do not wait for each other the regrading may have been first.
    if let Err(error) = marking.commit().await {
        assert!(error.is_retryable(), "{error}");
        run!(exam.school, cx, |tx| tx.run(command)).unwrap();
    }
    assert_eq!(running.await.unwrap().unwrap().status, RegradeStatus::Completed);
    // All that was chosen is wrong by the new key and the old one.
    assert_eq!(exam.score(attempts[14]).await.raw, points("2.5"));
    assert!(exam.traces_replay().await > 0);
}

#[tokio::test]
async fn a_mark_that_comes_meanwhile_counts() {
    marked_meanwhile(Store::new(MemoryStore::new()), "regrade meanwhile").await;
}

#[tokio::test]
async fn one_ruling_follows_another() {
    let exam = exam("regrade chain").await;
    sit(&exam).await;
    correct_the_key(&exam).await;
    let start_scores = standing(&exam).await;
    // Everything is given to everybody, and then only the present key counts after all.
    finish(&exam, &start(&exam, RegradePolicy::FullCredit).await.unwrap()).await;
    let given = standing(&exam).await;
    assert!(given.iter().zip(&start_scores).all(|(now, then)| now.0 >= then.0));
    let (_, tally) = finish(&exam, &start(&exam, RegradePolicy::CurrentOnly).await.unwrap()).await;
    assert_eq!((tally.lowered, tally.raised), (8, 0));
    // The key goes back, and both are accepted.
    correct_the_key(&exam).await;
    let both = RegradePolicy::CurrentAndPreviousCorrect;
    let (_, tally) = finish(&exam, &start(&exam, both).await.unwrap()).await;
    assert_eq!((tally.lowered, tally.raised), (0, 8));
    assert_eq!(standing(&exam).await, given);
}

#[tokio::test]
async fn replaced_scores_stay_and_say_what_the_rules_give() {
    let exam = exam("regrade replaced").await;
    let attempt = exam.take(&exam.ada.cx, [1, 0, 0], None).await.attempt.id;
    let total = Some(points("7"));
    let command = ReplaceScore { attempt_id: attempt, total, reason: "an appeal".into() };
    let admin = exam.admin.cx.clone();
    run!(exam.school, admin, |tx| tx.run(command)).unwrap();
    correct_the_key(&exam).await;
    finish(&exam, &start(&exam, RegradePolicy::CurrentOnly).await.unwrap()).await;
    let score = exam.score(attempt).await;
    assert_eq!((score.raw, score.total), (points("6"), points("7")));
    assert_eq!(score.replaced.unwrap().computed, points("6"));
    assert_eq!(exam.get::<Attempt>(attempt).await.score, Some(points("7")));
}

#[tokio::test]
async fn what_cannot_be_ruled_on_is_refused() {
    let exam = exam("regrade refusals").await;
    exam.take(&exam.ada.cx, [0, 0, 0], None).await;
    let admin = exam.admin.cx.clone();
    let command =
        |rulings| StartRegrade { assessment_id: exam.assessment.id, rulings, reason: None };
    let decide = async |rulings| {
        let command = command(rulings);
        run!(exam.school, admin, |tx| tx.run(command))
    };
    assert!(matches!(decide(Vec::new()).await, Err(RegradeError::NoRuling)));
    let one = Ruling { question: exam.questions[0].id, policy: RegradePolicy::CurrentOnly };
    assert!(matches!(decide(vec![one, one]).await, Err(RegradeError::RuledTwice { .. })));
    let elsewhere = Ruling { question: admin.id(), ..one };
    assert!(matches!(decide(vec![elsewhere]).await, Err(RegradeError::NotInTest { .. })));
    // Nobody can promise that no score falls when the worth falls.
    let mut content = QuestionContent::of(&exam.questions[0]);
    content.score = points("1");
    let revise = ReviseQuestion { question: exam.questions[0].id, edition: 1, content };
    run!(exam.school, admin, |tx| tx.run(revise)).unwrap();
    let both = start(&exam, RegradePolicy::CurrentAndPreviousCorrect).await;
    assert!(matches!(both, Err(RegradeError::WorthChanged { .. })));
    let regrade = start(&exam, RegradePolicy::CurrentOnly).await.unwrap();

    let [ben, south, stranger, nobody] = exam.others();
    let (school, own, marker) = (&exam.school, exam.ada.cx.clone(), exam.assessor.cx.clone());
    refused!(school, [own, marker, ben, south, stranger, nobody], |tx| {
        tx.run(command(vec![one]))
    });
    refused!(school, [own, marker, ben, south, stranger, nobody], |tx| {
        tx.run(ContinueRegrade { regrade_id: regrade.id, limit: ALL })
    });
    let look = PreviewRegrade {
        assessment_id: exam.assessment.id,
        rulings: vec![one],
        after: None,
        limit: ALL,
    };
    refused!(school, [own, marker, ben, south, stranger, nobody], |tx| { tx.run(look.clone()) });
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_in_a_file() {
    let store = crate::file::store_in_file("exams_regrade").await;
    every_policy(store.clone(), "regrade in a file").await;
    resumed(store.clone(), "regrade resumed in a file").await;
    marked_meanwhile(store, "regrade meanwhile in a file").await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_on_postgresql() {
    let server = lms::postgres::testing::TestServer::shared().await.expect("a PostgreSQL server");
    let database = server.database().await.expect("a migrated database");
    let store = Store::new(database.store());
    every_policy(store.clone(), "regrade on postgresql").await;
    resumed(store.clone(), "regrade resumed on postgresql").await;
    marked_meanwhile(store, "regrade meanwhile on postgresql").await;
}
