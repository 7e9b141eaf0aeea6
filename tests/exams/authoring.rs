//! Writing a test, opening it, taking it back, putting it away.
use lms::{
    assessment::{
        AssessmentKind, AssessmentStatus, Section,
        attempt::{StartAttempt, StartAttemptError},
        authoring::{
            ArchiveAssessment, AuthoringError, CreateAssessment, NewAssessment, NewSection,
            PublishAssessment, WithdrawAssessment,
        },
        bank::{AddToBank, AssessmentSlot, CreateQuestionBank, SlotSource},
        question::Question,
        scoring::{PassRule, ScoringProfile, ScoringType},
    },
    content::{ContentNode, Course, NodeKind},
};

use crate::{
    exam::{Exam, choice, points},
    school::title,
};

#[tokio::test]
async fn a_quiz_is_written_opened_and_taken_with_the_usual_settings() {
    let exam = Exam::open("authoring whole way").await;
    let admin = &exam.admin.cx;
    let question = choice(admin, "Yes?");
    let section = NewSection::new(title("Only"), vec![question]);
    let command = NewAssessment {
        sections: vec![section],
        ..NewAssessment::new(AssessmentKind::Quiz, title("Quiz"))
    };
    let quiz = run!(exam.school, *admin, |tx| tx
        .run(CreateAssessment { assessment: command.clone() }))
    .unwrap();
    assert_eq!(quiz.passing, PassRule::Percent("70".parse().unwrap()));
    assert_eq!((quiz.max_attempts, quiz.time_limit_seconds), (Some(3), None));
    assert_eq!(quiz.status, AssessmentStatus::Draft);
    let sections = exam.all(Section::of_assessment(quiz.id)).await;
    let questions = exam.all(Question::of_assessment(quiz.id)).await;
    assert_eq!((sections.len(), questions[0].section_id), (1, Some(sections[0].id)));

    let ada = &exam.ada.cx;
    let start = || StartAttempt::new(quiz.id);
    let refused = run!(exam.school, *ada, |tx| tx.run(start()));
    assert!(matches!(refused, Err(StartAttemptError::NotPublished { .. })));
    run!(exam.school, *admin, |tx| tx.run(PublishAssessment { assessment_id: quiz.id })).unwrap();
    run!(exam.school, *ada, |tx| tx.run(start())).unwrap();
    let back = run!(exam.school, *admin, |tx| tx
        .run(WithdrawAssessment { assessment_id: quiz.id }))
    .unwrap();
    assert_eq!(back.status, AssessmentStatus::Draft);
    run!(exam.school, *admin, |tx| tx.run(ArchiveAssessment { assessment_id: quiz.id })).unwrap();
    let refused =
        run!(exam.school, *admin, |tx| tx.run(WithdrawAssessment { assessment_id: quiz.id }));
    assert!(matches!(refused, Err(AuthoringError::Status(_))));
}

#[tokio::test]
async fn a_test_hangs_on_a_lesson_of_its_own_course() {
    let exam = Exam::open("authoring lessons").await;
    let (system, admin) = (&exam.school.system, &exam.admin.cx);
    let course =
        |slug: &str| Course::new(system, title(slug), slug.parse().unwrap(), exam.admin.member.id);
    let (own, other) = (course("own"), course("other"));
    let slug = "lesson".parse().unwrap();
    let lesson = ContentNode::top(system, own.id, NodeKind::Lesson, title("Lesson"), slug);
    let mut tx = exam.school.store.begin(system).await.unwrap();
    tx.insert_all(&[own.clone(), other.clone()]).await.unwrap();
    tx.insert(&lesson).await.unwrap();
    tx.commit().await.unwrap();
    let command = |course| NewAssessment {
        course_id: course,
        node_id: Some(lesson.id),
        ..NewAssessment::new(AssessmentKind::Quiz, title("Quiz"))
    };
    let create = async |course| {
        run!(exam.school, *admin, |tx| tx.run(CreateAssessment { assessment: command(course) }))
    };
    let quiz = create(Some(own.id)).await.unwrap();
    assert_eq!((quiz.course_id, quiz.node_id), (Some(own.id), Some(lesson.id)));
    for course in [Some(other.id), None] {
        assert!(matches!(create(course).await, Err(AuthoringError::OtherCourse)));
    }
}

#[tokio::test]
async fn a_profile_brings_its_arithmetic_and_its_scoring() {
    let exam = Exam::open("authoring profiles").await;
    let admin = &exam.admin.cx;
    for profile in ScoringProfile::ALL {
        let command = NewAssessment {
            max_score: Some(points("10")),
            ..NewAssessment::new(AssessmentKind::Test, title("Test")).with_profile(*profile)
        };
        let test = run!(exam.school, *admin, |tx| tx
            .run(CreateAssessment { assessment: command.clone() }))
        .unwrap();
        let data = profile.data();
        assert_eq!((test.scoring, &test.rules), (data.scoring, &data.rules), "{profile}");
        assert_eq!(test.profile, *profile);
    }
    let moodle = NewAssessment::new(AssessmentKind::Test, title("Test"))
        .with_profile(ScoringProfile::Moodle);
    assert_eq!(moodle.scoring, ScoringType::Fixed);
}

#[tokio::test]
async fn a_test_without_questions_is_not_opened_and_one_that_draws_them_is() {
    let exam = Exam::open("authoring banks").await;
    let admin = &exam.admin.cx;
    let command = NewAssessment::new(AssessmentKind::Test, title("Drawn"));
    let test = run!(exam.school, *admin, |tx| tx
        .run(CreateAssessment { assessment: command.clone() }))
    .unwrap();
    let refused =
        run!(exam.school, *admin, |tx| tx.run(PublishAssessment { assessment_id: test.id }));
    assert!(matches!(refused, Err(AuthoringError::Empty)));
    let mut tx = exam.school.store.begin(admin).await.unwrap();
    let bank = tx.run(CreateQuestionBank { title: title("Bank"), course_id: None }).await.unwrap();
    let question = choice(admin, "Yes?");
    let question = tx
        .run(AddToBank { bank_id: bank.id, question: question.into(), tags: vec![] })
        .await
        .unwrap();
    let source = SlotSource::Question { question: question.id, edition: None };
    tx.insert(&AssessmentSlot::new(admin, test.id, None, 0, source)).await.unwrap();
    tx.commit().await.unwrap();
    let open = run!(exam.school, *admin, |tx| tx.run(PublishAssessment { assessment_id: test.id }))
        .unwrap();
    assert_eq!(open.status, AssessmentStatus::Published);
}

#[tokio::test]
async fn learners_markers_and_strangers_write_no_tests() {
    let exam = Exam::open("authoring refusals").await;
    let [ben, south, stranger, nobody] = exam.others();
    let school = &exam.school;
    let command = NewAssessment::new(AssessmentKind::Test, title("Test"));
    refused!(school, [ben, south, nobody], |tx| tx
        .run(CreateAssessment { assessment: command.clone() }));
    let test = exam.assessment.id;
    refused!(school, [ben, south, stranger, nobody], |tx| tx
        .run(PublishAssessment { assessment_id: test }));
    refused!(school, [ben, south, stranger, nobody], |tx| tx
        .run(WithdrawAssessment { assessment_id: test }));
    refused!(school, [ben, south, stranger, nobody], |tx| tx
        .run(ArchiveAssessment { assessment_id: test }));
}

/// A question that says where it stands is written where the command says, and nowhere else.
#[tokio::test]
async fn a_question_never_goes_into_a_colleagues_exam_or_bank() {
    let exam = Exam::open("planted questions").await;
    let admin = &exam.admin.cx;
    let theirs = Question::of_assessment(exam.assessment.id);
    let before = exam.all(theirs.clone()).await.len();
    let mut tx = exam.school.store.begin(admin).await.unwrap();
    let own = tx.run(CreateQuestionBank { title: title("Mine"), course_id: None }).await.unwrap();
    let foreign =
        tx.run(CreateQuestionBank { title: title("Theirs"), course_id: None }).await.unwrap();
    let mut planted = choice(admin, "Planted?").placed(exam.assessment.id, None, 9);
    (planted.bank_id, planted.edition) = (Some(foreign.id), 7);
    let kept = tx
        .run(AddToBank { bank_id: own.id, question: planted.clone().into(), tags: vec![] })
        .await
        .unwrap();
    let place = (kept.assessment_id, kept.bank_id, kept.section_id, kept.edition);
    assert_eq!(place, (None, Some(own.id), None, 1));
    assert_ne!(kept.id, planted.id, "its id is the library's");
    let command = NewAssessment {
        sections: vec![NewSection::new(title("Only"), vec![planted])],
        ..NewAssessment::new(AssessmentKind::Quiz, title("Quiz"))
    };
    let quiz = tx.run(CreateAssessment { assessment: command }).await.unwrap();
    tx.commit().await.unwrap();
    let written = exam.all(Question::of_assessment(quiz.id)).await;
    assert_eq!((written.len(), written[0].bank_id), (1, None));
    assert_eq!(exam.all(theirs).await.len(), before);
    assert_eq!(exam.all(Question::of_bank(foreign.id)).await.len(), 0);
}
