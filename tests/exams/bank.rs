//! A bank through the store: questions, tags, editions, slots, and what an attempt was given.
use lms::{
    assessment::{
        Assessment, AssessmentKind,
        attempt::{Attempt, SaveAnswer, SaveAnswerError, ViewPaper},
        bank::{
            AddToBank, AssessmentSlot, BankError, CreateQuestionBank, DrawError, DrawQuestions,
            DrawSeed, LoadDrawn, PoolFilter, QuestionContent, QuestionVersion, ReviseQuestion,
            SlotSource, TagQuestion,
        },
        question::{Answer, AnswerKey, Choice, Question, QuestionKind},
        regrade::{ContinueRegrade, RegradePolicy, Ruling, StartRegrade},
    },
    kernel::{Context, Slug, Title},
    memory::MemoryStore,
    store::{PageSize, Store},
};
use lms_testkit::TestContext;

use crate::exam::{Exam, choice, points};

fn slug(text: &str) -> Slug {
    Slug::new(text).unwrap()
}

fn question(cx: &Context, prompt: &str) -> Question {
    let option = |text, right| Choice::new(cx.id(), text, right);
    Question::new(cx, QuestionKind::SingleChoice, prompt, AnswerKey::choices())
        .with_options(vec![option("yes", true), option("no", false)])
}

struct School {
    store: Store,
    cx: Context,
    assessment: Assessment,
    questions: Vec<Question>,
    slot: AssessmentSlot,
}

/// A bank of ten questions, even ones tagged `easy`, and a test that draws three easy ones.
async fn school(name: &str) -> School {
    let store = Store::new(MemoryStore::new());
    let cx = TestContext::new(name).build();
    let mut tx = store.begin(&cx).await.unwrap();
    let title = Title::new("Bank").unwrap();
    let bank = tx.run(CreateQuestionBank { title: title.clone(), course_id: None }).await.unwrap();
    let mut questions = Vec::new();
    for at in 0..10 {
        let tags = if at % 2 == 0 { vec![slug("easy"), slug("easy")] } else { Vec::new() };
        let new = question(&cx, &format!("Question {at}?"));
        questions.push(
            tx.run(AddToBank { bank_id: bank.id, question: new.into(), tags: tags.to_vec() })
                .await
                .unwrap(),
        );
    }
    let assessment = Assessment::new(&cx, AssessmentKind::Quiz, title);
    tx.insert(&assessment).await.unwrap();
    let mut filter = PoolFilter::of(bank.id);
    filter.all_tags = vec![slug("easy")];
    let source = SlotSource::Pool { filter, count: 3 };
    let mut slot = AssessmentSlot::new(&cx, assessment.id, None, 4, source);
    slot.score = Some("2.5".parse().unwrap());
    tx.insert(&slot).await.unwrap();
    tx.commit().await.unwrap();
    School { store, cx, assessment, questions, slot }
}

#[tokio::test]
async fn an_attempt_keeps_what_it_was_given() {
    let school = school("bank draw").await;
    let mut tx = school.store.begin(&school.cx).await.unwrap();
    let seed = DrawSeed(77);
    let drawn = tx.part(DrawQuestions { assessment_id: school.assessment.id, seed }).await.unwrap();
    assert_eq!(
        drawn,
        tx.part(DrawQuestions { assessment_id: school.assessment.id, seed }).await.unwrap()
    );
    let place = |id| school.questions.iter().position(|it| it.id == id).unwrap();
    assert!(drawn.len() == 3 && drawn.iter().all(|it| place(it.question) % 2 == 0));

    // Another edition of one, and the tag taken off another: the attempt has what it had.
    let revised = &school.questions[place(drawn[0].question)];
    let mut content = QuestionContent::of(revised);
    content.prompt = "Changed?".into();
    let command = ReviseQuestion { question: revised.id, edition: 1, content: content.clone() };
    let newer = tx.run(command.clone()).await.unwrap();
    assert_eq!((newer.edition, newer.prompt.as_str()), (2, "Changed?"));
    tx.run(TagQuestion { question_id: drawn[1].question, tags: vec![slug("hard")] }).await.unwrap();
    let given =
        tx.part(LoadDrawn { assessment_id: school.assessment.id, drawn: &drawn }).await.unwrap();
    assert_eq!(given[0].prompt, revised.prompt);
    assert_eq!((given[0].edition, given[0].position), (1, 4));
    assert!(given.iter().all(|it| it.score.to_string() == "2.5"));
    assert_eq!(given[2].assessment_id, Some(school.slot.assessment_id));

    // A new attempt cannot have the one whose tag is gone, and has the newer edition.
    for seed in 0..20 {
        let drawn_now = tx
            .part(DrawQuestions { assessment_id: school.assessment.id, seed: DrawSeed(seed) })
            .await
            .unwrap();
        assert!(drawn_now.iter().all(|it| it.question != drawn[1].question));
        let edition = |it: &&_| {
            let it: &lms::assessment::bank::DrawnQuestion = it;
            it.question == revised.id
        };
        assert!(drawn_now.iter().filter(edition).all(|it| it.edition == 2));
    }

    // Who looked at the first edition is told that there is another.
    let refused = tx.run(command).await;
    assert!(matches!(refused, Err(BankError::Changed { current: 2 })));
    let kept = tx.all(QuestionVersion::of_question(revised.id)).await.unwrap();
    assert_eq!(kept.len(), 1);
    // The same content again is no new edition.
    let same = ReviseQuestion { question: revised.id, edition: 2, content };
    assert_eq!(tx.run(same).await.unwrap().edition, 2);
}

#[tokio::test]
async fn a_pool_that_is_too_small_is_said() {
    let school = school("bank short").await;
    let mut tx = school.store.begin(&school.cx).await.unwrap();
    for question in school.questions.iter().step_by(2).take(3) {
        tx.run(TagQuestion { question_id: question.id, tags: vec![] }).await.unwrap();
    }
    let drawn =
        tx.part(DrawQuestions { assessment_id: school.assessment.id, seed: DrawSeed(1) }).await;
    assert!(matches!(drawn, Err(DrawError::ShortPools { pools: 1 })));
}

#[tokio::test]
async fn attempts_draw_are_graded_and_keep_their_editions() {
    let exam = Exam::open("bank attempts").await;
    let admin = exam.admin.cx.clone();
    let bank = run!(exam.school, admin, |tx| {
        tx.run(CreateQuestionBank { title: Title::new("Bank").unwrap(), course_id: None })
    })
    .unwrap();
    let mut pool = Vec::new();
    for at in 0..6 {
        let new = choice(&admin, &format!("Pool {at}?"));
        let added = run!(exam.school, admin, |tx| tx.run(AddToBank {
            bank_id: bank.id,
            question: new.into(),
            tags: vec![]
        }));
        pool.push(added.unwrap());
    }
    let source = SlotSource::Pool { filter: PoolFilter::of(bank.id), count: 2 };
    let mut slot = AssessmentSlot::new(&admin, exam.assessment.id, None, 9, source);
    slot.score = Some(points("5"));
    let mut tx = exam.school.store.begin(&exam.school.system).await.unwrap();
    tx.insert(&slot).await.unwrap();
    tx.commit().await.unwrap();

    let cx = exam.ada.cx.clone();
    let attempt = exam.start(&cx).await;
    assert_eq!(attempt.drawn.len(), 2);
    let paper = run!(exam.school, cx, |tx| tx.run(ViewPaper { attempt_id: attempt.id })).unwrap();
    assert_eq!(paper.questions().count(), 6);
    let drawn = |at: usize| pool.iter().find(|it| it.id == attempt.drawn[at].question).unwrap();
    for at in 0..2 {
        let answer = Answer::choice(drawn(at).options[0].id);
        let save = SaveAnswer::new(attempt.id, drawn(at).id, 1, answer);
        run!(exam.school, cx, |tx| tx.run(save)).unwrap();
    }
    let other = pool.iter().find(|it| attempt.drew(it.id).is_none()).unwrap();
    let save = SaveAnswer::new(attempt.id, other.id, 1, Answer::Blank);
    let refused = run!(exam.school, cx, |tx| tx.run(save));
    assert!(matches!(refused, Err(SaveAnswerError::NotAsked { .. })));

    // The key of one is turned round before the attempt is handed in: it keeps what it was given.
    let mut content = QuestionContent::of(drawn(0));
    content.options.iter_mut().for_each(|it| it.is_correct = !it.is_correct);
    let command = ReviseQuestion { question: drawn(0).id, edition: 1, content };
    run!(exam.school, admin, |tx| tx.run(command)).unwrap();
    let done = exam.submit(&cx, &attempt).await;
    assert_eq!((done.score.raw, done.score.raw_maximum), (points("10"), points("20")));

    // A ruling on the question of the bank reaches the attempt that drew it.
    let rulings = vec![Ruling { question: drawn(0).id, policy: RegradePolicy::CurrentOnly }];
    let command = StartRegrade { assessment_id: exam.assessment.id, rulings, reason: None };
    let regrade = run!(exam.school, admin, |tx| tx.run(command)).unwrap();
    let done = run!(exam.school, admin, |tx| {
        tx.run(ContinueRegrade { regrade_id: regrade.id, limit: PageSize::MAX })
    });
    assert_eq!(done.unwrap().deltas.len(), 1);
    assert_eq!(exam.score(attempt.id).await.raw, points("5"));
    assert_eq!(exam.get::<Attempt>(attempt.id).await.drawn, attempt.drawn);
}

#[tokio::test]
async fn questions_that_cannot_be_asked_and_people_who_may_not_are_refused() {
    let exam = Exam::open("bank refusals").await;
    let admin = exam.admin.cx.clone();
    let title = Title::new("Bank").unwrap();
    let bank = run!(exam.school, admin, |tx| {
        tx.run(CreateQuestionBank { title: title.clone(), course_id: None })
    })
    .unwrap();
    let kept = run!(exam.school, admin, |tx| {
        tx.run(AddToBank {
            bank_id: bank.id,
            question: question(tx.cx(), "Kept?").into(),
            tags: vec![],
        })
    })
    .unwrap();
    let mut bad = question(&admin, "No right answer?");
    bad.options[0].is_correct = false;
    let refused = run!(exam.school, admin, |tx| tx.run(AddToBank {
        bank_id: bank.id,
        question: bad.into(),
        tags: vec![]
    }));
    assert!(matches!(refused, Err(BankError::Question(_))));
    let tags: Vec<Slug> = (0..65).map(|at| slug(&format!("tag-{at}"))).collect();
    let refused = run!(exam.school, admin, |tx| tx
        .run(TagQuestion { question_id: kept.id, tags: tags.to_vec() }));
    assert!(matches!(refused, Err(BankError::TooManyTags { most: 64 })));

    let [ben, south, stranger, nobody] = exam.others();
    let school = &exam.school;
    let marker = exam.assessor.cx.clone();
    refused!(school, [marker, ben, south, stranger, nobody], |tx| {
        tx.run(CreateQuestionBank { title: title.clone(), course_id: None })
    });
    refused!(school, [marker, ben, south, stranger, nobody], |tx| {
        tx.run(AddToBank {
            bank_id: bank.id,
            question: question(tx.cx(), "May I?").into(),
            tags: vec![],
        })
    });
    refused!(school, [marker, ben, south, stranger, nobody], |tx| {
        tx.run(TagQuestion { question_id: kept.id, tags: vec![] })
    });
    let command =
        ReviseQuestion { question: kept.id, edition: 1, content: QuestionContent::of(&kept) };
    refused!(school, [marker, ben, south, stranger, nobody], |tx| { tx.run(command.clone()) });
}
