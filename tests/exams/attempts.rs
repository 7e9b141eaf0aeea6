//! Starting, saving, going on, handing in, running out, giving up, opening again.
use lms::{
    assessment::{
        attempt::{
            AbandonAttempt, Allowance, Attempt, AttemptAllowance, AttemptError, AttemptStatus,
            EndedBy, EnterSection, ExpireAttempts, GrantAllowance, OverrideFor, ReopenAttempt,
            ReopenError, ReopenRefusal, SaveAnswer, SaveAnswerError, Saved, StartAttempt,
            StartAttemptError, StartRefusal, Started, SubmitAttempt, TimeAllowance, ViewPaper,
            WhenTimeIsUp,
        },
        question::Answer,
    },
    kernel::Ratio,
    memory::MemoryStore,
    store::{PageSize, Store},
};

use crate::exam::{Exam, later, points};

#[tokio::test]
async fn from_the_start_to_the_score() {
    let exam = Exam::open("exam whole way").await;
    let ada = &exam.ada.cx;
    let attempt = exam.start(ada).await;
    exam.save(ada, &attempt, 0, exam.answer(0, 0)).await;
    exam.save(ada, &attempt, 1, exam.answer(1, 1)).await;

    // A late duplicate and an older save change nothing; a newer one does.
    let save = |sequence, option| {
        let question = exam.questions[1].id;
        SaveAnswer::new(attempt.id, question, sequence, exam.answer(1, option))
    };
    let saved = run!(exam.school, *ada, |tx| tx.run(save(1, 0))).unwrap();
    assert_eq!(saved, Saved::Superseded);
    let saved = run!(exam.school, *ada, |tx| tx.run(save(5, 0))).unwrap();
    assert_eq!(saved, Saved::Stored);
    let saved = run!(exam.school, *ada, |tx| tx.run(save(4, 1))).unwrap();
    assert_eq!(saved, Saved::Superseded);

    // Going on from another device: the same attempt, with what was answered.
    let command = StartAttempt::new(exam.assessment.id);
    let again = run!(exam.school, *ada, |tx| tx.run(command)).unwrap();
    assert!(matches!(&again, Started::Running(it) if it.id == attempt.id));
    let paper = run!(exam.school, *ada, |tx| tx.run(ViewPaper { attempt_id: attempt.id })).unwrap();
    let answers: Vec<_> = paper.questions().map(|it| (it.answer.clone(), it.sequence)).collect();
    let expected = [
        (Some(exam.answer(0, 0)), Some(1)),
        (Some(exam.answer(1, 0)), Some(5)),
        (None, None),
        (None, None),
    ];
    assert_eq!(answers, expected);

    let done = exam.submit(ada, &attempt).await;
    assert_eq!((done.score.raw, done.score.raw_maximum), (points("4"), points("10")));
    assert_eq!(done.attempt.status, AttemptStatus::Completed, "a blank essay needs nobody");
    let twice = run!(exam.school, *ada, |tx| tx.run(SubmitAttempt { attempt_id: attempt.id }));
    assert!(twice.is_err(), "nothing is handed in twice");
    assert_eq!(exam.traces_replay().await, 1);
}

#[tokio::test]
async fn a_paper_shows_no_key() {
    let exam = Exam::open_with("exam paper", |it| {
        (it.shuffle_questions, it.shuffle_options) = (true, true);
    })
    .await;
    let attempt = exam.start(&exam.ada.cx).await;
    let show = async || {
        let cx = &exam.ada.cx;
        run!(exam.school, *cx, |tx| tx.run(ViewPaper { attempt_id: attempt.id })).unwrap()
    };
    let paper = show().await;
    assert_eq!(paper, show().await, "the order is the attempt's own");
    let text = serde_json::to_string(&paper).unwrap();
    for leak in ["is_correct", "answer_key", "MODEL", "WORDS ON IT", "EXPLAINED", "fraction"] {
        assert!(!text.contains(leak), "{leak} in {text}");
    }
    assert_eq!(paper.questions().count(), 4);
    let mut ids: Vec<_> = paper.questions().map(|it| it.question_id).collect();
    ids.sort();
    assert_eq!(ids, exam.questions.iter().map(|it| it.id).collect::<Vec<_>>());
}

#[tokio::test]
async fn nobody_else_may_touch_an_attempt() {
    let exam = Exam::open("exam refusals").await;
    let [ben, south, stranger, nobody] = exam.others();
    let attempt = exam.start(&exam.ada.cx).await;
    let (school, ada) = (&exam.school, exam.ada.member.id);
    let start = StartAttempt::new(exam.assessment.id).for_learner(ada);
    refused!(school, [ben, south, stranger, nobody], |tx| { tx.run(start.clone()) });
    let save = SaveAnswer::new(attempt.id, exam.questions[0].id, 1, exam.answer(0, 0));
    refused!(school, [ben, south, stranger, nobody], |tx| { tx.run(save.clone()) });
    refused!(school, [ben, south, stranger, nobody], |tx| tx
        .run(ViewPaper { attempt_id: attempt.id }));
    refused!(school, [ben, south, stranger, nobody], |tx| tx
        .run(SubmitAttempt { attempt_id: attempt.id }));
    refused!(school, [ben, south, stranger, nobody], |tx| {
        tx.run(AbandonAttempt { attempt_id: attempt.id })
    });
    let section = lms::kernel::Id::from_uuid(attempt.id.uuid());
    refused!(school, [ben, south, stranger, nobody], |tx| {
        tx.run(EnterSection { attempt_id: attempt.id, section_id: section })
    });
    let reopen = ReopenAttempt { attempt_id: attempt.id, until: None, reason: "so".into() };
    let own = exam.ada.cx.clone();
    refused!(school, [own, ben, south, stranger, nobody], |tx| { tx.run(reopen.clone()) });
    let grant = GrantAllowance {
        assessment_id: exam.assessment.id,
        to: OverrideFor::Learner(ada),
        allowance: Allowance { unlocked: Some(true), ..Allowance::default() },
        reason: None,
    };
    refused!(school, [own, ben, south, stranger, nobody], |tx| { tx.run(grant.clone()) });
    refused!(school, [own, ben, south, stranger, nobody], |tx| {
        tx.run(ExpireAttempts { due: PageSize::MAX.into() })
    });
    let kept: Attempt = exam.get(attempt.id).await;
    assert_eq!(kept, attempt, "nothing of it happened");
}

#[tokio::test]
async fn what_was_acknowledged_in_time_is_graded_however_late_the_job_runs() {
    let exam = Exam::open_with("exam expiry", |it| it.time_limit_seconds = Some(600)).await;
    let attempt = exam.start(&exam.ada.cx).await;
    let last = later(&exam.ada.cx, 600);
    exam.save(&last, &attempt, 0, exam.answer(0, 0)).await;
    let late = later(&exam.ada.cx, 601);
    let save = SaveAnswer::new(attempt.id, exam.questions[1].id, 2, exam.answer(1, 0));
    let refused = run!(exam.school, late, |tx| tx.run(save));
    let refused = refused.unwrap_err();
    assert!(matches!(refused, SaveAnswerError::Attempt(AttemptError::TimeIsUp { .. })));

    let job = exam.system(86_400);
    let ended =
        run!(exam.school, job, |tx| tx.run(ExpireAttempts { due: PageSize::MAX.into() })).unwrap();
    assert_eq!(ended, 1);
    let attempt: Attempt = exam.get(attempt.id).await;
    assert_eq!(attempt.ended_by, Some(EndedBy::Time));
    assert_eq!(attempt.submitted_at, attempt.answers_until, "as of the end of its time");
    assert_eq!(attempt.time_spent_seconds, Some(600));
    assert_eq!(exam.score(attempt.id).await.raw, points("2"));
    let again =
        run!(exam.school, job, |tx| tx.run(ExpireAttempts { due: PageSize::MAX.into() })).unwrap();
    assert_eq!(again, 0);
}

#[tokio::test]
async fn grace_freezes_answers_and_discard_gives_up() {
    let exam = Exam::open_with("exam grace", |it| {
        (it.time_limit_seconds, it.grace_seconds) = (Some(600), 60);
        it.attempt_rules.when_time_is_up = WhenTimeIsUp::Grace;
    })
    .await;
    let (ada, ben) = (exam.start(&exam.ada.cx).await, exam.start(&exam.ben.cx).await);
    exam.save(&exam.ada.cx, &ada, 0, exam.answer(0, 0)).await;
    let job = exam.system(630);
    run!(exam.school, job, |tx| tx.run(ExpireAttempts { due: PageSize::MAX.into() })).unwrap();
    assert_eq!(exam.get::<Attempt>(ada.id).await.status, AttemptStatus::Expired);
    // Ada hands in within the grace; Ben lets it pass.
    let done = exam.submit(&later(&exam.ada.cx, 659), &ada).await;
    assert_eq!(done.score.raw, points("2"));
    assert_eq!(done.attempt.submitted_at, ada.answers_until);
    let job = exam.system(661);
    run!(exam.school, job, |tx| tx.run(ExpireAttempts { due: PageSize::MAX.into() })).unwrap();
    let ben: Attempt = exam.get(ben.id).await;
    assert_eq!((ben.status, ben.submitted_at), (AttemptStatus::Abandoned, None));
    let late = later(&exam.ben.cx, 662);
    assert!(run!(exam.school, late, |tx| tx.run(SubmitAttempt { attempt_id: ben.id })).is_err());
}

#[tokio::test]
async fn extra_time_reaches_the_attempt_that_runs() {
    let exam = Exam::open_with("exam extra", |it| {
        (it.time_limit_seconds, it.max_attempts) = (Some(600), Some(1));
    })
    .await;
    let attempt = exam.start(&exam.ada.cx).await;
    let grant = GrantAllowance {
        assessment_id: exam.assessment.id,
        to: OverrideFor::Learner(exam.ada.member.id),
        allowance: Allowance {
            time: Some(TimeAllowance::Factor { factor: Ratio::new(5, 4).unwrap() }),
            attempts: Some(AttemptAllowance::Extra { attempts: 1 }),
            ..Allowance::default()
        },
        reason: Some("a quarter more time".into()),
    };
    let admin = exam.admin.cx.clone();
    run!(exam.school, admin, |tx| tx.run(grant)).unwrap();
    exam.save(&later(&exam.ada.cx, 750), &attempt, 0, exam.answer(0, 0)).await;
    let over = later(&exam.ada.cx, 751);
    let save = SaveAnswer::new(attempt.id, exam.questions[0].id, 2, Answer::Blank);
    assert!(run!(exam.school, over, |tx| tx.run(save)).is_err());
    // The one attempt more is there; Ben has but his one.
    run!(exam.school, over, |tx| tx.run(AbandonAttempt { attempt_id: attempt.id })).unwrap();
    assert_eq!(exam.start(&over).await.number, 2);
    let ben = exam.start(&exam.ben.cx).await;
    exam.submit(&exam.ben.cx, &ben).await;
    let refused = start(&exam, &exam.ben.cx).await.unwrap_err();
    assert!(is_refused(refused, |it| matches!(it, StartRefusal::NoAttemptsLeft { most: 1 })));
}

async fn start(exam: &Exam, cx: &lms::kernel::Context) -> Result<Started, StartAttemptError> {
    let command = StartAttempt::new(exam.assessment.id);
    run!(exam.school, *cx, |tx| tx.run(command))
}

fn is_refused(error: StartAttemptError, is: impl Fn(StartRefusal) -> bool) -> bool {
    matches!(error, StartAttemptError::Refused(refusal) if is(refusal))
}

#[tokio::test]
async fn delays_count_from_the_end_of_the_attempt_before() {
    let exam = Exam::open_with("exam delays", |it| {
        it.time_limit_seconds = Some(600);
        it.attempt_rules.delay_after_first_seconds = 3_600;
        it.attempt_rules.delay_after_later_seconds = 60;
    })
    .await;
    let first = exam.start(&exam.ada.cx).await;
    exam.submit(&later(&exam.ada.cx, 100), &first).await;
    let from = exam.now().saturating_add(chrono::TimeDelta::seconds(3_700));
    let refused = start(&exam, &later(&exam.ada.cx, 3_699)).await.unwrap_err();
    assert!(is_refused(refused, |it| it == StartRefusal::TooSoon { from }));
    let second = exam.start(&later(&exam.ada.cx, 3_700)).await;
    exam.submit(&later(&exam.ada.cx, 3_800), &second).await;
    assert!(start(&exam, &later(&exam.ada.cx, 3_859)).await.is_err());
    assert_eq!(exam.start(&later(&exam.ada.cx, 3_860)).await.number, 3);
}

#[tokio::test]
async fn what_was_given_up_is_opened_again_by_staff_and_what_was_handed_in_is_not() {
    let exam = Exam::open_with("exam reopen", |it| it.time_limit_seconds = Some(600)).await;
    let attempt = exam.start(&exam.ada.cx).await;
    exam.save(&exam.ada.cx, &attempt, 0, exam.answer(0, 0)).await;
    let cx = exam.ada.cx.clone();
    run!(exam.school, cx, |tx| tx.run(AbandonAttempt { attempt_id: attempt.id })).unwrap();
    let admin = later(&exam.admin.cx, 900);
    let until = admin.now().saturating_add(chrono::TimeDelta::seconds(300));
    let command = |until, reason: &str| ReopenAttempt {
        attempt_id: attempt.id,
        until,
        reason: reason.into(),
    };
    let reopen = async |command: ReopenAttempt| run!(exam.school, admin, |tx| tx.run(command));
    assert!(matches!(reopen(command(Some(until), " ")).await, Err(ReopenError::NoReason)));
    let no_time = reopen(command(None, "the line broke")).await;
    assert!(matches!(no_time, Err(ReopenError::Refused(ReopenRefusal::NoTime))));
    let open = reopen(command(Some(until), "the line broke")).await.unwrap();
    assert_eq!(open.status, AttemptStatus::InProgress);
    assert_eq!(open.reopened_for.as_deref(), Some("the line broke"));
    let late = later(&exam.ada.cx, 1_100);
    exam.save(&late, &attempt, 1, exam.answer(1, 0)).await;
    let done = exam.submit(&late, &attempt).await;
    assert_eq!(done.score.raw, points("4"), "with the answer from before");
    let refused = reopen(command(Some(until), "once more")).await;
    assert!(matches!(refused, Err(ReopenError::Refused(ReopenRefusal::Status(_)))));

    // Only one attempt at a time.
    let second = exam.start(&late).await;
    run!(exam.school, late, |tx| tx.run(AbandonAttempt { attempt_id: second.id })).unwrap();
    exam.start(&late).await;
    let later_end = late.now().saturating_add(chrono::TimeDelta::hours(1));
    let command = ReopenAttempt {
        attempt_id: second.id,
        until: Some(later_end),
        reason: "the line broke".into(),
    };
    assert!(matches!(reopen(command).await, Err(ReopenError::OtherRuns)));
}

/// Four devices start at once, and four more when the first attempt is over: one attempt each
/// time, numbered 1 and 2.
async fn started_at_once(store: Store, name: &str) {
    let exam = Exam::open_on(store, name, |_| {}).await;
    let ada = &exam.ada.cx;
    for number in 1..=2 {
        let start = || {
            exam.school.store.transact(ada, |tx| {
                let command = StartAttempt::new(exam.assessment.id);
                Box::pin(async move { tx.run(command).await })
            })
        };
        let all = tokio::join!(start(), start(), start(), start());
        let all = [all.0, all.1, all.2, all.3].map(Result::unwrap);
        assert_eq!(all.iter().filter(|it| matches!(it, Started::New(_))).count(), 1);
        let attempts = all.map(Started::into_attempt);
        assert!(attempts.iter().all(|it| it.id == attempts[0].id && it.number == number));
        exam.submit(ada, &attempts[0]).await;
    }
    let kept = exam.all(Attempt::of(exam.assessment.id, exam.ada.member.id)).await;
    assert_eq!(kept.iter().map(|it| it.number).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn whoever_starts_on_several_devices_has_one_attempt() {
    started_at_once(Store::new(MemoryStore::new()), "exam devices").await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn in_a_file_whoever_starts_on_several_devices_has_one_attempt() {
    let store = crate::file::store_in_file("exams_attempts").await;
    started_at_once(store, "exam devices in a file").await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_whoever_starts_on_several_devices_has_one_attempt() {
    let server = lms::postgres::testing::TestServer::shared().await.expect("a PostgreSQL server");
    let database = server.database().await.expect("a migrated database");
    started_at_once(Store::new(database.store()), "exam devices on postgresql").await;
}
