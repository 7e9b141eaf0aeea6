//! The services about a learner's tests, coursework, grades, points and badges.
use lms::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus, ResultPolicy,
        assignment::*,
        attempt::*,
        bank::{AddToBank, CreateQuestionBank, QuestionBank},
        gradebook::*,
        grading::ManualMark,
        proctoring::*,
        question::{Answer, AnswerKey, Choice, ManualKey, Question, QuestionKind},
        regrade::{RegradePolicy, Ruling, StartRegrade},
        scoring::{CourseRules, ScoreRounding},
    },
    kernel::{Context, Id, Percent, Points, Slug},
    outbox::Message,
    recognition::*,
    store::{PageSize, Query},
};

use lms::assessment::authoring::NewQuestion;

use crate::{
    table::Service,
    world::{Who, World, title},
};

/// What the learner has taken, handed in and earned.
pub(crate) struct Exams {
    pub(crate) exam: Assessment,
    pub(crate) choice: Question,
    pub(crate) essay: Question,
    /// Handed in, and an essay waits for its mark.
    pub(crate) handed_in: Attempt,
    /// Under way, and watched.
    pub(crate) running: Attempt,
    session: ProctoringSession,
    pub(crate) bank: QuestionBank,
    pub(crate) assignment: Assignment,
    pub(crate) submission: Submission,
    pub(crate) item: GradeItem,
    pub(crate) badge: Badge,
    pub(crate) second_badge: Badge,
    event: Message,
    pub(crate) observation: Id<Observation>,
}

pub(crate) fn points(text: &str) -> Points {
    text.parse().unwrap()
}

/// Two options, the first right.
pub(crate) fn choice(cx: &Context) -> Question {
    let option = |text, right| Choice::new(cx.id(), text, right);
    Question::new(cx, QuestionKind::SingleChoice, "Is it?", AnswerKey::choices())
        .with_options(vec![option("yes", true), option("no", false)])
}

fn essay(cx: &Context) -> Question {
    let key = AnswerKey::Manual(ManualKey { rubric: None, model_answer: None });
    Question::new(cx, QuestionKind::LongAnswer, "Why?", key).worth(points("4"))
}

impl Exams {
    pub(crate) async fn make(world: &World) -> Self {
        let (store, system) = (&world.store, &world.system);
        let (exam, choice, essay) = world.exam().await;
        let handed_in = world.exam_attempt(&exam).await;
        let by_learner = world.cx(Who::Learner);
        for (question, answer) in
            [(&choice, Answer::choice(choice.options[0].id)), (&essay, Answer::text("So it is."))]
        {
            let save = SaveAnswer::new(handed_in.id, question.id, 1, answer);
            act!(store, by_learner, |tx| tx.run(save)).unwrap();
        }
        act!(store, by_learner, |tx| tx.run(SubmitAttempt { attempt_id: handed_in.id })).unwrap();
        let running = world.exam_attempt(&exam).await;
        let session = act!(store, by_learner, |tx| tx
            .run(StartProctoring { attempt_id: running.id }))
        .unwrap();
        let bank = act!(store, system, |tx| tx
            .run(CreateQuestionBank { title: title("Bank"), course_id: None }));
        let assignment = act!(store, system, |tx| tx.run(homework(world))).unwrap();
        let work = work(world, &assignment);
        let submission = act!(store, by_learner, |tx| tx.run(work)).unwrap();
        let [badge, second_badge] = ["kind", "early"].map(|slug| {
            let command = badge(slug);
            async move { act!(store, system, |tx| tx.run(CreateBadge { badge: command })).unwrap() }
        });
        let (badge, second_badge) = (badge.await, second_badge.await);
        let award = AwardBadge { learner_id: world.learner.id(), badge_id: second_badge.id };
        act!(store, system, |tx| tx.run(award)).unwrap();
        Self {
            item: world.grade_item().await,
            bank: bank.unwrap(),
            exam,
            choice,
            essay,
            handed_in,
            running,
            session,
            assignment,
            submission,
            badge,
            second_badge,
            event: world.first(Query::<Message>::all()).await,
            observation: act!(store, system, |tx| tx.run(observation(world))).unwrap().id,
        }
    }
}

impl World {
    pub(crate) fn exams(&self) -> &Exams {
        self.exams.as_ref().unwrap()
    }

    /// A test of the published course, whose results are released by hand.
    async fn exam(&self) -> (Assessment, Question, Question) {
        let cx = &self.system;
        let mut exam = Assessment::new(cx, AssessmentKind::Test, title("Exam"));
        exam.course_id = Some(self.courses().published.id);
        exam.status = AssessmentStatus::Published;
        exam.result_policy = ResultPolicy::WhenReleased;
        let questions = [choice(cx).placed(exam.id, None, 0), essay(cx).placed(exam.id, None, 1)];
        let mut tx = self.store.begin(cx).await.unwrap();
        tx.insert(&exam).await.unwrap();
        tx.insert_all(&questions).await.unwrap();
        tx.commit().await.unwrap();
        let [choice, essay] = questions;
        (exam, choice, essay)
    }

    pub(crate) async fn exam_attempt(&self, exam: &Assessment) -> Attempt {
        let (cx, command) = (self.cx(Who::Learner), StartAttempt::new(exam.id));
        act!(self.store, cx, |tx| tx.run(command)).unwrap().into_attempt()
    }

    async fn grade_item(&self) -> GradeItem {
        let (store, system) = (&self.store, &self.system);
        let book = act!(store, system, |tx| tx.run(gradebook(self))).unwrap();
        let category = DefineCategory::new(book.id, title("Quizzes"), Percent::HUNDRED);
        let category = act!(store, system, |tx| tx.run(category)).unwrap();
        let item = DefineItem::new(category.id, title("Quiz"), points("10"));
        let item = act!(store, system, |tx| tx.run(item)).unwrap();
        let grade = RecordGrade::score(item.id, self.learner.id(), points("7"));
        act!(store, system, |tx| tx.run(grade)).unwrap();
        let (course_id, learner_id) = (self.courses().published.id, self.learner.id());
        let grade = ComputeCourseGrade { course_id, learner_id };
        act!(store, system, |tx| tx.run(grade)).unwrap();
        item
    }
}

fn gradebook(w: &World) -> DefineGradebook {
    DefineGradebook {
        course_id: w.courses().published.id,
        aggregation: Aggregation::WeightedMean,
        missing_earns: Percent::ZERO,
        scale: None,
        rounding: ScoreRounding::default(),
        rules: CourseRules::default(),
    }
}

fn question() -> NewQuestion {
    let key = AnswerKey::Manual(ManualKey { rubric: None, model_answer: None });
    NewQuestion::new(QuestionKind::LongAnswer, "Why?", key)
}

pub(crate) fn homework(w: &World) -> SetAssignment {
    SetAssignment {
        course_id: w.courses().published.id,
        title: title("Essay"),
        description: None,
        node_id: None,
        due_at: Some(w.hour(24).start()),
        points: Some(points("80")),
        late_policy: LatePolicy::default(),
        max_submissions: None,
    }
}

pub(crate) fn work(w: &World, assignment: &Assignment) -> HandInWork {
    HandInWork {
        assignment_id: assignment.id,
        learner_id: w.learner.id(),
        content: Some("So it is.".to_owned()),
        file_id: None,
        file_url: None,
    }
}

fn badge(slug: &str) -> KeepBadge {
    KeepBadge {
        name: title(slug),
        slug: Slug::new(slug).unwrap(),
        description: None,
        icon_url: None,
        category: BadgeCategory::Progress,
        criteria: Criteria::Manual,
    }
}

fn seen(w: &World) -> RecordViolation {
    RecordViolation {
        session_id: w.exams().session.id,
        kind: ViolationKind::TabSwitch,
        happened_at: None,
        confidence: None,
        evidence: None,
        note: None,
    }
}

fn observation(w: &World) -> RecordObservation {
    RecordObservation {
        learner_id: w.learner.id(),
        kind: ObservationKind::Reading,
        custom_kind: None,
        score: Some(points("12")),
        academic_age_months: None,
        notes: None,
        observed_at: None,
    }
}

fn more_time(w: &World, to: OverrideFor) -> GrantAllowance {
    let allowance = Allowance { unlocked: Some(true), ..Allowance::default() };
    GrantAllowance { assessment_id: w.exams().exam.id, to, allowance, reason: None }
}

/// Everybody gets a question in full.
pub(crate) fn in_full(question: &Question) -> Vec<Ruling> {
    vec![Ruling { question: question.id, policy: RegradePolicy::FullCredit }]
}

fn regrade(w: &World) -> StartRegrade {
    let rulings = in_full(&w.exams().choice);
    StartRegrade { assessment_id: w.exams().exam.id, rulings, reason: None }
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = taking();
    rows.extend(marking());
    rows.extend(coursework());
    rows.extend(grades());
    rows.extend(recognition());
    rows
}

fn taking() -> Vec<Service> {
    services! { |w, cx|
        start_attempt[StartAttempt::new(w.exams().exam.id).for_learner(w.learner.id())]
            by Learner, not ALL, Missing;
        view_paper[ViewPaper { attempt_id: w.exams().running.id }] by Learner, not ALL, Missing;
        save_answer[SaveAnswer::new(
            w.exams().running.id, w.exams().essay.id, 1, Answer::text("So it is."),
        )] by Learner, not ALL, Missing;
        submit_attempt[SubmitAttempt { attempt_id: w.exams().running.id }]
            by Learner, not ALL, Missing;
        abandon_attempt[AbandonAttempt { attempt_id: w.exams().running.id }]
            by Learner, not ALL, Missing;
        record_violation[seen(w)] by Learner, not ALL, Missing;
        end_proctoring[EndProctoring {
            session_id: w.exams().session.id,
            screenshots: Vec::new(),
            analysis: None,
        }] by Admin, not ALL, Missing;
        view_result[ViewResult { attempt_id: w.exams().handed_in.id }]
            by Learner, not ALL, Missing;
        explain_result[ExplainResult { attempt_id: w.exams().handed_in.id }]
            by Learner, not ALL, Missing;
    }
}

fn marking() -> Vec<Service> {
    services! { |w, cx|
        mark_answer[MarkAnswer {
            attempt_id: w.exams().handed_in.id,
            question_id: w.exams().essay.id,
            mark: Some(ManualMark::new(points("4"))),
        }] by Admin, not ALL, Missing;
        grade_attempt[GradeAttempt { attempt_id: w.exams().handed_in.id }]
            by Admin, not ALL, Missing;
        replace_score[ReplaceScore {
            attempt_id: w.exams().handed_in.id,
            total: Some(points("5")),
            reason: "an appeal".to_owned(),
        }] by Admin, not ALL, Missing;
        release_score[ReleaseScore { attempt_id: w.sittings().graded.id }]
            by Admin, not ALL, Missing;
        release_scores[ReleaseScores {
            assessment_id: w.exams().exam.id,
            limit: PageSize::MAX,
        }] by Admin, not ALL, Missing;
        withhold_score[WithholdScore { attempt_id: w.sittings().shown.id }]
            by Admin, not ALL, Missing;
        reopen_attempt[ReopenAttempt {
            attempt_id: w.sittings().given_up.id,
            until: None,
            reason: "the power failed".to_owned(),
        }] by Admin, not ALL, Missing;
        grant_allowance[more_time(w, OverrideFor::Learner(w.learner.id()))]
            by Admin, not ALL, Missing;
        note_closed_results[NoteClosedResults { due: PageSize::MAX.into() }] by Admin, not ALL, Own;
        expire_attempts[ExpireAttempts { due: PageSize::MAX.into() }] by Admin, not ALL, Own;
        review_proctoring[ReviewProctoring {
            session_id: w.sittings().watched.id,
            verdict: Verdict::Clear,
            note: None,
        }] by Admin, not ALL, Missing;
        start_regrade[regrade(w)] by Admin, not ALL, Missing;
        create_question_bank[CreateQuestionBank {
            title: title("Mine"),
            course_id: Some(w.courses().published.id),
        }] by Admin, not ALL, Missing;
        add_to_bank[AddToBank {
            bank_id: w.exams().bank.id,
            question: question(),
            tags: Vec::new(),
        }] by Admin, not ALL, Missing;
    }
}

fn coursework() -> Vec<Service> {
    services! { |w, cx|
        set_assignment[homework(w)] by Admin, not ALL, Missing;
        hand_in_work[work(w, &w.exams().assignment)] by Learner, not ALL, Missing;
        grade_submission[GradeSubmission {
            submission_id: w.exams().submission.id,
            earned: points("80"),
            feedback: None,
        }] by Admin, not ALL, Missing;
        return_submission[ReturnSubmission { submission_id: w.sittings().marked.id }]
            by Admin, not ALL, Missing;
        edit_assignment[EditAssignment {
            assignment_id: w.exams().assignment.id,
            changes: vec![AssignmentChange::Title(title("Letter"))],
        }] by Admin, not ALL, Missing;
        extend_deadline[ExtendDeadline {
            assignment_id: w.exams().assignment.id,
            learner_id: w.learner.id(),
            due_at: w.hour(48).start(),
            reason: None,
        }] by Admin, not ALL, Missing;
        view_submission[ViewSubmission {
            assignment_id: w.exams().assignment.id,
            learner_id: w.learner.id(),
        }] by Learner, not ALL, Missing;
        record_observation[observation(w)] by Admin, not ALL, Missing;
        edit_observation[EditObservation {
            observation_id: w.exams().observation,
            changes: vec![ObservationChange::Notes(Some("Reads well.".into()))],
        }] by Admin, not ALL, Missing;
        view_observations[ViewObservations { learner_id: w.learner.id() }]
            by Admin, not ALL, Missing;
    }
}

fn grades() -> Vec<Service> {
    services! { |w, cx|
        define_gradebook[gradebook(w)] by Admin, not ALL, Missing;
        record_grade[RecordGrade::score(w.exams().item.id, w.learner.id(), points("10"))]
            by Admin, not ALL, Missing;
        collect_grades[CollectGrades {
            course_id: w.courses().published.id,
            learner_id: w.learner.id(),
        }] by Admin, not ALL, Missing;
        compute_course_grade[ComputeCourseGrade {
            course_id: w.courses().published.id,
            learner_id: w.learner.id(),
        }] by Admin, not ALL, Missing;
        compute_course_grades[ComputeCourseGrades { course_id: w.courses().published.id }]
            by Admin, not ALL, Missing;
        override_course_grade[OverrideCourseGrade {
            course_id: w.courses().published.id,
            learner_id: w.learner.id(),
            percent: Some(points("100")),
            grade: None,
            reason: "an appeal".to_owned(),
        }] by Admin, not ALL, Missing;
        view_course_grade[ViewCourseGrade {
            course_id: w.courses().published.id,
            learner_id: w.learner.id(),
        }] by Admin, not ALL, Missing;
        view_own_grade[ViewOwnGrade {
            course_id: w.courses().published.id,
            learner_id: w.learner.id(),
        }] by Learner, not ALL, Missing;
    }
}

fn recognition() -> Vec<Service> {
    services! { |w, cx|
        create_badge[CreateBadge { badge: badge("brave") }] by Admin, not ALL, Own;
        retire_badge[RetireBadge { badge_id: w.exams().badge.id }] by Admin, not ALL, Missing;
        award_badge[AwardBadge { learner_id: w.learner.id(), badge_id: w.exams().badge.id }]
            by Admin, not ALL, Missing;
        take_badge_back[TakeBadgeBack {
            learner_id: w.learner.id(),
            badge_id: w.exams().second_badge.id,
        }] by Admin, not ALL, Missing;
        award_points[AwardPoints { learner_id: w.learner.id(), points: 1_000, reason: None }]
            by Admin, not ALL, Missing;
        certify_on_event[CertifyOnEvent { event: w.exams().event.clone() }]
            by Admin, not ALL, Own;
        issue_certificate[IssueCertificate {
            learner_id: w.learner.id(),
            course_id: w.courses().published.id,
            score: None,
        }] by Admin, not ALL, Missing;
    }
}
