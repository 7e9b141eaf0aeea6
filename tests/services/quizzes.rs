//! What a test of a part of a course moves there, and what it moves back. Each scenario runs in memory
//! and on PostgreSQL.
use std::ops::ControlFlow;

use chrono::TimeDelta;
use lms::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus, ResultPolicy,
        attempt::{
            Allowance, Attempt, Closing, ExpireAttempts, GrantAllowance, NoteClosedResults,
            OverrideFor, ReleaseScore, ReplaceScore, SaveAnswer, StartAttempt, SubmitAttempt,
            WithholdScore,
        },
        authoring::{AssessmentChange, EditAssessment, WithdrawAssessment},
        bank::{QuestionContent, ReviseQuestion},
        question::{Answer, AnswerKey, Choice, Question, QuestionKind},
        regrade::{RegradePolicy, Ruling, StartRegrade, run_regrade},
    },
    content::{CertificatePolicy, ContentNode, CourseChange, EditCourse},
    kernel::{Id, Percent},
    learning::{
        CompletionRule, CourseCompleted, EnrollmentStatus, NodeProgress, ProgressStatus,
        RecordScore, SetNodeRules,
    },
    outbox::{DomainEvent as _, Message},
    recognition::{Certificate, CertifyOnEvent},
    run_due,
    store::{PageSize, Query},
};

use crate::world::{Who, World, title};

/// A test of one question that hangs on a node.
async fn quiz(
    world: &World,
    node: Id<ContentNode>,
    policy: ResultPolicy,
) -> (Assessment, Question) {
    let cx = &world.system;
    let mut quiz = Assessment::new(cx, AssessmentKind::Quiz, title("Quiz"));
    quiz.course_id = Some(world.courses().published.id);
    quiz.node_id = Some(node);
    quiz.status = AssessmentStatus::Published;
    quiz.result_policy = policy;
    let option = |text, right| Choice::new(cx.id(), text, right);
    let question = Question::new(cx, QuestionKind::SingleChoice, "Is it?", AnswerKey::choices())
        .with_options(vec![option("yes", true), option("no", false)])
        .placed(quiz.id, None, 0);
    let mut tx = world.store.begin(cx).await.unwrap();
    tx.insert(&quiz).await.unwrap();
    tx.insert(&question).await.unwrap();
    tx.commit().await.unwrap();
    (quiz, question)
}

/// The learner takes the test with every answer right.
async fn take(world: &World, (quiz, question): &(Assessment, Question)) -> Id<Attempt> {
    let cx = world.cx(Who::Learner);
    let start = StartAttempt::new(quiz.id);
    let attempt = act!(world.store, cx, |tx| tx.run(start)).unwrap().into_attempt();
    let answer = Answer::choice(question.options[0].id);
    let save = SaveAnswer::new(attempt.id, question.id, 1, answer);
    act!(world.store, cx, |tx| tx.run(save)).unwrap();
    act!(world.store, cx, |tx| tx.run(SubmitAttempt { attempt_id: attempt.id })).unwrap();
    attempt.id
}

async fn progress(world: &World, node: Id<ContentNode>) -> Option<NodeProgress> {
    let mut tx = world.store.begin(&world.system).await.unwrap();
    tx.first(NodeProgress::of_node(world.things().enrollment.id, node)).await.unwrap()
}

async fn a_quiz_moves_its_node_its_course_and_the_certificate(world: World) {
    let (second, activity) = (world.courses().second.id, world.courses().activity.id);
    let policy = CertificatePolicy { enabled: true, ..CertificatePolicy::default() };
    let course_id = world.courses().published.id;
    let changes = vec![CourseChange::Certificate(policy)];
    act!(world.store, world.system, |tx| tx.run(EditCourse { course_id, changes })).unwrap();
    let least = "80".parse().unwrap();
    let rule = Some(CompletionRule::Score { least });
    act!(world.store, world.system, |tx| tx.run(SetNodeRules {
        node_id: second,
        release: None,
        completion: rule
    }))
    .unwrap();
    let open_quiz = quiz(&world, second, ResultPolicy::AfterSubmit).await;
    take(&world, &open_quiz).await;
    let moved = progress(&world, second).await.unwrap();
    assert_eq!(
        (moved.status, moved.best_score),
        (ProgressStatus::Completed, Some(Percent::HUNDRED))
    );
    // A result that is not shown yet moves nothing that would tell it.
    let kept = quiz(&world, activity, ResultPolicy::WhenReleased).await;
    let attempt_id = take(&world, &kept).await;
    assert_eq!(progress(&world, activity).await, None);
    act!(world.store, world.system, |tx| tx.run(ReleaseScore { attempt_id })).unwrap();
    let moved = progress(&world, activity).await.unwrap();
    assert_eq!(moved.status, ProgressStatus::Completed, "a test with every mark is done");
    let done = world.read(world.things().enrollment.id).await;
    assert_eq!(done.status, EnrollmentStatus::Completed, "those were all the steps");
    let told = Query::filter(Message::KIND.eq(CourseCompleted::KIND.to_owned()));
    let event: Message = world.first(told).await;
    for _ in 0..2 {
        let event = event.clone();
        let issued =
            act!(world.store, world.system, |tx| tx.run(CertifyOnEvent { event })).unwrap();
        assert_eq!(issued.unwrap().learner_id, world.learner.id());
    }
    assert_eq!(world.count(Certificate::of_learner(world.learner.id())).await, 1);
    // A deleted test ends its attempts like any other.
    let running = quiz(&world, second, ResultPolicy::AfterSubmit).await;
    let mut timed = running.0.clone();
    timed.time_limit_seconds = Some(60);
    let mut tx = world.store.begin(&world.system).await.unwrap();
    tx.update(&mut timed).await.unwrap();
    tx.commit().await.unwrap();
    let cx = world.cx(Who::Learner);
    let start = StartAttempt::new(timed.id);
    act!(world.store, cx, |tx| tx.run(start)).unwrap();
    let mut tx = world.store.begin(&world.system).await.unwrap();
    tx.delete(&mut timed).await.unwrap();
    tx.commit().await.unwrap();
    let later = world.system.clone();
    let later = later.at(world.system.now().saturating_add(TimeDelta::days(1)));
    let limit = lms::store::PageSize::MAX;
    let ended =
        act!(world.store, later, |tx| tx.run(ExpireAttempts { due: limit.into() })).unwrap();
    assert_eq!(ended, 1);
    let again =
        act!(world.store, later, |tx| tx.run(ExpireAttempts { due: limit.into() })).unwrap();
    assert_eq!(again, 0);
}

/// The best score in a node, as a whole number of percent.
async fn best(world: &World, node: Id<ContentNode>) -> Option<i64> {
    progress(world, node).await?.best_score.map(|it| it.ten_thousandths() / 10_000)
}

/// The key of the question is turned round, and everyone is graded again.
async fn turn_round(world: &World, (quiz, question): &(Assessment, Question)) {
    let question = world.read(question.id).await;
    let mut content = QuestionContent::of(&question);
    for option in &mut content.options {
        option.is_correct = !option.is_correct;
    }
    let edition = question.edition;
    let revise = ReviseQuestion { question: question.id, edition, content };
    act!(world.store, world.system, |tx| tx.run(revise)).unwrap();
    let policy = RegradePolicy::CurrentOnly;
    let start = StartRegrade {
        assessment_id: quiz.id,
        rulings: vec![Ruling { question: question.id, policy }],
        reason: Some("the key was wrong".into()),
    };
    let regrade = act!(world.store, world.system, |tx| tx.run(start)).unwrap();
    let on_step = |_: &_| ControlFlow::Continue(());
    run_regrade(&world.store, &world.system, regrade.id, PageSize::MAX, on_step).await.unwrap();
}

async fn a_mark_that_goes_down_lowers_the_best_score(world: World) {
    let second = world.courses().second.id;
    let quiz = quiz(&world, second, ResultPolicy::AfterSubmit).await;
    let attempt_id = take(&world, &quiz).await;
    assert_eq!(best(&world, second).await, Some(100));
    let give = |total: Option<&'static str>| {
        let total = total.map(|it| it.parse().unwrap());
        let command = ReplaceScore { attempt_id, total, reason: "heard".into() };
        let world = &world;
        async move { act!(world.store, world.system, |tx| tx.run(command)).unwrap() }
    };
    give(Some("0.25")).await;
    assert_eq!(best(&world, second).await, Some(25), "by hand");
    give(None).await;
    assert_eq!(best(&world, second).await, Some(100), "and back");
    turn_round(&world, &quiz).await;
    assert_eq!(best(&world, second).await, Some(0), "by a regrade");
    turn_round(&world, &quiz).await;
    assert_eq!(best(&world, second).await, Some(100), "up again by a regrade");
    let done = progress(&world, second).await.unwrap();
    assert_eq!(done.status, ProgressStatus::Completed, "what is done stays done");
    // What staff recorded is not taken away by a test.
    let (learner_id, score) = (world.learner.id(), "60".parse().unwrap());
    let record = RecordScore { learner_id, node_id: second, score };
    act!(world.store, world.system, |tx| tx.run(record)).unwrap();
    assert_eq!(best(&world, second).await, Some(100));
    turn_round(&world, &quiz).await;
    assert_eq!(best(&world, second).await, Some(60));
}

async fn a_score_that_is_withheld_again_tells_nothing(world: World) {
    let second = world.courses().second.id;
    let kept = quiz(&world, second, ResultPolicy::WhenReleased).await;
    let attempt_id = take(&world, &kept).await;
    act!(world.store, world.system, |tx| tx.run(ReleaseScore { attempt_id })).unwrap();
    assert_eq!(best(&world, second).await, Some(100));
    act!(world.store, world.system, |tx| tx.run(WithholdScore { attempt_id })).unwrap();
    assert_eq!(best(&world, second).await, None);
    // Another test of the same part still counts.
    let open = quiz(&world, second, ResultPolicy::AfterSubmit).await;
    take(&world, &open).await;
    act!(world.store, world.system, |tx| tx.run(ReleaseScore { attempt_id })).unwrap();
    act!(world.store, world.system, |tx| tx.run(WithholdScore { attempt_id })).unwrap();
    assert_eq!(best(&world, second).await, Some(100));
}

async fn an_attempt_counts_for_the_part_that_its_test_belongs_to(world: World) {
    let (second, activity) = (world.courses().second.id, world.courses().activity.id);
    let quiz = quiz(&world, second, ResultPolicy::AfterSubmit).await;
    let attempt = take(&world, &quiz).await;
    assert_eq!(world.read(attempt).await.activity_id, Some(second));
    assert_eq!(progress(&world, activity).await, None);
}

async fn a_test_that_shows_its_results_when_it_closes_moves_its_node_then(world: World) {
    let day = |days| world.system.now().saturating_add(TimeDelta::days(days));
    let note = |days| {
        let (world, later) = (&world, world.system.clone().at(day(days)));
        let note = NoteClosedResults { due: PageSize::MAX.into() };
        async move { act!(world.store, later, |tx| tx.run(note)).unwrap() }
    };
    let closing = |it: &(Assessment, Question), at| {
        let (world, mut quiz) = (&world, it.0.clone());
        quiz.closes_at = Some(at);
        async move {
            let mut tx = world.store.begin(&world.system).await.unwrap();
            tx.update(&mut quiz).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    let (second, activity) = (world.courses().second.id, world.courses().activity.id);
    let soon = quiz(&world, second, ResultPolicy::AfterClose).await;
    closing(&soon, day(2)).await;
    take(&world, &soon).await;
    let late = quiz(&world, activity, ResultPolicy::AfterClose).await;
    closing(&late, day(2)).await;
    take(&world, &late).await;
    // The learner is given longer for one of them, after the result is known.
    let allowance = Allowance { closes_at: Some(Closing::At(day(5))), ..Allowance::default() };
    let to = OverrideFor::Learner(world.learner.id());
    let longer = GrantAllowance { assessment_id: late.0.id, to, allowance, reason: None };
    act!(world.store, world.system, |tx| tx.run(longer)).unwrap();
    assert_eq!(progress(&world, second).await, None);
    assert_eq!(note(1).await, 0, "it is open");
    assert_eq!(progress(&world, second).await, None);
    assert_eq!(note(3).await, 2, "both were to close");
    assert_eq!(progress(&world, second).await.unwrap().status, ProgressStatus::Completed);
    assert_eq!(progress(&world, activity).await, None, "open for the learner until day 5");
    assert_eq!(note(3).await, 0, "once");
    assert_eq!(note(6).await, 1);
    assert_eq!(progress(&world, activity).await.unwrap().status, ProgressStatus::Completed);
    assert_eq!(note(7).await, 0);
}

async fn results_follow_a_closing_date_that_is_moved(world: World) {
    let second = world.courses().second.id;
    let day = |days| world.system.now().saturating_add(TimeDelta::days(days));
    let quiz = quiz(&world, second, ResultPolicy::AfterClose).await;
    take(&world, &quiz).await;
    let assessment_id = quiz.0.id;
    let withdraw = WithdrawAssessment { assessment_id };
    act!(world.store, world.system, |tx| tx.run(withdraw)).unwrap();
    let changes = vec![AssessmentChange::ClosesAt(Some(day(1)))];
    let edit = EditAssessment { assessment_id, changes };
    act!(world.store, world.system, |tx| tx.run(edit)).unwrap();
    let outcome = run_due(&world.store, &world.system.clone().at(day(0))).await;
    assert!(outcome.of("assessment.note_closed_results").is_some());
    assert_eq!(progress(&world, second).await, None, "it never closed, and now closes on day 1");
    for days in [1, 2] {
        let outcome = run_due(&world.store, &world.system.clone().at(day(days))).await;
        assert!(outcome.of("assessment.note_closed_results").is_some());
    }
    assert_eq!(progress(&world, second).await.unwrap().status, ProgressStatus::Completed);
}

on_both! {
    a_test_that_shows_its_results_when_it_closes_moves_its_node_then,
    results_follow_a_closing_date_that_is_moved,
    a_quiz_moves_its_node_its_course_and_the_certificate,
    a_mark_that_goes_down_lowers_the_best_score,
    a_score_that_is_withheld_again_tells_nothing,
    an_attempt_counts_for_the_part_that_its_test_belongs_to,
}
