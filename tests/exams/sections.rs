//! Tests that are taken section by section: what is open, for how long, and what more time does.
use chrono::TimeDelta;
use lms::{
    assessment::{
        Section,
        attempt::{
            AbandonAttempt, Allowance, Attempt, AttemptError, ChangeAttemptError, EnterSection,
            GrantAllowance, OverrideFor, ReopenAttempt, SaveAnswer, SaveAnswerError, Saved,
            TimeAllowance, ViewPaper, VisitQuestion,
        },
    },
    kernel::Context,
    memory::MemoryStore,
    store::Store,
};

use crate::{
    exam::{Exam, later},
    school::title,
};

/// An exam of an hour with two questions in each of two sections that may take so many seconds.
async fn sectioned(store: Store, name: &str, limits: [Option<u32>; 2]) -> (Exam, [Section; 2]) {
    let mut exam = Exam::open_on(store, name, |it| it.time_limit_seconds = Some(3_600)).await;
    let cx = &exam.school.system;
    let section = |at: u32, name: &str, limit| {
        let mut section = Section::new(cx, exam.assessment.id, title(name), at);
        section.time_limit_seconds = limit;
        section
    };
    let sections = [section(0, "Listening", limits[0]), section(1, "Reading", limits[1])];
    let mut tx = exam.school.store.begin(cx).await.unwrap();
    tx.insert_all(&sections).await.unwrap();
    for (at, question) in exam.questions.iter_mut().enumerate() {
        question.section_id = Some(sections[at / 2].id);
        tx.update(question).await.unwrap();
    }
    tx.commit().await.unwrap();
    (exam, sections)
}

async fn enter(
    exam: &Exam,
    cx: &Context,
    attempt: &Attempt,
    section: &Section,
) -> Result<Attempt, ChangeAttemptError> {
    run!(exam.school, *cx, |tx| tx
        .run(EnterSection { attempt_id: attempt.id, section_id: section.id }))
}

/// Whether the answer to a question is taken.
async fn takes(exam: &Exam, cx: &Context, attempt: &Attempt, at: usize) -> bool {
    let command = SaveAnswer::new(
        attempt.id,
        exam.questions[at].id,
        cx.now().micros(),
        exam.answer(at.min(2), 0),
    );
    match run!(exam.school, *cx, |tx| tx.run(command)) {
        Ok(Saved::Stored) => true,
        Err(SaveAnswerError::Attempt(AttemptError::OtherSection)) => false,
        other => panic!("{other:?}"),
    }
}

/// How many questions of each section are shown.
async fn shown(exam: &Exam, cx: &Context, attempt: &Attempt) -> Vec<usize> {
    let paper = run!(exam.school, *cx, |tx| tx.run(ViewPaper { attempt_id: attempt.id })).unwrap();
    paper.sections.iter().map(|it| it.questions.len()).collect()
}

async fn timed_sections(store: Store, name: &str) {
    let (exam, [listening, reading]) = sectioned(store, name, [Some(600), Some(900)]).await;
    let ada = exam.ada.cx.clone();
    let attempt = exam.start(&ada).await;
    // The clock of a section cannot be passed by: before it is entered it shows and takes nothing.
    assert_eq!(shown(&exam, &ada, &attempt).await, [0, 0]);
    assert!(!takes(&exam, &ada, &attempt, 0).await && !takes(&exam, &ada, &attempt, 2).await);
    let entered = enter(&exam, &later(&ada, 60), &attempt, &listening).await.unwrap();
    assert_eq!(entered.section_until, Some(ada.now().saturating_add(TimeDelta::seconds(660))));
    assert_eq!(shown(&exam, &ada, &attempt).await, [2, 0]);
    assert!(takes(&exam, &later(&ada, 660), &attempt, 0).await);
    assert!(!takes(&exam, &later(&ada, 661), &attempt, 0).await, "its time is up");
    assert!(!takes(&exam, &later(&ada, 100), &attempt, 2).await, "another is in progress");
    enter(&exam, &later(&ada, 700), &attempt, &reading).await.unwrap();
    assert!(takes(&exam, &later(&ada, 700), &attempt, 2).await);
    assert!(!takes(&exam, &later(&ada, 700), &attempt, 1).await, "it was left");
    let back = enter(&exam, &later(&ada, 710), &attempt, &listening).await.unwrap_err();
    assert!(matches!(back, ChangeAttemptError::Attempt(AttemptError::SectionLeft)), "{back}");
}

#[tokio::test]
async fn a_section_with_a_time_of_its_own_has_to_be_entered() {
    timed_sections(Store::new(MemoryStore::new()), "sections timed").await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn in_a_file_a_section_with_a_time_of_its_own_has_to_be_entered() {
    let store = crate::file::store_in_file("exams_sections").await;
    timed_sections(store, "sections timed in a file").await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_a_section_with_a_time_of_its_own_has_to_be_entered() {
    let server = lms::postgres::testing::TestServer::shared().await.expect("a PostgreSQL server");
    let database = server.database().await.expect("a migrated database");
    timed_sections(Store::new(database.store()), "sections timed on postgresql").await;
}

#[tokio::test]
async fn sections_without_times_are_all_open() {
    let store = Store::new(MemoryStore::new());
    let (exam, [listening, _]) = sectioned(store, "sections open", [None, None]).await;
    let ada = exam.ada.cx.clone();
    let attempt = exam.start(&ada).await;
    assert_eq!(shown(&exam, &ada, &attempt).await, [2, 2]);
    assert!(takes(&exam, &ada, &attempt, 0).await && takes(&exam, &ada, &attempt, 2).await);
    // Who goes by sections nevertheless is held to it.
    enter(&exam, &ada, &attempt, &listening).await.unwrap();
    assert!(takes(&exam, &later(&ada, 1), &attempt, 0).await);
    assert!(!takes(&exam, &later(&ada, 1), &attempt, 2).await);
}

#[tokio::test]
async fn who_goes_on_later_goes_on_where_they_were() {
    let store = Store::new(MemoryStore::new());
    let (exam, [listening, reading]) = sectioned(store, "sections resume", [Some(600), None]).await;
    let ada = exam.ada.cx.clone();
    let attempt = exam.start(&ada).await;
    let current = async |cx: &Context| {
        let paper =
            run!(exam.school, *cx, |tx| tx.run(ViewPaper { attempt_id: attempt.id })).unwrap();
        let is_it = |id| exam.questions.iter().position(|it| it.id == id);
        paper.current_question_id.and_then(is_it)
    };
    let visit = async |at: usize| {
        let (cx, id) = (later(&ada, 5), exam.questions[at].id);
        run!(exam.school, cx, |tx| tx
            .run(VisitQuestion { attempt_id: attempt.id, question_id: id }))
    };
    assert_eq!(current(&ada).await, None);
    enter(&exam, &ada, &attempt, &listening).await.unwrap();
    takes(&exam, &later(&ada, 1), &attempt, 1).await;
    takes(&exam, &later(&ada, 2), &attempt, 0).await;
    assert_eq!(current(&ada).await, Some(0), "what was answered last");
    visit(1).await.unwrap();
    assert_eq!(current(&ada).await, Some(1), "what was looked at last");
    assert!(visit(2).await.is_err(), "the other section is not open");
    enter(&exam, &later(&ada, 10), &attempt, &reading).await.unwrap();
    assert_eq!(current(&ada).await, None);
    let (school, question) = (&exam.school, exam.questions[2].id);
    let [ben, south, stranger, nobody] = exam.others();
    refused!(school, [ben, south, stranger, nobody], |tx| {
        tx.run(VisitQuestion { attempt_id: attempt.id, question_id: question })
    });
}

async fn extra_time(exam: &Exam, seconds: u32) {
    let grant = GrantAllowance {
        assessment_id: exam.assessment.id,
        to: OverrideFor::Learner(exam.ada.member.id),
        allowance: Allowance {
            time: Some(TimeAllowance::Extra { seconds }),
            ..Allowance::default()
        },
        reason: None,
    };
    let admin = exam.admin.cx.clone();
    run!(exam.school, admin, |tx| tx.run(grant)).unwrap();
}

#[tokio::test]
async fn extra_time_reaches_the_section_in_progress() {
    let store = Store::new(MemoryStore::new());
    let (exam, [listening, _]) = sectioned(store, "sections extra", [Some(600), None]).await;
    let ada = exam.ada.cx.clone();
    let attempt = exam.start(&ada).await;
    enter(&exam, &ada, &attempt, &listening).await.unwrap();
    assert!(!takes(&exam, &later(&ada, 601), &attempt, 0).await);
    extra_time(&exam, 300).await;
    assert!(takes(&exam, &later(&ada, 900), &attempt, 0).await);
    assert!(!takes(&exam, &later(&ada, 901), &attempt, 0).await);
}

#[tokio::test]
async fn extra_time_takes_nothing_from_an_attempt_that_was_opened_again() {
    let store = Store::new(MemoryStore::new());
    let (exam, _) = sectioned(store, "sections reopened", [None, None]).await;
    let ada = exam.ada.cx.clone();
    let attempt = exam.start(&ada).await;
    run!(exam.school, ada, |tx| tx.run(AbandonAttempt { attempt_id: attempt.id })).unwrap();
    let admin = later(&exam.admin.cx, 7_200);
    let until = admin.now().saturating_add(TimeDelta::hours(1));
    let command =
        ReopenAttempt { attempt_id: attempt.id, until: Some(until), reason: "ill".into() };
    run!(exam.school, admin, |tx| tx.run(command)).unwrap();
    extra_time(&exam, 60).await;
    let kept: Attempt = exam.get(attempt.id).await;
    assert_eq!(kept.answers_until, Some(until));
    assert!(takes(&exam, &later(&ada, 10_000), &attempt, 0).await);
}
